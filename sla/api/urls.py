"""Addresses of the API of sla, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from sla.api.agreements import AgreementVersionViewSet, BoardView, CommitmentViewSet
from sla.api.calendars import TeamCalendarsView, TeamCalendarView, WorkingCalendarViewSet
from sla.api.clocks import BreachViewSet, ClockViewSet

router = SimpleRouter()
router.register("agreement-versions", AgreementVersionViewSet, basename="agreement-version")
router.register("commitments", CommitmentViewSet, basename="commitment")
router.register("clocks", ClockViewSet, basename="clock")
router.register("calendars", WorkingCalendarViewSet, basename="calendar")
router.register("breaches", BreachViewSet, basename="breach")

urlpatterns = [
    path("sla/board/", BoardView.as_view(), name="sla-board"),
    path("team-calendars/", TeamCalendarsView.as_view(), name="team-calendars"),
    path("team-calendars/<int:team>/", TeamCalendarView.as_view(), name="team-calendar"),
    *router.urls,
]
