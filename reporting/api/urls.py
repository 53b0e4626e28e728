"""Addresses of the API of reporting, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from reporting.api.numbers import FunnelView, MetricListView, MetricView
from reporting.api.snapshots import SnapshotViewSet

router = SimpleRouter()
router.register("snapshots", SnapshotViewSet, basename="snapshot")

urlpatterns = [
    path("metrics/", MetricListView.as_view(), name="metric-list"),
    path("metrics/<slug:name>/", MetricView.as_view(), name="metric-detail"),
    path("funnel/", FunnelView.as_view(), name="funnel"),
    *router.urls,
]
