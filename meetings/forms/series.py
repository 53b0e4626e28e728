"""The form of a series. It checks the shape; the service checks the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from meetings.models import MeetingSeries, Weekday
from smarketing.accounts.models import User
from smarketing.lib.zones import zone_names
from smarketing.web.asking import EditForm
from smarketing.web.forms import LongSelect, TimeInput


class SeriesForm(EditForm):
    """When a meeting is held and with whom."""

    name = forms.CharField(max_length=120, initial="Weekly smarketing")
    weekday = forms.TypedChoiceField(choices=Weekday.choices, coerce=int)
    local_time = forms.TimeField(label="Begins at", widget=TimeInput)
    minutes = forms.IntegerField(min_value=5, max_value=480, initial=30, label="Minutes")
    timezone = forms.ChoiceField(
        label="Time zone", widget=LongSelect, help_text="The meeting keeps its local time when the clocks change."
    )
    chair = forms.ModelChoiceField(User.objects.none(), help_text="A manager. The agenda is filled from what they see.")
    participants = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, help_text="They write the minutes."
    )
    informed = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They get the minutes and confirm that they read them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [(name, name) for name in sorted(zone_names())]
        people = User.objects.filter(is_active=True)
        self.fields["participants"].queryset = people
        self.fields["informed"].queryset = people
        self.fields["chair"].queryset = people.filter(memberships__is_manager=True).distinct()

    def values(self) -> dict[str, Any]:
        """Under the names that the services take."""
        given = dict(self.cleaned_data)
        given["chair_id"] = given.pop("chair").pk
        given["participant_ids"] = [person.pk for person in given.pop("participants")]
        given["informed_ids"] = [person.pk for person in given.pop("informed")]
        return given

    @staticmethod
    def initial_of(series: MeetingSeries) -> dict[str, Any]:
        """What the form shows for a series."""
        return {
            "name": series.name,
            "weekday": series.weekday,
            "local_time": series.local_time,
            "minutes": series.minutes,
            "timezone": series.timezone,
            "chair": series.chair_id,
            "participants": [person.pk for person in series.participants.all()],
            "informed": [person.pk for person in series.informed.all()],
        }
