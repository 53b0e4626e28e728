"""Understands what people and programs write into cells: dates, amounts, numbers, yes and no, addresses.

Every ``parse_*`` function takes the text of one cell and returns the value, or raises `ValueRefused` with
a sentence that says what is wrong with it. None of them guesses in silence: where one cell alone can be read
in two ways (``03/04/2024``, ``1.234``), the rest of its column decides (`guess_date_style`,
`guess_amount_style`), and where that is undecided too, the style says so and which reading was chosen.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final

from email_validator import EmailNotValidError, validate_email

from smarketing.lib.tabular.errors import ValueRefused

__all__ = [
    "AmountStyle",
    "DateStyle",
    "clean_text",
    "guess_amount_style",
    "guess_date_style",
    "parse_amount",
    "parse_boolean",
    "parse_date",
    "parse_datetime",
    "parse_email",
    "parse_integer",
]

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100


def _quoted(text: str) -> str:
    return f"“{text}”" if len(text) <= 40 else f"“{text[:37]}…”"


# -- text -------------------------------------------------------------------------------------------

_NOT_IN_TEXT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u200b\u2060\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\r\n\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def clean_text(text: str, max_length: int | None = None, *, lines: bool = False) -> str:
    """``text`` without surrounding blanks, control characters and invisible marks, in composed Unicode form.

    With ``lines`` its line breaks stay; otherwise each run of unusual blanks becomes one space. Raises
    `ValueRefused` where more than ``max_length`` characters remain: nothing is cut off in silence.
    """
    text = text.strip()
    if not (text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))):
        text = _NOT_IN_TEXT.sub("", unicodedata.normalize("NFC", text))
        if lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        else:
            text = _SPACES.sub(" ", text).strip()
    if max_length is not None and len(text) > max_length:
        raise ValueRefused(f"{_quoted(text)} has {len(text):,} characters; there is room for {max_length:,}.")
    return text


# -- dates ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the dates of one column are written.

    ``day_first`` decides ``03/04/2024``; ``ambiguous`` says that nothing in the column decided it.
    ``serial`` reads plain numbers as the days that spreadsheets count from 1899-12-30.
    """

    day_first: bool = True
    ambiguous: bool = False
    serial: bool = False


_NUMERIC_DATE = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]|\Z)")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?\Z")
_SERIAL_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a wall-clock day, the zone comes later
_EARLIEST_LIKELY_SERIAL: Final = 20_000  # 1954-10-03
_LATEST_LIKELY_SERIAL: Final = 73_050  # 2099-12-31


def guess_date_style(values: Iterable[str], *, default_day_first: bool = True) -> DateStyle:
    """How the dates of a column are written, from a sample of its cells.

    A first number above 12 proves day/month, a second one above 12 proves month/day; the reading with more
    proofs wins. A dot between the numbers is written in day-first countries only and counts where no number
    proves anything. With neither, the style is marked ambiguous; the reading under which the dates follow one
    another day by day is chosen, as in a report, else ``default_day_first``.
    """
    day_first = month_first = dotted = numeric = serial = filled = 0
    as_day_first: list[int] = []
    as_month_first: list[int] = []
    for value in values:
        text = value.strip()
        if not text:
            continue
        filled += 1
        if match := _NUMERIC_DATE.match(text):
            numeric += 1
            first, second = int(match[1]), int(match[3])
            day_first += first > 12 >= second
            month_first += second > 12 >= first
            dotted += match[2] == "."
            year = 372 * int(match[4])  # twelve months of 31 days: near enough for comparing distances
            as_day_first.append(year + 31 * second + first)
            as_month_first.append(year + 31 * first + second)
        elif (match := _SERIAL.match(text)) and (_EARLIEST_LIKELY_SERIAL <= int(match[1]) <= _LATEST_LIKELY_SERIAL):
            serial += 1
    is_serial = 0 < filled == serial
    if day_first != month_first:
        return DateStyle(day_first > month_first, serial=is_serial)
    if dotted and 2 * dotted > numeric:
        return DateStyle(True, serial=is_serial)
    if not numeric:
        return DateStyle(default_day_first, serial=is_serial)
    if _day_by_day(as_month_first) and not _day_by_day(as_day_first):
        return DateStyle(False, ambiguous=True)
    if _day_by_day(as_day_first) and not _day_by_day(as_month_first):
        return DateStyle(True, ambiguous=True)
    return DateStyle(default_day_first, ambiguous=True)


