"""Reads of handoffs: the rep's inbox, one packet, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from leads.domain.criteria import parse
from leads.domain.handoffs import HandoffStatus
from leads.domain.lifecycle import LifecycleStage
from leads.models import Attempt, ContentAsset, Deal, Feedback, Handoff, Lead, RejectionReason, Touchpoint
from leads.permissions import (
    can_answer_handoff,
    can_decide_handoff,
    can_edit_deal,
    can_reassign_handoff,
    can_withdraw_handoff,
    can_work_handoff,
)
from leads.selectors.clock_lines import ClockLine, clock_lines, with_next_due
from leads.selectors.definitions import Clauses, clauses
from leads.selectors.packets import definition_in_force
from leads.selectors.shortfalls import shortfalls
from smarketing.accounts.models import Role, Side, Team, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.querysets import counts_of, give_people, give_teams
from smarketing.lib.errors import NotFound

TABS = {"waiting": "Waiting", "accepted": "Accepted", "returned": "Returned"}
WORKING_STAGES = (LifecycleStage.SAL, LifecycleStage.SQL)
SENT_BACK = (HandoffStatus.REJECTED, HandoffStatus.RETURNED)
REMEMBERED = timedelta(days=30)
"""How long a lead that was sent back stays in the inbox once marketing has answered."""

PAGE_SIZE = 50
JOURNEY_LENGTH = 15


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One line of the inbox."""

    handoff: Handoff
    clock: ClockLine | None
    why: str
    clocks: Sequence[ClockLine] = ()

    @property
    def lead(self) -> Lead:
        """Whom it is about."""
        return self.handoff.lead

    @property
    def role(self) -> str:
        """What the lead does, and where."""
        lead = self.handoff.lead
        company = lead.company.name if lead.company else ""
        return ", ".join(part for part in (lead.job_title, company) if part) or ("" if lead.has_name else "no name yet")


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the inbox with the counts of its tabs; the cursors are None where there is no further page."""

    tab: str
    whole_team: bool
    items: Sequence[InboxItem]
    counts: Mapping[str, int]
    due_soon: int
    next_cursor: str | None
    previous_cursor: str | None


def inbox_handoffs(user: User, *, whole_team: bool = False) -> QuerySet[Handoff]:
    """What is handed to this person: their own and what anybody of their teams may take; or all of the teams'."""
    found = Handoff.objects.visible_to(user).filter(team__in=user.team_ids)
    return found if whole_team else found.filter(Q(owner=user) | Q(owner__isnull=True))


def tab_condition(tab: str, now: datetime) -> Q:
    """Which handoffs stand under a tab of the inbox."""
    if tab == "accepted":
        return Q(status=HandoffStatus.ACCEPTED, lead__stage__in=WORKING_STAGES)
    if tab == "returned":
        recent = Q(answered_at__isnull=True) | Q(answered_at__gt=now - REMEMBERED)
        return Q(status__in=SENT_BACK) & recent
    return Q(status=HandoffStatus.PENDING)


def handoff_inbox(user: User, *, tab: str, now: datetime, whole_team: bool = False, offset: int = 0) -> InboxPage:
    """One page of the inbox: due first on top, then the higher score, then the older.

    What was sent back is ordered by when. The number of queries does not depend on the number of rows.
    """
    tab = tab if tab in TABS else "waiting"
    mine = inbox_handoffs(user, whole_team=whole_team)
    # Each tab has an index of its own; what was closed long ago is in none of them.
    counts = dict(zip(TABS, counts_of(*(mine.filter(tab_condition(name, now)) for name in TABS)), strict=True))
    found = _in_order(mine.filter(tab_condition(tab, now)), tab).values_list("pk", flat=True)
    ids = list(found[offset : offset + PAGE_SIZE + 1]) if counts[tab] > offset else []
    more, ids = len(ids) > PAGE_SIZE, ids[:PAGE_SIZE]
    handoffs = Handoff.objects.select_related("lead__company", "rejection_reason").in_bulk(ids)
    page = [handoffs[pk] for pk in ids if pk in handoffs]
    give_people(page, "owner")
    give_teams(page)
    clocks = clock_lines(ids)
    items = [
        InboxItem(handoff, most_urgent(clocks[handoff.pk]), line_of(handoff), clocks[handoff.pk]) for handoff in page
    ]
    return InboxPage(
        tab=tab,
        whole_team=whole_team,
        items=items,
        counts=counts,
        due_soon=sum(is_due_soon(item.clock, now) for item in items),
        next_cursor=str(offset + PAGE_SIZE) if more else None,
        previous_cursor=str(max(0, offset - PAGE_SIZE)) if offset else None,
    )


