"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("", include("leads.urls")),
    path("", include("sla.urls")),
    path("", include("reporting.urls")),
    path("", include("meetings.urls")),
    path("api/v1/", include("leads.api.urls")),
    path("api/v1/", include("sla.api.urls")),
    path("api/v1/", include("reporting.api.urls")),
    path("api/v1/", include("meetings.api.urls")),
]
