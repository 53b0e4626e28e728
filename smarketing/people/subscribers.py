"""What follows from changes to people and the organisation."""

from django.core.cache import cache

from smarketing.accounts.middleware import ORGANISATION_ZONE_KEY
from smarketing.activity.bus import after_commit
from smarketing.people.events import OrganisationUpdated


def forget_zone(event: OrganisationUpdated) -> None:
    """Requests read the organisation's zone from the cache."""
    cache.delete(ORGANISATION_ZONE_KEY)


def register() -> None:
    """Subscribes."""
    after_commit(OrganisationUpdated, forget_zone)
