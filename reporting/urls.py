"""Addresses of the pages of reporting."""

from django.urls import path

from reporting.views import campaigns, exports, funnel, home, metrics

app_name = "reporting"

urlpatterns = [
    path("funnel/", funnel.funnel, name="funnel"),
    path("funnel/figure/", funnel.funnel_chart, name="funnel-figure"),
    path("funnel/rows/figure/", funnel.funnel_rows_chart, name="funnel-rows-figure"),
    path("funnel/export/", exports.funnel_export, name="funnel-export"),
    path("campaign-results/", campaigns.results, name="campaign-results"),
    path("campaign-results/figure/", campaigns.trend_chart, name="campaign-results-figure"),
    path("campaign-results/export/", exports.campaign_results_export, name="campaign-results-export"),
    path("content-results/", campaigns.contents, name="content-results"),
    path("metrics/", metrics.metric_list, name="metric-list"),
    path("metrics/<slug:name>/", metrics.metric, name="metric-detail"),
    path("metrics/<slug:name>/figure/", metrics.metric_chart, name="metric-figure"),
    path("metrics/<slug:name>/export/", exports.metric_export, name="metric-export"),
    path("wallboard/", home.wallboard, name="wallboard"),
    path("wallboard/<slug:name>/figure/", home.month_chart, name="month-figure"),
    path("metrics/<slug:name>/records/", metrics.metric_record_list, name="metric-records"),
]
