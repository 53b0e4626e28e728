"""Forms of what is written in a meeting. They check the shape; services check the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from reporting.selectors.metrics import registry
from smarketing.web.asking import Form
from smarketing.web.forms import DateInput


class NoteForm(Form):
    """One line of the minutes."""

    text = forms.CharField(
        max_length=4000,
        label="Write a note",
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "off",
                "placeholder": "Write a note, ! for a decision, @ for an action…",
            }
        ),
    )


class TopicForm(Form):
    """A topic that somebody brings."""

    title = forms.CharField(max_length=200, label="What about?")
    minutes = forms.IntegerField(min_value=1, max_value=240, initial=4, label="Minutes")
    recurring = forms.BooleanField(required=False, label="Every time", help_text="Comes back until it is taken off.")


class ActionForm(Form):
    """Who shall do what until when."""

    text = forms.CharField(max_length=500, label="What shall be done?")
    owner_id = forms.TypedChoiceField(label="Who?", coerce=int)
    due_on = forms.DateField(label="Until", widget=DateInput)

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"].choices = [(person.pk, person.name) for person in people]


class DraftForm(Form):
    """What a decision changes."""

    target = forms.ChoiceField(
        label="What does it change?",
        help_text="A draft that waits for signatures is taken; else one begins as a copy of the newest version.",
    )

    def __init__(self, *args: Any, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = choices


class DecisionForm(Form):
    """A decision and, if wanted, the number that shall move."""

    text = forms.CharField(max_length=500, label="What was decided?")
    metric = forms.ChoiceField(required=False, label="Which number should move?")
    target = forms.DecimalField(
        required=False,
        max_digits=16,
        decimal_places=4,
        help_text="A share as 0.7. Leave empty for any move in the right direction.",
    )
    check_on = forms.DateField(
        required=False, label="Look at it on", widget=DateInput, help_text="The meeting of that week is told."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", "None"), *((metric.name, metric.label) for metric in registry())]

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        return dict(self.cleaned_data)
