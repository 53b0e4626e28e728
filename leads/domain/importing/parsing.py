"""Turns the cells of a row into the values of a record, whole or not at all.

`compile_rows` is called once per import: it settles which column feeds which field, how the dates and amounts of each
column are written, and what stands in for blank cells. The `RowParser` it returns is then called once per row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple

from leads.domain.importing.cells import is_nothing
from leads.domain.importing.columns import Column, Options, reading_of
from leads.domain.importing.doubts import DateOrder, DecimalMark, Doubt, date_doubt, decimal_doubt
from leads.domain.importing.fields import FieldType, Kind
from leads.domain.importing.records import RULES, Reasons
from smarketing.lib.tabular import Layout, ValueRefused

__all__ = ["MappingRefused", "ParsedRow", "RowParser", "RowRefused", "compile_rows"]


class MappingRefused(ValueError):
    """The mapping cannot work for any row; ``reasons`` are sentences, and so is ``str(error)``."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


class ParsedRow(NamedTuple):
    """A row that can go in.

    ``identity`` tells the record from all others of its kind and is equal for equal records: its first part says by
    what it was recognised. ``values`` holds every mapped field, every field with a default and those derived from
    them; a field that the row leaves empty is blank text for texts and None for everything else.
    """

    identity: tuple[str, ...]
    values: dict[str, Any]


class RowRefused(NamedTuple):
    """A row that cannot go in: ``reasons`` maps fields to sentences, each beginning with the column it speaks of."""

    reasons: dict[str, str]

    @property
    def sentence(self) -> str:
        """All reasons together, for the reason column of a file of rejects."""
        return " ".join(self.reasons.values())


_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.URL})
_DATES: Final = frozenset({FieldType.DAY, FieldType.MOMENT})


class _Step(NamedTuple):
    field: str
    column: int
    meanings: Column
    blank: Any
    label: str
    required: bool


class RowParser:
    """Reads the rows of one import; made by `compile_rows`.

    ``notes`` are sentences about what was decided for whole columns, for the preview. ``mapping`` is the mapping in
    the form column → fields, after spelling was settled. ``date_doubt`` and ``decimal_doubt`` are what the values leave
    open about dates and amounts.
    """

    def __init__(
        self,
        kind: Kind,
        steps: Iterable[_Step],
        constants: Mapping[str, Any],
        notes: Iterable[str],
        mapping: Mapping[str, tuple[str, ...]],
        date_doubt: Doubt | None,
        decimal_doubt: Doubt | None,
    ) -> None:
        self.kind = kind
        self.date_doubt = date_doubt
        self.decimal_doubt = decimal_doubt
        self.notes = tuple(notes)
        self.mapping = dict(mapping)
        self._steps = tuple(steps)
        self._constants = dict(constants)
        self._finish = RULES[kind.name]
        self._labels = {step.field: step.label for step in self._steps}

    def __call__(self, cells: list[str]) -> ParsedRow | RowRefused:
        """The values of one row, or everything that speaks against it. ``cells`` are as many as the columns."""
        return self.read_rows([cells])[0]

    def read_rows(self, rows: Sequence[list[str]]) -> list[ParsedRow | RowRefused]:
        """What becomes of each row, as by calling with one after the other, but a column at a time."""
        if not rows:
            return []
        texts = list(zip(*rows, strict=True))
        refused: dict[int, Reasons] = {}
        columns = [_read_column(step, texts[step.column], refused) for step in self._steps]
        columns += [[value] * len(rows) for value in self._constants.values()]
        names = [*(step.field for step in self._steps), *self._constants]
        finish = self._finish
        found: list[ParsedRow | RowRefused] = []
        for place, read in enumerate(zip(*columns, strict=True)):
            values = dict(zip(names, read, strict=True))
            reasons = refused.get(place) or {}
            named = len(reasons)
            identity = finish(values, reasons)
            if reasons:
                for field in list(reasons)[named:]:
                    if field in self._labels:
                        reasons[field] = f"{self._labels[field]}: {reasons[field]}"
                found.append(RowRefused(reasons))
            else:
                found.append(ParsedRow(identity, values))
        return found


def _read_column(step: _Step, texts: Sequence[str], refused: dict[int, Reasons]) -> list[Any]:
    """The values of a column; what speaks against a cell goes to ``refused`` under the place of its row."""
    step.meanings.forget()
    try:
        values = list(map(step.meanings.__getitem__, texts))
    except ValueRefused:
        values = []
        for place, text in enumerate(texts):
            try:
                values.append(step.meanings[text])
            except ValueRefused as problem:
                values.append(step.blank)
                refused.setdefault(place, {})[step.field] = f"{step.label}: {problem}"
    if step.required and (None in values or "" in values):
        for place, value in enumerate(values):
            if (value is None or value == "") and step.field not in refused.get(place, {}):
                refused.setdefault(place, {})[step.field] = f"{step.label}: This cell must not be empty."
    return values


