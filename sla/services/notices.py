"""Telling people about clocks: planned in the transaction that found the reason, sent in their working hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sla.models import Clock, ClockNotice, EscalationStep
from sla.selectors.handoffs import Parties, handoff_parties
from sla.selectors.people import TeamPeople, team_people, working_instants
from smarketing.accounts.models import Organisation, Side
from smarketing.notifications.services.telling import notify

Occasion = ClockNotice.Occasion
Cause = tuple[Clock, str, EscalationStep | None]


def plan_notices(causes: Sequence[Cause], parties: dict[int, Parties], *, now: datetime) -> int:
    """Notes whom to tell of each cause and from when; returns how many notices there are now to send.

    A handful of queries, however many causes. One that was planned before is not planned again.
    """
    if not causes:
        return 0
    people = team_people({party.team_id for party in parties.values()})
    wanted = [
        (clock, occasion, step, user_id)
        for clock, occasion, step in causes
        for user_id in _recipients(clock, step, parties[clock.handoff_id], people)
    ]
    send_at = working_instants({user_id for *_, user_id in wanted}, now)
    ClockNotice.objects.bulk_create(
        [
            ClockNotice(clock=clock, recipient_id=user_id, occasion=occasion, step=step, send_at=send_at[user_id])
            for clock, occasion, step, user_id in wanted
        ],
        ignore_conflicts=True,
    )
    return len(wanted)


def send_notices(*, now: datetime, batch: int = 100) -> int:
    """Sends what is due to be told, batch by batch; returns how many people were told of how many things.

    The notification and the note that it was sent are one transaction, so a worker that dies in the middle
    tells nobody twice. A warning about a promise that was kept meanwhile is dropped.
    """
    told = 0
    while done := _send_batch(now=now, batch=batch):
        told += done
    return told


@transaction.atomic
def _send_batch(*, now: datetime, batch: int) -> int:
    notices = list(
        ClockNotice.objects.filter(sent_at__isnull=True, send_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("recipient", "clock__commitment", "step")
        .order_by("send_at", "pk")[:batch]
    )
    parties = handoff_parties(notice.clock.handoff_id for notice in notices)
    company_zone = Organisation.current().timezone if notices else ""
    for notice in notices:
        if _is_moot(notice):
            continue
        clock = notice.clock
        title, body = _words(notice, parties[clock.handoff_id].lead, notice.recipient.timezone or company_zone)
        notify(
            [notice.recipient],
            kind=f"sla.{notice.occasion}",
            title=title,
            body=body,
            url=reverse("sla:clock-detail", args=[clock.pk]),
            dedupe_key=f"sla.{notice.occasion}:{clock.pk}:{notice.step_id or 0}",
            now=now,
        )
    ClockNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now)
    return len(notices)


def _is_moot(notice: ClockNotice) -> bool:
    return notice.occasion == Occasion.WARNING and notice.clock.state != Clock.State.RUNNING


def _words(notice: ClockNotice, lead: str, zone: str) -> tuple[str, str]:
    clock = notice.clock
    promise = clock.commitment.sentence()
    what = clock.get_kind_display().lower()
    due = _local(clock.due_at, zone) if clock.due_at else "later"
    if notice.occasion == Occasion.WARNING:
        return f"{lead}: {what} due {due}", f"Promised: {promise}. Most of the time is used up."
    if notice.occasion == Occasion.BREACH:
        return f"{lead}: {what} is late", f"Promised: {promise}. It was due {due}."
    if clock.stopped_at is not None:
        # The step was due while it was late; the people of the ladder hear of it after it was done.
        return f"Was late: {what} for {lead}", f"Promised: {promise}. Due {due}, done {_local(clock.stopped_at, zone)}."
    if clock.cancelled_at is not None:
        return f"Was late: {what} for {lead}", f"Promised: {promise}. It was due {due} and is no longer owed."
    return f"Still late: {what} for {lead}", f"Promised: {promise}. It was due {due} and has not been done."


def _local(at: datetime, zone: str) -> str:
    local = timezone.localtime(at, ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _recipients(clock: Clock, step: EscalationStep | None, parties: Parties, people: TeamPeople) -> list[int]:
    """Warnings and breaches go to whoever owes it; the steps of the ladder to those whom they name.

    The team's clock speaks to the team only while nobody owns the handoff: an owner hears from the own clock.
    """
    marketing = clock.commitment.owed_by == Side.MARKETING
    owner = parties.created_by_id if marketing else (clock.owner_id or parties.owner_id)
    managers = people.marketing_managers if marketing else people.managers[parties.team_id]
    everybody = managers if marketing else people.members[parties.team_id] or managers
    if step is None:
        if clock.scope == Clock.Scope.OWNER:
            return [clock.owner_id] if clock.owner_id else []
        return [] if owner else list(everybody)
    if step.notify == EscalationStep.Notify.OWNER:
        return [owner] if owner else list(everybody)
    if step.notify == EscalationStep.Notify.MANAGER:
        return list(managers)
    return list(dict.fromkeys([*people.managers[parties.team_id], *people.marketing_managers]))
