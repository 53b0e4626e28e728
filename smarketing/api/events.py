"""What happens to the tokens of programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smarketing.activity.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(Event):
    """A program may act as a person from now on."""

    verb: ClassVar[str] = "api.token_created"
    subject_kind: ClassVar[str] = "token"
    subject_field: ClassVar[str | None] = "token_id"
    template: ClassVar[str] = "created the API token {name}"
    token_id: int
    name: str
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """A program may not act as the person any more."""

    verb: ClassVar[str] = "api.token_revoked"
    subject_kind: ClassVar[str] = "token"
    subject_field: ClassVar[str | None] = "token_id"
    template: ClassVar[str] = "revoked the API token {name}"
    token_id: int
    name: str
    user_id: int
