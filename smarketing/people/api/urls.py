"""Addresses of the API of people, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from smarketing.people.api.views import MeView, NotificationViewSet, TeamViewSet, TokenViewSet, UserViewSet

router = SimpleRouter()
router.register("users", UserViewSet, basename="user")
router.register("teams", TeamViewSet, basename="team")
router.register("tokens", TokenViewSet, basename="token")
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns = [path("me/", MeView.as_view(), name="me"), *router.urls]
