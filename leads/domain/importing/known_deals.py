"""What a row does to a deal that is known already: an open one follows the file, one that was closed stays as it is."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, tzinfo
from typing import Any, Final, NamedTuple

#: How a deal ended. A row without a date of the end says nothing of it.
END: Final = frozenset({"stage", "won_at", "lost_at", "lost_reason", "loss_reason_id"})
#: What is expected of an open deal says nothing of one that was closed since.
EXPECTED: Final = frozenset({"expected_close_on"})


class DealEffect(NamedTuple):
    """The values that are written; and the fields in which a closed deal is contradicted, for which a row stays out."""

    written: dict[str, Any]
    contradicted: tuple[str, ...]


def effect_on_deal(
    said: Mapping[str, Any], known: Callable[[str], Any], *, closed_by_hand: bool, zone: tzinfo
) -> DealEffect:
    """What becomes of what a row says of a known deal, by field; ``known`` gives what is known in a field.

    To a deal that an import has closed a row may add what is empty, to one that people have closed nothing. A date
    without a time says the same as any moment of that day in ``zone``.
    """
    differing = {name: value for name, value in said.items() if not _is_same(known(name), value, zone)}
    if not (known("won_at") or known("lost_at")):
        return DealEffect(differing, ())
    left_out = EXPECTED if said.get("won_at") or said.get("lost_at") else EXPECTED | END
    if "lost_reason" not in differing:
        left_out |= {"loss_reason_id"}  # follows from the words, by a list that may have changed since
    differing = {name: value for name, value in differing.items() if name not in left_out}
    contradicted = tuple(name for name in differing if closed_by_hand or known(name) not in (None, ""))
    return DealEffect({} if contradicted else differing, contradicted)


def ends_before_opening(opened_at: datetime | None, ended_at: datetime | None, zone: tzinfo) -> bool:
    """Whether a deal would have ended on a day before the day in ``zone`` on which it was opened.

    Within a day the order is not told: files give the end as a date, and the opening with its time.
    """
    if opened_at is None or ended_at is None or opened_at <= ended_at:
        return False
    return ended_at.astimezone(zone).date() < opened_at.astimezone(zone).date()


def _is_same(known: Any, said: Any, zone: tzinfo) -> bool:
    if known == said:
        return True
    if not isinstance(known, datetime) or not isinstance(said, datetime):
        return False
    day = said.astimezone(zone)
    return day.time() == time() and known.astimezone(zone).date() == day.date()
