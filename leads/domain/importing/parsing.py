"""Turns the cells of a row into the values of a record, whole or not at all.

`compile_rows` is called once per import: it settles which column feeds which field, how the dates and amounts of each
column are written, and what stands in for blank cells. The `RowParser` it returns is then called once per row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from leads.domain.channels import Channel, channel_of, known_channel
from leads.domain.importing.catalogue import Field, FieldType, Kind
from leads.domain.touchpoints import TouchpointKind
from smarketing.lib.currencies import is_currency
from smarketing.lib.tabular import (
    Layout,
    ValueRefused,
    clean_text,
    guess_amount_style,
    guess_date_style,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_datetime,
    parse_email,
    parse_integer,
)

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


# -- readers of one cell ----------------------------------------------------------------------------

#: What tools write into a cell that holds nothing. Texts keep it: there it is what was captured.
_NOTHING: Final = frozenset(
    {"", "-", "--", "—", "–", "n/a", "#n/a", "na", "nan", "nil", "null", "none", "(not set)", "(blank)", "\\n"}
)
_REMEMBERED: Final = 5_000
_LONGEST_REMEMBERED: Final = 100
_LARGEST_COUNT: Final = 2**31 - 1
_CENT: Final = Decimal("0.01")
_LARGEST_AMOUNT: Final = Decimal(10) ** 12
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+\Z")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,61}\Z")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")

_CURRENCY_SIGNS: Final = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "R$": "BRL",
    "₹": "INR",
    "FR": "CHF",
    "SFR": "CHF",
    "ZŁ": "PLN",
    "KČ": "CZK",
}

# What the pipelines that HubSpot, Salesforce, Pipedrive and Zoho come with call their stages.
_STAGE_WORDS: Final = {
    "discovery": """
        discovery | open | new | prospecting | prospect | qualification | qualified | needs analysis | engaging |
        appointment scheduled | appointmentscheduled | qualified to buy | qualifiedtobuy | contact made |
        demo scheduled | identify decision makers | id decision makers | perception analysis | in progress | lead in
    """,
    "proposal": """
        proposal | value proposition | proposal price quote | proposal/price quote | quote | proposal made |
        proposal sent | presentation scheduled | presentationscheduled | decision maker bought in |
        decisionmakerboughtin | offer | quote sent
    """,
    "negotiation": """
        negotiation | negotiation/review | negotiation review | negotiations started | contract sent | contractsent |
        contract | in negotiation | verbal agreement
    """,
    "won": "won | closed won | closedwon | closed - won | win | deal won | success | successful | gewonnen | ganho",
    "lost": """
        lost | closed lost | closedlost | closed - lost | loss | deal lost | closed lost to competition |
        verloren | perdido
    """,
}


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.casefold())


_STAGES: Final = {_words(word): stage for stage, words in _STAGE_WORDS.items() for word in words.split("|")}

_TOUCHPOINT_WORDS: Final = {
    TouchpointKind.PAGE_VIEW: "page view | page viewed | page | visit | website visit | pageview | viewed page",
    TouchpointKind.FORM_SUBMITTED: """
        form | form submission | form submitted | form fill | submitted form | form fill out | lead form |
        signed up | sign up | signup | contact form
    """,
    TouchpointKind.CONTENT_DOWNLOADED: """
        download | content download | downloaded | asset download | whitepaper download | e book download |
        document downloaded | file download
    """,
    TouchpointKind.WEBINAR_ATTENDED: "webinar | webinar attended | attended webinar | webinar attendance",
    TouchpointKind.EVENT_ATTENDED: "event | event attended | attended event | trade show | conference | attended",
    TouchpointKind.EMAIL_OPENED: "e mail open | e mail opened | open | opened e mail | opens email | email open",
    TouchpointKind.EMAIL_CLICKED: "e mail click | e mail clicked | clicked e mail | clicks email | email click",
    TouchpointKind.AD_CLICKED: "ad click | ad clicked | ad | paid click | clicked ad",
    TouchpointKind.DEMO_REQUESTED: "demo | demo request | demo requested | requested demo | book a demo",
    TouchpointKind.PRICING_VIEWED: "pricing | pricing page | pricing viewed | viewed pricing | pricing page view",
    TouchpointKind.REFERRED: "referral | referred | recommendation",
    TouchpointKind.CHAT: "chat | live chat | chat conversation",
    TouchpointKind.MEETING: "meeting | met | call | sales meeting | meeting booked | phone call",
    TouchpointKind.UNSUBSCRIBED: "unsubscribe | unsubscribed | opt out | opted out",
    TouchpointKind.OTHER: "other | misc | unknown",
}
_TOUCHPOINTS: Final = {
    **{_words(word): kind for kind, words in _TOUCHPOINT_WORDS.items() for word in words.split("|")},
    **{_words(name): kind for kind in TouchpointKind for name in (kind.value, kind.label)},
}

_Read = Callable[[str], Any]


def _is_nothing(text: str) -> bool:
    return len(text) <= 12 and text.strip().casefold() in _NOTHING


class _Column(dict[str, Any]):
    """What the texts of a column mean, each read once: columns of dates, origins and countries hold few different ones.

    A blank cell, and one that says nothing, means ``default``. Reading a text that is refused raises `ValueRefused`.
    """

    def __init__(self, read: _Read, default: Any) -> None:
        super().__init__({"": default})
        self._read = read
        self._default = default

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if value is None or value == "":
            value = self._default
        if len(text) <= _LONGEST_REMEMBERED:
            self[text] = value
        return value

    def forget(self) -> None:
        """Keeps memory within bounds, also where no text of the column occurs twice."""
        if len(self) > _REMEMBERED:
            self.clear()
            self[""] = self._default


def _text_reader(max_length: int) -> _Read:
    def read(text: str) -> str:
        return clean_text(text, max_length)

    return read


def _identifier_reader(max_length: int) -> _Read:
    def read(text: str) -> str | None:
        text = clean_text(text, max_length)
        if _is_nothing(text):
            return None
        if _SHORTENED.match(text):
            raise ValueRefused(
                f"“{text}” was shortened by a spreadsheet, so that the id is lost. "
                "Format the column as text and export it again."
            )
        return text

    return read


def _email(text: str) -> str | None:
    try:
        return parse_email(text)
    except ValueRefused:
        if _is_nothing(text):
            return None
        raise


def _domain(text: str) -> str | None:
    """The host name out of a domain, an address of a page or an e-mail address; without a leading www."""
    found = clean_text(text, 2000).casefold()
    if _is_nothing(found):
        return None
    host = re.sub(r"\A[a-z][a-z0-9+.\-]*://", "", found)
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].strip(".")
    host = host.removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = ""
    if len(host) > 253 or not _DOMAIN.match(host):
        raise ValueRefused(f"“{found[:60]}” is no web domain.")
    return host


def _url_reader(max_length: int) -> _Read:
    def read(text: str) -> str:
        text = clean_text(text, max_length)
        scheme = _SCHEME.match(text)
        if scheme and scheme[0].lower() not in {"http:", "https:"} and not text[scheme.end() :][:1].isdigit():
            raise ValueRefused(f"“{text[:60]}” is no address of a web page.")
        return text

    return read


def _currency(text: str) -> str | None:
    code = clean_text(text, 30).upper()
    if _is_nothing(code):
        return None
    code = _CURRENCY_SIGNS.get(code, code)
    if not is_currency(code):
        raise ValueRefused(f"“{text.strip()[:30]}” is no currency: write the code of three letters, such as EUR.")
    return code


def _channel(text: str) -> Channel | None:
    if not text.strip():
        return None
    found = known_channel(text)
    if found is None:
        raise ValueRefused(
            f"“{clean_text(text)[:60]}” is none of the channels: "
            f"{', '.join(channel.value for channel in Channel)}. Map the column to the source instead."
        )
    return found


def _touchpoint_kind(text: str) -> TouchpointKind | None:
    if _is_nothing(text):
        return None
    found = _TOUCHPOINTS.get(_words(text[:100]))
    if found is None:
        raise ValueRefused(
            f"“{clean_text(text)[:60]}” is no kind of touchpoint: {', '.join(kind.value for kind in TouchpointKind)}."
        )
    return found


def _deal_stage(text: str) -> str | None:
    if _is_nothing(text):
        return None
    found = _STAGES.get(_words(text[:100]))
    if found is None:
        raise ValueRefused(f"“{clean_text(text)[:60]}” is no deal stage: {', '.join(_STAGE_WORDS)}.")
    return found


def _count(text: str) -> int | None:
    if _is_nothing(text):
        return None
    return parse_integer(text, minimum=0, maximum=_LARGEST_COUNT)


def _yes_no(text: str) -> bool | None:
    return None if _is_nothing(text) else parse_boolean(text)


class _Reading(NamedTuple):
    """How one column is read, and what a person should know about it."""

    read: _Read
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Options:
    zone: tzinfo
    now: datetime | None
    day_first: bool | None
    decimal: str | None


def _reading(field: Field, column: str, sample: Iterable[str], options: _Options) -> _Reading:
    match field.type:
        case FieldType.TEXT:
            return _Reading(_text_reader(field.max_length))
        case FieldType.IDENTIFIER:
            return _Reading(_identifier_reader(field.max_length))
        case FieldType.EMAIL:
            return _Reading(_email)
        case FieldType.DOMAIN:
            return _Reading(_domain)
        case FieldType.URL:
            return _Reading(_url_reader(field.max_length))
        case FieldType.DAY | FieldType.MOMENT:
            return _date_reading(field, column, sample, options)
        case FieldType.AMOUNT:
            return _amount_reading(column, sample, options)
        case FieldType.COUNT:
            return _Reading(_count)
        case FieldType.YES_NO:
            return _Reading(_yes_no)
        case FieldType.CURRENCY:
            return _Reading(_currency)
        case FieldType.CHANNEL:
            return _Reading(_channel)
        case FieldType.TOUCHPOINT_KIND:
            return _Reading(_touchpoint_kind)
        case FieldType.DEAL_STAGE:
            return _Reading(_deal_stage)


def _date_reading(field: Field, column: str, sample: Iterable[str], options: _Options) -> _Reading:
    values = [text for text in sample if not _is_nothing(text)]
    preferred = True if options.day_first is None else options.day_first
    style = guess_date_style(values, default_day_first=preferred)
    note = ""
    if style.ambiguous and options.day_first is None:
        order = "day/month/year" if style.day_first else "month/day/year"
        note = (
            f"The dates in “{column}” could be day/month/year or month/day/year; they are read as {order}. "
            "Choose the other order if that is wrong."
        )
    elif options.day_first is not None and style.day_first != options.day_first:
        style = type(style)(options.day_first, serial=style.serial)
    zone = options.zone
    latest = None if options.now is None or field.may_be_ahead else options.now + timedelta(days=1)

    def read_day(text: str) -> date | None:
        if _is_nothing(text):
            return None
        day = parse_date(text, style)
        if latest is not None and day > latest.astimezone(zone).date():
            raise ValueRefused(f"“{text.strip()}” lies in the future.")
        return day

    def read_moment(text: str) -> datetime | None:
        if _is_nothing(text):
            return None
        moment = parse_datetime(text, style, zone)
        if latest is not None and moment > latest:
            raise ValueRefused(f"“{text.strip()}” lies in the future.")
        return moment

    return _Reading(read_day if field.type is FieldType.DAY else read_moment, note)


def _amount_reading(column: str, sample: Iterable[str], options: _Options) -> _Reading:
    style = guess_amount_style(sample)
    note = ""
    if options.decimal is not None:
        style = type(style)(options.decimal)
    elif style.mixed:
        note = (
            f"The amounts in “{column}” use both point and comma as decimal mark; those that could be read either way "
            "are rejected."
        )
    elif style.ambiguous:
        note = f"Amounts such as 1.234 or 1,234 in “{column}” are read as one thousand two hundred thirty-four."

    def read(text: str) -> Decimal | None:
        if _is_nothing(text):
            return None
        amount = parse_amount(text, style)
        if amount < 0:
            raise ValueRefused(f"“{text.strip()}” is below zero.")
        if amount >= _LARGEST_AMOUNT:
            raise ValueRefused(f"“{text.strip()}” is larger than any amount that is kept.")
        # Ad platforms report fractions of a cent; books are kept in cents.
        return amount.quantize(_CENT, ROUND_HALF_EVEN)

    return _Reading(read, note)


# -- rules of each kind -----------------------------------------------------------------------------

_Values = dict[str, Any]
_Reasons = dict[str, str]
_Finish = Callable[[_Values, _Reasons], tuple[str, ...]]


def _digest(*parts: object) -> str:
    """A short stable name for a combination of values, for recognising the same fact again."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return blake2b(joined.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _finish_company(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    name, domain, external_id = values.get("name"), values.get("domain"), values.get("external_id")
    if not name:
        if domain:
            values["name"] = name = domain
        elif "name" not in reasons and "domain" not in reasons:
            reasons["name"] = "A company needs a name or a domain."
    if external_id:
        return "external_id", external_id
    if domain:
        return "domain", domain
    return "name", (name or "").casefold()


