"""Reads one cell of a type: a text, an id, a domain, a channel, a stage. Dates and amounts depend on their column.

A reader takes the text of a cell and returns its value, None or blank where the cell says nothing, or raises
`ValueRefused` with a sentence that says what is wrong with it.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from leads.domain.channels import Channel, known_channel
from leads.domain.importing.vocabulary import CURRENCY_SIGNS, STAGE_WORDS, STAGES, TOUCHPOINTS, plain
from leads.domain.touchpoints import TouchpointKind
from smarketing.lib.currencies import is_currency
from smarketing.lib.tabular import ValueRefused, clean_text, parse_boolean, parse_email, parse_integer

#: What tools write into a cell that holds nothing. Texts keep it: there it is what was captured.
_NOTHING: Final = frozenset(
    {"", "-", "--", "—", "–", "n/a", "#n/a", "na", "nan", "nil", "null", "none", "(not set)", "(blank)", "\\n"}
)
_LARGEST_COUNT: Final = 2**31 - 1
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+\Z")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,61}\Z")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")

Read = Callable[[str], Any]


def is_nothing(text: str) -> bool:
    """Whether a cell holds what tools write where there is nothing."""
    return len(text) <= 12 and text.strip().casefold() in _NOTHING


def text_reader(max_length: int) -> Read:
    """A reader of texts of at most so many characters."""

    def read(text: str) -> str:
        return clean_text(text, max_length)

    return read


def identifier_reader(max_length: int) -> Read:
    """A reader of ids of at most so many characters."""

    def read(text: str) -> str | None:
        text = clean_text(text, max_length)
        if is_nothing(text):
            return None
        if _SHORTENED.match(text):
            raise ValueRefused(
                f"“{text}” was shortened by a spreadsheet, so that the id is lost. "
                "Format the column as text and export it again."
            )
        return text

    return read


def read_email(text: str) -> str | None:
    """An e-mail address."""
    try:
        return parse_email(text)
    except ValueRefused:
        if is_nothing(text):
            return None
        raise


def read_domain(text: str) -> str | None:
    """The host name out of a domain, an address of a page or an e-mail address; without a leading www."""
    found = clean_text(text, 2000).casefold()
    if len(found) <= 253 and _DOMAIN.match(found) and not found.startswith("www."):
        return found
    if is_nothing(found):
        return None
    host = re.sub(r"\A[a-z][a-z0-9+.\-]*://", "", found)
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].strip(".")
    host = host.removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = ""
    if len(host) > 253 or not _DOMAIN.match(host):
        raise ValueRefused(f"“{found[:60]}” is no web domain.")
    return host


def url_reader(max_length: int) -> Read:
    """A reader of addresses of pages, whole or without their host."""

    def read(text: str) -> str:
        text = clean_text(text, max_length)
        scheme = _SCHEME.match(text)
        if scheme and scheme[0].lower() not in {"http:", "https:"} and not text[scheme.end() :][:1].isdigit():
            raise ValueRefused(f"“{text[:60]}” is no address of a web page.")
        return text

    return read


def read_currency(text: str) -> str | None:
    """The code of a currency, also from its sign."""
    code = clean_text(text, 30).upper()
    if is_nothing(code):
        return None
    code = CURRENCY_SIGNS.get(code, code)
    if not is_currency(code):
        raise ValueRefused(f"“{text.strip()[:30]}” is no currency: write the code of three letters, such as EUR.")
    return code


def read_channel(text: str) -> Channel | None:
    """A channel by its name, or by an origin that names one."""
    if not text.strip():
        return None
    found = known_channel(text)
    if found is None:
        raise ValueRefused(
            f"“{clean_text(text)[:60]}” is none of the channels: "
            f"{', '.join(channel.value for channel in Channel)}. Map the column to the source instead."
        )
    return found


def read_touchpoint_kind(text: str) -> TouchpointKind | None:
    """A kind of touchpoint, as any of the usual tools calls it."""
    if is_nothing(text):
        return None
    found = TOUCHPOINTS.get(plain(text[:100]))
    if found is None:
        raise ValueRefused(
            f"“{clean_text(text)[:60]}” is no kind of touchpoint: {', '.join(kind.value for kind in TouchpointKind)}."
        )
    return found


def read_deal_stage(text: str) -> str | None:
    """A stage of a deal, as any of the usual tools calls it."""
    if is_nothing(text):
        return None
    found = STAGES.get(plain(text[:100]))
    if found is None:
        raise ValueRefused(f"“{clean_text(text)[:60]}” is no deal stage: {', '.join(STAGE_WORDS)}.")
    return found


def read_count(text: str) -> int | None:
    """A whole number that is not below zero."""
    if is_nothing(text):
        return None
    return parse_integer(text, minimum=0, maximum=_LARGEST_COUNT)


def read_yes_no(text: str) -> bool | None:
    """Yes or no."""
    return None if is_nothing(text) else parse_boolean(text)
