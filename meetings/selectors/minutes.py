"""One meeting as it is read: its agenda with numbers, notes, decisions and action items."""

from __future__ import annotations

from meetings.domain.minutes import remark
from meetings.models import Meeting
from meetings.selectors.said import said


def minutes_text(meeting: Meeting) -> str:
    """The minutes as plain text, for mail: what was decided, who does what, then topic by topic."""
    lines: list[str] = []
    decisions = list(meeting.decisions.all())
    items = list(meeting.action_items.select_related("owner"))
    if decisions:
        lines += ["Decided", *(f"• {decision.text}" for decision in decisions), ""]
    if items:
        lines += ["Actions"]
        lines += [f"• {item.owner.name}: {item.text} (due {item.due_on:%a %-d %b})" for item in items]
        lines += [""]
    about = {row.topic_id for row in (*decisions, *items)}
    for topic in meeting.topics.prefetch_related("notes__author", "evidence"):
        said_of = remark(discussed=topic.is_discussed, written=topic.pk in about or bool(topic.notes.all()))
        lines.append(f"{topic.title} ({said_of})" if said_of else topic.title)
        numbers = [f"{row.label}: {said(row.value, row.unit, of=row.of)}" for row in topic.evidence.all()]
        if numbers:
            lines.append(" · ".join(numbers))
        lines += [f"• {note.author.name}: {note.text}" for note in topic.notes.all()]
        lines.append("")
    return "\n".join(lines).strip()
