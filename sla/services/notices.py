"""Telling people about clocks: planned in the transaction that found the reason, sent in their working hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from sla.models import Clock, ClockNotice, EscalationStep
from sla.selectors.clocks import OPEN_LATE, RUNNING_OUT
from sla.selectors.handoffs import Parties, handoff_parties
from sla.selectors.people import TeamPeople, team_people, working_instants
from smarketing.accounts.models import Organisation, Side
from smarketing.notifications.services.telling import notify

PLAN = """
INSERT INTO sla_clocknotice (clock_id, recipient_id, occasion, step_id, send_at)
SELECT * FROM unnest(%(clocks)s::bigint[], %(recipients)s::bigint[], %(occasions)s::text[], %(steps)s::bigint[],
    %(send_ats)s::timestamptz[])
ON CONFLICT DO NOTHING
"""

Occasion = ClockNotice.Occasion
Cause = tuple[Clock, str, EscalationStep | None]
LISTED_AT_MOST = 20


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
    values: dict[str, Any] = {
        "clocks": [clock.pk for clock, *_ in wanted],
        "recipients": [user_id for *_, user_id in wanted],
        "occasions": [occasion for _, occasion, *_ in wanted],
        "steps": [step.pk if step else None for _, _, step, _ in wanted],
        "send_ats": [send_at[user_id] for *_, user_id in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(PLAN, values)
    return len(wanted)


def send_notices(*, now: datetime) -> int:
    """Sends what is due to be told, all of it to one person together; returns how many things were told or moot.

    What a person is told about on one occasion (running out, late, still late) is one notification, however many
    clocks it is about. The notification and the note that it was sent are one transaction, so a worker that dies in
    the middle tells nobody twice. A warning about a promise that was kept meanwhile is dropped.
    """
    due = ClockNotice.objects.filter(sent_at__isnull=True, send_at__lte=now)
    people = due.order_by("recipient").values_list("recipient", flat=True).distinct()
    return sum(_send_to(user_id, now=now) for user_id in list(people))


@transaction.atomic
def _send_to(user_id: int, *, now: datetime) -> int:
    notices = list(
        ClockNotice.objects.filter(recipient=user_id, sent_at__isnull=True, send_at__lte=now)
        .select_for_update(of=("self",))  # a second worker waits here, and then finds them sent
        .select_related("recipient", "clock__commitment", "step")
        .order_by("clock__due_at", "pk")
    )
    parties = handoff_parties(notice.clock.handoff_id for notice in notices)
    groups: dict[str, list[ClockNotice]] = defaultdict(list)
    for notice in notices:
        if not _is_moot(notice):
            groups[notice.occasion].append(notice)
    for occasion, group in groups.items():
        first = group[0]
        title, body, url = _told(group, parties, first.recipient.timezone or Organisation.current().timezone)
        notify(
            [first.recipient],
            kind=f"sla.{occasion}",
            title=title,
            body=body,
            url=url,
            dedupe_key=f"sla.{occasion}:{first.clock_id}:{first.step_id or 0}",
            now=now,
        )
    ClockNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now)
    return len(notices)


def _is_moot(notice: ClockNotice) -> bool:
    return notice.occasion == Occasion.WARNING and notice.clock.state != Clock.State.RUNNING


SEVERAL = {
    Occasion.WARNING: "{count} promises run out soon",
    Occasion.BREACH: "{count} promises are late",
    Occasion.ESCALATION: "{count} promises are still late",
}


def _told(notices: Sequence[ClockNotice], parties: dict[int, Parties], zone: str) -> tuple[str, str, str]:
    """Title, body and address of one notification about these notices of one occasion."""
    if len(notices) == 1:
        (notice,) = notices
        title, body = _words(notice, parties[notice.clock.handoff_id].lead, zone)
        return title, body, reverse("sla:clock-detail", args=[notice.clock_id])
    lines = [f"• {_line(notice, parties[notice.clock.handoff_id].lead, zone)}" for notice in notices[:LISTED_AT_MOST]]
    if len(notices) > LISTED_AT_MOST:
        lines.append(f"and {len(notices) - LISTED_AT_MOST} more")
    occasion = Occasion(notices[0].occasion)
    all_over = not any(notice.clock.is_open for notice in notices)
    title = "{count} promises were late" if all_over else SEVERAL[occasion]
    outcome = RUNNING_OUT if occasion is Occasion.WARNING else "breached" if all_over else OPEN_LATE
    url = f"{reverse('sla:clock-list')}?outcome={outcome}"
    owners = {notice.clock.owner_id for notice in notices}
    if owners == {notices[0].recipient_id}:
        url += f"&owner={notices[0].recipient_id}"
    return title.format(count=len(notices)), "\n".join(lines), url


def _line(notice: ClockNotice, lead: str, zone: str) -> str:
    clock = notice.clock
    due = f", due {_local(clock.due_at, zone)}" if clock.due_at else ""
    done = f", done {_local(clock.stopped_at, zone)}" if clock.stopped_at else ""
    return f"{lead}: {clock.get_kind_display().lower()}{due}{done}"


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
