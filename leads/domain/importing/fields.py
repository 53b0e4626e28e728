"""The fields that a kind of record can have, and how the cells of each are read."""

import enum
from dataclasses import dataclass, field
from typing import Final


class FieldType(enum.StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    EMAIL = "email"
    DOMAIN = "domain"
    URL = "url"
    DAY = "day"
    MOMENT = "moment"
    AMOUNT = "amount"
    COUNT = "count"
    YES_NO = "yes_no"
    CURRENCY = "currency"
    CHANNEL = "channel"
    TOUCHPOINT_KIND = "touchpoint_kind"
    DEAL_STAGE = "deal_stage"

    @property
    def label(self) -> str:
        """The type as people read it beside a field."""
        return _TYPE_LABELS[self]


_TYPE_LABELS: Final = {
    FieldType.TEXT: "Text",
    FieldType.IDENTIFIER: "Identifier",
    FieldType.EMAIL: "E-mail address",
    FieldType.DOMAIN: "Domain",
    FieldType.URL: "Address of a page",
    FieldType.DAY: "Date",
    FieldType.MOMENT: "Date, with or without time",
    FieldType.AMOUNT: "Amount",
    FieldType.COUNT: "Whole number",
    FieldType.YES_NO: "Yes or no",
    FieldType.CURRENCY: "Currency code",
    FieldType.CHANNEL: "Channel",
    FieldType.TOUCHPOINT_KIND: "Kind of touchpoint",
    FieldType.DEAL_STAGE: "Deal stage",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can hold.

    ``max_length`` is in characters, 0 where it does not apply. ``may_be_ahead`` allows dates in the future: plans
    may lie there, facts may not.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    help: str = ""
    synonyms: tuple[str, ...] = ()
    max_length: int = 0
    may_be_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    ``identities`` are the groups of fields any one of which, filled in, tells a record from all others; they stand in
    the order in which they are tried. ``identity_help`` says the same to people.
    """

    name: str
    label: str
    singular: str
    fields: tuple[Field, ...]
    identities: tuple[tuple[str, ...], ...]
    identity_help: str
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({field.name: field for field in self.fields})

    def get(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return self._by_name.get(name)


def _synonyms(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|") if word.strip())


def text_field(
    name: str, label: str, length: int, synonyms: str = "", help: str = "", *, required: bool = False
) -> Field:
    """A field of text. ``synonyms`` stand with bars between them, the more usual ones first."""
    return Field(name, label, required=required, help=help, synonyms=_synonyms(synonyms), max_length=length)


def field_of(
    name: str,
    label: str,
    type: FieldType,
    synonyms: str = "",
    help: str = "",
    *,
    required: bool = False,
    may_be_ahead: bool = False,
) -> Field:
    """A field of any other type."""
    return Field(
        name,
        label,
        type,
        required=required,
        help=help,
        synonyms=_synonyms(synonyms),
        max_length=_LENGTHS.get(type, 0),
        may_be_ahead=may_be_ahead,
    )


_LENGTHS: Final = {
    FieldType.IDENTIFIER: 200,
    FieldType.EMAIL: 254,
    FieldType.DOMAIN: 253,
    FieldType.URL: 500,
}

CHANNEL_HELP: Final = (
    "One of the channels of the product, or an origin that names one. Left out, it is derived from the source."
)
SOURCE_HELP: Final = "The raw origin, kept exactly as it is."
EXTERNAL_HELP: Final = "The id of the record in the tool it comes from. The same id again is the same record."