def _day_by_day(days: list[int]) -> bool:
    """Whether at least every second day between the first and the last is there."""
    different = len(set(days))
    return different > 1 and max(days) - min(days) < 2 * different


# English first; then the other languages in which spreadsheets commonly write the names of months.
_MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janeiro enero ene janvier janv gennaio gen januari",
            "feb february februar fevereiro fev febrero février fevrier févr fevr fév febbraio februari",
            "mar march märz maerz mär mrz março marco marzo mars maart mrt",
            "apr april abril abr avril avr aprile",
            "may mai maio mayo maggio mag mei",
            "jun june juni junho junio juin giugno giu",
            "jul july juli julho julio juillet juil luglio lug",
            "aug august agosto ago août aout augustus",
            "sep sept september setembro set septiembre septembre settembre",
            "oct october oktober okt outubro out octubre octobre ottobre ott",
            "nov november novembro noviembre novembre",
            "dec december dezember dez dezembro diciembre dic décembre decembre déc dicembre",
        ),
        start=1,
    )
    for name in names.split()
}

_WEEKDAY = r"(?:[^\W\d_]{2,9}\.?,? +)??"
_CLOCK = r"(?:[ T,]+(?:at +|um +)?(\d.*))?"
_DAY_MONTH_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|\.|º)?[ \-/]+(?:de +)?([^\W\d_]{{3,10}})\.?,?"
    rf"[ \-/]+(?:de +)?(\d{{4}}|\d{{2}}){_CLOCK}\Z"
)
_MONTH_NAME_DAY = re.compile(
    rf"{_WEEKDAY}([^\W\d_]{{3,10}})\.?[ \-]+(\d{{1,2}})(?:st|nd|rd|th)?,?[ \-]+(\d{{4}}){_CLOCK}\Z"
)
_NUMBERS = re.compile(rf"(\d{{1,4}})([/.\-])(\d{{1,2}})\2(\d{{1,4}})\.?{_CLOCK}\Z")
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)? ?([ap])?\.?(?:m\.?)?"
    r" ?(Z|UTC|GMT|(?:UTC|GMT)?[+\-]\d{1,2}(?::?\d{2})?)?( ?\(.*\))?\Z",
    re.IGNORECASE,
)
_HOUR_ONLY = re.compile(r"(\d{1,2}) ?([ap])\.?m\.?\Z", re.IGNORECASE)


def parse_date(text: str, style: DateStyle = DateStyle()) -> date:
    """The day that ``text`` names; a time of day behind it is passed over.

    Understood: ISO 8601 and its basic form (20240331), numbers with slash, dot or hyphen in the order of
    ``style``, names of months, and spreadsheet serials where ``style`` says so. Two-digit years: 00 to 69 are
    2000 to 2069, 70 to 99 are 1970 to 1999 (POSIX). Raises `ValueRefused` for days that do not exist and for
    those before 1900-01-01 or after 2100-12-31.
    """
    if len(text) == 10 and text[4] == "-":
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return _read_date(text, style).date()
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
        raise _out_of_range(text, day.year)
    return _read_date(text, style).date()


