"""The board's numbers in words. `{% load sla %}`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template

from smarketing.web.components import words

if TYPE_CHECKING:
    from sla.selectors.board import Board, Course, Line, SideBoard
    from sla.selectors.periods import Period

register = template.Library()

PACE = {
    "on_pace": ("On pace", "kept"),
    "at_risk": ("Slightly behind", "risk"),
    "behind": ("Behind", "broken"),
    "no_data": ("No data yet", ""),
    "no_commitment": ("No commitment", ""),
}
SIDE = {"marketing": "Marketing owes", "sales": "Sales owes"}


@register.filter
def line(board: Board, kind: str) -> Line | None:
    """One line of the board."""
    return board.line(kind)


@register.filter
def owes(side: SideBoard) -> str:
    """ "Marketing owes"."""
    return SIDE[str(side.side)]


@register.filter
def pace_words(status: Any) -> str:
    """A status of pace for people."""
    return PACE[str(status)][0]


@register.filter
def pace_tone(status: Any) -> str:
    """The tone of a status of pace."""
    return PACE[str(status)][1]


@register.filter
def of_days(board: Board) -> str:
    """ "of 21"."""
    return f"of {board.working_days}"


@register.filter
def of_number(value: float) -> str:
    """ "of 150"; a part of a month owes a whole number, as near as can be."""
    return f"of {_number(round(value))}"


@register.filter
def of_share(value: float) -> str:
    """ "of 90 %"."""
    return f"of {_share(value)}"


@register.filter
def tone_of_late(count: int) -> str:
    """Red where anything is late."""
    return "broken" if count else ""


@register.filter
def running_note(board: Board) -> str:
    """How many run out."""
    return f"{board.running_out:,} running out now"


@register.filter
def line_value(found: Line) -> str:
    """What was reached."""
    if found.actual is None:
        return "no data"
    return _number(found.actual) if found.is_volume else _share(found.actual)


@register.filter
def line_of(found: Line) -> str:
    """The target of a volume; that of a share is the tick and the difference."""
    return _number(round(found.target)) if found.is_volume else ""


@register.filter
def line_delta(found: Line) -> str:
    """Points below the target of a share."""
    return "" if found.behind is None else f"−{abs(found.behind):.1f}"


@register.filter
def line_tone(found: Line) -> str:
    """The tone of the difference."""
    return PACE[str(found.pace.status)][1] if found.behind is not None else ""


@register.filter
def line_note(found: Line) -> str:
    """The second line of a promise: what it is made of."""
    part = [found.term.part] if found.term.part else []
    return " · ".join(part + _made_of(found))


def _made_of(found: Line) -> list[str]:
    if found.is_volume:
        owed, month = _number(round(found.target, 1)), f"{found.commitment.target_count:,} a month"
        parts = [f"{owed} of {month} for these days"] if found.is_share_of_month else []
        if found.pace.expected == found.target:
            return [*parts, "its days are over"] if found.term.part else parts
        parts.append(f"{_number(found.actual or 0)} so far")
        if found.pace.expected is not None:
            parts.append(f"pace asks for {_number(round(found.pace.expected))}")
        if found.forecast is not None:
            spread = (found.forecast.high - found.forecast.low) / 2
            ahead = _number(round(found.forecast.expected))
            parts.append(f"forecast {ahead} ± {_number(round(spread))}" if spread >= 0.5 else f"forecast {ahead}")
        if found.left_out:
            parts.append(left_out_note(found))
        return parts
    if found.tally is None:
        said = {"accepted_share": ("decided", "accepted"), "win_rate": ("closed", "won")}[found.kind]
        return [f"{found.hits:,} {said[1]} of {found.of:,} {said[0]} · target {_share(found.target)}"]
    parts = [f"{found.hits:,} of {found.of:,} in time · target {_share(found.target)}"]
    if found.tally.open_past_due:
        parts.append(f"{found.tally.open_past_due:,} late and open")
    if found.running_out:
        parts.append(f"{found.running_out:,} running out now")
    elif found.tally.open_not_due:
        parts.append(f"{found.tally.open_not_due:,} not due yet")
    if found.waived:
        parts.append(f"{found.waived:,} waived: {_share(found.adjusted) if found.adjusted is not None else 'no data'}")
    return parts


@register.filter
def left_out_note(found: Line, part: str = "") -> str:
    """How many leads were handed off below the definition, where any were, after `part`."""
    words = f"{found.left_out:,} below the definition not counted" if found.left_out else ""
    return " · ".join(filter(None, (part, words)))


@register.filter
def version_tone(state: str) -> str:
    """The tone of a version's state."""
    return {"In force": "kept", "In review": "risk", "Signed by both": "kept"}.get(state, "outline")


@register.filter
def sign_label(side: str) -> str:
    """ "Sign for sales"."""
    return f"Sign for {side}"


@register.filter
def with_period(address: str, period: Period) -> str:
    """An address for the same days."""
    return f"{address}?{urlencode({'from': period.first_on.isoformat(), 'to': period.last_on.isoformat()})}"


@register.filter
def with_agreement(address: str, agreement_id: int) -> str:
    """An address that already has a query, for one agreement."""
    return f"{address}&agreement={agreement_id}"


@register.filter
def course_rows(course: Course) -> Iterator[tuple[date, int | None, int | None, float]]:
    """The chart's numbers as rows."""
    return zip(course.days, course.qualified, course.in_time, course.pace, strict=True)


def _number(value: float) -> str:
    return str(words.number(value))


def _share(value: float) -> str:
    return str(words.share(value))
