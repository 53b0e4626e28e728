"""Whom a version of a definition would move, before anybody has signed it.

The same rules as qualification applies (`leads.domain.qualification`), as conditions over all leads at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from leads.domain.criteria import Criteria
from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage
from leads.domain.qualification import AUTOMATIC, Threshold
from leads.models import DefinitionStanding, Handoff, Lead, StageTransition
from leads.querysets.criteria import compile_criteria
from smarketing.accounts.models import User

LIMIT: Final = 10_000
"""Moves are counted up to this many, so that a page opens fast."""
RISING: Final = "rising"
FALLING: Final = "falling"


@dataclass(frozen=True, slots=True)
class Moves:
    """How many leads a version would move, by the stage at which they stand; `more`: there are more than counted."""

    stage: LifecycleStage
    up: Mapping[LifecycleStage, int] = field(default_factory=dict)
    back: int = 0
    more: bool = False

    @property
    def rising(self) -> int:
        """How many would come to the stage."""
        return sum(self.up.values())

    @property
    def before(self) -> LifecycleStage:
        """Where a lead goes that no longer meets the definition."""
        return FUNNEL[RANK[self.stage] - 1]


def may_rise(target: LifecycleStage) -> Q:
    """Where a lead must stand to be moved to `target`: before it in the funnel, or recycled and active since."""
    before = Q(stage__in=[stage.value for stage in FUNNEL[: RANK[target]]])
    return before | Q(stage=LifecycleStage.RECYCLED, last_touch_at__gt=F("stage_changed_at"))


def leads_moving(
    user: User, which: str, target: LifecycleStage, criteria: Criteria, threshold: Threshold, now: datetime
) -> QuerySet[Lead]:
    """Visible leads that a version with these terms would move to `target` (RISING), or take back from it (FALLING)."""
    leads: QuerySet[Lead] = Lead.objects.visible_to(user)
    if target not in AUTOMATIC:
        return leads.none()
    meets = compile_criteria(criteria, now)
    standings = DefinitionStanding.objects.filter(lead=OuterRef("pk"), definition__stage=target)
    moves = StageTransition.objects.filter(lead=OuterRef("pk"))
    outside = Exists(standings.filter(inside=False))
    if which == RISING:
        beyond = [stage.value for stage in FUNNEL[RANK[target] :]]
        caused = moves.filter(to_stage__in=beyond, definition_version__definition__stage=target)
        if threshold.enter is not None:
            leads = leads.filter(current_score__score__gte=threshold.enter)
        # Who was inside already, or was moved by a version before and is not known to have dropped out, does not cross.
        return leads.filter(may_rise(target), meets, outside | ~(Exists(standings) | Exists(caused)))
    fallen = ~Q(meets)
    if threshold.enter is not None:
        leave = threshold.enter if threshold.leave is None else threshold.leave
        fallen |= Q(current_score__score__lt=leave) | Q(outside, current_score__score__lt=threshold.enter)
    latest = moves.filter(to_stage=target).order_by("-occurred_at", "-id").values("definition_version")[:1]
    handed = Handoff.objects.open().filter(lead=OuterRef("pk"))
    return leads.filter(fallen, ~Exists(handed), stage=target).alias(cause=Subquery(latest)).filter(cause__isnull=False)


def moves_of(user: User, target: LifecycleStage, criteria: Criteria, threshold: Threshold, now: datetime) -> Moves:
    """How many visible leads a version with these terms would move at `now`, each direction up to LIMIT."""
    rising, falling = (
        leads_moving(user, which, target, criteria, threshold, now).order_by() for which in (RISING, FALLING)
    )
    stages = list(rising.values_list("stage", flat=True)[: LIMIT + 1])
    back = falling[: LIMIT + 1].count()
    counted = Counter(stages[:LIMIT])
    up = {stage: counted[stage] for stage in LifecycleStage if counted[stage]}
    return Moves(target, up, min(back, LIMIT), more=len(stages) > LIMIT or back > LIMIT)
