"""Addresses of the API of leads, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from leads.api.campaigns import CampaignViewSet, ContentViewSet, SpendViewSet
from leads.api.deals import DealViewSet
from leads.api.handoffs import HandoffViewSet, RejectionReasonViewSet
from leads.api.imports import ImportViewSet
from leads.api.leads import CompanyViewSet, LeadViewSet, TouchpointViewSet

router = SimpleRouter()
router.register("leads", LeadViewSet, basename="lead")
router.register("companies", CompanyViewSet, basename="company")
router.register("touchpoints", TouchpointViewSet, basename="touchpoint")
router.register("imports", ImportViewSet, basename="import")
router.register("campaigns", CampaignViewSet, basename="campaign")
router.register("spend", SpendViewSet, basename="spend")
router.register("content", ContentViewSet, basename="content")
router.register("handoffs", HandoffViewSet, basename="handoff")
router.register("rejection-reasons", RejectionReasonViewSet, basename="rejection-reason")
router.register("deals", DealViewSet, basename="deal")

urlpatterns = [*router.urls]