def _in_order(handoffs: QuerySet[Handoff], tab: str) -> QuerySet[Handoff]:
    if tab == "returned":
        return handoffs.order_by(F("returned_at").desc(nulls_last=True), "-decided_at", "-id")
    return with_next_due(handoffs).order_by(F("next_due_at").asc(nulls_last=True), "-score", "created_at", "id")


def inbox_waiting(user: User) -> QuerySet[Handoff]:
    """The handoffs that wait for this person."""
    return inbox_handoffs(user).filter(status=HandoffStatus.PENDING)


def most_urgent(lines: Sequence[ClockLine]) -> ClockLine | None:
    """The clock to show where there is room for one: the first that is still owed."""
    return next((line for line in lines if line.is_open), None)


def is_due_soon(clock: ClockLine | None, now: datetime) -> bool:
    """Whether a clock runs out within two hours, or has."""
    return clock is not None and clock.due_at is not None and clock.due_at <= now + timedelta(hours=2)


def line_of(handoff: Handoff) -> str:
    """The second line of a row: why the lead is there, in one sentence."""
    if handoff.status in SENT_BACK:
        reason = handoff.rejection_reason.label if handoff.rejection_reason else ""
        return ": ".join(part for part in (reason, handoff.note) if part)
    headline = (handoff.why_now or {}).get("headline") or ""
    return headline or (handoff.next_steps.splitlines() or [""])[0]


# --- One packet -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One thing the lead did, or somebody did with the lead, before and since the handoff."""

    at: datetime
    title: str
    detail: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """All that a rep needs to call, and marketing to see what became of it."""

    handoff: Handoff
    clocks: Sequence[ClockLine]
    journey: Sequence[JourneyStep]
    content: Sequence[ContentAsset]
    attempts: Sequence[Attempt]
    feedback: Sequence[Feedback]
    earlier: Sequence[Handoff]
    deals: Sequence[Deal]
    acts: frozenset[str]
    points: Sequence[tuple[str, int]] = field(default_factory=tuple)

    @property
    def lead(self) -> Lead:
        """Whom it is about."""
        return self.handoff.lead

    @property
    def clock(self) -> ClockLine | None:
        """The clock that counts now."""
        return most_urgent(self.clocks)

    @property
    def rating(self) -> int | None:
        """The latest rating."""
        return self.feedback[0].rating if self.feedback else None


def handoff_detail(user: User, handoff_id: int) -> Handoff:
    """One handoff with those it names; NotFound where this person may not see it."""
    handoff: Handoff | None = (
        Handoff.objects.visible_to(user)
        .select_related("lead__company", "team", "rejection_reason")
        .filter(pk=handoff_id)
        .first()
    )
    if handoff is None:
        raise NotFound("There is no such handoff, or you may not see it.")
    _give_named(handoff)
    return handoff


def _give_named(handoff: Handoff) -> None:
    # A join of ten tables takes the database thirty times longer to plan than to read.
    give_people([handoff], "owner", "created_by", "decided_by", "lead__owner")