def parse_datetime(text: str, style: DateStyle = DateStyle(), zone: tzinfo = UTC) -> datetime:
    """The instant that ``text`` names, in UTC.

    What `parse_date` understands, with or without a time of day; without one it is the beginning of the day.
    A time that names no offset is a wall-clock time in ``zone``: in the gap of a clock change it moves one
    hour later, and of a repeated hour it is the first. Raises `ValueRefused` as `parse_date` does.
    """
    if len(text) >= 10 and text[4] == "-":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = _read_date(text, style)
    else:
        moment = _read_date(text, style)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _out_of_range(text, moment.year)
    if moment.tzinfo is None:
        if zone is not UTC:
            offset = _offset_all_day(zone, moment.date())
            if offset is None:
                return moment.replace(tzinfo=zone).astimezone(UTC)
            moment -= offset
        # The same as to replace the zone, in a tenth of the time.
        return _BEGINNING_UTC + (moment - _BEGINNING)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


_BEGINNING: Final = datetime(1900, 1, 1)  # noqa: DTZ001  wall clock
_BEGINNING_UTC: Final = _BEGINNING.replace(tzinfo=UTC)


@lru_cache(10_000)
def _offset_all_day(zone: tzinfo, day: date) -> timedelta | None:
    """The offset of ``zone`` on a day on which the clock is not changed; None on others."""
    midnight = datetime.combine(day, time())
    first, last = zone.utcoffset(midnight), zone.utcoffset(midnight + timedelta(days=1))
    return first if first == last else None


def _out_of_range(text: str, year: int) -> ValueRefused:
    where = "before 1900" if year < _FIRST_YEAR else "after 2100"
    return ValueRefused(f"{_quoted(text.strip())} lies {where}; dates from 1900-01-01 to 2100-12-31 are taken.")


def _no_date(text: str) -> ValueRefused:
    return ValueRefused(
        f"{_quoted(text)} is no date that can be read. Write it as year-month-day, for example 2024-03-31."
    )


def _read_date(text: str, style: DateStyle) -> datetime:
    """The slow way, for everything but plain ISO dates."""
    text = _SPACES.sub(" ", text.strip()).strip()
    if len(text) > 80:
        raise _no_date(text)
    if text.isdigit() and len(text) == 8:
        return _moment(text, int(text[:4]), int(text[4:6]), int(text[6:]), None)
    if match := _NUMBERS.match(text):
        first, second, third = match[1], match[3], match[4]
        clock = match[5]
        if len(first) == 4 and len(third) <= 2:
            return _moment(text, int(first), int(second), int(third), clock)
        if len(first) <= 2 and len(third) in {2, 4}:
            day, month = (int(first), int(second)) if style.day_first else (int(second), int(first))
            return _moment(text, _full_year(third), month, day, clock, style=style)
        raise _no_date(text)
    if match := _DAY_MONTH_NAME.match(text):
        month = _MONTHS.get(match[2].casefold(), 0)
        if month:
            return _moment(text, _full_year(match[3]), month, int(match[1]), match[4])
    if match := _MONTH_NAME_DAY.match(text):
        month = _MONTHS.get(match[1].casefold(), 0)
        if month:
            return _moment(text, int(match[3]), month, int(match[2]), match[4])
    if style.serial and (match := _SERIAL.match(text)):
        share = Decimal(f"0.{match[2] or 0}")
        return _SERIAL_DAY_ZERO + timedelta(days=int(match[1]), seconds=round(share * 86_400))
    if text.replace(".", "", 1).isdigit():
        raise ValueRefused(
            f"{_quoted(text)} is a number, not a date. Format the column as a date in the spreadsheet "
            "and export it again."
        )
    raise _no_date(text)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _moment(
    text: str, year: int, month: int, day: int, clock: str | None, *, style: DateStyle | None = None
) -> datetime:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise _out_of_range(text, year)
    try:
        on = date(year, month, day)
    except ValueError:
        reading = ""
        if style is not None and (month > 12 >= day):
            reading = " read as day/month/year" if style.day_first else " read as month/day/year"
            reading += ", like the other dates of its column,"
        raise ValueRefused(f"{_quoted(text)}{reading} is no day of the calendar.") from None
    if not clock:
        return datetime.combine(on, time())
    return _with_clock(text, on, clock)


