"""Tables in text files: reading them as people send them, understanding their values, writing them safely.

Every ``parse_*`` function takes the text of one cell and returns the value, or raises `ValueRefused` with a sentence
that says what is wrong with it.
"""

from smarketing.lib.tabular.addresses import parse_email
from smarketing.lib.tabular.dates import DateStyle, guess_date_style, parse_date, parse_datetime
from smarketing.lib.tabular.errors import FileRefused, ValueRefused
from smarketing.lib.tabular.numbers import AmountStyle, guess_amount_style, parse_amount, parse_integer
from smarketing.lib.tabular.reading import Layout, Row, rows
from smarketing.lib.tabular.sniffing import sniff
from smarketing.lib.tabular.text import clean_text, parse_boolean
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