def handoff_packet(user: User, handoff_id: int, *, item: InboxItem | None = None) -> Packet:
    """The packet of one handoff; NotFound where this person may not see it.

    `item`: its line, where the caller has read it for this person already.
    """
    if item is None:
        handoff = handoff_detail(user, handoff_id)
        clocks: Sequence[ClockLine] = clock_lines([handoff.pk])[handoff.pk]
    else:
        handoff, clocks = item.handoff, item.clocks
        _give_named(handoff)
    lead = handoff.lead
    touches = list(
        Touchpoint.objects.filter(lead=lead)
        .select_related("content", "campaign")
        .order_by("-occurred_at", "-id")[:JOURNEY_LENGTH]
    )
    first = None
    if len(touches) == JOURNEY_LENGTH:
        first = Touchpoint.objects.filter(lead=lead).order_by("occurred_at", "id").first()
    attempts = list(handoff.attempts.select_related("by"))
    lines = (handoff.why_now or {}).get("lines") or []
    return Packet(
        handoff=handoff,
        clocks=clocks,
        journey=_journey(touches, first, attempts),
        content=list({touch.content_id: touch.content for touch in touches if touch.content}.values()),
        attempts=attempts,
        feedback=list(handoff.feedback.select_related("by")),
        earlier=_earlier(user, handoff),
        deals=list(lead.deals.all()),
        acts=acts_on(user, handoff),
        points=tuple((str(line["label"]), int(line["points"])) for line in lines),
    )


def _earlier(user: User, handoff: Handoff) -> list[Handoff]:
    if handoff.round == 1:
        return []
    earlier = Handoff.objects.visible_to(user).filter(lead=handoff.lead_id, round__lt=handoff.round)
    return list(earlier.select_related("team", "rejection_reason"))


def _journey(touches: Sequence[Touchpoint], first: Touchpoint | None, attempts: Sequence[Attempt]) -> list[JourneyStep]:
    steps = [_step(touch) for touch in touches]
    if first is not None and first not in touches:
        steps.append(_step(first, "First touch"))
    steps += [
        JourneyStep(attempt.occurred_at, f"{attempt.get_kind_display()} by {attempt.by}", _said(attempt), Side.SALES)
        for attempt in attempts
    ]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _step(touch: Touchpoint, title: str = "") -> JourneyStep:
    about = [str(touch.content or ""), str(touch.campaign or ""), touch.note]
    return JourneyStep(
        touch.occurred_at,
        title or str(touch.get_kind_display()),
        " · ".join(part for part in about if part) or touch.source,
        Side.MARKETING,
    )


def _said(attempt: Attempt) -> str:
    words = str(attempt.get_outcome_display())
    return f"{words}: {attempt.note}" if attempt.note else words


def acts_on(user: User, handoff: Handoff) -> frozenset[str]:
    """What this person may do with this handoff as it stands: the predicates and the state together."""
    status = HandoffStatus(handoff.status)
    stage = LifecycleStage(handoff.lead.stage)
    acts = set()
    if status is HandoffStatus.PENDING and can_decide_handoff(user, handoff):
        acts |= {"accept", "reject"}
    if status.is_open and can_work_handoff(user, handoff):
        acts.add("attempt")
    if status is HandoffStatus.ACCEPTED and can_work_handoff(user, handoff):
        if stage in (*WORKING_STAGES, LifecycleStage.MQL):
            acts.add("return")
        if handoff.qualified_at is None and stage in WORKING_STAGES:
            acts.add("qualify")
        if can_edit_deal(user) and stage in (*WORKING_STAGES, LifecycleStage.OPPORTUNITY, LifecycleStage.CUSTOMER):
            acts.add("deal")
    if status in (HandoffStatus.ACCEPTED, *SENT_BACK) and can_work_handoff(user, handoff):
        acts.add("feedback")
    if status.is_open and can_reassign_handoff(user, handoff):
        acts.add("reassign")
    if status is HandoffStatus.PENDING and can_withdraw_handoff(user, handoff):
        acts.add("withdraw")
    if status in SENT_BACK and handoff.answered_at is None and can_answer_handoff(user, handoff):
        acts.add("answer")
    return frozenset(acts)


# --- What became of them ----------------------------------------------------------------------------------

