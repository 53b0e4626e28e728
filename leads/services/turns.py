"""Whose turn it is when marketing leaves the choice of the rep to the product."""

from __future__ import annotations

from django.db.models import Max, Q

from leads.domain.handoffs import RejectionGround
from leads.models import Assignment, Handoff
from smarketing.accounts.models import Team, User
from smarketing.lib.errors import Invalid

FAULTS_OF_THE_LEAD = tuple(ground for ground in RejectionGround if ground.gives_turn_back)
"""A lead rejected on these grounds was no turn: the rep keeps it (rules of routing)."""


def next_in_turn(team: Team, *, lead_id: int) -> User:
    """The rep of `team` whose last lead is longest ago; who had none comes first, ties go by id.

    Left out: who rejected this lead before, and the team's managers unless nobody else is there. A turn whose lead
    was rejected for its data or fit does not count. The team's row is locked until the transaction ends, so two
    handoffs made at once never use the same turn. Raises Invalid where nobody can take the lead.
    """
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    refused = Handoff.objects.filter(lead_id=lead_id, status="rejected").values("decided_by")
    able = User.objects.filter(memberships__team=team, is_active=True).exclude(pk__in=refused)
    members = list(able.filter(memberships__team=team, memberships__is_manager=False).distinct()) or list(able)
    if not members:
        raise Invalid(
            f"Nobody in {team} can take this lead: choose another team.",
            code="nobody_in_turn",
            fields={"team": ["Nobody there can take this lead."]},
        )
    last = dict(
        Assignment.objects.filter(owner__in=members, handoff__team=team)
        .exclude(Q(handoff__status="rejected") & Q(handoff__rejection_reason__ground__in=FAULTS_OF_THE_LEAD))
        .values_list("owner")
        .annotate(Max("assigned_at"))
    )
    return min(members, key=lambda rep: (rep.pk in last, last.get(rep.pk), rep.pk))
