"""What happens to agreements and clocks, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from smarketing.activity.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCreated(Event):
    """A working calendar was published."""

    verb: ClassVar[str] = "sla.calendar_created"
    subject_kind: ClassVar[str] = "calendar"
    subject_field: ClassVar[str | None] = "calendar_id"
    template: ClassVar[str] = "published the working calendar {name}"
    calendar_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRevised(Event):
    """A working calendar was corrected; open clocks are computed anew, closed ones stay."""

    verb: ClassVar[str] = "sla.calendar_revised"
    subject_kind: ClassVar[str] = "calendar"
    subject_field: ClassVar[str | None] = "calendar_id"
    template: ClassVar[str] = "corrected the working calendar {name}: {why}"
    calendar_id: int
    name: str
    why: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCalendarSet(Event):
    """A team works by another calendar from now on; `old` is what it worked by until now."""

    verb: ClassVar[str] = "sla.team_calendar_set"
    subject_kind: ClassVar[str] = "team"
    subject_field: ClassVar[str | None] = "team_id"
    template: ClassVar[str] = "gave {team} the working calendar {calendar}"
    team_id: int
    team: str
    calendar: str
    old: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDrafted(Event):
    """A version of an agreement was written or written anew."""

    verb: ClassVar[str] = "sla.agreement_drafted"
    subject_kind: ClassVar[str] = "agreement_version"
    subject_field: ClassVar[str | None] = "version_id"
    template: ClassVar[str] = "drafted version {number} of {agreement}"
    version_id: int
    agreement: str
    number: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSigned(Event):
    """One side signed exactly this content."""

    verb: ClassVar[str] = "sla.agreement_signed"
    subject_kind: ClassVar[str] = "agreement_version"
    subject_field: ClassVar[str | None] = "version_id"
    template: ClassVar[str] = "signed version {number} of {agreement} for {side}"
    version_id: int
    agreement: str
    number: int
    side: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDiscarded(Event):
    """A draft that nobody had signed was given up."""

    verb: ClassVar[str] = "sla.agreement_discarded"
    subject_kind: ClassVar[str] = "agreement_version"
    subject_field: ClassVar[str | None] = "version_id"
    template: ClassVar[str] = "discarded version {number} of {agreement}"
    version_id: int
    agreement: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCameIntoForce(Event):
    """A version signed by both sides holds from an instant; the one before it ends then."""

    verb: ClassVar[str] = "sla.agreement_came_into_force"
    subject_kind: ClassVar[str] = "agreement_version"
    subject_field: ClassVar[str | None] = "version_id"
    template: ClassVar[str] = "brought version {number} of {agreement} into force"
    version_id: int
    agreement: str
    number: int
    in_force_from: datetime
    previous_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerminated(Event):
    """A version in force was ended, at once or with notice, and none comes after it by itself."""

    verb: ClassVar[str] = "sla.agreement_terminated"
    subject_kind: ClassVar[str] = "agreement_version"
    subject_field: ClassVar[str | None] = "version_id"
    template: ClassVar[str] = "terminated version {number} of {agreement} from {in_force_until} on: {why}"
    version_id: int
    agreement: str
    number: int
    why: str
    terminated_at: datetime
    in_force_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned(Event):
    """Most of the time of a promise is used up."""

    verb: ClassVar[str] = "sla.clock_warned"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "warned that the time for “{promise}” runs out"
    clock_id: int
    handoff_id: int
    promise: str
    scope: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBreached(Event):
    """A promise was missed, at its due time."""

    verb: ClassVar[str] = "sla.clock_breached"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "recorded that “{promise}” was missed"
    clock_id: int
    handoff_id: int
    lead_id: int
    promise: str
    scope: str
    owner_id: int | None
    breached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEscalated(Event):
    """A step of the escalation ladder was taken."""

    verb: ClassVar[str] = "sla.clock_escalated"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "escalated “{promise}” to {told}"
    clock_id: int
    handoff_id: int
    lead_id: int
    promise: str
    step: int
    told: str
    fired_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused(Event):
    """Somebody stopped the time of a promise."""

    verb: ClassVar[str] = "sla.clock_paused"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "paused the clock “{promise}”: {why}"
    clock_id: int
    handoff_id: int
    lead_id: int
    promise: str
    why: str
    paused_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed(Event):
    """The time of a promise runs again; its due time moved by the working time of the pause."""

    verb: ClassVar[str] = "sla.clock_resumed"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "resumed the clock “{promise}”"
    clock_id: int
    handoff_id: int
    lead_id: int
    promise: str
    resumed_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDueChanged(Event):
    """A corrected calendar moved the due time of an open clock."""

    verb: ClassVar[str] = "sla.clock_due_changed"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "moved the due time of “{promise}” because the working calendar was corrected"
    clock_id: int
    handoff_id: int
    lead_id: int
    promise: str
    old: datetime
    new: datetime
    calendar_revision_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachContested(Event):
    """Who owed it says that the breach is not fair."""

    verb: ClassVar[str] = "sla.breach_contested"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "contested the breach of “{promise}”: {reason}"
    clock_id: int
    breach_id: int
    lead_id: int
    promise: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachWaived(Event):
    """The other side excused a breach; it is still counted, and shown apart."""

    verb: ClassVar[str] = "sla.breach_waived"
    subject_kind: ClassVar[str] = "clock"
    subject_field: ClassVar[str | None] = "clock_id"
    template: ClassVar[str] = "waived the breach of “{promise}”: {reason}"
    clock_id: int
    breach_id: int
    lead_id: int
    promise: str
    reason: str
