"""What an installation can have wrong with its promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.utils.timezone import now

from sla.models import AgreementVersion
from sla.selectors.calendars import default_calendar

LOOKED_AHEAD = timedelta(days=60)


@register(Tags.database)
def promises_have_hours(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """An agreement in force runs by a working calendar that opens some time soon.

    Asked where the database is (`check --database default`, `migrate`); before there are tables there is nothing wrong.
    """
    if "default" not in (databases or ()):
        return []
    tables = set(connections["default"].introspection.table_names())
    if not {AgreementVersion._meta.db_table, "sla_calendarrevision"} <= tables:
        return []
    moment = now()
    if not AgreementVersion.objects.in_force_at(moment).exists():
        return []
    calendar = default_calendar()
    if calendar is not None and calendar.windows(moment, moment + LOOKED_AHEAD):
        return []
    return [
        Warning(
            "An agreement is in force, but the default working calendar "
            + ("is missing." if calendar is None else f"is closed for the next {LOOKED_AHEAD.days} days.")
            + " Promises run by it are never due.",
            hint="Publish hours under Administration, Working calendars.",
            id="smarketing.W003",
        )
    ]
