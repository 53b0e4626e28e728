"""What an import would do, before anything is written: its first rows, and what it would add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final

from django.db.models.functions import Upper

from leads.domain.importing import Doubt, ParsedRow, RowParser, RowRefused
from leads.models import Campaign, ContentAsset, ImportRun
from leads.services.importing.batches import NumberedRow
from leads.services.importing.outlook import Fate, outlook_of
from leads.services.importing.runs import Choices, parser_of, settle
from smarketing.accounts.models import Organisation
from smarketing.lib.errors import Invalid
from smarketing.lib.tabular import Layout, Row, rows

SHOWN_ROWS = 20
CHECKED_ROWS = 1000
NAMES_SHOWN = 8
REPEATS: Final = {
    ImportRun.Kind.LEADS: "a person of an earlier row again; none is added twice.",
    ImportRun.Kind.COMPANIES: "a company of an earlier row again; none is added twice.",
    ImportRun.Kind.CAMPAIGNS: "a campaign of an earlier row again; none is added twice, and the later row counts.",
    ImportRun.Kind.DEALS: "a deal of an earlier row again; none is added twice, and the later row counts.",
    ImportRun.Kind.TOUCHPOINTS: "a touchpoint of an earlier row again; each counts once.",
}
"""Of rows about one record, by kind. Spend and visits of one day add up instead."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row as it would be read: a cell for each column, the reasons for which it would stay out, else its fate."""

    number: int
    cells: list[str]
    reasons: list[str]
    fate: Fate | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to the first rows of a file, and what its values leave open."""

    rows: list[PreviewRow]
    checked: int
    refused: int
    notes: list[str]
    problems: list[str]
    date_doubt: Doubt | None = None
    decimal_doubt: Doubt | None = None

    @property
    def verdict(self) -> str:
        """What the rows checked come to, in a sentence."""
        checked, refused = self.checked, self.refused
        if checked == 1:
            return "The first row stays out." if refused else "The first row can go in."
        if refused == 0:
            return f"All of the first {checked:,} rows can go in."
        if refused == checked:
            return f"All of the first {checked:,} rows stay out."
        others = "The other one goes in" if checked - refused == 1 else "The others go in"
        return f"{refused:,} of the first {checked:,} rows. {others}; the refused can be downloaded with reasons."


@dataclass(slots=True)
class _Seen:
    """What the rows read so far name, told as the import would treat it."""

    kind: str
    repeated: int = 0
    records: set[tuple[str, ...]] = field(default_factory=set)
    campaigns: dict[str, None] = field(default_factory=dict)
    contents: dict[str, None] = field(default_factory=dict)

    def note(self, parsed: ParsedRow) -> None:
        """Notes what the next row names that goes in."""
        values = parsed.values
        self.campaigns.setdefault(values.get("campaign") or "")
        self.contents.setdefault(values.get("content") or "")
        records = self._records(parsed)
        self.repeated += not self.records.isdisjoint(records)
        self.records |= records

    def _records(self, parsed: ParsedRow) -> set[tuple[str, ...]]:
        """Under what the row's record is known: a lead by its id and by its e-mail."""
        if self.kind != ImportRun.Kind.LEADS:
            return {parsed.identity}
        external_id, email = parsed.values.get("external_id") or "", (parsed.values.get("email") or "").lower()
        return {(name, value) for name, value in (("id", external_id), ("email", email)) if value}

    def notes(self, checked: int) -> list[str]:
        """What is said of them beside the rows themselves."""
        found = []
        if self.repeated and (sentence := REPEATS.get(ImportRun.Kind(self.kind))):
            name = "name" if self.repeated > 1 else "names"
            found.append(f"{self.repeated:,} of the first {checked:,} rows {name} {sentence}")
        campaigns = _unknown_campaigns([*filter(None, self.campaigns)])
        contents = _unknown_contents([*filter(None, self.contents)])
        return [
            *found,
            *_added("campaign", campaigns),
            *_looking_alike(campaigns),
            *_added("content asset", contents),
        ]