def _with_clock(text: str, on: date, clock: str) -> datetime:
    refused = ValueRefused(f"{_quoted(text)} has a time of day that cannot be read.")
    if match := _HOUR_ONLY.match(clock):
        hour, minute, second, fraction, half, offset = match[1], "0", None, None, match[2], None
    elif match := _TIME.match(clock):
        hour, minute, second, fraction, half, offset, _ = match.groups()
    else:
        raise refused
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise refused
        hours = hours % 12 + (12 if half in "pP" else 0)
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    following = hours == 24 and int(minute) == 0 and int(second or 0) == 0
    try:
        at = time(0 if following else hours, int(minute), int(second or 0), micro, tzinfo=_offset(offset))
        return datetime.combine(on, at) + timedelta(days=1 if following else 0)
    except (ValueError, OverflowError):
        raise refused from None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    digits = text.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in {"", "Z"}:
        return UTC
    hours, minutes = int(digits[1:3]), int(digits[3:] or 0)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if digits[0] == "-" else span)


# -- numbers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AmountStyle:
    """How the amounts of one column are written.

    ``decimal`` is the decimal mark, ``.`` or ``,``, or blank where no cell of the column decides it: then
    ``1.234`` and ``1,234`` are both read as one thousand two hundred thirty-four, and ``ambiguous`` says
    whether such cells occur. ``mixed`` says that the column proves both marks; cells that could be either
    are refused.
    """

    decimal: str = ""
    ambiguous: bool = False
    mixed: bool = False


_CURRENCY = re.compile(
    r"(?:[A-Z]{1,3}\$|[$€£¥₹₽₩₺₪₴₫₱฿]|(?<![A-Za-z])(?:USD|EUR|GBP|JPY|CNY|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|"
    r"BRL|MXN|ARS|CLP|COP|PEN|ZAR|INR|IDR|SGD|HKD|KRW|THB|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|RUB|UAH|Fr|kr|zł|Kč|"
    r"Ft|lei|Rs|R)(?![A-Za-z]))\.?",
    re.ASCII,
)
_SIMPLE_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?\Z")
_SPACED = re.compile(r"(?<=\d)[ '’\xa0\u2009\u202f](?=\d{3}(?:\D|\Z))")
_DIGITS: Final = 15
_DECIMALS: Final = 12
_LONGEST_NUMBER: Final = 60  # with currency, blanks and marks; also keeps the patterns below cheap


def _bare_number(text: str) -> tuple[str, bool]:
    """The digits and marks of an amount without sign, currency and blanks between thousands; and its sign."""
    text = text.strip()
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    text = _CURRENCY.sub("", text.replace("\u2212", "-"), count=2).strip()
    if text.startswith("(") and text.endswith(")") and not negative:
        negative, text = True, text[1:-1].strip()
    if text[:1] in {"-", "+"} and not negative:
        negative, text = text[0] == "-", text[1:].strip()
    elif text.endswith("-") and not negative:
        negative, text = True, text[:-1].strip()
    return _SPACED.sub("", text), negative


def _proven_mark(number: str) -> str:
    """The decimal mark that ``number`` proves by itself; blank where it proves none."""
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        return "." if number.rfind(".") > number.rfind(",") else ","
    if dots + commas == 0:
        return ""
    mark, other = (".", ",") if dots else (",", ".")
    if dots + commas > 1:
        return other
    whole, _, fraction = number.partition(mark)
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
        return ""
    return mark


