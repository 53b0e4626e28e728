"""Forms of deals: their shape. What is allowed, the services say."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.models import DealStage, LossReason
from leads.models.deals import OPEN_STAGES
from leads.selectors.deals import CLOSED, OPEN, DealFilter, sellers
from smarketing.accounts.models import User
from smarketing.web.asking import EditForm, Form
from smarketing.web.forms import DateInput, NameField, SearchInput
from smarketing.web.money import AmountField

CLOSED_FIELDS = ("amount", "currency", "expected_close_on", "owner")
"""Fields of what a deal was closed with."""


class DealForm(EditForm):
    """What is known of a deal."""

    name = forms.CharField(required=False, max_length=200, help_text="Empty: the name of the company.")
    amount = AmountField(required=False, help_text="Leave it empty while nobody knows: zero would count as zero.")
    currency = forms.CharField(required=False, max_length=3, help_text="Empty: the organisation's.")
    expected_close_on = forms.DateField(required=False, widget=DateInput, label="Expected close")
    owner = forms.ModelChoiceField(required=False, queryset=User.objects.none(), empty_label="Me")
    product = forms.CharField(required=False, max_length=100)
    segment = forms.CharField(required=False, max_length=100)

    why = forms.CharField(
        required=False,
        max_length=300,
        label="Why it is corrected",
        help_text="Needed where you change amount, currency, expected close or owner: the deal is closed.",
    )

    def __init__(self, *args: Any, closed: bool = False, may_correct: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = sellers()
        if not closed or not may_correct:
            del self.fields["why"]
        for name in CLOSED_FIELDS if closed and not may_correct else ():
            # What a page that was drawn before brings along, the service refuses in words.
            if not self.is_bound or self.add_prefix(name) not in self.data:
                self.fields[name].disabled = True
                self.fields[name].help_text = "The deal is closed: a sales manager corrects it, with a reason."

    def values(self) -> dict[str, Any]:
        """The cleaned values under the names that the services take."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("why", None)
        owner = cleaned.pop("owner", None)
        return cleaned | {"owner_id": owner.pk if owner else None}


class WinForm(Form):
    """What it was won for."""

    amount = AmountField(required=False, help_text="What was signed. Empty: the amount stays as it is.")


class LoseForm(Form):
    """Why it was lost."""

    reason = forms.ModelChoiceField(
        queryset=LossReason.objects.none(),
        to_field_name="code",
        label="Why it was lost",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        required=False, max_length=200, label="In your words", help_text="Needed for “Something else”."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = LossReason.objects.filter(archived_at__isnull=True)


class MoveForm(Form):
    """Where it goes."""

    stage = forms.ChoiceField(choices=[(stage.value, stage.label) for stage in OPEN_STAGES])
    why = forms.CharField(required=False, max_length=300, label="Why", help_text="Needed to reopen a closed deal.")


class DealFilterForm(forms.Form):
    """What deals are narrowed to, as it stands in the address."""

    q = forms.CharField(required=False, label="Search", widget=SearchInput)
    stage = forms.ChoiceField(
        required=False,
        choices=[("", "Any stage"), (OPEN, "Open"), (CLOSED, "Closed"), *DealStage.choices],
    )
    owner = NameField(required=False, queryset=User.objects.none(), empty_label="Any owner")
    lead = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.ModelChoiceField(
        required=False,
        queryset=LossReason.objects.none(),
        to_field_name="code",
        empty_label="Any reason",
        label="Lost because",
    )
    won_from = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    won_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = sellers()
        self.fields["reason"].queryset = LossReason.objects.all()

    def filter(self) -> DealFilter:
        """The filter; values that are not valid narrow nothing."""
        self.is_valid()
        given = self.cleaned_data
        owner, reason = given.get("owner"), given.get("reason")
        return DealFilter(
            text=given.get("q", ""),
            stage=given.get("stage", ""),
            owner_id=owner.pk if owner else None,
            lead_id=given.get("lead"),
            reason_id=reason.pk if reason else None,
            won_from=given.get("won_from"),
            won_before=given.get("won_before"),
        )
