"""The tables of sla, one aggregate a file."""

from sla.models.agreements import Agreement, AgreementVersion, EscalationStep
from sla.models.calendars import CalendarRevision, TeamCalendar, WorkingCalendar
from sla.models.clocks import Breach, Clock, ClockNotice, ClockPause, EscalationFired, Waiver
from sla.models.commitments import Commitment, CommitmentKind
from sla.models.sums import BoardSum, StaleBoardDay

__all__ = [
    "Agreement",
    "AgreementVersion",
    "BoardSum",
    "Breach",
    "CalendarRevision",
    "Clock",
    "ClockNotice",
    "ClockPause",
    "Commitment",
    "CommitmentKind",
    "EscalationFired",
    "EscalationStep",
    "StaleBoardDay",
    "TeamCalendar",
    "Waiver",
    "WorkingCalendar",
]