def guess_amount_style(values: Iterable[str]) -> AmountStyle:
    """How the amounts of a column are written, from a sample of its cells.

    A cell proves its decimal mark by holding both marks (the later one is it), by holding one mark twice
    (the other is it), or by not having exactly three digits behind its only mark.
    """
    proofs = {".": 0, ",": 0}
    undecided = 0
    for value in values:
        number, _ = _bare_number(value[:_LONGEST_NUMBER])
        if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", number):
            continue
        mark = _proven_mark(number)
        if mark:
            proofs[mark] += 1
        elif "." in number or "," in number:
            undecided += 1
    if proofs["."] and proofs[","]:
        return AmountStyle("", ambiguous=undecided > 0, mixed=True)
    decimal = "." if proofs["."] else "," if proofs[","] else ""
    return AmountStyle(decimal, ambiguous=undecided > 0 and not decimal)


def parse_amount(text: str, style: AmountStyle = AmountStyle()) -> Decimal:
    """The exact amount that ``text`` names, in whatever currency its column or row says.

    Understood: ``1,234.56``, ``1.234,56``, ``1 234,56``, ``1'234.56``, ``€ 1.234``, ``(12.00)`` and ``12-``
    for negative amounts. A cell that proves its decimal mark is read by it; for ``1.234`` and ``1,234`` the
    style of the column decides. Shares (``12 %``) and rounded forms (``1.2E+06``, ``3k``) are refused.
    """
    if _SIMPLE_AMOUNT.match(text):
        return Decimal(text)
    shown = text.strip()
    if len(shown) > _LONGEST_NUMBER:
        raise ValueRefused(f"{_quoted(shown)} is not an amount.")
    if "%" in shown:
        raise ValueRefused(f"{_quoted(shown)} is a percentage, not an amount.")
    number, negative = _bare_number(shown)
    if re.fullmatch(r"[0-9.,]+[eE][+-]?[0-9]+", number):
        raise ValueRefused(
            f"{_quoted(shown)} was shortened by a spreadsheet. Format the column as a number and export it again."
        )
    if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", number):
        raise ValueRefused(f"{_quoted(shown)} is not an amount.")
    mark = _proven_mark(number)
    if not mark and ("." in number or "," in number):
        if style.mixed:
            raise ValueRefused(
                f"{_quoted(shown)} can be read in two ways, because the column uses both point and comma "
                "as decimal mark."
            )
        mark = style.decimal
        if not mark:
            mark = "," if "." in number else "."
    thousands = "," if mark == "." else "."
    whole, _, fraction = number.partition(mark) if mark else (number, "", "")
    groups = whole.split(thousands)
    grouped_well = len(groups) == 1 or (
        1 <= len(groups[0]) <= 3 and all(2 <= len(group) <= 3 for group in groups[1:]) and len(groups[-1]) == 3
    )
    if not grouped_well or (fraction and not fraction.isdigit()):
        raise ValueRefused(f"{_quoted(shown)} is not an amount: its points and commas do not fit together.")
    digits = "".join(groups)
    if len(digits) > _DIGITS or len(fraction) > _DECIMALS:
        raise ValueRefused(f"{_quoted(shown)} has more digits than an amount can have.")
    amount = Decimal(f"{digits or '0'}.{fraction or '0'}") if fraction else Decimal(digits or "0")
    return -amount if negative else amount


_PLAIN_INTEGER = re.compile(r"-?[0-9]{1,15}\Z")
_GROUPED_INTEGER = re.compile(r"[+-]?\d{1,3}(?:([., '’\xa0\u2009\u202f])\d{3}(?:\1\d{3})*)?\Z", re.ASCII)
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?[0-9]{1,15})[.,]0+\Z")
_RANGE = re.compile(r"\d[\d.,]* *(?:-|–|to|bis) *\d[\d.,]*\Z|\d[\d.,]*\+\Z")


