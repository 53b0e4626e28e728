"""Where a thing came from, told by whoever knows: a page links back without knowing the app that it links to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smarketing.accounts.models import User


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to it, in words, and the page that tells of it."""

    label: str
    url: str


Source = Callable[["User", Collection[int]], Mapping[int, list[Origin]]]

_sources: dict[str, Source] = {}


def register_origins(kind: str, source: Source) -> None:
    """Names who knows where things of a kind come from: a person and ids → what that person may see, by id."""
    _sources[kind] = source


def origins_of(user: User, kind: str, ids: Collection[int]) -> dict[int, list[Origin]]:
    """For each id what led to it, as far as the person may see it; empty where nobody knows."""
    known = _sources[kind](user, ids) if kind in _sources and ids else {}
    return {pk: known.get(pk, []) for pk in ids}
