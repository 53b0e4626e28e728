"""Finds the fields that the columns of a file are meant for, from their headings alone."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from leads.domain.importing.catalogue import KINDS
from leads.domain.importing.fields import FieldType, Kind

__all__ = ["MappingGuess", "guess_mapping"]

_EXACT: Final = 1.0
_SYNONYM: Final = 0.95
_PREFIXED: Final = 0.9
_LEAST_ALIKE: Final = 0.86
_SHORTEST_ALIKE: Final = 6


@dataclass(frozen=True, slots=True)
class MappingGuess:
    """What the headings suggest.

    ``fields`` maps columns to fields, no field twice; ``confidence`` maps the same columns to a number up to 1, which
    is below 0.9 where only the spelling was alike. ``defaults`` holds values that a heading states for all rows, such
    as the currency of "Amount spent (USD)". ``missing`` names required fields that no column was found for.
    """

    fields: dict[str, str]
    confidence: dict[str, float]
    defaults: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


_CURRENCY_IN_HEADING = re.compile(r"\(([A-Z]{3})\)|\b(?:in|–|-) ([A-Z]{3})\Z")
_NOT_A_CURRENCY: Final = frozenset({"ALL", "UTC", "GMT"})
_LONGEST_HEADING: Final = 120


def _key(heading: str) -> str:
    """A heading without accents, case, blanks and punctuation: what two ways of writing it have in common."""
    text = unicodedata.normalize("NFKD", heading[:_LONGEST_HEADING])
    return re.sub(r"[^a-z0-9]+", "", text.casefold())


def _known_headings(kind: Kind) -> dict[str, tuple[str, float, int]]:
    """Normalised heading → field, confidence, and rank: earlier synonyms of a field are the more usual ones."""
    known: dict[str, tuple[str, float, int]] = {}
    for entry in kind.fields:
        for heading in (entry.name, entry.label):
            known[_key(heading)] = (entry.name, _EXACT, 0)
    for entry in kind.fields:
        for rank, heading in enumerate(entry.synonyms, start=1):
            known.setdefault(_key(heading), (entry.name, _SYNONYM, rank))
    for heading, (name, confidence, rank) in list(known.items()):
        if confidence == _EXACT:
            for prefix in (kind.singular, kind.name):
                known.setdefault(_key(prefix) + heading, (name, _PREFIXED, rank))
    return known


_KNOWN: Final = {kind.name: _known_headings(kind) for kind in KINDS.values()}


def guess_mapping(kind: Kind, columns: Iterable[str]) -> MappingGuess:
    """The likely field of each column of a file with records of ``kind``; columns without one are left out."""
    known = _KNOWN[kind.name]
    candidates: list[tuple[float, int, int, str, str]] = []
    defaults: dict[str, str] = {}
    for position, column in enumerate(columns):
        plain, currency = column, ""
        if (stated := _CURRENCY_IN_HEADING.search(column)) and (code := stated[1] or stated[2]) not in _NOT_A_CURRENCY:
            plain, currency = column.replace(stated[0], " "), code
        key = _key(plain)
        found = known.get(key) or known.get(_key(column))
        if found:
            name, confidence, rank = found
        else:
            name, confidence = _alike(key, known)
            rank = 0
        if not name:
            continue
        candidates.append((-confidence, rank, position, column, name))
        entry = kind.get(name)
        if currency and entry is not None and entry.type is FieldType.AMOUNT and kind.get("currency"):
            defaults.setdefault("currency", currency)

    fields: dict[str, str] = {}
    confidences: dict[str, float] = {}
    for negative, _, _, column, name in sorted(candidates):
        if name not in fields.values() and column not in fields:
            fields[column] = name
            confidences[column] = round(-negative, 2)
    if "currency" in fields.values():
        defaults.pop("currency", None)
    taken = set(fields.values())
    missing = tuple(entry.name for entry in kind.fields if entry.required and entry.name not in taken)
    return MappingGuess(fields, confidences, defaults, missing)


def _alike(key: str, known: dict[str, tuple[str, float, int]]) -> tuple[str, float]:
    """The field whose heading is spelt most alike, if it is alike enough; and how sure that is."""
    best, best_ratio = "", _LEAST_ALIKE
    if len(key) < _SHORTEST_ALIKE:
        return "", 0.0
    for heading, (name, _, _) in known.items():
        if len(heading) < _SHORTEST_ALIKE:
            continue
        matcher = SequenceMatcher(None, key, heading)
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = name, ratio
    return best, round(best_ratio * 0.85, 2)
