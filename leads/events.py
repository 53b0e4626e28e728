"""What happens to leads, in the past tense. Apps to the left subscribe; facts are only ever added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from leads.domain.handoffs import MarketingAnswer
from leads.domain.lifecycle import LifecycleStage
from leads.domain.touchpoints import TouchpointKind
from smarketing.activity.events import Event

Words = Mapping[str, Callable[[str], str]]


def _label(codes: type[LifecycleStage | MarketingAnswer | TouchpointKind], code: str) -> str:
    """The product's word; a code that is no longer used is said as it was recorded."""
    return codes(code).label if code in list(codes) else code.replace("_", " ")


def _stage(code: str) -> str:
    return _label(LifecycleStage, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCreated(Event):
    """A lead came in by hand or by API. `score`: what it came with, None where it is still to be scored."""

    verb: ClassVar[str] = "leads.lead_created"
    subject_kind: ClassVar[str] = "lead"
    subject_field: ClassVar[str | None] = "lead_id"
    template: ClassVar[str] = "added the lead {label}"
    lead_id: int
    label: str
    source: str
    channel: str
    score: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadUpdated(Event):
    """Somebody corrected a lead; `old` and `new` hold the fields that changed."""

    verb: ClassVar[str] = "leads.lead_updated"
    subject_kind: ClassVar[str] = "lead"
    subject_field: ClassVar[str | None] = "lead_id"
    template: ClassVar[str] = "changed the lead {label}"
    lead_id: int
    label: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadStageChanged(Event):
    """A lead moved from one stage to another."""

    verb: ClassVar[str] = "leads.lead_stage_changed"
    subject_kind: ClassVar[str] = "lead"
    subject_field: ClassVar[str | None] = "lead_id"
    template: ClassVar[str] = "moved the lead from {old} to {new}: {why}"
    words: ClassVar[Words] = {"old": _stage, "new": _stage}
    lead_id: int
    old: str
    new: str
    why: str
    definition_version_id: int | None
    occurred_at: datetime
    below_definition: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCameToQualify(Event):
    """A lead that was handed off below the definition meets it: from now on it counts as delivered."""

    verb: ClassVar[str] = "leads.lead_came_to_qualify"
    subject_kind: ClassVar[str] = "lead"
    subject_field: ClassVar[str | None] = "lead_id"
    template: ClassVar[str] = "found that the lead meets {definition} now and counts it as delivered"
    lead_id: int
    definition: str
    definition_version_id: int
    met_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsImported(Event):
    """A batch of an import went in: leads that are new or changed."""

    verb: ClassVar[str] = "leads.leads_imported"
    subject_kind: ClassVar[str] = "import"
    subject_field: ClassVar[str | None] = "import_id"
    template: ClassVar[str] = "imported {created} new and {updated} known {kind} from {filename}"
    import_id: int
    kind: str
    filename: str
    created: int
    updated: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointRecorded(Event):
    """A lead interacted with us."""

    verb: ClassVar[str] = "leads.touchpoint_recorded"
    subject_kind: ClassVar[str] = "touchpoint"
    subject_field: ClassVar[str | None] = "touchpoint_id"
    template: ClassVar[str] = "recorded: {kind}"
    words: ClassVar[Words] = {"kind": lambda code: _label(TouchpointKind, code)}
    touchpoint_id: int
    lead_id: int
    kind: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScoreCrossed(Event):
    """A lead's score crossed a definition's threshold; `direction` is `up` or `down`."""

    verb: ClassVar[str] = "leads.lead_score_crossed"
    subject_kind: ClassVar[str] = "lead"
    subject_field: ClassVar[str | None] = "lead_id"
    template: ClassVar[str] = "saw the score go {direction} to {score}, past the threshold {threshold}"
    lead_id: int
    direction: str
    threshold: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffCreated(Event):
    """Marketing handed a lead to a sales team."""

    verb: ClassVar[str] = "leads.handoff_created"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "handed the lead to {team}"
    handoff_id: int
    lead_id: int
    team_id: int
    team: str
    owner_id: int | None
    previous_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAccepted(Event):
    """Sales took the lead."""

    verb: ClassVar[str] = "leads.handoff_accepted"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "accepted the lead"
    handoff_id: int
    lead_id: int
    owner_id: int
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRejected(Event):
    """Sales sent the lead back without taking it."""

    verb: ClassVar[str] = "leads.handoff_rejected"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "rejected the lead: {reason}"
    handoff_id: int
    lead_id: int
    reason: str
    reason_id: int
    ground: str
    note: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffReturned(Event):
    """Sales gave back a lead that it had taken."""

    verb: ClassVar[str] = "leads.handoff_returned"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "returned the lead to marketing: {note}"
    handoff_id: int
    lead_id: int
    note: str
    returned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffWithdrawn(Event):
    """Marketing took a pending handoff back."""

    verb: ClassVar[str] = "leads.handoff_withdrawn"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "withdrew the handoff: {note}"
    handoff_id: int
    lead_id: int
    note: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffReassigned(Event):
    """The handoff has another owner; `old_owner_id` is None where it had none."""

    verb: ClassVar[str] = "leads.handoff_reassigned"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "made {new_owner} the owner"
    handoff_id: int
    lead_id: int
    old_owner_id: int | None
    new_owner_id: int
    new_owner: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAnswered(Event):
    """Marketing answered a rejection or a return: handed off again, recycled or disqualified the lead."""

    verb: ClassVar[str] = "leads.handoff_answered"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "answered sales: {answer}"
    words: ClassVar[Words] = {"answer": lambda code: _label(MarketingAnswer, code)}
    handoff_id: int
    lead_id: int
    answer: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLogged(Event):
    """Sales followed up."""

    verb: ClassVar[str] = "leads.attempt_logged"
    subject_kind: ClassVar[str] = "attempt"
    subject_field: ClassVar[str | None] = "attempt_id"
    template: ClassVar[str] = "logged a follow-up ({kind}: {outcome})"
    words: ClassVar[Words] = {"kind": lambda code: "e-mail" if code == "email" else code}
    attempt_id: int
    handoff_id: int
    lead_id: int
    kind: str
    outcome: str
    outbound: bool
    by_id: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    """Sales rated a lead."""

    verb: ClassVar[str] = "leads.feedback_given"
    subject_kind: ClassVar[str] = "feedback"
    subject_field: ClassVar[str | None] = "feedback_id"
    template: ClassVar[str] = "rated the lead {rating} of 5"
    feedback_id: int
    handoff_id: int
    lead_id: int
    rating: int
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQualified(Event):
    """Sales confirmed the lead as an SQL; `unmet` says what it lacked of the definition in force."""

    verb: ClassVar[str] = "leads.lead_qualified"
    subject_kind: ClassVar[str] = "handoff"
    subject_field: ClassVar[str | None] = "handoff_id"
    template: ClassVar[str] = "qualified the lead for sales"
    handoff_id: int
    lead_id: int
    qualified_at: datetime
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DealOpened(Event):
    """A lead became an opportunity."""

    verb: ClassVar[str] = "leads.deal_opened"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "opened the deal {name}"
    deal_id: int
    lead_id: int | None
    handoff_id: int | None
    name: str
    amount: Decimal | None
    currency: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DealStageChanged(Event):
    """An open deal moved."""

    verb: ClassVar[str] = "leads.deal_stage_changed"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "moved the deal {name} from {old} to {new}"
    deal_id: int
    lead_id: int | None
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealUpdated(Event):
    """Somebody corrected a deal; `old` and `new` hold the fields that changed, money as text."""

    verb: ClassVar[str] = "leads.deal_updated"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "changed the deal {name}"
    deal_id: int
    lead_id: int | None
    name: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealCorrected(Event):
    """A sales manager corrected a closed deal and said why; `old` and `new` as in DealUpdated."""

    verb: ClassVar[str] = "leads.deal_corrected"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "corrected the closed deal {name}: {why}"
    deal_id: int
    lead_id: int | None
    name: str
    why: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealImported(Event):
    """An import changed a deal that was known; `old` and `new` hold the fields that changed, money as text."""

    verb: ClassVar[str] = "leads.deal_imported"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "changed the deal {name} by importing {filename}"
    deal_id: int
    lead_id: int | None
    name: str
    filename: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealWon(Event):
    """A deal was won."""

    verb: ClassVar[str] = "leads.deal_won"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "won the deal {name}"
    deal_id: int
    lead_id: int | None
    name: str
    amount: Decimal | None
    currency: str
    won_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLost(Event):
    """A deal was lost."""

    verb: ClassVar[str] = "leads.deal_lost"
    subject_kind: ClassVar[str] = "deal"
    subject_field: ClassVar[str | None] = "deal_id"
    template: ClassVar[str] = "lost the deal {name}: {reason}"
    deal_id: int
    lead_id: int | None
    name: str
    reason: str
    lost_at: datetime
    reason_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLogged(Event):
    """A campaign was added or changed; `new` holds the fields set, `old` what they were."""

    verb: ClassVar[str] = "leads.campaign_logged"
    subject_kind: ClassVar[str] = "campaign"
    subject_field: ClassVar[str | None] = "campaign_id"
    template: ClassVar[str] = "logged the campaign {name}"
    campaign_id: int
    name: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendBooked(Event):
    """Money spent on a campaign on one day; `old` is None where the day had none."""

    verb: ClassVar[str] = "leads.spend_booked"
    subject_kind: ClassVar[str] = "campaign"
    subject_field: ClassVar[str | None] = "campaign_id"
    template: ClassVar[str] = "booked {amount} {currency} on {spent_on}"
    campaign_id: int
    spent_on: str
    amount: Decimal
    currency: str
    old: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRemoved(Event):
    """What was booked on a campaign's day was booked by mistake: the day has no spend any more."""

    verb: ClassVar[str] = "leads.spend_removed"
    subject_kind: ClassVar[str] = "campaign"
    subject_field: ClassVar[str | None] = "campaign_id"
    template: ClassVar[str] = "took back {amount} {currency} on {spent_on}"
    campaign_id: int
    spent_on: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentLogged(Event):
    """A content asset was added or changed."""

    verb: ClassVar[str] = "leads.content_logged"
    subject_kind: ClassVar[str] = "content"
    subject_field: ClassVar[str | None] = "content_id"
    template: ClassVar[str] = "listed the content {title}"
    content_id: int
    title: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersionDrafted(Event):
    """The next version of a definition was proposed; `previous_id` is the version before it."""

    verb: ClassVar[str] = "leads.definition_version_drafted"
    subject_kind: ClassVar[str] = "definition_version"
    subject_field: ClassVar[str | None] = "definition_version_id"
    template: ClassVar[str] = "drafted {stage} definition {number}"
    definition_version_id: int
    stage: str
    number: int
    content_hash: str
    previous_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersionDiscarded(Event):
    """A draft that nobody had signed was given up."""

    verb: ClassVar[str] = "leads.definition_version_discarded"
    subject_kind: ClassVar[str] = "definition_version"
    subject_field: ClassVar[str | None] = "definition_version_id"
    template: ClassVar[str] = "discarded the draft of {stage} definition {number}"
    definition_version_id: int
    stage: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersionSigned(Event):
    """One side signed a definition version."""

    verb: ClassVar[str] = "leads.definition_version_signed"
    subject_kind: ClassVar[str] = "definition_version"
    subject_field: ClassVar[str | None] = "definition_version_id"
    template: ClassVar[str] = "signed {stage} definition {number} for {side}"
    definition_version_id: int
    stage: str
    number: int
    side: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersionInForce(Event):
    """Both sides had signed: the version came into force and ended the one before."""

    verb: ClassVar[str] = "leads.definition_version_in_force"
    subject_kind: ClassVar[str] = "definition_version"
    subject_field: ClassVar[str | None] = "definition_version_id"
    template: ClassVar[str] = "{stage} definition {number} came into force"
    definition_version_id: int
    stage: str
    number: int
    content_hash: str
    in_force_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreModelInForce(Event):
    """Another scoring model counts from now on; everybody is scored again."""

    verb: ClassVar[str] = "leads.score_model_in_force"
    subject_kind: ClassVar[str] = "score_model"
    subject_field: ClassVar[str | None] = "score_model_id"
    template: ClassVar[str] = "scoring model {number} came into force"
    score_model_id: int
    number: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportQueued(Event):
    """An import waits for a worker."""

    verb: ClassVar[str] = "leads.import_queued"
    subject_kind: ClassVar[str] = "import"
    subject_field: ClassVar[str | None] = "import_id"
    template: ClassVar[str] = "started the import of {filename}"
    import_id: int
    kind: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(Event):
    """An import ended; `state` says how."""

    verb: ClassVar[str] = "leads.import_finished"
    subject_kind: ClassVar[str] = "import"
    subject_field: ClassVar[str | None] = "import_id"
    template: ClassVar[str] = "import of {filename}: {state}, {created} new, {updated} changed, {rejected} refused"
    import_id: int
    kind: str
    filename: str
    state: str
    created: int
    updated: int
    unchanged: int
    rejected: int
    created_by_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsChanged(Event):
    """Facts of many leads changed in one set-based write (import, scoring); for subscribers, one per batch."""

    verb: ClassVar[str] = "leads.leads_changed"
    subject_kind: ClassVar[str] = "lead"
    template: ClassVar[str] = "changed {count} leads: {why}"
    count: int
    why: str
    first_day: str | None
    last_day: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfReason:
    """What every event of an agreed list of reasons tells."""

    subject_field: ClassVar[str | None] = "reason_id"
    reason_id: int
    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfChangedReason(_OfReason):
    """`old` and `new` hold what changed."""

    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReasonAdded(_OfReason, Event):
    """A reason for rejecting a lead was put on the agreed list."""

    verb: ClassVar[str] = "leads.rejection_reason_added"
    subject_kind: ClassVar[str] = "rejection_reason"
    template: ClassVar[str] = "added the reason for rejecting a lead “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReasonChanged(_OfChangedReason, Event):
    """A reason for rejecting a lead is worded otherwise or stands elsewhere on the list."""

    verb: ClassVar[str] = "leads.rejection_reason_changed"
    subject_kind: ClassVar[str] = "rejection_reason"
    template: ClassVar[str] = "changed the reason for rejecting a lead “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReasonRetired(_OfReason, Event):
    """A reason for rejecting a lead is not given any more; it stays where it was given."""

    verb: ClassVar[str] = "leads.rejection_reason_retired"
    subject_kind: ClassVar[str] = "rejection_reason"
    template: ClassVar[str] = "retired the reason for rejecting a lead “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReasonTakenUp(_OfReason, Event):
    """A retired reason for rejecting a lead is on the list again."""

    verb: ClassVar[str] = "leads.rejection_reason_taken_up"
    subject_kind: ClassVar[str] = "rejection_reason"
    template: ClassVar[str] = "took up the reason for rejecting a lead “{label}” again"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReasonAdded(_OfReason, Event):
    """A reason for losing a deal was put on the agreed list."""

    verb: ClassVar[str] = "leads.loss_reason_added"
    subject_kind: ClassVar[str] = "loss_reason"
    template: ClassVar[str] = "added the reason for losing a deal “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReasonChanged(_OfChangedReason, Event):
    """A reason for losing a deal is worded otherwise or stands elsewhere on the list."""

    verb: ClassVar[str] = "leads.loss_reason_changed"
    subject_kind: ClassVar[str] = "loss_reason"
    template: ClassVar[str] = "changed the reason for losing a deal “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReasonRetired(_OfReason, Event):
    """A reason for losing a deal is not given any more; it stays where it was given."""

    verb: ClassVar[str] = "leads.loss_reason_retired"
    subject_kind: ClassVar[str] = "loss_reason"
    template: ClassVar[str] = "retired the reason for losing a deal “{label}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReasonTakenUp(_OfReason, Event):
    """A retired reason for losing a deal is on the list again."""

    verb: ClassVar[str] = "leads.loss_reason_taken_up"
    subject_kind: ClassVar[str] = "loss_reason"
    template: ClassVar[str] = "took up the reason for losing a deal “{label}” again"
