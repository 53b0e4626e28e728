"""Rules of the agreed lists of reasons: what a reason is called, and which must stay."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final, TypeVar

CODE_CHARS: Final = 40
LABEL_CHARS: Final = 100
_NOT_IN_CODES: Final = re.compile(r"[^a-z0-9]+")
CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

T = TypeVar("T")


class ReasonRefused(ValueError):
    """A list that would not work. ``code`` is for programs, ``field`` names what is meant, ``str()`` is for people."""

    def __init__(self, code: str, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.field = field


def code_from(label: str, taken: Collection[str]) -> str:
    """A code for a new reason, of its label: "No budget yet" is `no-budget-yet`, a second one `no-budget-yet-2`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = _NOT_IN_CODES.sub("-", plain).strip("-")[:CODE_CHARS].strip("-") or "reason"
    code, number = stem, 1
    while code in taken:
        number += 1
        tail = f"-{number}"
        code = stem[: CODE_CHARS - len(tail)].strip("-") + tail
    return code


def check_code(code: str, taken: Collection[str]) -> None:
    """Pass when a new reason may have the code, else raise `ReasonRefused`. Codes stay for good, retired or not."""
    if not CODE.fullmatch(code) or len(code) > CODE_CHARS:
        raise ReasonRefused(
            "reason_code_bad", f"A code has lower-case letters, digits and hyphens, at most {CODE_CHARS}.", "code"
        )
    if code in taken:
        raise ReasonRefused("reason_code_taken", f"There is a reason with the code {code} already.", "code")


def check_label(label: str, others: Collection[str]) -> str:
    """The label without spaces around it, when no other reason in use reads the same; else raise `ReasonRefused`."""
    words = " ".join(label.split())
    if not words or len(words) > LABEL_CHARS:
        raise ReasonRefused("reason_label_missing", f"Say the reason in 1 to {LABEL_CHARS} characters.", "label")
    if words.casefold() in {other.casefold() for other in others}:
        raise ReasonRefused("reason_label_taken", f"“{words}” is on the list already.", "label")
    return words


def check_retirable(label: str, *, others_in_use: int, kept: bool) -> None:
    """Pass when a reason may be retired, else raise `ReasonRefused`: a list is never empty, and what other rules count
    on (`kept`) stays."""
    if kept:
        raise ReasonRefused("reason_kept", f"“{label}” stays: what is on no list counts as it.")
    if others_in_use == 0:
        raise ReasonRefused("reason_last", f"“{label}” is the last reason of the list: add another one first.")


def placed(order: Sequence[T], moved: T, place: int) -> list[T]:
    """The order with `moved` at `place`, counted from 1; a place beyond an end is the end."""
    rest = [each for each in order if each != moved]
    at = min(max(place, 1), len(order)) - 1
    return [*rest[:at], moved, *rest[at:]]
