"""What pages of numbers are narrowed to, as it stands in the address."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.domain.channels import Channel
from leads.selectors.leads import lead_choices
from reporting.domain.metrics import Metric
from reporting.domain.periods import Period
from reporting.models import Basis
from smarketing.web.forms import DateInput

BY = {
    "total": "All together",
    "channel": "By channel",
    "source": "By source",
    "campaign": "By campaign",
    "day": "By day",
    "week": "By week",
    "month": "By month",
}


class PeriodForm(forms.Form):
    """From and to; shows the period that is in force, so that nobody has to guess it."""

    def __init__(self, given: Any, period: Period) -> None:
        values = given.dict() | {"from": period.first.isoformat(), "to": period.last.isoformat()}
        super().__init__(values)
        # `from` is a word of Python, so that the fields cannot stand in the class.
        dates = {name: forms.DateField(label=label, widget=DateInput) for name, label in DATES.items()}
        self.fields = dates | self.fields
        for field in self.fields.values():
            field.required = False


DATES = {"from": "From", "to": "To"}


BASES = [("cohort", "Cohort: by the day they came"), ("as_of", "As-of: by the day it happened")]


class FunnelForm(PeriodForm):
    """The funnel: basis, dimension, channel, campaign."""

    basis = forms.ChoiceField(choices=BASES)
    by = forms.ChoiceField(label="Rows", choices=list(BY.items())[1:])
    channel = forms.ChoiceField(choices=[("", "Any channel"), *Channel.choices()])
    campaign = forms.ChoiceField()

    def __init__(self, given: Any, period: Period) -> None:
        super().__init__(given, period)
        self.fields["campaign"].choices = [("", "Any campaign"), *lead_choices()["campaigns"]]
        self.data.setdefault("by", "channel")
        self.data.setdefault("basis", Basis.COHORT.value)

    def narrowed(self) -> dict[str, Any]:
        """The filter as the selector takes it; values that are not valid narrow nothing."""
        self.is_valid()
        campaign = self.cleaned_data.get("campaign")
        source = self.data.get("source")
        return {
            "channel": self.cleaned_data.get("channel") or None,
            "campaign_id": int(campaign) if campaign else None,
            "source": source,
        }


class MetricForm(PeriodForm):
    """One metric: its dimensions and bases."""

    by = forms.ChoiceField(label="Rows")
    basis = forms.ChoiceField()

    def __init__(self, given: Any, period: Period, metric: Metric) -> None:
        super().__init__(given, period)
        self.fields["by"].choices = [(name, BY[name]) for name in metric.dimensions]
        self.fields["basis"].choices = [(basis, Basis(basis).label) for basis in metric.bases]
        if len(metric.bases) == 1:
            del self.fields["basis"]
        self.data.setdefault("by", "week")
        self.data.setdefault("basis", metric.bases[-1])


class CampaignResultsForm(PeriodForm):
    """Campaign results: channel, and whether only those that run."""

    channel = forms.ChoiceField(choices=[("", "Any channel"), *Channel.choices()])
    running = forms.ChoiceField(label="Campaigns", choices=[("", "All campaigns"), ("1", "Running today")])
