"""Setting up the meetings that are held every week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from meetings.events import SeriesChanged
from meetings.models import MeetingSeries
from meetings.permissions import can_run_meetings
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.activity.events import as_json
from smarketing.lib.errors import Invalid

FIELDS = ("name", "weekday", "local_time", "minutes", "timezone", "chair_id")


def create_series(values: Mapping[str, Any], *, actor: User, now: datetime) -> MeetingSeries:
    """Sets up a weekly meeting.

    `values`: name, weekday (0 Monday … 6), local_time, minutes (30), timezone (the organisation's), chair_id
    (the actor), participant_ids, informed_ids. The chair always takes part. Publishes SeriesChanged. Raises
    NotAllowed, Invalid.
    """
    given = {"timezone": Organisation.current().timezone, "chair_id": actor.pk, "minutes": 30, "weekday": 0} | dict(
        values
    )
    return _save(MeetingSeries(created_at=now), given, actor=actor, now=now)


@transaction.atomic
def change_series(series_id: int, values: Mapping[str, Any], *, actor: User, now: datetime) -> MeetingSeries:
    """Changes a series; a meeting that is planned already keeps its time. Publishes SeriesChanged.

    Raises NotFound, NotAllowed, Invalid.
    """
    series = locked_series(series_id, actor)
    return _save(series, values, actor=actor, now=now)


@transaction.atomic
def archive_series(series_id: int, *, actor: User, now: datetime) -> MeetingSeries:
    """Ends a series, or takes it up again. Its minutes stay. Raises NotFound, NotAllowed, Invalid (name is taken)."""
    series = locked_series(series_id, actor)
    require(can_run_meetings, actor)
    old = series.archived_at
    series.archived_at = None if old else now
    try:
        with transaction.atomic():
            series.save(update_fields=["archived_at"])
    except IntegrityError as error:
        raise _taken() from error
    publish(
        SeriesChanged(
            series_id=series.pk,
            name=series.name,
            old={"archived_at": as_json(old)},
            new={"archived_at": as_json(series.archived_at)},
        ),
        actor=actor,
        at=now,
    )
    return series


def locked_series(series_id: int, actor: User) -> MeetingSeries:
    """The series, locked. Raises NotFound where the person may not see it."""
    series: MeetingSeries = MeetingSeries.objects.visible_to(actor).lock(series_id)
    return series


@transaction.atomic
def _save(series: MeetingSeries, values: Mapping[str, Any], *, actor: User, now: datetime) -> MeetingSeries:
    require(can_run_meetings, actor)
    old = {name: _fact(getattr(series, name)) for name in FIELDS} if series.pk else {}
    for name in FIELDS:
        if name in values:
            setattr(series, name, values[name])
    series.name = series.name.strip()
    _check(series)
    try:
        with transaction.atomic():
            series.save()
    except IntegrityError as error:
        raise _taken() from error
    new = {name: _fact(getattr(series, name)) for name in FIELDS}
    _set_people(series, values, old, new)
    changed = {name for name in new if old.get(name) != new[name]}
    if changed:
        publish(
            SeriesChanged(
                series_id=series.pk,
                name=series.name,
                old={name: old[name] for name in sorted(changed) if name in old},
                new={name: new[name] for name in sorted(changed)},
            ),
            actor=actor,
            at=now,
        )
    return series


def _set_people(
    series: MeetingSeries, values: Mapping[str, Any], old: dict[str, object], new: dict[str, object]
) -> None:
    invited = {user.pk for user in series.participants.all()}
    informed = {user.pk for user in series.informed.all()}
    wanted = set(values.get("participant_ids", invited)) | {series.chair_id}
    told = set(values.get("informed_ids", informed)) - wanted
    known = set(User.objects.filter(pk__in=wanted | told).values_list("pk", flat=True))
    if unknown := (wanted | told) - known:
        raise Invalid(
            "Somebody in the list is not a person we know.",
            fields={"participants": [f"Nobody has the id {pk}." for pk in sorted(unknown)]},
        )
    for name, before, after, relation in (
        ("participants", invited, wanted, series.participants),
        ("informed", informed, told, series.informed),
    ):
        old[name], new[name] = sorted(before), sorted(after)
        if before != after:
            relation.set(after)


def _fact(value: Any) -> Any:
    return value.isoformat(timespec="minutes") if isinstance(value, time) else as_json(value)


def _check(series: MeetingSeries) -> None:
    problems: dict[str, list[str]] = {}
    if not series.name:
        problems["name"] = ["Give the meeting a name."]
    if series.local_time is None:
        problems["local_time"] = ["Say when it begins."]
    if not 0 <= series.weekday <= 6:
        problems["weekday"] = ["Choose a day of the week."]
    if not 5 <= series.minutes <= 480:
        problems["minutes"] = ["Between 5 minutes and 8 hours."]
    chair = User.objects.filter(pk=series.chair_id).first()
    if chair is None or not can_run_meetings(chair):
        problems["chair"] = ["The chair must be a manager of marketing or sales."]
    try:
        MeetingSeries._meta.get_field("timezone").run_validators(series.timezone)
    except ValidationError as error:
        problems["timezone"] = error.messages
    if problems:
        raise Invalid("The meeting cannot be set up like this.", fields=problems)


def _taken() -> Invalid:
    return Invalid(
        "Another meeting has this name.", code="series_name_taken", fields={"name": ["Another meeting has this name."]}
    )
