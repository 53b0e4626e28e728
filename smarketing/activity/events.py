"""What an event is. Apps define their own; the kernel knows none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.timezone import is_aware, localtime

REGISTRY: dict[str, type[Event]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, in the past tense. Carries ids and facts, never model instances.

    A subclass sets `verb` ("leads.handoff_created"), `subject_kind` and `subject_field` (the field that holds the
    subject's id; None where the event has no one subject) and `template`, an English sentence with the event's
    fields in braces. `words` says the codes of a field as the product says them ("mql" is MQL); the codes of any other
    field are said with spaces. `lead_id`, where a subclass has it, puts the event on that lead's timeline.
    """

    verb: ClassVar[str] = ""
    subject_kind: ClassVar[str] = ""
    subject_field: ClassVar[str | None] = None
    template: ClassVar[str] = ""
    words: ClassVar[Mapping[str, Callable[[str], str]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # dataclass(slots=True) makes the class a second time; the later one is the one in use.
        super(Event, cls).__init_subclass__(**kwargs)
        if cls.verb:
            REGISTRY[cls.verb] = cls

    def facts(self) -> dict[str, Any]:
        """The event's fields as JSON values."""
        return {field.name: as_json(getattr(self, field.name)) for field in fields(self)}

    @property
    def subject_id(self) -> int | None:
        """The id of what the event is about."""
        return getattr(self, self.subject_field) if self.subject_field else None


def as_json(value: Any) -> Any:
    """A fact as JSON: instants and dates in ISO 8601, money as text so that it stays exact."""
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return value


class _Missing(dict[str, Any]):
    """Facts of an older event may lack a field that the sentence names."""

    def __missing__(self, key: str) -> str:
        return "…"


#: What may be a date or an instant in ISO 8601.
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(T|$)")
#: A value of a closed list, as code writes it: "form_submitted".
_CODED = re.compile(r"[a-z]+(?:_[a-z]+)+")


def _said(fact: str) -> str:
    """A fact as people say it: codes as words, dates and instants (in the reader's zone) as on every page."""
    if _CODED.fullmatch(fact):
        return fact.replace("_", " ")
    if not _DATED.match(fact):
        return fact
    try:
        if len(fact) == len("2026-11-30"):
            day = date.fromisoformat(fact)
            return f"{day.day} {day:%b %Y}"
        at = datetime.fromisoformat(fact)
    except ValueError:
        return fact
    local = localtime(at) if is_aware(at) else at
    return f"{local.day} {local:%b %Y %H:%M}"


def sentence(verb: str, facts: dict[str, Any]) -> str:
    """What happened, in words, without the actor; for the timeline and the audit trail."""
    event = REGISTRY.get(verb)
    if event is None:
        return verb.replace("_", " ").replace(".", ": ")
    said = {name: _worded(event, name, fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    # What was given without words ends without the colon that would lead to them.
    return event.template.format_map(_Missing(said)).rstrip().removesuffix(":")


def told(verb: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every fact as (name, value) in words, for the audit trail; what is in a mapping is told name by name."""
    event = REGISTRY.get(verb)
    return [(_name(name), _told(event, name, fact)) for name, fact in facts.items()]


def _worded(event: type[Event] | None, name: str, fact: str) -> str:
    word = event.words.get(name) if event else None
    return word(fact) if word and fact else _said(fact)


def _name(name: str) -> str:
    """ "Definition version id"."""
    return name.replace("_", " ").capitalize()


def _told(event: type[Event] | None, name: str, fact: Any) -> str:
    if fact is None or fact in ("", [], {}):
        return "–"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, dict):
        return "; ".join(f"{_name(key)}: {_told(event, key, value)}" for key, value in fact.items())
    if isinstance(fact, list):
        return ", ".join(_told(event, name, value) for value in fact)
    return _worded(event, name, fact) if isinstance(fact, str) else str(fact)
