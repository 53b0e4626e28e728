"""Times, spans, shares and money as people say them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from smarketing.web import wording

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 23, 11, 54, tzinfo=OSLO)  # a Monday

COUNTDOWNS = [
    (timedelta(seconds=-1), "overdue", "broken"),
    (timedelta(), "overdue", "broken"),
    (timedelta(seconds=59), "under 1 min", "broken"),
    (timedelta(minutes=18), "18 min", "broken"),
    (timedelta(minutes=29, seconds=59), "29 min", "broken"),
    (timedelta(minutes=30), "30 min", "risk"),
    (timedelta(minutes=52), "52 min", "risk"),
    (timedelta(hours=1), "1 h", "risk"),
    (timedelta(hours=1, minutes=40), "1 h 40", "risk"),
    (timedelta(hours=2), "2 h", "risk"),
    (timedelta(hours=2, seconds=1), "2 h", ""),
    (timedelta(hours=3, minutes=5), "3 h 05", ""),
    (timedelta(hours=7, minutes=59), "7 h 59", ""),
    (timedelta(hours=8), "today 19:54", ""),
    (timedelta(hours=21, minutes=26), "tomorrow 09:20", ""),
    (timedelta(days=4), "Fri 11:54", ""),
    (timedelta(days=6), "Sun 11:54", ""),
    (timedelta(days=7), "30 Nov 11:54", ""),
    (timedelta(days=40), "2 Jan 2027 11:54", ""),
]


@pytest.mark.parametrize(("left", "words", "tone"), COUNTDOWNS)
def test_countdown_words_and_tone(left: timedelta, words: str, tone: str) -> None:
    assert wording.countdown_words(NOW + left, NOW, OSLO) == words
    assert wording.countdown_tone(NOW + left, NOW) == tone


def test_countdown_tone_warns_when_the_agreement_says() -> None:
    due = NOW + timedelta(hours=5)
    assert wording.countdown_tone(due, NOW, warn_at=NOW) == "risk"
    assert wording.countdown_tone(due, NOW, warn_at=NOW + timedelta(seconds=1)) == ""


def test_countdown_words_name_the_day_of_the_reader() -> None:
    late_in_oslo = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    due = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert wording.countdown_words(due, late_in_oslo, OSLO) == "tomorrow 00:30"
    assert wording.countdown_words(due, late_in_oslo, ZoneInfo("UTC")) == "today 23:30"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=1), "today 10:54"),
        (timedelta(hours=12), "yesterday 23:54"),
        (timedelta(days=3), "Fri 11:54"),
        (timedelta(days=6), "Tue 11:54"),
        (timedelta(days=7), "16 Nov"),
        (timedelta(days=400), "19 Oct 2025"),
        (timedelta(minutes=-20), "today 12:14"),
    ],
)
def test_moment_words(passed: timedelta, words: str) -> None:
    assert wording.moment_words(NOW - passed, NOW, OSLO) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=30), "under 1 min"),
        (timedelta(minutes=48), "48 min"),
        (timedelta(hours=4), "4 h"),
        (timedelta(hours=26, minutes=5), "26 h 05"),
        (timedelta(hours=100), "4 days"),
        (timedelta(minutes=-48), "48 min"),
    ],
)
def test_span_words(span: timedelta, words: str) -> None:
    assert wording.span_words(span) == words


def test_exact_words_leave_no_doubt() -> None:
    assert wording.exact_words(NOW, OSLO) == "Mon 23 Nov 2026, 11:54 CET"
    assert wording.exact_day_words(date(2026, 11, 23)) == "Mon 23 Nov 2026"
    assert wording.weekday_words(date(2026, 11, 3)) == "Tue 3 Nov"


@pytest.mark.parametrize(
    ("share", "words"), [(None, "no data"), (0, "0 %"), (0.875, "87.5 %"), (Decimal(1), "100 %"), (0.66666, "66.7 %")]
)
def test_share_words(share: float | None, words: str) -> None:
    assert wording.share_words(share).replace(wording.NARROW, " ") == words


def test_number_words() -> None:
    assert wording.number_words(1234567) == "1,234,567"
    assert wording.number_words(12.25, 1) == "12.3"
    assert wording.number_words(-3) == "−3"
    assert wording.number_words(None) == "–"


def test_delta_words() -> None:
    assert [wording.delta_words(value) for value in (2.54, -2.5, 0.01, None)] == ["+2.5", "−2.5", "±0", "–"]


def test_money_words() -> None:
    said = [wording.money_words(Decimal(amount)).replace(wording.NARROW, " ") for amount in ("1234.50", "1600", "-3")]
    assert said == ["€ 1,234.50", "€ 1,600", "−€ 3"]
    assert wording.money_words(Decimal(5), "NOK").replace(wording.NARROW, " ") == "NOK 5"
    assert wording.money_words(None) == "–"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("41230.5", "€ 41k"),
        ("1240", "€ 1.2k"),
        ("999", "€ 999"),
        ("1950000", "€ 2M"),
        ("-41230", "−€ 41k"),
        ("3.1e9", "€ 3.1bn"),
        ("999960", "€ 1M"),
        ("9960", "€ 10k"),
    ],
)
def test_money_short_words(amount: str, words: str) -> None:
    assert wording.money_short_words(Decimal(amount)).replace(wording.NARROW, " ") == words
