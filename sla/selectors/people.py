"""Whom to tell: members and managers of teams, and when they work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sla.domain.clocks import notice_at
from sla.domain.worktime import CalendarError
from sla.models import CalendarRevision, TeamCalendar
from smarketing.accounts.models import Membership, Side


@dataclass(slots=True)
class TeamPeople:
    """The active people of the teams in question, by team; `marketing_managers` are those of the whole side."""

    members: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    managers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    marketing_managers: list[int] = field(default_factory=list)


def team_people(team_ids: Collection[int]) -> TeamPeople:
    """Members and managers of these teams, and marketing's managers; one query."""
    people = TeamPeople()
    rows = (
        Membership.objects.filter(user__is_active=True)
        .order_by("user_id")
        .values_list("team_id", "team__side", "user_id", "is_manager")
    )
    for team_id, side, user_id, is_manager in rows:
        if team_id in team_ids:
            (people.managers if is_manager else people.members)[team_id].append(user_id)
        if side == Side.MARKETING and is_manager and user_id not in people.marketing_managers:
            people.marketing_managers.append(user_id)
    return people


def revisions_of_people(user_ids: Iterable[int]) -> dict[int, CalendarRevision]:
    """The current calendar revision by which each person works: their team's, else the default; three queries."""
    user_ids = set(user_ids)
    if not user_ids:
        return {}
    current = {
        revision.calendar_id: revision
        for revision in CalendarRevision.objects.filter(superseded_at__isnull=True).select_related("calendar")
    }
    of_team = dict(TeamCalendar.objects.values_list("team_id", "calendar_id"))
    default = next((revision for revision in current.values() if revision.calendar.is_default), None)
    found: dict[int, CalendarRevision] = {}
    for user_id, team_id in (
        Membership.objects.filter(user__in=user_ids).order_by("-team_id").values_list("user_id", "team_id")
    ):
        if team_id in of_team:
            found[user_id] = current[of_team[team_id]]
    if default is not None:
        for user_id in user_ids:
            found.setdefault(user_id, default)
    return found


def working_instants(user_ids: set[int], now: datetime) -> dict[int, datetime]:
    """For each person the first instant of their working time from now on; now where no hours are known."""
    revisions = revisions_of_people(user_ids)
    by_revision: dict[int, datetime] = {}
    for revision in revisions.values():
        if revision.pk not in by_revision:
            try:
                by_revision[revision.pk] = notice_at(now, revision.to_domain())
            except CalendarError:
                by_revision[revision.pk] = now
    return {user_id: by_revision[revisions[user_id].pk] if user_id in revisions else now for user_id in user_ids}
