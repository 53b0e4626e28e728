"""What cells can say, and what is refused with which words."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.lib.tabular import (
    AmountStyle,
    DateStyle,
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

MONTH_FIRST = DateStyle(day_first=False)
POINT, COMMA, MIXED = AmountStyle("."), AmountStyle(","), AmountStyle(mixed=True)
SERIAL = DateStyle(serial=True)


# -- text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("  padded \t", "padded"),
        ("two\nlines", "two lines"),
        ("narrow\u202fand\xa0hard  blanks", "narrow and hard blanks"),
        ("\ufeffmark", "mark"),
        ("zero\u200bwidth", "zerowidth"),
        ("bell\x07 and\x00 nul", "bell and nul"),
        ("e\u0301", "é"),
        ("=1+1", "=1+1"),
        ("   ", ""),
    ],
)
def test_clean_text(text, expected):
    assert clean_text(text) == expected


def test_clean_text_keeps_lines_where_they_are_wanted():
    assert clean_text(" a\r\nb\rc\x07 ", lines=True) == "a\nb\nc"


def test_clean_text_cuts_nothing_off_in_silence():
    assert clean_text("x" * 255 + "  ", 255) == "x" * 255
    with pytest.raises(ValueRefused, match=r"256 characters; there is room for 255\."):
        clean_text("x" * 256, 255)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\0" not in once


# -- dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("2024-03-31", DateStyle(), date(2024, 3, 31)),
        (" 2024-03-31 ", DateStyle(), date(2024, 3, 31)),
        ("20240331", DateStyle(), date(2024, 3, 31)),
        ("2024/3/1", DateStyle(), date(2024, 3, 1)),
        ("2024.03.01", DateStyle(), date(2024, 3, 1)),
        ("2018-02-26 19:58:54", DateStyle(), date(2018, 2, 26)),
        ("03/04/2024", DateStyle(), date(2024, 4, 3)),
        ("03/04/2024", MONTH_FIRST, date(2024, 3, 4)),
        ("9/1/2026", MONTH_FIRST, date(2026, 9, 1)),
        ("31.12.2024", DateStyle(), date(2024, 12, 31)),
        ("31-12-24", DateStyle(), date(2024, 12, 31)),
        ("1/2/69", DateStyle(), date(2069, 2, 1)),
        ("1/2/70", DateStyle(), date(1970, 2, 1)),
        ("15 Apr, 2021 00:03:00", DateStyle(), date(2021, 4, 15)),
        ("September 1, 2026", DateStyle(), date(2026, 9, 1)),
        ("Sep 1 2026", DateStyle(), date(2026, 9, 1)),
        ("1-Sep-26", DateStyle(), date(2026, 9, 1)),
        ("1st September 2026", DateStyle(), date(2026, 9, 1)),
        ("Tue, 1 Sep 2026", DateStyle(), date(2026, 9, 1)),
        ("1. März 2024", DateStyle(), date(2024, 3, 1)),
        ("15 de abril de 2021", DateStyle(), date(2021, 4, 15)),
        ("3 févr. 2024", DateStyle(), date(2024, 2, 3)),
        ("45631", SERIAL, date(2024, 12, 5)),
        ("45631.0", SERIAL, date(2024, 12, 5)),
        ("1900-01-01", DateStyle(), date(1900, 1, 1)),
        ("2100-12-31", DateStyle(), date(2100, 12, 31)),
        ("29/02/2024", DateStyle(), date(2024, 2, 29)),
    ],
)
def test_parse_date(text, style, expected):
    assert parse_date(text, style) == expected


@pytest.mark.parametrize(
    ("text", "style", "words"),
    [
        ("1899-12-31", DateStyle(), "lies before 1900"),
        ("31/12/1899", DateStyle(), "lies before 1900"),
        ("2999-01-01", DateStyle(), "lies after 2100"),
        ("2999-01-01 10:00", DateStyle(), "lies after 2100"),
        ("1 January 2999", DateStyle(), "lies after 2100"),
        ("0000-00-00", DateStyle(), "lies before 1900"),
        ("2023-02-29", DateStyle(), "no day of the calendar"),
        ("31/04/2024", DateStyle(), "no day of the calendar"),
        ("12/31/2024", DateStyle(), "read as day/month/year, like the other dates of its column"),
        ("31/12/2024", MONTH_FIRST, "read as month/day/year, like the other dates of its column"),
        ("yesterday", DateStyle(), "Write it as year-month-day"),
        ("10", DateStyle(), "is a number, not a date"),
        ("45631", DateStyle(), "is a number, not a date"),
        ("2024", DateStyle(), "is a number, not a date"),
        ("1 Foo 2024", DateStyle(), "no date"),
        ("Foo 1, 2024", DateStyle(), "no date"),
        ("2024-03-31 quarter past", DateStyle(), "no date"),
        ("2024-03-31 25:00", DateStyle(), "time of day"),
        ("2024-03-31 13:00 pm", DateStyle(), "time of day"),
        ("2024-03-31 1 o'clock", DateStyle(), "time of day"),
        ("1/2/345", DateStyle(), "no date"),
        ("", DateStyle(), "no date"),
        ("x" * 5000, DateStyle(), "no date"),
        ("=TODAY()", DateStyle(), "no date"),
    ],
)
def test_parse_date_refuses(text, style, words):
    with pytest.raises(ValueRefused) as caught:
        parse_date(text, style)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-02-26 19:58:54", datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC)),
        ("2018-02-26T19:58:54Z", datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC)),
        ("2018-02-26T19:58:54.123456+02:00", datetime(2018, 2, 26, 17, 58, 54, 123456, tzinfo=UTC)),
        ("2018-02-26", datetime(2018, 2, 26, tzinfo=UTC)),
        ("2018-02-26 24:00", datetime(2018, 2, 27, tzinfo=UTC)),
        ("26/02/2018 7:58 PM", datetime(2018, 2, 26, 19, 58, tzinfo=UTC)),
        ("26/02/2018 12:05 am", datetime(2018, 2, 26, 0, 5, tzinfo=UTC)),
        ("26.02.2018 um 19.58", datetime(2018, 2, 26, 19, 58, tzinfo=UTC)),
        ("26 Feb 2018, 3 p.m.", datetime(2018, 2, 26, 15, tzinfo=UTC)),
        ("Mon 26 Feb 2018 19:58:54 GMT+0200", datetime(2018, 2, 26, 17, 58, 54, tzinfo=UTC)),
        ("2018/02/26 19:58:54 -03:00", datetime(2018, 2, 26, 22, 58, 54, tzinfo=UTC)),
        ("2018-02-26 19:58:54 UTC", datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC)),
    ],
)
def test_parse_datetime(text, expected):
    found = parse_datetime(text)
    assert found == expected
    assert found.tzinfo is UTC


def test_spreadsheet_serials_carry_the_time_as_a_fraction():
    assert parse_datetime("45631.5", SERIAL) == datetime(2024, 12, 5, 12, tzinfo=UTC)


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-01 09:00", datetime(2024, 7, 1, 7, tzinfo=UTC)),
        ("2024-07-01", datetime(2024, 6, 30, 22, tzinfo=UTC)),
        ("2024-07-01 09:00Z", datetime(2024, 7, 1, 9, tzinfo=UTC)),
        # In the gap of 31 March 2024, 02:30 does not exist and is read as 03:30 summer time.
        ("2024-03-31 02:30", datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        # 27 October 2024, 02:30 comes twice; the first one is summer time.
        ("2024-10-27 02:30", datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_without_offset_are_of_the_given_zone(text, expected):
    assert parse_datetime(text, zone=BERLIN) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["03/04/2024", "25/04/2024"], DateStyle(day_first=True)),
        (["03/04/2024", "04/25/2024"], DateStyle(day_first=False)),
        (["25/04/2024", "26/04/2024", "04/27/2024"], DateStyle(day_first=True)),
        (["03/04/2024", "05/06/2024"], DateStyle(day_first=True, ambiguous=True)),
        (["03.04.2024", "05.06.2024"], DateStyle(day_first=True)),
        # The days of a report follow one another: 1 to 3 September rather than the 9th of three months.
        (["9/1/2026", "9/2/2026", "9/3/2026"], DateStyle(day_first=False, ambiguous=True)),
        (["1/9/2026", "2/9/2026", "3/9/2026"], DateStyle(day_first=True, ambiguous=True)),
        (["2024-03-04", ""], DateStyle()),
        ([], DateStyle()),
        (["45631.0", "45632", ""], DateStyle(serial=True)),
        (["45631.0", "2024-01-01"], DateStyle()),
        (["2024", "12345"], DateStyle()),
    ],
)
def test_guess_date_style(values, expected):
    assert guess_date_style(values) == expected


def test_the_reading_of_undecided_dates_can_be_chosen():
    assert guess_date_style(["03/04/2024"], default_day_first=False) == DateStyle(False, ambiguous=True)


@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%d-%b-%Y"]),
)
def test_every_way_of_writing_a_day_gives_that_day(day, form):
    assert parse_date(day.strftime(form)) == day


@given(
    st.datetimes(
        datetime(1900, 1, 2),
        datetime(2100, 12, 30),
        timezones=st.sampled_from([UTC, BERLIN, timezone(timedelta(hours=-9))]),
    )
)
def test_every_instant_comes_back(moment):
    # Across zones, Python calls the times of a repeated hour unequal to everything; in UTC it does not.
    assert parse_datetime(moment.isoformat()) == moment.astimezone(UTC)


@given(st.text(max_size=30))
def test_dates_are_read_or_refused(text):
    try:
        found = parse_datetime(text)
    except ValueRefused:
        return
    assert found.tzinfo is UTC
    assert 1899 <= found.year <= 2101


# -- amounts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("1234.56", AmountStyle(), "1234.56"),
        ("1.234,56", AmountStyle(), "1234.56"),
        ("1,234.56", AmountStyle(), "1234.56"),
        ("1 234,56", AmountStyle(), "1234.56"),
        ("1\u202f234,56 €", AmountStyle(), "1234.56"),
        ("1'234.50", AmountStyle(), "1234.50"),
        ("CHF 1’234.50", AmountStyle(), "1234.50"),
        ("€ 1.234", AmountStyle(), "1234"),
        ("$22,700.00", AmountStyle(), "22700.00"),
        ("R$ 1.234,56", AmountStyle(), "1234.56"),
        ("1.234,56 EUR", AmountStyle(), "1234.56"),
        ("USD1,000", AmountStyle(), "1000"),
        ("100kr", AmountStyle(), "100"),
        ("(12.00)", AmountStyle(), "-12.00"),
        ("($12.00)", AmountStyle(), "-12.00"),
        ("$(12.00)", AmountStyle(), "-12.00"),
        ("-5", AmountStyle(), "-5"),
        ("−5", AmountStyle(), "-5"),
        ("-$5.50", AmountStyle(), "-5.50"),
        ("$-5.50", AmountStyle(), "-5.50"),
        ("12,50-", AmountStyle(), "-12.50"),
        ("+3.5", AmountStyle(), "3.5"),
        ("1.234.567", AmountStyle(), "1234567"),
        ("1,234,567.8", AmountStyle(), "1234567.8"),
        ("12,34,567.00", AmountStyle(), "1234567.00"),
        (".5", AmountStyle(), "0.5"),
        ("5.", AmountStyle(), "5"),
        ("0.123", AmountStyle(), "0.123"),
        ("1234.567", AmountStyle(), "1234.567"),
        ("0", AmountStyle(), "0"),
        # One mark with three digits behind it: the column decides.
        ("1.234", AmountStyle(), "1234"),
        ("1,234", AmountStyle(), "1234"),
        ("1.234", POINT, "1.234"),
        ("1,234", POINT, "1234"),
        ("1.234", COMMA, "1234"),
        ("1,234", COMMA, "1.234"),
        # A cell that proves its mark is read by it, whatever the column says.
        ("12.5", COMMA, "12.5"),
        ("1,234.56", COMMA, "1234.56"),
        ("12.5", MIXED, "12.5"),
    ],
)
def test_parse_amount(text, style, expected):
    found = parse_amount(text, style)
    assert (found, type(found)) == (Decimal(expected), Decimal)


@pytest.mark.parametrize(
    ("text", "style", "words"),
    [
        ("12 %", AmountStyle(), "percentage"),
        ("1.2E+06", AmountStyle(), "shortened by a spreadsheet"),
        ("1.234", MIXED, "two ways"),
        ("1,23,45", AmountStyle(), "do not fit together"),
        ("1.234,56.7", AmountStyle(), "do not fit together"),
        ("3k", AmountStyle(), "not an amount"),
        ("about 5", AmountStyle(), "not an amount"),
        ("--", AmountStyle(), "not an amount"),
        ("", AmountStyle(), "not an amount"),
        (".", AmountStyle(), "not an amount"),
        ("NaN", AmountStyle(), "not an amount"),
        ("Infinity", AmountStyle(), "not an amount"),
        ("=SUM(A1:A9)", AmountStyle(), "not an amount"),
        ("١٢٣", AmountStyle(), "not an amount"),
        ("1" * 16, AmountStyle(), "more digits"),
        ("1" * 100_000, AmountStyle(), "not an amount"),
    ],
)
def test_parse_amount_refuses(text, style, words):
    with pytest.raises(ValueRefused) as caught:
        parse_amount(text, style)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1.234", "5.678"], AmountStyle("", ambiguous=True)),
        (["1.234", "12,5"], AmountStyle(",")),
        (["1.234", "12.5"], AmountStyle(".")),
        (["1.234", "1,234.00"], AmountStyle(".")),
        (["1.234", "1.234.567"], AmountStyle(",")),
        (["1.234", "12.5", "12,5"], AmountStyle("", ambiguous=True, mixed=True)),
        (["100", "", "n/a"], AmountStyle()),
        (["€ 1.234,00"], AmountStyle(",")),
    ],
)
def test_guess_amount_style(values, expected):
    assert guess_amount_style(values) == expected


@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u202f", ",")]),
)
def test_every_way_of_writing_an_amount_gives_that_amount(amount, marks):
    thousands, decimal = marks
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    assert parse_amount(text) == amount


@given(st.text("0123456789.,-+() '€$%eE", max_size=15))
def test_amounts_are_exact_or_refused(text):
    try:
        found = parse_amount(text)
    except ValueRefused:
        return
    assert found.is_finite()


# -- whole numbers, yes and no ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1,204", 1204),
        ("1.204", 1204),
        ("1 204", 1204),
        ("45012", 45012),
        ("-7", -7),
        ("−7", -7),
        (" 12 ", 12),
        ("1204.0", 1204),
        ("1204.00", 1204),
        ("1,234,567", 1234567),
        ("+5", 5),
    ],
)
def test_parse_integer(text, expected):
    assert parse_integer(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12.5", "not a whole number"),
        ("51-200", "range"),
        ("10,000+", "range"),
        ("", "not a whole number"),
        ("many", "not a whole number"),
        ("1,23", "not a whole number"),
        ("٣", "not a whole number"),
        ("9" * 5000, "not a whole number"),
        ("-1", "at least 0"),
        ("101", "at most 100"),
    ],
)
def test_parse_integer_refuses(text, words):
    with pytest.raises(ValueRefused, match=words):
        parse_integer(text, minimum=0, maximum=100)


@pytest.mark.parametrize("text", ["yes", "TRUE", " 1 ", "x", "ja", "Sim", "opted in", "✓"])
def test_yes(text):
    assert parse_boolean(text) is True


@pytest.mark.parametrize("text", ["no", "False", "0", "nein", "não", "Unsubscribed"])
def test_no(text):
    assert parse_boolean(text) is False


@pytest.mark.parametrize("text", ["", "maybe", "2", "unknown"])
def test_neither(text):
    with pytest.raises(ValueRefused, match="neither yes nor no"):
        parse_boolean(text)


# -- e-mail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@site.example", "ann@site.example"),
        (" Ann.Lee@Site.Example ", "Ann.Lee@site.example"),
        ("o'neil+crm@mail.site.example", "o'neil+crm@mail.site.example"),
        ("mailto:ann@site.example", "ann@site.example"),
        ("Ann Lee <ann@site.example>", "ann@site.example"),
        ("jürgen@müller.example", "jürgen@müller.example"),
        ("!#$%&@site.example", "!#$%&@site.example"),
    ],
)
def test_parse_email(text, expected):
    assert parse_email(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no @"),
        ("ann", "no @"),
        ("ann@", "not an e-mail address"),
        ("@site.example", "not an e-mail address"),
        ("ann@site", "not an e-mail address"),
        ("ann..lee@site.example", "not an e-mail address"),
        (".ann@site.example", "not an e-mail address"),
        ("ann@-site.example", "not an e-mail address"),
        ("ann@site.example; bob@site.example", "more than one"),
        ("ann@site.example bob@site.example", "more than one"),
        ("a" * 65 + "@site.example", "not an e-mail address"),
        ("a@" + "b." * 200 + "example", "too long"),
        ("=cmd()@site.example x", "not an e-mail address"),
    ],
)
def test_parse_email_refuses(text, words):
    with pytest.raises(ValueRefused) as caught:
        parse_email(text)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


@given(st.emails())
def test_reading_an_address_again_changes_nothing(text):
    try:
        once = parse_email(text)
    except ValueRefused:
        return
    assert parse_email(once) == once