OUTCOMES = {
    "waiting": "Waiting",
    "working": "Being worked",
    "qualified": "Qualified",
    "deal": "Deal open",
    "won": "Won",
    "lost": "Lost",
    "to_answer": "To answer",
    "rejected": "Rejected",
    "returned": "Returned",
    "withdrawn": "Withdrawn",
}
DEAL_OUTCOMES = ("deal", "won", "lost")


@dataclass(frozen=True, slots=True)
class HandoffFilter:
    """What the list of handoffs is narrowed to; empty fields do not narrow."""

    text: str = ""
    outcome: str = ""
    status: str = ""
    team_id: int | None = None
    owner_id: int | None = None
    reason_id: int | None = None
    campaign_id: int | None = None
    lead_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def outcome_condition(outcome: str) -> Q:
    """Which handoffs had this outcome. A handoff may have several: it was qualified, and the deal was won."""
    deals = Deal.objects.filter(handoff=OuterRef("pk"))
    return {
        "waiting": Q(status=HandoffStatus.PENDING),
        "working": Q(status=HandoffStatus.ACCEPTED, qualified_at__isnull=True),
        "qualified": Q(qualified_at__isnull=False),
        "deal": Q(Exists(deals.open())),
        "won": Q(Exists(deals.filter(won_at__isnull=False))),
        "lost": Q(Exists(deals.filter(lost_at__isnull=False))),
        "to_answer": Q(status__in=SENT_BACK, answered_at__isnull=True),
        "rejected": Q(status=HandoffStatus.REJECTED),
        "returned": Q(status=HandoffStatus.RETURNED),
        "withdrawn": Q(status=HandoffStatus.WITHDRAWN),
    }[outcome]


def handoff_list(user: User, narrowed: HandoffFilter) -> QuerySet[Handoff]:
    """Handoffs that this person may see and the filter lets through, unordered and without what a row shows."""
    found: QuerySet[Handoff] = Handoff.objects.visible_to(user)
    exact = {
        "status": narrowed.status,
        "team_id": narrowed.team_id,
        "owner_id": narrowed.owner_id,
        "rejection_reason_id": narrowed.reason_id,
        "lead__campaign_id": narrowed.campaign_id,
        "lead_id": narrowed.lead_id,
        "created_at__gte": narrowed.created_from,
        "created_at__lt": narrowed.created_before,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value not in (None, "")})
    if narrowed.outcome in OUTCOMES:
        found = found.filter(outcome_condition(narrowed.outcome))
    for word in narrowed.text.split()[:5]:
        found = found.filter(
            Q(lead__first_name__icontains=word)
            | Q(lead__last_name__icontains=word)
            | Q(lead__email__icontains=word)
            | Q(lead__external_id__icontains=word)
            | Q(lead__company__name__icontains=word)
        )
    return found


def with_outcome(handoffs: QuerySet[Handoff]) -> QuerySet[Handoff]:
    """The handoffs with what a row shows, its deals and the latest `rating`; a query for each that it names."""
    latest = Feedback.objects.filter(handoff=OuterRef("pk")).order_by("-given_at", "-id")
    # What is looked up is not joined: with each table more the database plans longer.
    return (
        handoffs.select_related("lead__company", "rejection_reason")
        .prefetch_related("team", "owner", "created_by", "deals")
        .annotate(rating=Subquery(latest.values("rating")[:1]))
    )


def outcome_counts(user: User, narrowed: HandoffFilter) -> dict[str, int]:
    """How many handoffs had each outcome, with everything of the filter but its outcome; `all` counts them all."""
    found = handoff_list(user, replace(narrowed, outcome="")).order_by()
    # What became of deals is counted from the deals: to look for them at every handoff takes most of the time.
    own = {name: outcome_condition(name) for name in OUTCOMES if name not in DEAL_OUTCOMES}
    counts = found.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=condition) for name, condition in own.items()}
    )
    return counts | {name: found.filter(outcome_condition(name)).count() for name in DEAL_OUTCOMES}


