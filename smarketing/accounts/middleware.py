"""Shows times in the reader's zone, and lets a page ask once for what all its parts need."""

import zoneinfo
from collections.abc import Callable

from django.contrib.auth.middleware import get_user
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from smarketing.accounts.models import Organisation
from smarketing.accounts.remembered import remembering

ORGANISATION_ZONE_KEY = "organisation-zone"


def organisation_zone() -> str:
    """The organisation's zone, cached for a minute: it is needed by every request and changes once in years."""
    zone = cache.get(ORGANISATION_ZONE_KEY)
    if zone is None:
        zone = Organisation.objects.values_list("timezone", flat=True).first() or "UTC"
        cache.set(ORGANISATION_ZONE_KEY, zone, 60)
    return str(zone)


class TimezoneMiddleware:
    """Activates the reader's own zone, else the organisation's, for the length of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, made while the zone is active."""
        # The person is known by now: a page asks for them hundreds of times, and need not find out each time.
        request.user = get_user(request)
        if request.user.is_authenticated:
            with timezone.override(zoneinfo.ZoneInfo(request.user.timezone or organisation_zone())):
                return self.get_response(request)
        return self.get_response(request)


class RememberingMiddleware:
    """While a page is read, what has been asked of the database once is not asked again. Writes remember nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, read within one memory."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with remembering():
            return self.get_response(request)
