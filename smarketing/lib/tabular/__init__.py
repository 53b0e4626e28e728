"""Tables in text files: reading them as people send them, understanding their values, writing them safely."""

from smarketing.lib.tabular.errors import FileRefused, ValueRefused
from smarketing.lib.tabular.reading import Layout, Row, rows, sniff
from smarketing.lib.tabular.values import (
    AmountStyle,
    DateStyle,
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
from smarketing.lib.tabular.writing import RowWriter, neutralise, stream_rows, write_rows

__all__ = [
    "AmountStyle",
    "DateStyle",
    "FileRefused",
    "Layout",
    "Row",
    "RowWriter",
    "ValueRefused",
    "clean_text",
    "guess_amount_style",
    "guess_date_style",
    "neutralise",
    "parse_amount",
    "parse_boolean",
    "parse_date",
    "parse_datetime",
    "parse_email",
    "parse_integer",
    "rows",
    "sniff",
    "stream_rows",
    "write_rows",
]
