"""What can be imported, how columns find their fields, and how a row of cells becomes values."""

from leads.domain.importing.catalogue import KINDS, kind_named
from leads.domain.importing.completing import Effect, effect_of
from leads.domain.importing.doubts import DateOrder, DecimalMark, Doubt
from leads.domain.importing.fields import Field, FieldType, Kind
from leads.domain.importing.known_deals import DealEffect, effect_on_deal, ends_before_opening
from leads.domain.importing.mapping import MappingGuess, guess_mapping
from leads.domain.importing.parsing import (
    MappingRefused,
    ParsedRow,
    RowParser,
    RowRefused,
    compile_rows,
)
from leads.domain.importing.spans import with_ids

__all__ = [
    "KINDS",
    "DateOrder",
    "DealEffect",
    "DecimalMark",
    "Doubt",
    "Effect",
    "Field",
    "FieldType",
    "Kind",
    "MappingGuess",
    "MappingRefused",
    "ParsedRow",
    "RowParser",
    "RowRefused",
    "compile_rows",
    "effect_of",
    "effect_on_deal",
    "ends_before_opening",
    "guess_mapping",
    "kind_named",
    "with_ids",
]
