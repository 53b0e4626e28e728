"""Every address of the product."""

from django.urls import include, path

handler400 = "smarketing.web.errors.bad_request"
handler403 = "smarketing.web.errors.permission_denied"
handler404 = "smarketing.web.errors.page_not_found"
handler500 = "smarketing.web.errors.server_error"

urlpatterns = [
    path("", include("smarketing.web.urls")),
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
