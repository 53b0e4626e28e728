"""How times, spans, shares and money are said to people. Pure: `now` and the zone come in, words go out.

The countdown's words are told a second time in `smarketing.js`, which keeps them ticking; tests hold the two together.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

NARROW = "\u202f"  # keeps a number and its unit on one line
MINUS = "\u2212"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "PLN": "zł", "CHF": "CHF"}

COUNTDOWN_AS_SPAN = timedelta(hours=8)
COUNTDOWN_RISK = timedelta(hours=2)
COUNTDOWN_URGENT = timedelta(minutes=30)


def span_words(span: timedelta) -> str:
    """A length of time as people say it: “48 min”, “1 h 40”, “26 h”, “5 days”; the sign is not said."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 100:
        return f"{hours} h {minutes:02d}" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def day_words(day: date, today: date) -> str:
    """A date near today by name, else as “14 Sep”, with the year where it is not this one."""
    distance = (day - today).days
    if distance in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[distance + 1]
    if -7 < distance < 7:
        return _DAYS[day.weekday()]
    words = f"{day.day} {_MONTHS[day.month - 1]}"
    return words if day.year == today.year else f"{words} {day.year}"


def moment_words(moment: datetime, now: datetime, zone: tzinfo, *, clock: bool = False) -> str:
    """An instant as people say it: “12 min ago”, “today 16:12”, “Fri 16:12”, “14 Sep”.

    With `clock` the time of day is said however long ago it was: “14 Sep 16:12”.
    """
    passed = now - moment
    if timedelta(0) <= passed < timedelta(minutes=1):
        return "just now"
    if timedelta(0) < passed < timedelta(hours=1):
        return f"{span_words(passed)} ago"
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    words = day_words(local.date(), today)
    return f"{words} {_clock(local)}" if clock or abs((local.date() - today).days) < 7 else words


def exact_words(moment: datetime, zone: tzinfo) -> str:
    """An instant without any doubt: “Mon 23 Nov 2026, 12:12 CET”."""
    local = moment.astimezone(zone)
    return f"{exact_day_words(local)}, {_clock(local)} {local.tzname()}".rstrip()


def _clock(local: datetime) -> str:
    return f"{local.hour:02d}:{local.minute:02d}"


def exact_day_words(day: date) -> str:
    """A date without any doubt: “Mon 23 Nov 2026”."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday_words(day: date) -> str:
    """A date without its year: “Mon 23 Nov”."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def countdown_words(due: datetime, now: datetime, zone: tzinfo) -> str:
    """What is left until `due`: a span while it is near, else the time of day it falls on."""
    left = due - now
    if left <= timedelta(0):
        return "overdue"
    if left < COUNTDOWN_AS_SPAN:
        return span_words(left)
    local, today = due.astimezone(zone), now.astimezone(zone).date()
    return f"{day_words(local.date(), today)} {_clock(local)}"


def countdown_tone(due: datetime, now: datetime, warn_at: datetime | None = None) -> str:
    """`broken` when overdue or within half an hour, `risk` past its warning (else two hours before), else empty."""
    if due - now < COUNTDOWN_URGENT:
        return "broken"
    return "risk" if now >= (warn_at or due - COUNTDOWN_RISK) else ""


def left_words(end: datetime, now: datetime) -> str:
    """What is left of something that people sit in, such as a meeting: “18 min left”, “over time”."""
    return f"{span_words(end - now)} left" if end > now else "over time"


def left_tone(end: datetime, now: datetime) -> str:
    """`risk` in the last five minutes, `broken` once it is over time."""
    return "broken" if end <= now else "risk" if end - now <= timedelta(minutes=5) else ""


def number_words(value: float | Decimal | None, places: int | None = None) -> str:
    """“12,345” or “12.5”; a real minus; a dash where there is no value."""
    if value is None:
        return "–"
    if places is None:
        places = 0 if value == int(value) else 1
    rounded = _round(value, places)
    return f"{abs(rounded):,.{places}f}" if rounded >= 0 else f"{MINUS}{abs(rounded):,.{places}f}"


def share_words(share: float | Decimal | None, places: int = 1) -> str:
    """A share 0–1 as “87.5 %”; whole percentages without a decimal; “no data” where nothing was due."""
    if share is None:
        return "no data"
    percent = _round(Decimal(str(share)) * 100, places)
    return f"{number_words(percent, 0 if percent == int(percent) else places)}{NARROW}%"


def delta_words(value: float | Decimal | None, places: int = 1) -> str:
    """A difference with its sign: “+3”, “−2.5”, “±0”."""
    if value is None:
        return "–"
    rounded = _round(value, places)
    if rounded == 0:
        return "±0"
    words = number_words(rounded, 0 if rounded == int(rounded) else places)
    return words if rounded < 0 else f"+{words}"


def money_words(amount: float | Decimal | None, currency: str = "EUR") -> str:
    """An exact amount: “€ 1,234.50”; whole amounts without cents."""
    if amount is None:
        return "–"
    exact = _round(amount, 2)
    places = 0 if exact == int(exact) else 2
    return f"{_unit(exact, currency)}{number_words(abs(exact), places)}"


def money_short_words(amount: float | Decimal | None, currency: str = "EUR") -> str:
    """An amount to compare at a glance: “€ 41k”, “€ 1.2M”. The exact one belongs beside it, on hover."""
    if amount is None:
        return "–"
    size = abs(Decimal(str(amount)))
    for limit, unit in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        # What would be rounded up to 1,000 of a unit is said in the next one.
        if size >= limit - limit / 2000:
            short = _round(size / limit, 1)
            return f"{_unit(amount, currency)}{number_words(short, 1 if short < 10 and short % 1 else 0)}{unit}"
    return f"{_unit(amount, currency)}{number_words(size, 0)}"


def _unit(amount: float | Decimal, currency: str) -> str:
    return f"{MINUS if amount < 0 else ''}{_SYMBOLS.get(currency, currency)}{NARROW}"


def _round(value: float | Decimal, places: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