def parse_integer(text: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """The whole number that ``text`` names.

    Marks between thousands and a ``.0`` behind the number are passed over. Raises `ValueRefused` for
    fractions, ranges ("51-200") and numbers outside ``minimum`` and ``maximum``.
    """
    if not _PLAIN_INTEGER.match(text):
        shown = text.strip().replace("\u2212", "-")
        if len(shown) > _LONGEST_NUMBER:
            raise ValueRefused(f"{_quoted(shown)} is not a whole number.")
        if _PLAIN_INTEGER.match(shown):
            text = shown
        elif _GROUPED_INTEGER.match(shown):
            text = re.sub(r"[^0-9-]", "", shown)
        elif match := _WHOLE_WITH_ZEROS.match(shown):
            text = match[1]
        elif _RANGE.match(shown):
            raise ValueRefused(f"{_quoted(shown)} is a range, not one number.")
        else:
            raise ValueRefused(f"{_quoted(shown)} is not a whole number.")
    number = int(text)
    if minimum is not None and number < minimum:
        raise ValueRefused(f"{_quoted(text)} is too small: at least {minimum:,} is expected.")
    if maximum is not None and number > maximum:
        raise ValueRefused(f"{_quoted(text)} is too large: at most {maximum:,} is expected.")
    return number


# -- yes and no -------------------------------------------------------------------------------------

_YES_WORDS: Final = """
    true | t | yes | y | 1 | 1.0 | on | x | ✓ | ✔ | checked | granted | given | subscribed | accepted |
    opt in | opt-in | opted in | opted-in | wahr | ja | oui | vrai | sí | si | verdadero | sim |
    verdadeiro | vero
"""
_NO_WORDS: Final = """
    false | f | no | n | 0 | 0.0 | off | unchecked | denied | refused | withdrawn | unsubscribed | declined |
    opt out | opt-out | opted out | opted-out | falsch | nein | non | faux | falso | não | nao
"""
_YES: Final = frozenset(word.strip() for word in _YES_WORDS.split("|"))
_NO: Final = frozenset(word.strip() for word in _NO_WORDS.split("|"))


def parse_boolean(text: str) -> bool:
    """Yes or no, as spreadsheets and forms write it in the languages they come in."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueRefused(f"{_quoted(text.strip())} is neither yes nor no.")


# -- addresses --------------------------------------------------------------------------------------

# What nearly every address looks like; whatever else RFC 5321 allows goes through email-validator.
_USUAL_EMAIL = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_'+\-]|\.(?=[A-Za-z0-9_'+\-])){0,63}"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})\Z"
)
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>\s]+)>\Z")
_LONGEST_EMAIL: Final = 254


def parse_email(text: str) -> str:
    """The e-mail address with its domain in lower case; whether it exists is not asked.

    ``mailto:`` and a name before the address in angle brackets are taken off. The part before the @ keeps its
    case: whether two addresses are the same person's is for the one who compares them.
    """
    match = _USUAL_EMAIL.match(text)
    if match is None:
        text = clean_text(text).removeprefix("mailto:")
        if bracketed := _IN_BRACKETS.match(text):
            text = bracketed[1]
        match = _USUAL_EMAIL.match(text)
    if match is not None and len(text) <= _LONGEST_EMAIL and match.start(1) <= 65:
        domain = match[1]
        return text if domain.islower() else text[: match.start(1)] + domain.lower()
    return _unusual_email(text)


def _unusual_email(text: str) -> str:
    if len(text) > _LONGEST_EMAIL:
        raise ValueRefused(f"{_quoted(text)} is too long for an e-mail address.")
    if "@" not in text:
        raise ValueRefused(f"{_quoted(text)} is not an e-mail address: it has no @.")
    if re.search(r"[;,]\s*\S+@", text) or re.search(r"\S+@\S+\s+\S+@", text):
        raise ValueRefused(f"{_quoted(text)} holds more than one e-mail address; keep one.")
    try:
        # Names that are reserved for examples and tests are wanted; a domain without any dot is not.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise ValueRefused(f"{_quoted(text)} is not an e-mail address: {_sentence(str(error))}") from None
    if "." not in found.domain:
        raise ValueRefused(f"{_quoted(text)} is not an e-mail address: its domain has no dot.")
    return found.normalized


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(".") else f"{text}."
