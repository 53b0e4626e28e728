"""Addresses of the API of leads, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from leads.api.campaigns import CampaignViewSet, ContentViewSet, SpendViewSet
from leads.api.deals import DealViewSet
from leads.api.definitions import CriteriaSchemaView, DefinitionVersionViewSet, DefinitionViewSet, ScoreModelViewSet
from leads.api.handoffs import HandoffViewSet
from leads.api.imports import ImportViewSet
from leads.api.leads import CompanyViewSet, LeadViewSet, TouchpointViewSet
from leads.api.reasons import LossReasonViewSet, RejectionReasonViewSet

router = SimpleRouter()
router.register("leads", LeadViewSet, basename="lead")
router.register("companies", CompanyViewSet, basename="company")
router.register("touchpoints", TouchpointViewSet, basename="touchpoint")
router.register("imports", ImportViewSet, basename="import")
router.register("campaigns", CampaignViewSet, basename="campaign")
router.register("spend", SpendViewSet, basename="spend")
router.register("content", ContentViewSet, basename="content")
router.register("handoffs", HandoffViewSet, basename="handoff")
router.register("loss-reasons", LossReasonViewSet, basename="loss-reason")
router.register("rejection-reasons", RejectionReasonViewSet, basename="rejection-reason")
router.register("deals", DealViewSet, basename="deal")

router.register("definitions", DefinitionViewSet, basename="definition")
router.register("definition-versions", DefinitionVersionViewSet, basename="definition-version")
router.register("score-models", ScoreModelViewSet, basename="score-model")

urlpatterns = [*router.urls, path("criteria/schema/", CriteriaSchemaView.as_view(), name="criteria-schema")]
