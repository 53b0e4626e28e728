"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from reporting.views.home import home, search
from smarketing.api.health import healthz, readyz
from smarketing.api.views import DocsView, SchemaView, TokenView

handler400 = "smarketing.web.errors.bad_request"
handler403 = "smarketing.web.errors.permission_denied"
handler404 = "smarketing.web.errors.page_not_found"
handler500 = "smarketing.web.errors.server_error"

api: list[URLPattern | URLResolver] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("v1/token/", TokenView.as_view(), name="token"),
    path("v1/", include("leads.api.urls")),
    path("v1/", include("smarketing.people.api.urls")),
    path("v1/", include("sla.api.urls")),
    path("v1/", include("reporting.api.urls")),
    path("v1/", include("meetings.api.urls")),
]

urlpatterns = [
    # First, and apart from the pages: programs ask often, and need not be compared with every page's address.
    path("api/", include(api)),
    path("", home, name="home"),
    path("search/", search, name="search"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("smarketing.web.urls")),
    # Nobody changes an address without its being logged, so the library's own page for that is not offered.
    path("account/email/", RedirectView.as_view(pattern_name="people:profile"), name="account_email"),
    path("account/", include("allauth.urls")),
    path("", include("smarketing.notifications.urls")),
    path("", include("smarketing.people.urls")),
    path("", include("leads.urls")),
    path("", include("sla.urls")),
    path("", include("reporting.urls")),
    path("", include("meetings.urls")),
]