def preview_run(
    run: ImportRun,
    mapping: Mapping[str, str],
    defaults: Mapping[str, str],
    choices: Choices | None = None,
    *,
    now: datetime,
) -> Preview:
    """Reads the first rows under a mapping without writing anything. Refused rows come first."""
    settle(run, mapping, defaults, choices)
    layout = Layout.from_json(run.layout)
    try:
        parse = parser_of(run, now=now)
    except Invalid as refused:
        return Preview([], 0, 0, list(layout.notes), refused.fields.get("mapping", [refused.message]))
    seen = _Seen(run.kind)
    try:
        with Path(run.path).open("rb") as stream:
            first = islice(rows(stream, layout), CHECKED_ROWS)
            read = [(row, _read(row, parse)) for row in first if not row.left_out]
    except FileNotFoundError:
        return Preview([], 0, 0, [], ["The file is gone; upload it again."])
    good = [NumberedRow(row.number, row.cells, parsed) for row, parsed in read if isinstance(parsed, ParsedRow)]
    outlook = outlook_of(run, good, Organisation.current().currency, now)
    width = len(layout.columns)
    shown: list[PreviewRow] = []
    for row, parsed in read:
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        if isinstance(parsed, RowRefused):
            shown.append(PreviewRow(row.number, cells, list(parsed.reasons.values())))
        elif row.number in outlook.refused:
            shown.append(PreviewRow(row.number, cells, [outlook.refused[row.number]]))
        else:
            seen.note(parsed)
            shown.append(PreviewRow(row.number, cells, [], outlook.fates[row.number]))
    bad = sum(bool(row.reasons) for row in shown)
    shown.sort(key=lambda row: not row.reasons)
    notes = [*layout.notes, *parse.notes, *outlook.notes(), *seen.notes(len(read))]
    return Preview(shown[:SHOWN_ROWS], len(read), bad, notes, [], parse.date_doubt, parse.decimal_doubt)


def _read(row: Row, parse: RowParser) -> ParsedRow | RowRefused:
    """What the row says, or why it cannot be read."""
    return RowRefused({"": row.error}) if row.error else parse(row.cells)


def _unknown_campaigns(names: list[str]) -> list[str]:
    """Of these names (or external ids) those that no campaign has; of two ways to write one the first."""
    known = Campaign.objects.annotate(upper=Upper("name")).filter(upper__in=[name.upper() for name in names])
    ids = Campaign.objects.filter(external_id__in=names).values_list("external_id", flat=True)
    return _without(names, {*ids}, {*known.values_list("upper", flat=True)})


def _unknown_contents(titles: list[str]) -> list[str]:
    """The same of content assets."""
    known = ContentAsset.objects.annotate(upper=Upper("title")).filter(upper__in=[title.upper() for title in titles])
    ids = ContentAsset.objects.filter(external_id__in=titles).values_list("external_id", flat=True)
    return _without(titles, {*ids}, {*known.values_list("upper", flat=True)})


def _without(names: Iterable[str], ids: set[str], upper: set[str]) -> list[str]:
    unknown = {name.upper(): name for name in reversed([*names]) if name not in ids}
    return [name for key, name in reversed([*unknown.items()]) if key not in upper]


def _added(what: str, names: list[str]) -> list[str]:
    """How many records the file would add by naming them, and which."""
    if not names:
        return []
    listed = ", ".join(f"“{name}”" for name in names[:NAMES_SHOWN])
    more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    if len(names) == 1:
        return [f"1 {what} that does not exist yet will be added: {listed}."]
    return [f"{len(names):,} {what}s that do not exist yet will be added: {listed}{more}."]


def _looking_alike(names: list[str]) -> list[str]:
    """A question for each of these campaigns that may only be misspelt."""
    if not names:
        return []
    logged = {name.casefold(): name for name in Campaign.objects.order_by("-pk").values_list("name", flat=True)[:1000]}
    found = ((name, get_close_matches(name.casefold(), logged, n=1, cutoff=0.8)) for name in names[:NAMES_SHOWN])
    return [f"By “{name}”, did you mean “{logged[alike[0]]}”?" for name, alike in found if alike]
