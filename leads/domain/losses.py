"""Why deals are lost: a short agreed list, so that reasons can be counted, and words beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

OTHER: Final = "other"
"""The reason that needs words: what nobody has put on the list."""
WORDS_CHARS: Final = 200
TOLD_CHARS: Final = 310


class LossRefused(ValueError):
    """A loss that does not say why. ``code`` is for programs, ``str()`` is a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class LossReason:
    """One entry of the agreed list. A retired one stays where it was given and is not given again."""

    code: str
    label: str
    needs_note: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a deal was lost: the code of the agreed reason, and all of it in words."""

    code: str
    words: str


def loss_of(given: str, note: str, agreed: Iterable[LossReason]) -> Loss:
    """What `given` and `note` say: `given` is the code or the label of an agreed reason, else free words.

    Free words that are on the list by another spelling of case count as that reason, any others as OTHER. Raises
    LossRefused: `reason_missing`, `reason_retired`, `note_missing`.
    """
    said, note = given.strip(), note.strip()
    if not said or len(said) > WORDS_CHARS or len(note) > WORDS_CHARS:
        raise LossRefused("reason_missing", f"Say in a few words why it was lost (at most {WORDS_CHARS} characters).")
    reason = _agreed(said, agreed)
    if reason is None:
        return Loss(OTHER, f"{said}: {note}"[:TOLD_CHARS] if note else said)
    if not reason.is_active:
        raise LossRefused("reason_retired", f"“{reason.label}” is no longer on the agreed list: choose another.")
    if reason.needs_note and not note:
        raise LossRefused("note_missing", f"“{reason.label}” needs a few words that say why.")
    if reason.code == OTHER:
        return Loss(OTHER, note)
    return Loss(reason.code, f"{reason.label}: {note}"[:TOLD_CHARS] if note else reason.label)


def code_of_words(words: str, agreed: Iterable[LossReason]) -> str:
    """The agreed reason that words from another system name: the one of that code or label, else OTHER."""
    reason = _agreed(words.strip(), agreed)
    return reason.code if reason else OTHER


def _agreed(said: str, agreed: Iterable[LossReason]) -> LossReason | None:
    wanted = said.rstrip(".").casefold()
    return next((each for each in agreed if wanted in (each.code, each.label.casefold())), None)