def compile_rows(
    kind: Kind,
    layout: Layout,
    mapping: Mapping[str, str | Iterable[str]],
    *,
    defaults: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    now: datetime | None = None,
    dates: DateOrder | None = None,
    decimal: DecimalMark | None = None,
) -> RowParser:
    """A parser for the rows of a file with this layout.

    ``mapping`` maps columns to a field or, where one column feeds several, to several fields; a blank field leaves the
    column out. ``defaults`` maps fields to the text that stands in where a row has nothing. Times without an offset are
    of ``zone``. With ``now``, facts more than a day ahead of it are refused. ``dates`` and ``decimal`` say how dates
    and amounts are written where the values of a column do not prove it. Raises `MappingRefused` for columns, fields
    that do not exist, a field that is fed twice, a default that cannot be read, and a mapping under which no row could
    go in.
    """
    wrong: list[str] = []
    fed_by, settled = _settled(kind, layout, mapping, wrong)
    usual_dates, of_dates = date_doubt(_values(kind, layout, fed_by, _DATES), dates)
    usual_decimal, of_decimal = decimal_doubt(_values(kind, layout, fed_by, {FieldType.AMOUNT}), decimal)
    options = Options(zone, now, dates, decimal, usual_dates, usual_decimal)
    standing = _standing(kind, defaults or {}, options, wrong)
    if not wrong:
        wrong += _unmet(kind, fed_by.keys() | standing.keys())
    if wrong:
        raise MappingRefused(wrong)

    notes: list[str] = []
    steps = []
    for field in kind.fields:
        if field.name not in fed_by:
            continue
        column = fed_by[field.name]
        position = layout.columns.index(column)
        reading = reading_of(field, column, (cells[position] for cells in layout.sample), options)
        if reading.note and reading.note not in notes:
            notes.append(reading.note)
        blank = "" if field.type in _TEXTS else None
        meanings = Column(reading.read, standing.get(field.name, blank))
        steps.append(_Step(field.name, position, meanings, blank, column, field.required))
    constants = {name: value for name, value in standing.items() if name not in fed_by}
    return RowParser(kind, steps, constants, notes, settled, of_dates, of_decimal)


def _values(
    kind: Kind, layout: Layout, fed_by: Mapping[str, str], types: Collection[FieldType]
) -> dict[str, list[str]]:
    """The values in the sample of each column that feeds a field of one of these types."""
    columns = [fed_by[field.name] for field in kind.fields if field.name in fed_by and field.type in types]
    places = {column: layout.columns.index(column) for column in columns}
    return {
        column: [cells[place] for cells in layout.sample if not is_nothing(cells[place])]
        for column, place in places.items()
    }


def _settled(
    kind: Kind, layout: Layout, mapping: Mapping[str, str | Iterable[str]], wrong: list[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Which column feeds each field, and the mapping with columns spelt as in the file; what is amiss to ``wrong``."""
    loosely = {column.strip().casefold(): column for column in reversed(layout.columns)}
    fed_by: dict[str, str] = {}
    settled: dict[str, tuple[str, ...]] = {}
    for given, target in mapping.items():
        targets = tuple(name for name in ((target,) if isinstance(target, str) else tuple(target)) if name)
        column = given if given in layout.columns else loosely.get(given.strip().casefold(), "")
        if not column:
            has = f"; it has {_listed(layout.columns)}" if targets else ""
            wrong.append(f"The file has no column “{given}”{has}.")
            continue
        for name in targets:
            if kind.get(name) is None:
                wrong.append(_no_field(kind, name))
            elif name in fed_by:
                wrong.append(f"The field “{name}” is fed by both “{fed_by[name]}” and “{column}”; keep one.")
            else:
                fed_by[name] = column
        settled[column] = targets
    return fed_by, settled


def _standing(kind: Kind, defaults: Mapping[str, str], options: Options, wrong: list[str]) -> dict[str, Any]:
    """What stands in for blank cells, by field; what cannot be read to ``wrong``."""
    standing: dict[str, Any] = {}
    for name, text in defaults.items():
        field = kind.get(name)
        if field is None:
            wrong.append(_no_field(kind, name))
            continue
        try:
            standing[name] = reading_of(field, name, [text], options).read(text)
        except ValueRefused as refused:
            wrong.append(f"The default of “{name}” cannot be used: {refused}")
    return standing


def _no_field(kind: Kind, name: str) -> str:
    return f"{kind.label} have no field “{name}”; they have {_listed(field.name for field in kind.fields)}."


def _unmet(kind: Kind, given: Iterable[str]) -> list[str]:
    """What the mapping lacks, in sentences."""
    fields = set(given)
    sentences = [
        f"No column is mapped to “{field.label}” ({field.name}), which every row needs; map one or give a default."
        for field in kind.fields
        if field.required and field.name not in fields
    ]
    if kind.name == "visits" and not {"channel", "source", "campaign"} & fields:
        sentences.append("No column is mapped to the channel, the source or the campaign of the visits.")
    if not any(fields.issuperset(group) for group in kind.identities) and not sentences:
        sentences.append(f"No row could be recognised. {kind.identity_help}")
    return sentences


def _listed(names: Iterable[str]) -> str:
    shown = [f"“{name}”" for name in names]
    if len(shown) > 30:
        shown = [*shown[:30], f"and {len(shown) - 30} more"]
    return ", ".join(shown)
