"""Addresses of the API of reporting, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()

urlpatterns = [*router.urls]
