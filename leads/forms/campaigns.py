"""Forms of campaigns, spend and content. They check the shape; services check the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.domain.channels import Channel
from leads.models import Campaign, ContentAsset
from smarketing.accounts.models import User
from smarketing.web.asking import EditMixin, Form
from smarketing.web.forms import DateInput, SearchInput
from smarketing.web.money import AmountField


class ShapeForm(EditMixin, forms.ModelForm):
    """The shape of a model's values; what is unique and what is valid together are the service's rules."""

    def validate_unique(self) -> None:
        """Uniqueness is the service's rule."""

    def validate_constraints(self) -> None:
        """So are the constraints."""

    def _post_clean(self) -> None:
        # The instance belongs to the service; the form only gives values.
        return


class CampaignForm(ShapeForm):
    """What marketing says of a campaign."""

    budget = AmountField(required=False)

    class Meta:
        model = Campaign
        fields = (
            "name",
            "channel",
            "start_on",
            "end_on",
            "budget",
            "currency",
            "owner",
            "audience",
            "journey_stage",
            "objective",
            "external_id",
        )
        widgets = {"start_on": DateInput, "end_on": DateInput}
        labels = {"start_on": "Starts", "end_on": "Ends", "external_id": "Id in other systems"}
        help_texts = {
            "external_id": "As your ad platform or CRM calls it; imports find the campaign by it.",
            "currency": "Three letters, such as EUR.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(is_active=True)

    def clean_currency(self) -> str:
        """Currency codes are upper case."""
        return str(self.cleaned_data["currency"]).upper()

    def values(self) -> dict[str, Any]:
        """The cleaned values under the names that `log_campaign` takes."""
        cleaned = dict(self.cleaned_data)
        owner = cleaned.pop("owner", None)
        return cleaned | {"owner_id": owner.pk if owner else None}


class SpendForm(Form):
    """One day's spend."""

    spent_on = forms.DateField(label="Day", widget=DateInput)
    amount = AmountField()
    impressions = forms.IntegerField(required=False, min_value=0)
    clicks = forms.IntegerField(required=False, min_value=0)
    note = forms.CharField(required=False, max_length=200)


class ContentForm(ShapeForm):
    """What a content asset is."""

    url = forms.URLField(required=False, label="Address", max_length=500, assume_scheme="https")

    class Meta:
        model = ContentAsset
        fields = ("title", "kind", "url", "journey_stage", "campaign", "external_id")
        labels = {"external_id": "Id in other systems"}

    def values(self) -> dict[str, Any]:
        """The cleaned values under the names that `log_content` takes."""
        cleaned = dict(self.cleaned_data)
        campaign = cleaned.pop("campaign", None)
        return cleaned | {"campaign_id": campaign.pk if campaign else None}


class CampaignFilterForm(forms.Form):
    """What the list of campaigns is narrowed to."""

    q = forms.CharField(required=False, label="Search", widget=SearchInput(attrs={"placeholder": "Name"}))
    channel = forms.ChoiceField(required=False, choices=[("", "Any channel"), *Channel.choices()])

    def values(self) -> dict[str, str]:
        """What `campaign_list` takes; values that are not valid narrow nothing."""
        self.is_valid()
        return {"text": self.cleaned_data.get("q", ""), "channel": self.cleaned_data.get("channel", "")}


class ContentFilterForm(forms.Form):
    """What the list of content is narrowed to."""

    q = forms.CharField(required=False, label="Search", widget=SearchInput(attrs={"placeholder": "Title"}))
    kind = forms.ChoiceField(required=False, choices=[("", "Any kind"), *ContentAsset.Kind.choices])

    def values(self) -> dict[str, str]:
        """What `content_list` takes; values that are not valid narrow nothing."""
        self.is_valid()
        return {"text": self.cleaned_data.get("q", ""), "kind": self.cleaned_data.get("kind", "")}