def outcome_words(handoff: Handoff) -> tuple[str, str]:
    """What became of a handoff in a word or two, and its tone (`kept`, `risk`, `broken` or none).

    Reads `handoff.deals` (prefetch it for a list).
    """
    deals = list(handoff.deals.all())
    if any(deal.won_at for deal in deals):
        return "Won", "kept"
    if any(deal.is_open for deal in deals):
        return "Deal open", ""
    if deals:
        return "Lost", ""
    if handoff.status in SENT_BACK:
        waiting = handoff.answered_at is None
        return f"{HandoffStatus(handoff.status).value.capitalize()}{', to answer' if waiting else ''}", (
            "risk" if waiting else ""
        )
    if handoff.qualified_at is not None:
        return "Qualified", "kept"
    return HandoffStatus(handoff.status).label, ""


def to_answer(user: User) -> QuerySet[Handoff]:
    """The rejected or returned leads that wait for marketing."""
    found: QuerySet[Handoff] = Handoff.objects.visible_to(user).filter(outcome_condition("to_answer"))
    return found


# --- Choices ----------------------------------------------------------------------------------------------


def agreed_reasons() -> QuerySet[RejectionReason]:
    """The reasons for which a lead may be rejected now, in their agreed order."""
    return RejectionReason.objects.filter(archived_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A sales team and its reps, each with how many handoffs they hold open."""

    team: Team
    reps: Sequence[tuple[User, int]]


def receivers() -> list[Receiver]:
    """Whom leads can be handed to: teams of sales that have somebody, with the open handoffs of each rep."""
    open_handoffs = Count(
        "handoffs",
        filter=Q(handoffs__status=HandoffStatus.PENDING)
        | Q(handoffs__status=HandoffStatus.ACCEPTED, handoffs__lead__stage__in=WORKING_STAGES),
        distinct=True,
    )
    people = (
        User.objects.filter(is_active=True, memberships__team__side=Side.SALES)
        .annotate(open_handoffs=open_handoffs, member_of=F("memberships__team"))
        .order_by("name", "id")
    )
    reps: dict[int, list[tuple[User, int]]] = {}
    for person in people:
        reps.setdefault(person.member_of, []).append((person, person.open_handoffs))
    teams = Team.objects.filter(pk__in=reps).order_by("name")
    return [Receiver(team, reps[team.pk]) for team in teams]


def leads_to_hand_off(user: User, lead_ids: Sequence[int]) -> list[Lead]:
    """The chosen leads that this person may see, in the order of their scores."""
    chosen = Lead.objects.visible_to(user).with_score().filter(pk__in=lead_ids)
    return list(chosen.select_related("company").order_by("-current_score__score", "id"))


def short_of_mql(leads: Sequence[Lead], now: datetime) -> tuple[str, dict[int, list[str]]]:
    """The MQL definition in force, by name, and what each of these leads lacks of it; ("", {}) where none is agreed."""
    version = definition_in_force(LifecycleStage.MQL, now)
    if version is None:
        return "", {}
    return f"MQL definition {version.number}", shortfalls(version, [lead.pk for lead in leads], now)


@dataclass(frozen=True, slots=True)
class Measured:
    """A lead beside a definition in force: its name, what it asks, and what the lead lacks of that."""

    definition: str
    clauses: Clauses
    unmet: tuple[str, ...]


def measured_for_sql(lead: Lead, now: datetime) -> Measured | None:
    """What the SQL definition in force asks, and what the lead lacks of it; None where none is agreed."""
    version = definition_in_force(LifecycleStage.SQL, now)
    if version is None:
        return None
    unmet = shortfalls(version, [lead.pk], now).get(lead.pk, [])
    return Measured(f"SQL definition {version.number}", clauses(parse(version.criteria)), tuple(unmet))


def sees_whole_team(user: User) -> bool:
    """Whether the inbox may show what belongs to others of the team."""
    return has_role(user, Role.SALES_MANAGER)
