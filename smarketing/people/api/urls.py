"""Addresses of the API of people, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from smarketing.people.api.views import (
    ActivityViewSet,
    MeView,
    NotificationViewSet,
    OrganisationView,
    TeamViewSet,
    TokenViewSet,
    UserViewSet,
)

router = SimpleRouter()
router.register("users", UserViewSet, basename="user")
router.register("teams", TeamViewSet, basename="team")
router.register("activity", ActivityViewSet, basename="activity")
router.register("tokens", TokenViewSet, basename="token")
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns = [
    path("me/", MeView.as_view(), name="me"),
    path("organisation/", OrganisationView.as_view(), name="organisation"),
    *router.urls,
]
