"""The form of a working calendar: hours as people write them, a line a day."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

from sla.models import CalendarRevision, WorkingCalendar
from sla.selectors.calendars import WEEKDAYS
from sla.services.calendars import Hours
from smarketing.lib.zones import zone_names
from smarketing.web.asking import EditForm
from smarketing.web.forms import DateTimeInput, LongSelect

_WINDOW = re.compile(r"(\d{1,2}(?::\d{2})?)\s*[-–—]\s*(\d{1,2}(?::\d{2})?)")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[\s:]*(.*)")


class CalendarForm(EditForm):
    """Hours, holidays, special hours and breaks, with what to try them on."""

    refusal_fields = {"hours": "day0"}

    name = forms.CharField(max_length=100)
    timezone = forms.ChoiceField(label="Time zone", widget=LongSelect)
    why = forms.CharField(
        required=False, max_length=200, label="Why it changes", help_text="Due times of open promises will move."
    )
    late_allowed = forms.BooleanField(required=False, label="Save it although promises become late by it")
    holidays = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-25 Christmas Day"}),
        help_text="A date and its name a line. Closed all day.",
    )
    special = forms.CharField(
        required=False,
        label="Special hours",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "2026-12-24 09:00-12:00"}),
        help_text="A date and its hours a line; they replace the week’s, and win over a holiday.",
    )
    breaks = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "2026-06-18 13:00-15:00"}),
        help_text="A date and the hours that are cut out of it a line.",
    )
    try_from = forms.DateTimeField(required=False, label="Try: a lead that arrives", widget=DateTimeInput)
    try_hours = forms.DecimalField(required=False, min_value=0, max_value=2000, label="with so many working hours")

    def __init__(self, *args: Any, revision: CalendarRevision | None = None, **kwargs: Any) -> None:
        if revision is not None:
            kwargs.setdefault("initial", _initial(revision))
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [(name, name) for name in sorted(zone_names())]
        for day, name in enumerate(WEEKDAYS):
            self.fields[f"day{day}"] = forms.CharField(
                required=False, label=name, max_length=200, widget=forms.TextInput(attrs={"placeholder": "closed"})
            )

    def days(self) -> list[Any]:
        """The fields of the week."""
        return [self[f"day{day}"] for day in range(7)]

    def clean(self) -> dict[str, Any]:
        """Reads every line; what cannot be read is said beside its field."""
        given = super().clean() or self.cleaned_data
        read: dict[str, Any] = {"hours": {}, "holidays": {}, "special": {}, "breaks": {}}
        for day in range(7):
            self._try(f"day{day}", lambda text, day=day: read["hours"].update({str(day): windows_of(text)}))
        self._try("holidays", lambda text: read["holidays"].update(_holidays(text)))
        for name in ("special", "breaks"):
            self._try(name, lambda text, name=name: read[name].update(_dated(text)))
        given["read"] = read
        return given

    def hours(self) -> Hours:
        """What `create_calendar` and `revise_calendar` take."""
        return Hours(timezone=self.cleaned_data["timezone"], **self.cleaned_data["read"])

    def _try(self, name: str, read: Any) -> None:
        try:
            read(self.cleaned_data.get(name, ""))
        except ValueError as error:
            self.add_error(name, str(error))


class TeamCalendarForm(EditForm):
    """By which calendar a team works."""

    calendar = forms.ModelChoiceField(
        WorkingCalendar.objects.filter(archived_at__isnull=True),
        required=False,
        help_text="Counts for promises that start from now on.",
    )

    def __init__(self, *args: Any, default: WorkingCalendar | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].empty_label = f"The default ({default})" if default else "The default"


def windows_of(text: str) -> list[list[str]]:
    """ "9-12, 13:00-17:00" as [["09:00", "12:00"], ["13:00", "17:00"]]; "closed" and nothing are none.

    Raises ValueError with a sentence.
    """
    text = text.strip()
    if not text or text.lower() in ("closed", "-", "–"):
        return []
    found = []
    for part in re.split(r"[,;]|\s+and\s+", text):
        match = _WINDOW.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"“{part.strip()}” is not a span of hours such as 09:00-17:00.")
        found.append([_time(match[1]), _time(match[2])])
    return found


def _time(text: str) -> str:
    hour, _, minute = text.partition(":")
    return f"{int(hour):02d}:{minute or '00'}"


def _holidays(text: str) -> dict[str, str]:
    return {day: name.strip() or "Holiday" for day, name in _lines(text)}


def _dated(text: str) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for day, rest in _lines(text):
        found.setdefault(day, []).extend(windows_of(rest))
    return found


def _lines(text: str) -> list[tuple[str, str]]:
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _DATED.fullmatch(line)
        try:
            if match is None:
                raise ValueError
            date.fromisoformat(match[1])
        except ValueError:
            raise ValueError(f"“{line}” does not start with a date such as 2026-12-25.") from None
        found.append((match[1], match[2]))
    return found


def _initial(revision: CalendarRevision) -> dict[str, Any]:
    def spans(windows: list[list[str]]) -> str:
        return ", ".join(f"{opens}-{closes}" for opens, closes in windows)

    return {
        "name": revision.calendar.name,
        "timezone": revision.timezone,
        "holidays": "\n".join(f"{day} {name}" for day, name in revision.holidays.items()),
        "special": "\n".join(f"{day} {spans(windows) or 'closed'}" for day, windows in revision.special.items()),
        "breaks": "\n".join(f"{day} {spans(windows)}" for day, windows in revision.breaks.items()),
        "try_hours": 4,
        **{f"day{day}": spans(revision.hours.get(str(day), [])) for day in range(7)},
    }
