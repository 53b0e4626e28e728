"""Addresses of the API of reporting, below `/api/v1/`."""

from django.urls import path

from reporting.api.numbers import FunnelView, MetricListView, MetricView

urlpatterns = [
    path("metrics/", MetricListView.as_view(), name="metric-list"),
    path("metrics/<slug:name>/", MetricView.as_view(), name="metric-detail"),
    path("funnel/", FunnelView.as_view(), name="funnel"),
]
