"""What the things of the agreement are called in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sla.models import AgreementVersion, Clock, WorkingCalendar
from smarketing.accounts.models import User
from smarketing.web.addresses import address
from smarketing.web.subjects import Subject


def _versions(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = AgreementVersion.objects.visible_to(user).filter(pk__in=ids).select_related("agreement")
    return {row.pk: Subject(str(row), address("sla:agreement-version", row.pk)) for row in rows}


def _clocks(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = Clock.objects.visible_to(user).filter(pk__in=ids).select_related("handoff__lead")
    return {
        row.pk: Subject(f"{row.get_kind_display()}: {row.handoff.lead.label}", address("sla:clock-detail", row.pk))
        for row in rows
    }


def _calendars(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = WorkingCalendar.objects.visible_to(user).filter(pk__in=ids)
    return {row.pk: Subject(row.name, address("sla:calendar-edit", row.pk)) for row in rows}


SUBJECTS: Mapping[str, Callable[[User, Collection[int]], Mapping[int, Subject]]] = {
    "agreement_version": _versions,
    "clock": _clocks,
    "calendar": _calendars,
}
