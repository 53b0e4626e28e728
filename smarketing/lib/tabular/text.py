"""Text as people type it, cleaned; and yes and no, in the languages in which they write it."""

import re
import unicodedata
from typing import Final

from smarketing.lib.tabular.errors import ValueRefused

__all__ = ["SPACES", "clean_text", "parse_boolean", "quoted"]


def quoted(text: str) -> str:
    """A text as a sentence about it shows it."""
    return f"“{text}”" if len(text) <= 40 else f"“{text[:37]}…”"


_NOT_IN_TEXT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u200b\u2060\ufffe\uffff\ud800-\udfff]")
SPACES = re.compile(r"[ \t\r\n\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def clean_text(text: str, max_length: int | None = None, *, lines: bool = False) -> str:
    """``text`` without surrounding blanks, control characters and invisible marks, in composed Unicode form.

    With ``lines`` its line breaks stay; otherwise each run of unusual blanks becomes one space. Raises
    `ValueRefused` where more than ``max_length`` characters remain: nothing is cut off in silence.
    """
    text = text.strip()
    if not (text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))):
        text = _NOT_IN_TEXT.sub("", unicodedata.normalize("NFC", text))
        if lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        else:
            text = SPACES.sub(" ", text).strip()
    if max_length is not None and len(text) > max_length:
        raise ValueRefused(f"{quoted(text)} has {len(text):,} characters; there is room for {max_length:,}.")
    return text


_YES_WORDS: Final = """
    true | t | yes | y | 1 | 1.0 | on | x | ✓ | ✔ | checked | granted | given | subscribed | accepted |
    opt in | opt-in | opted in | opted-in | wahr | ja | oui | vrai | sí | si | verdadero | sim |
    verdadeiro | vero
"""
_NO_WORDS: Final = """
    false | f | no | n | 0 | 0.0 | off | unchecked | denied | refused | withdrawn | unsubscribed | declined |
    opt out | opt-out | opted out | opted-out | falsch | nein | non | faux | falso | não | nao
"""
_YES: Final = frozenset(word.strip() for word in _YES_WORDS.split("|"))
_NO: Final = frozenset(word.strip() for word in _NO_WORDS.split("|"))


def parse_boolean(text: str) -> bool:
    """Yes or no, as spreadsheets and forms write it in the languages they come in."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueRefused(f"{quoted(text.strip())} is neither yes nor no.")
