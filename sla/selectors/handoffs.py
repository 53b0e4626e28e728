"""What clocks need to know about handoffs: the one place where sla reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from leads.models import Assignment, Attempt, Feedback, Handoff
from leads.models.leads import lead_label
from sla.domain.promises import HandoffFacts, Spell
from sla.models import AgreementVersion, Clock


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has to do with a handoff."""

    handoff_id: int
    lead_id: int
    lead: str
    team_id: int
    owner_id: int | None
    created_by_id: int | None


def handoff_facts(handoff_ids: Collection[int]) -> dict[int, tuple[HandoffFacts, int]]:
    """The facts of each handoff and its team's id; two queries, however many."""
    first_attempt = (
        Attempt.objects.filter(handoff=OuterRef("pk"), outbound=True)
        .order_by()
        .values("handoff")
        .annotate(at=Min("occurred_at"))
        .values("at")
    )
    first_rating = (
        Feedback.objects.filter(handoff=OuterRef("pk"))
        .order_by()
        .values("handoff")
        .annotate(at=Min("given_at"))
        .values("at")
    )
    spells: dict[int, list[Spell]] = defaultdict(list)
    for pk, handoff_id, owner_id, started_at, ended_at in (
        Assignment.objects.filter(handoff__in=handoff_ids)
        .order_by("assigned_at", "id")
        .values_list("pk", "handoff_id", "owner_id", "assigned_at", "ended_at")
    ):
        spells[handoff_id].append(Spell(pk, owner_id, started_at, ended_at))
    rows = (
        Handoff.objects.filter(pk__in=handoff_ids)
        .annotate(attempted=Subquery(first_attempt), rated=Subquery(first_rating))
        .order_by()
        .values(
            "pk",
            "team_id",
            "status",
            "created_at",
            "created_by_id",
            "decided_at",
            "qualified_at",
            "returned_at",
            "answered_at",
            "attempted",
            "rated",
        )
    )
    return {
        row["pk"]: (
            HandoffFacts(
                status=row["status"],
                created_at=row["created_at"],
                decided_at=row["decided_at"],
                attempted_at=row["attempted"],
                rated_at=row["rated"],
                qualified_at=row["qualified_at"],
                returned_at=row["returned_at"],
                answered_at=row["answered_at"],
                created_by_id=row["created_by_id"],
                spells=tuple(spells[row["pk"]]),
            ),
            row["team_id"],
        )
        for row in rows
    }


def handoff_parties(handoff_ids: Iterable[int]) -> dict[int, Parties]:
    """Lead, team, owner and sender of each handoff; one query."""
    names = ("lead__first_name", "lead__last_name", "lead__email", "lead__external_id")
    rows = Handoff.objects.filter(pk__in=set(handoff_ids)).order_by()
    return {
        pk: Parties(pk, lead_id, lead_label(*known), team_id, owner_id, created_by_id)
        for pk, lead_id, team_id, owner_id, created_by_id, *known in rows.values_list(
            "pk", "lead_id", "team_id", "owner_id", "created_by_id", *names
        )
    }


def handoffs_to_settle(limit: int) -> list[int]:
    """Ids of handoffs whose clocks do not agree with their facts, oldest first.

    Made while an agreement was in force but without a clock that it promises, or with an open clock although what it
    waited for has happened.
    """
    own = AgreementVersion.objects.filter(
        Q(in_force_until__isnull=True) | Q(in_force_until__gt=OuterRef("created_at")),
        in_force_from__lte=OuterRef("created_at"),
        commitments__kind__in=["accept", "first_response"],
    )
    in_force = Exists(own.filter(Q(agreement__team=OuterRef("team")) | Q(agreement__team__isnull=True)))
    clockless = Handoff.objects.filter(in_force, ~Exists(Clock.objects.filter(handoff=OuterRef("pk"), scope="team")))
    found = list(clockless.order_by("pk").values_list("pk", flat=True)[:limit])
    if len(found) < limit:
        found += [pk for pk in _with_stale_clocks(limit - len(found)) if pk not in set(found)]
    return found


def _with_stale_clocks(limit: int) -> QuerySet[Handoff, int]:
    """Handoffs with an open clock although the promise is kept or moot, or with an owner who has no clock."""
    attempted = Exists(Attempt.objects.filter(handoff=OuterRef("handoff"), outbound=True))
    rated = Exists(Feedback.objects.filter(handoff=OuterRef("handoff")))
    over = (
        (Q(kind="accept") & ~Q(handoff__status="pending"))
        | (Q(kind="first_response") & (attempted | ~Q(handoff__status__in=["pending", "accepted"])))
        | (Q(kind="feedback") & (rated | Q(handoff__status="returned")))
        | (Q(kind="disposition") & (Q(handoff__qualified_at__isnull=False) | Q(handoff__status="returned")))
        | (Q(kind="marketing_answer") & Q(handoff__answered_at__isnull=False))
        | Q(assignment__ended_at__isnull=False)
    )
    stale = Clock.objects.open().filter(over)
    open_team = Clock.objects.open().filter(scope="team", handoff=OuterRef("pk")).exclude(kind="marketing_answer")
    own = Clock.objects.filter(scope="owner", handoff=OuterRef("pk"), owner=OuterRef("owner"))
    ownerless = Handoff.objects.filter(Exists(open_team), ~Exists(own), owner__isnull=False)
    unanswered = (
        Handoff.objects.filter(status__in=["rejected", "returned"], answered_at__isnull=True)
        .filter(
            Exists(
                Clock.objects.filter(handoff=OuterRef("pk"), commitment__version__commitments__kind="marketing_answer")
            )
        )
        .exclude(Exists(Clock.objects.filter(handoff=OuterRef("pk"), kind="marketing_answer")))
    )
    return (
        Handoff.objects.filter(
            Q(pk__in=stale.values("handoff")) | Q(pk__in=ownerless.values("pk")) | Q(pk__in=unanswered.values("pk"))
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )


def agreement_in_force(team_id: int, at: datetime) -> AgreementVersion | None:
    """The version in force for a sales team at an instant: that of its own agreement, else of the general one."""
    return (
        AgreementVersion.objects.in_force_at(at)
        .filter(Q(agreement__team=team_id) | Q(agreement__team__isnull=True))
        .select_related("agreement", "calendar")
        .prefetch_related("commitments", "ladder")
        .order_by(F("agreement__team").asc(nulls_last=True))
        .first()
    )
