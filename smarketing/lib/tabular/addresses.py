"""E-mail addresses."""

import re
from typing import Final

from email_validator import EmailNotValidError, validate_email

from smarketing.lib.tabular.errors import ValueRefused
from smarketing.lib.tabular.text import clean_text, quoted

__all__ = ["parse_email"]

# What nearly every address looks like; whatever else RFC 5321 allows goes through email-validator.
_USUAL_EMAIL = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_'+\-]|\.(?=[A-Za-z0-9_'+\-])){0,63}"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})\Z"
)
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>\s]+)>\Z")
_LONGEST_EMAIL: Final = 254


def parse_email(text: str) -> str:
    """The e-mail address with its domain in lower case; whether it exists is not asked.

    ``mailto:`` and a name before the address in angle brackets are taken off. The part before the @ keeps its
    case: whether two addresses are the same person's is for the one who compares them.
    """
    match = _USUAL_EMAIL.match(text)
    if match is None:
        text = clean_text(text).removeprefix("mailto:")
        if bracketed := _IN_BRACKETS.match(text):
            text = bracketed[1]
        match = _USUAL_EMAIL.match(text)
    if match is not None and len(text) <= _LONGEST_EMAIL and match.start(1) <= 65:
        domain = match[1]
        return text if domain.islower() else text[: match.start(1)] + domain.lower()
    return _unusual_email(text)


def _unusual_email(text: str) -> str:
    if len(text) > _LONGEST_EMAIL:
        raise ValueRefused(f"{quoted(text)} is too long for an e-mail address.")
    if "@" not in text:
        raise ValueRefused(f"{quoted(text)} is not an e-mail address: it has no @.")
    if re.search(r"[;,]\s*\S+@", text) or re.search(r"\S+@\S+\s+\S+@", text):
        raise ValueRefused(f"{quoted(text)} holds more than one e-mail address; keep one.")
    try:
        # Names that are reserved for examples and tests are wanted; a domain without any dot is not.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise ValueRefused(f"{quoted(text)} is not an e-mail address: {_sentence(str(error))}") from None
    if "." not in found.domain:
        raise ValueRefused(f"{quoted(text)} is not an e-mail address: its domain has no dot.")
    return found.normalized


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(".") else f"{text}."