def _finish_campaign(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    start, end = values.get("start_on"), values.get("end_on")
    if start and end and end < start:
        reasons["end_on"] = f"The campaign ends on {end} before it starts on {start}."
    if "channel" in values and values["channel"] is None:
        values["channel"] = Channel.UNKNOWN
    if values.get("external_id"):
        return "external_id", values["external_id"]
    return "name", values["name"].casefold() if values.get("name") else ""


def _derive_channel(values: _Values) -> None:
    if values.get("channel") is None and ("channel" in values or "source" in values):
        values["channel"] = channel_of(values.get("source") or "")


def _finish_lead(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    _derive_channel(values)
    if "full_name" in values:
        full_name = values.pop("full_name")
        first, last = values.get("first_name") or "", values.get("last_name") or ""
        if full_name and not first and not last:
            first, _, last = full_name.rpartition(" ")
            if len(first) > 100 or len(last) > 100:
                reasons["full_name"] = "The name is too long to be divided into first and last name."
        values["first_name"], values["last_name"] = first, last
    if values.get("external_id"):
        return "external_id", values["external_id"]
    if values.get("email"):
        return "email", values["email"].casefold()
    if "external_id" not in reasons and "email" not in reasons:
        reasons["email"] = "A lead needs an external id or an e-mail address; this row has neither."
    return ("none",)


def _lead_of(values: _Values, reasons: _Reasons, what: str) -> tuple[str, ...]:
    if values.get("lead_external_id"):
        return "lead_external_id", values["lead_external_id"]
    if values.get("lead_email"):
        return "lead_email", values["lead_email"].casefold()
    if "lead_external_id" not in reasons and "lead_email" not in reasons:
        reasons["lead_external_id"] = f"{what} needs the external id or the e-mail address of its lead."
    return ("none",)


def _finish_touchpoint(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    _derive_channel(values)
    lead = _lead_of(values, reasons, "A touchpoint")
    if values.get("external_id"):
        return "external_id", values["external_id"]
    about = (values.get(name) for name in ("content", "campaign", "source", "url"))
    occurred_at = values.get("occurred_at")
    when = occurred_at.isoformat() if occurred_at else None
    return "fact", _digest(*lead, values.get("kind"), when, *about)


def _finish_deal(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    stage = values.get("stage") or ""
    won_at, lost_at = values.get("won_at"), values.get("lost_at")
    closed_at = values.pop("closed_at", None)
    expected_on = None
    if not stage:
        stage = "won" if won_at else "lost" if lost_at else ""
    if stage == "won":
        won_at = won_at or closed_at
        if not won_at and not reasons:
            reasons["won_at"] = "A won deal needs the date on which it was won."
    elif stage == "lost":
        lost_at = lost_at or closed_at
        if not lost_at and not reasons:
            reasons["lost_at"] = "A lost deal needs the date on which it was lost."
    elif closed_at:
        expected_on = closed_at.date()
    if won_at and lost_at:
        reasons.setdefault("stage", "A deal is either won or lost; this row has a date for both.")
    elif stage and ((won_at and stage != "won") or (lost_at and stage != "lost")):
        reasons.setdefault("stage", f"The stage is “{stage}”, but the row has a date on which the deal ended.")
    values.update(stage=stage or "discovery", won_at=won_at, lost_at=lost_at, expected_close_on=expected_on)
    if values.get("external_id"):
        return "external_id", values["external_id"]
    if not values.get("lead_external_id") and not values.get("lead_email"):
        if not {"external_id", "lead_external_id", "lead_email"} & reasons.keys():
            reasons["external_id"] = "A deal needs an external id, or the external id or e-mail address of its lead."
        return ("none",)
    lead = _lead_of(values, reasons, "A deal")
    date_of = next(
        (
            (name, values[name].isoformat())
            for name in ("opened_at", "won_at", "lost_at")
            if values.get(name) is not None
        ),
        None,
    )
    if date_of is None:
        if not reasons:
            reasons["opened_at"] = "A deal without an external id needs the date on which it was opened, won or lost."
        return ("none",)
    return (*lead, *date_of)


def _finish_spend(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    return "campaign_day", (values.get("campaign") or "").casefold(), str(values.get("spent_on"))


def _finish_visit(values: _Values, reasons: _Reasons) -> tuple[str, ...]:
    source = values.setdefault("source", "")
    if values.get("channel") is None:
        values["channel"] = channel_of(source or "")
    return (
        "day_origin",
        str(values.get("visited_on")),
        str(values["channel"]),
        source or "",
        (values.get("campaign") or "").casefold(),
    )


_FINISH: Final[dict[str, _Finish]] = {
    "companies": _finish_company,
    "campaigns": _finish_campaign,
    "leads": _finish_lead,
    "touchpoints": _finish_touchpoint,
    "deals": _finish_deal,
    "spend": _finish_spend,
    "visits": _finish_visit,
}

# -- the compiled parser ----------------------------------------------------------------------------

_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.URL})


class _Step(NamedTuple):
    field: str
    column: int
    meanings: _Column
    blank: Any
    label: str
    required: bool


class RowParser:
    """Reads the rows of one import; made by `compile_rows`.

    ``notes`` are sentences about what was decided for whole columns, for the preview. ``mapping`` is the mapping in
    the form column → fields, after spelling was settled.
    """

    def __init__(
        self,
        kind: Kind,
        steps: Iterable[_Step],
        constants: Mapping[str, Any],
        notes: Iterable[str],
        mapping: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.kind = kind
        self.notes = tuple(notes)
        self.mapping = dict(mapping)
        self._steps = tuple(steps)
        self._constants = dict(constants)
        self._finish = _FINISH[kind.name]
        self._labels = {step.field: step.label for step in self._steps}

    def __call__(self, cells: list[str]) -> ParsedRow | RowRefused:
        """The values of one row, or everything that speaks against it. ``cells`` are as many as the columns."""
        return self.read_rows([cells])[0]

    def read_rows(self, rows: Sequence[list[str]]) -> list[ParsedRow | RowRefused]:
        """What becomes of each row, as by calling with one after the other, but a column at a time."""
        if not rows:
            return []
        texts = list(zip(*rows, strict=True))
        refused: dict[int, _Reasons] = {}
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


def _read_column(step: _Step, texts: Sequence[str], refused: dict[int, _Reasons]) -> list[Any]:
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
    day_first: bool | None = None,
    decimal: str | None = None,
) -> RowParser:
    """A parser for the rows of a file with this layout.

    ``mapping`` maps columns to a field or, where one column feeds several, to several fields; a blank field leaves the
    column out. ``defaults`` maps fields to the text that stands in where a row has nothing. Times without an offset are
    of ``zone``. With ``now``, facts more than a day ahead of it are refused. ``day_first`` and ``decimal`` overrule
    what the column suggests about dates and amounts. Raises `MappingRefused` for columns and fields that do not exist,
    a field that is fed twice, a default that cannot be read, and a mapping under which no row could go in.
    """
    wrong: list[str] = []
    positions = {column: position for position, column in enumerate(layout.columns)}
    loosely = {column.strip().casefold(): column for column in reversed(layout.columns)}
    options = _Options(zone, now, day_first, decimal)
    notes: list[str] = []

    fed_by: dict[str, str] = {}
    settled: dict[str, tuple[str, ...]] = {}
    for given, target in mapping.items():
        targets = tuple(name for name in ((target,) if isinstance(target, str) else tuple(target)) if name)
        column = given if given in positions else loosely.get(given.strip().casefold(), "")
        if not column:
            wrong.append(
                f"The file has no column “{given}”; it has {_listed(layout.columns)}."
                if targets
                else f"The file has no column “{given}”."
            )
            continue
        for name in targets:
            if kind.get(name) is None:
                wrong.append(f"{kind.label} have no field “{name}”; they have {_listed(f.name for f in kind.fields)}.")
            elif name in fed_by:
                wrong.append(f"The field “{name}” is fed by both “{fed_by[name]}” and “{column}”; keep one.")
            else:
                fed_by[name] = column
        settled[column] = targets

    standing: dict[str, Any] = {}
    for name, text in (defaults or {}).items():
        field = kind.get(name)
        if field is None:
            wrong.append(f"{kind.label} have no field “{name}”; they have {_listed(f.name for f in kind.fields)}.")
            continue
        try:
            standing[name] = _reading(field, name, [text], options).read(text)
        except ValueRefused as refused:
            wrong.append(f"The default of “{name}” cannot be used: {refused}")

    if not wrong:
        wrong += _unmet(kind, fed_by.keys() | standing.keys())
    if wrong:
        raise MappingRefused(wrong)

    steps = []
    for field in kind.fields:
        if field.name not in fed_by:
            continue
        column = fed_by[field.name]
        position = positions[column]
        reading = _reading(field, column, (cells[position] for cells in layout.sample), options)
        if reading.note and reading.note not in notes:
            notes.append(reading.note)
        blank = "" if field.type in _TEXTS else None
        default = standing.get(field.name, blank)
        meanings = _Column(reading.read, default)
        steps.append(_Step(field.name, position, meanings, blank, column, field.required))
    constants = {name: value for name, value in standing.items() if name not in fed_by}
    return RowParser(kind, steps, constants, notes, settled)


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
