"""What an agreement promised in a period, where its versions changed it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from sla.domain.terms import Held, days_in_force, stretches
from sla.models import AgreementVersion, Commitment
from sla.selectors.periods import Period
from smarketing.accounts.remembered import remembered


@dataclass(frozen=True, slots=True)
class Term:
    """One promise as it stood in one version, or in several in a row that promised the same.

    `commitments`: of these versions, the last one last. `days`: those of the period that it is about, for a promise
    of a period. `part`: in words what it is about, empty where that is everything. `is_only`: the promise never had
    other terms. `is_first`, `is_newest`: it had none before, after these. `is_shown`: even where nothing fell due.
    """

    commitments: tuple[Commitment, ...]
    versions: tuple[int, ...]
    days: Period
    part: str
    is_only: bool
    is_first: bool
    is_newest: bool
    is_shown: bool

    @property
    def commitment(self) -> Commitment:
        """As the last of the versions makes it."""
        return self.commitments[-1]

    @property
    def version_words(self) -> str:
        """Of which versions, as “version 2” or “versions 1–3”."""
        return _numbers(self.versions)

    @property
    def commitment_ids(self) -> tuple[int, ...]:
        """Whose clocks count under these terms."""
        return tuple(each.pk for each in self.commitments)


def versions_before(end: datetime) -> list[AgreementVersion]:
    """The versions of all agreements that came into force before an instant, oldest first, with what they promise.

    There are few of them, and a page asks of them more than once: two queries in a request.
    """
    commitments = Prefetch("commitments", Commitment.objects.order_by("position", "id"))
    versions = AgreementVersion.objects.filter(in_force_from__lt=end).order_by("in_force_from", "pk")
    return remembered(
        f"agreement versions before {end.isoformat()}",
        lambda: list(versions.select_related("agreement").prefetch_related(commitments)),
    )


def terms_of(agreement_id: int, period: Period) -> list[Term]:
    """Every promise of every version of an agreement that holds for a period or for clocks that fall due in it.

    Of time promises those of all versions that began before the period ends: a clock keeps the terms under which it
    started. In the order of the newest version that makes the promise; of one kind the newest first.
    """
    found = [version for version in versions_before(period.end) if version.agreement_id == agreement_id]
    spans = [(version.in_force_from, version.in_force_until) for version in found if version.in_force_from]
    days = days_in_force(spans, period.zone)
    promised: dict[str, dict[int, Commitment]] = {}
    for version in reversed(found):
        for commitment in version.commitments.all():
            promised.setdefault(commitment.kind, {})[version.number] = commitment
    terms: list[Term] = []
    for by_version in promised.values():
        if next(iter(by_version.values())).is_time:
            held = [
                Held((version.number,), since, until, _words_of(by_version.get(version.number)))
                for version, (since, until) in zip(found, spans, strict=True)
            ]
            terms += _time_terms(by_version, stretches(held), period)
        else:
            dated = [
                Held((version.number,), span[0], span[1], _words_of(by_version.get(version.number)))
                for version, span in zip(found, days, strict=True)
                if span is not None
            ]
            terms += _period_terms(by_version, stretches(dated), period)
    return terms


def _words_of(commitment: Commitment | None) -> Hashable | None:
    """By what a reader tells one promise from another."""
    if commitment is None:
        return None
    return (commitment.allowed, commitment.target_share, commitment.target_count)


def _time_terms(by_version: Mapping[int, Commitment], held: Sequence[Held[datetime]], period: Period) -> list[Term]:
    found = []
    for i, each in reversed(list(enumerate(held))):
        words = [f"since {_instant(each.begin, period)}"] if i > 0 else []
        if each.end is not None:
            words.append(f"before {_instant(each.end, period)}")
        found.append(
            Term(
                commitments=tuple(by_version[number] for number in each.versions),
                versions=each.versions,
                days=period,
                part=f"handed over {' and '.join(words)}, {_numbers(each.versions)}" if words else "",
                is_only=len(held) == 1,
                is_first=i == 0,
                is_newest=i == len(held) - 1,
                is_shown=i == len(held) - 1 and (each.end is None or each.end > period.start),
            )
        )
    return found


def _period_terms(by_version: Mapping[int, Commitment], held: Sequence[Held[date]], period: Period) -> list[Term]:
    found: list[Term] = []
    for i, each in reversed(list(enumerate(held))):
        first = max(each.begin, period.first_on)
        last = period.last_on if each.end is None else min(each.end - timedelta(days=1), period.last_on)
        if last < first:
            continue
        days = Period(first, last, period.zone)
        found.append(
            Term(
                commitments=tuple(by_version[number] for number in each.versions),
                versions=each.versions,
                days=days,
                part="" if days == period else f"{days.short}, {_numbers(each.versions)}",
                is_only=len(held) == 1,
                is_first=i == 0,
                is_newest=not found,
                is_shown=True,
            )
        )
    return found


def _numbers(versions: tuple[int, ...]) -> str:
    first, last = versions[0], versions[-1]
    return f"version {first}" if first == last else f"versions {first}–{last}"


def _instant(at: datetime, period: Period) -> str:
    local = at.astimezone(ZoneInfo(period.zone))
    year = f" {local.year}" if local.year != period.last_on.year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M}"
