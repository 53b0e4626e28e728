"""Reads what an installation is told by environment variables, and says which is wrong and why.

A variable that is set to nothing counts as not set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from email.utils import parseaddr
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
SECRET_CHARS = 50
SECRET_DIFFERENT = 5


class WrongVariable(ValueError):
    """A variable is missing or wrong; the message is a sentence that says which and why."""


class Environment:
    """Typed reading of `variables`. Every method raises WrongVariable; `default` is what holds when it is not set."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """The value as it stands, without blanks around it."""
        return self._variables.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """`true` or `false`, or the other usual words for them."""
        return self._read(name, default, _flag)

    def whole(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number of at least `least`."""

        def number(value: str) -> int:
            if not re.fullmatch(r"[0-9]+", value) or int(value) < least:
                raise ValueError(f"it has to be a whole number of {least} or more")
            return int(value)

        return self._read(name, default, number)

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        """One of a few words, in whatever case; given back as `choices` writes it."""

        def known(value: str) -> str:
            found = next((choice for choice in choices if choice.lower() == value.lower()), None)
            if found is None:
                raise ValueError(f"it has to be one of {', '.join(choices)}")
            return found

        return self._read(name, default, known)

    def names(self, name: str, default: Collection[str]) -> list[str]:
        """Values separated by commas."""
        return [part for part in map(str.strip, self.text(name).split(",")) if part] or list(default)

    def address(self, name: str, default: str, *, schemes: Sequence[str], path_names: str = "") -> str:
        """An address such as `redis://host:6379/0` with one of these schemes. `path_names`: what its path says, where
        it has to say it. Messages do not repeat it: it may hold a password."""

        def checked(value: str) -> str:
            _check_address(value, schemes, path_names)
            return value

        return self._read(name, default, checked, secret=True)

    def rate(self, name: str, default: str) -> str:
        """So many in a second, minute, hour or day: `30000/min`."""

        def checked(value: str) -> str:
            if not re.fullmatch(r"[1-9][0-9]*/(s|sec|second|m|min|minute|h|hour|d|day)", value):
                raise ValueError("it has to be a number for a time, such as 600/min or 10/second")
            return value

        return self._read(name, default, checked)

    def sender(self, name: str, default: str) -> str:
        """An e-mail address, alone or as `Name <address>`."""

        def checked(value: str) -> str:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
                raise ValueError("it has to be an e-mail address, alone or as Name <name@example.com>")
            return value

        return self._read(name, default, checked)

    def secret(self, name: str, *, why: str, default: str = "") -> str:
        """A long random text, which has to be set where there is no `default`. Never repeated in messages."""
        value = self.text(name, default)
        if not value:
            raise WrongVariable(f"{name} is not set: {why}")
        if len(value) < SECRET_CHARS or len(set(value)) < SECRET_DIFFERENT:
            raise WrongVariable(f"{name} is too easy to guess: use {SECRET_CHARS} or more random characters.")
        return value

    def _read(self, name: str, default: T, read: Callable[[str], T], *, secret: bool = False) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            return read(value)
        except ValueError as error:
            said = name if secret else f"{name}={value}"
            raise WrongVariable(f"{said} cannot be used: {error}.") from error


def _flag(value: str) -> bool:
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ValueError("it has to be true or false")


def _check_address(value: str, schemes: Sequence[str], path_names: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in schemes:
        raise ValueError(f"it has to begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("its port has to be a number from 1 to 65535")
    if not parts.hostname:
        raise ValueError("it names no host")
    if path_names and not parts.path.strip("/"):
        raise ValueError(f"it names no {path_names}: write it after the host, as in {schemes[0]}://host/name")
