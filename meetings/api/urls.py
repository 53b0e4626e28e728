"""Addresses of the API of meetings, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from meetings.api.meetings import (
    ActionItemViewSet,
    DecisionViewSet,
    MeetingViewSet,
    NoteViewSet,
    SeriesViewSet,
    TopicViewSet,
)

router = SimpleRouter()
router.register("meeting-series", SeriesViewSet, basename="meeting-series")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("meeting-topics", TopicViewSet, basename="meeting-topic")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("meeting-notes", NoteViewSet, basename="meeting-note")
router.register("action-items", ActionItemViewSet, basename="action-item")

urlpatterns = [*router.urls]
