"""Addresses of the pages of reporting."""

from django.urls import path

from reporting.views import metrics

app_name = "reporting"

urlpatterns = [
    path("metrics/<slug:name>/records/", metrics.metric_record_list, name="metric-records"),
]
