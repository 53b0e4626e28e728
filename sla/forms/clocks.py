"""Forms of clocks and breaches, and the filters of their lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from sla.models.commitments import TIME_KINDS
from sla.selectors.clocks import OUTCOMES, ClockFilter
from sla.selectors.periods import Period, period_of
from smarketing.accounts.models import User
from smarketing.web.asking import Form
from smarketing.web.forms import DateInput


class ReasonForm(Form):
    """Why somebody pauses, contests or waives."""

    refusal_fields = {"why": "reason"}

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why")


class ClockFilterForm(forms.Form):
    """What the list of clocks is narrowed to, as it stands in the address."""

    outcome = forms.ChoiceField(required=False, choices=[("", "Any outcome"), *OUTCOMES.items()])
    kind = forms.ChoiceField(
        required=False, label="Promise", choices=[("", "Any promise"), *((k.value, k.label) for k in TIME_KINDS)]
    )
    scope = forms.ChoiceField(
        required=False,
        label="Whose clock",
        choices=[("", "Teams and owners"), ("team", "The team’s"), ("owner", "The owner’s")],
    )
    owner = forms.ModelChoiceField(required=False, queryset=User.objects.none(), empty_label="Any owner")
    agreement = forms.IntegerField(required=False, widget=forms.HiddenInput)
    commitments = forms.RegexField(r"^\d{1,18}(-\d{1,18}){0,49}$", required=False, widget=forms.HiddenInput)
    within = forms.RegexField(r"^\d{1,9}-\d{0,9}$", required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["from"] = forms.DateField(required=False, label="Due from", widget=DateInput)
        self.fields["to"] = forms.DateField(required=False, label="Due to", widget=DateInput)
        self.fields["owner"].queryset = User.objects.filter(is_active=True)

    def filter(self, *, now: datetime) -> tuple[ClockFilter, Period | None]:
        """The filter and its period; values that are not valid narrow nothing, impossible dates raise Invalid."""
        self.is_valid()
        given = self.cleaned_data
        period = None
        if self.data.get("from") or self.data.get("to"):
            period = period_of(self.data.get("from", ""), self.data.get("to", ""), now=now)
        over, _, up_to = given.get("within", "").partition("-")
        return (
            ClockFilter(
                agreement_id=given.get("agreement"),
                kind=given.get("kind", ""),
                scope=given.get("scope", ""),
                outcome=given.get("outcome", ""),
                due_from=period.start if period else None,
                due_before=period.end if period else None,
                owner_id=given["owner"].pk if given.get("owner") else None,
                commitment_ids=tuple(int(pk) for pk in given.get("commitments", "").split("-") if pk),
                answered_within=(int(over), int(up_to) if up_to else None) if over else None,
            ),
            period,
        )
