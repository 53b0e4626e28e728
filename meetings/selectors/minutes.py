"""One meeting as it is read: its agenda with numbers, notes, decisions and action items."""

from __future__ import annotations

from meetings.models import Meeting
from meetings.selectors.said import said


def minutes_text(meeting: Meeting) -> str:
    """The minutes as plain text, for mail: what was decided, who does what, then topic by topic."""
    lines: list[str] = []
    decisions = list(meeting.decisions.all())
    items = list(meeting.action_items.select_related("owner"))
    if decisions:
        lines += ["Decided", *(f"! {decision.text}" for decision in decisions), ""]
    if items:
        lines += ["Actions"]
        lines += [f"@ {item.owner.name}: {item.text} (due {item.due_on:%a %-d %b})" for item in items]
        lines += [""]
    for topic in meeting.topics.prefetch_related("notes__author", "evidence"):
        lines.append(topic.title if topic.is_discussed else f"{topic.title} (not discussed)")
        numbers = [f"{row.label}: {said(row.value, row.unit, of=row.of)}" for row in topic.evidence.all()]
        if numbers:
            lines.append("  " + " · ".join(numbers))
        lines += [f"  {note.author.name}: {note.text}" for note in topic.notes.all()]
        lines.append("")
    return "\n".join(lines).strip()
