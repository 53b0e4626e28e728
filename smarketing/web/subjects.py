"""What the things are called that the log tells of, by whoever knows: the audit trail names them, not their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smarketing.accounts.models import User


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing by its name, with its page where it has one."""

    label: str
    url: str = ""


Source = Callable[["User", Collection[int]], Mapping[int, Subject]]

_sources: dict[str, Source] = {}


def register_subjects(sources: Mapping[str, Source]) -> None:
    """Names who knows things of these kinds: a person and ids → those that the person may see, by id."""
    _sources.update(sources)


def kinds_named() -> set[str]:
    """The kinds of things that somebody can name."""
    return set(_sources)


def kind_words(kind: str) -> str:
    """ "Definition version"; "Person", as the product calls its users."""
    return {"user": "Person", "token": "API token"}.get(kind, kind.replace("_", " ").capitalize())


def subjects_of(user: User, wanted: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], Subject]:
    """The things of these kinds and ids that the person may see; one question for each kind.

    What is not there any more, or that nobody can name, is missing.
    """
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, pk in wanted:
        if pk is not None and kind in _sources:
            ids[kind].add(pk)
    return {(kind, pk): subject for kind, some in ids.items() for pk, subject in _sources[kind](user, some).items()}


def named(
    rows: Iterable[Any], *, label: Callable[[Any], str] = str, of: Callable[[Any], Any] | None = None
) -> dict[int, Subject]:
    """Rows by id with their label and page; `of` gives the row whose page it is, where it has none of its own."""
    found = {}
    for row in rows:
        page = of(row) if of else row
        url = page.get_absolute_url() if hasattr(page, "get_absolute_url") else ""
        found[row.pk] = Subject(label(row), url)
    return found
