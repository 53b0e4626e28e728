"""The organisation's settings."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.activity.bus import publish
from smarketing.lib.currencies import is_currency
from smarketing.lib.errors import Invalid
from smarketing.people.events import OrganisationUpdated

FIELDS = ("name", "timezone", "currency")


@transaction.atomic
def update_organisation(*, name: str, timezone: str, currency: str, actor: User, now: datetime) -> Organisation:
    """Name, zone (IANA) and currency (ISO code) of the company. Amounts already booked keep their currency.

    Raises NotAllowed, Invalid.
    """
    require(can_administer_people, actor)
    Organisation.current()
    organisation = Organisation.objects.select_for_update().get()
    old = {field: getattr(organisation, field) for field in FIELDS}
    new = {"name": name.strip(), "timezone": timezone, "currency": currency.strip().upper()}
    if old == new:
        return organisation
    for field, value in new.items():
        setattr(organisation, field, value)
    try:
        organisation.clean_fields()
    except ValidationError as error:
        raise Invalid("Some values were not accepted.", fields=error.message_dict) from error
    if not is_currency(new["currency"]):
        raise Invalid("There is no such currency.", fields={"currency": ["Use a code such as EUR."]})
    organisation.save()
    publish(OrganisationUpdated(old=old, new=new), actor=actor, at=now)
    return organisation
