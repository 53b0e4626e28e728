"""Forms of leads and touchpoints, and the list's filter."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.domain.channels import Channel
from leads.domain.lifecycle import LifecycleStage
from leads.models import Campaign, ContentAsset, Lead, Touchpoint
from leads.selectors.delivered import DELIVERED
from leads.selectors.leads import LeadFilter
from smarketing.web.asking import EditForm, Form
from smarketing.web.forms import DateTimeInput, NameField, SearchInput

CONSENT = forms.NullBooleanField(required=False, label="Agreed to be contacted")


class LeadForm(EditForm):
    """What is known of a person."""

    first_name = forms.CharField(required=False, max_length=100)
    last_name = forms.CharField(required=False, max_length=100)
    email = forms.EmailField(required=False, label="E-mail", max_length=254)
    phone = forms.CharField(required=False, max_length=50)
    job_title = forms.CharField(required=False, max_length=150)
    seniority = forms.CharField(required=False, max_length=50, help_text="Such as manager, head, director.")
    department = forms.CharField(required=False, max_length=100)
    country = forms.CharField(required=False, max_length=100)
    company_name = forms.CharField(required=False, max_length=200, label="Company")
    company_domain = forms.CharField(required=False, max_length=253, label="Company's domain")
    source = forms.CharField(
        required=False, max_length=200, help_text="Where the person came from, exactly as it was captured."
    )
    channel = forms.ChoiceField(required=False, choices=[("", "From the source"), *Channel.choices()])
    campaign = forms.ModelChoiceField(required=False, queryset=Campaign.objects.none())
    consent = CONSENT
    external_id = forms.CharField(
        required=False, max_length=200, label="Id in other systems", help_text="Needed where there is no e-mail."
    )

    def __init__(self, *args: Any, lead: Lead | None = None, **kwargs: Any) -> None:
        if lead is not None:
            kwargs.setdefault("initial", _initial(lead))
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.filter(archived_at__isnull=True).order_by("name")

    def values(self) -> dict[str, Any]:
        """The cleaned values under the names that the services take."""
        cleaned = dict(self.cleaned_data)
        campaign = cleaned.pop("campaign", None)
        if not cleaned["channel"]:
            del cleaned["channel"]
        return cleaned | {"campaign_id": campaign.pk if campaign else None}

    def changed_values(self) -> dict[str, Any]:
        """Of these, what the person changed; a company is known by its name and its domain together."""
        values = self.values()
        company = {"company_name", "company_domain"}
        together = company if self.mine & company else set()
        return self.changes(values) | {name: values[name] for name in together}


def _initial(lead: Lead) -> dict[str, Any]:
    names = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "job_title",
        "seniority",
        "department",
        "country",
        "source",
        "channel",
        "campaign",
        "consent",
        "external_id",
    )
    return {name: getattr(lead, name) for name in names} | {
        "company_name": lead.company.name if lead.company else "",
        "company_domain": (lead.company.domain or "") if lead.company else "",
    }


class TouchpointForm(Form):
    """One interaction, logged by hand."""

    kind = forms.ChoiceField(choices=Touchpoint.Kind.choices, label="What happened")
    occurred_at = forms.DateTimeField(
        required=False,
        label="When",
        widget=DateTimeInput,
        help_text="Empty: now.",
    )
    campaign = forms.ModelChoiceField(required=False, queryset=Campaign.objects.none())
    content = forms.ModelChoiceField(required=False, queryset=ContentAsset.objects.none())
    note = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.filter(archived_at__isnull=True).order_by("name")
        self.fields["content"].queryset = ContentAsset.objects.filter(archived_at__isnull=True).order_by("title")

    def values(self) -> dict[str, Any]:
        """The cleaned values under the names that `record_touchpoint` takes."""
        cleaned = dict(self.cleaned_data)
        for name in ("campaign", "content"):
            row = cleaned.pop(name, None)
            cleaned[f"{name}_id"] = row.pk if row else None
        return cleaned


class LeadFilterForm(forms.Form):
    """What the list of leads is narrowed to, as it stands in the address."""

    q = forms.CharField(required=False, label="Search", widget=SearchInput(attrs={"placeholder": "Name, e-mail or id"}))
    stage = forms.ChoiceField(
        required=False, choices=[("", "Any stage"), *((stage.value, stage.label) for stage in LifecycleStage)]
    )
    channel = forms.ChoiceField(required=False, choices=[("", "Any channel"), *Channel.choices()])
    campaign = NameField(required=False, queryset=Campaign.objects.none(), empty_label="Any campaign")
    band = forms.ChoiceField(
        required=False, choices=[("", "Any band"), *((f"{a}{n}", f"{a}{n}") for a in "ABC" for n in "123")]
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    reached = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((stage.value, stage.label) for stage in LifecycleStage)],
        widget=forms.HiddenInput,
    )
    not_reached = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((stage.value, stage.label) for stage in LifecycleStage)],
        widget=forms.HiddenInput,
    )
    delivered = forms.ChoiceField(required=False, choices=[("", ""), *DELIVERED.items()], widget=forms.HiddenInput)
    company = forms.IntegerField(required=False, widget=forms.HiddenInput)
    content = forms.IntegerField(required=False, widget=forms.HiddenInput)
    imported = forms.IntegerField(required=False, widget=forms.HiddenInput)
    touched_from = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    touched_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    reached_from = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    reached_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    created_from = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    created_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.order_by("name")

    def filter(self) -> LeadFilter:
        """The filter; values that are not valid narrow nothing."""
        self.is_valid()
        given = self.cleaned_data
        campaign = given.get("campaign")
        return LeadFilter(
            text=given.get("q", ""),
            stages=tuple(filter(None, [given.get("stage")])),
            channels=tuple(filter(None, [given.get("channel")])),
            source=given["source"] if "source" in self.data and "source" in given else None,
            campaign_id=campaign.pk if campaign else None,
            no_campaign=self.data.get("campaign") == "none",
            band=given.get("band", ""),
            reached=given.get("reached", ""),
            not_reached=given.get("not_reached", ""),
            delivered=given.get("delivered", ""),
            company_id=given.get("company"),
            content_id=given.get("content"),
            import_id=given.get("imported"),
            touched_from=given.get("touched_from"),
            touched_before=given.get("touched_before"),
            reached_from=given.get("reached_from"),
            reached_before=given.get("reached_before"),
            created_from=given.get("created_from"),
            created_before=given.get("created_before"),
        )
