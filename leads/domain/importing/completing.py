"""What a row does to the values of a lead or a company that is known already."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from leads.domain.channels import Channel

#: Dates of a lead's history are facts that the file states: they are taken, whatever else is kept.
FACTS: Final = frozenset({"created_at"})


class Effect(NamedTuple):
    """The values that are written, and those that differ from what is known and are not."""

    written: dict[str, Any]
    kept: dict[str, Any]


def effect_of(said: Mapping[str, Any], known: Callable[[str], Any], *, replace: bool) -> Effect:
    """What becomes of the values that a row states, by field; ``known`` gives what is known in a field.

    With ``replace`` every value that differs is written, else only where nothing is known, so that the same file again
    does not undo what was corrected since.
    """
    differing = {name: value for name, value in said.items() if known(name) != value}
    if replace or not differing:
        return Effect(differing, {})
    kept = {name: value for name, value in differing.items() if name not in FACTS and not _is_blank(name, known(name))}
    return Effect({name: value for name, value in differing.items() if name not in kept}, kept)


def _is_blank(name: str, value: Any) -> bool:
    return value is None or value == "" or (name == "channel" and value == Channel.UNKNOWN)
