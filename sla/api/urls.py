"""Addresses of the API of sla, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from sla.api.agreements import AgreementVersionViewSet, BoardView, CommitmentViewSet
from sla.api.clocks import BreachViewSet, ClockViewSet

router = SimpleRouter()
router.register("agreement-versions", AgreementVersionViewSet, basename="agreement-version")
router.register("commitments", CommitmentViewSet, basename="commitment")
router.register("clocks", ClockViewSet, basename="clock")
router.register("breaches", BreachViewSet, basename="breach")

urlpatterns = [path("sla/board/", BoardView.as_view(), name="sla-board"), *router.urls]
