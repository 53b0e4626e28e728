"""What a person says of themself."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from smarketing.accounts.models import User
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid
from smarketing.people.events import ProfileUpdated

FIELDS = ("name", "timezone", "theme")


@transaction.atomic
def update_profile(
    *, name: str | None = None, timezone: str | None = None, theme: str | None = None, actor: User, now: datetime
) -> User:
    """Changes one's own name, zone (empty: the organisation's) and theme; what is not given stays. Raises Invalid."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    given = {"name": name.strip() if name is not None else None, "timezone": timezone, "theme": theme}
    old = {field: getattr(user, field) for field in FIELDS}
    new = {field: value for field, value in given.items() if value is not None and value != old[field]}
    if not new:
        return user
    for field, value in new.items():
        setattr(user, field, value)
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise Invalid("Some values were not accepted.", fields=error.message_dict) from error
    user.save(update_fields=list(new))
    publish(ProfileUpdated(user_id=user.pk, old={field: old[field] for field in new}, new=new), actor=user, at=now)
    return user
