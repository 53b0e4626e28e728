"""Forms of handoffs: their shape. What is allowed, the services say."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone

from leads.domain.handoffs import HandoffStatus, MarketingAnswer, kinds_for
from leads.models import Attempt, Campaign, RejectionReason
from leads.selectors.handoffs import OUTCOMES, HandoffFilter, Receiver, agreed_reasons, receivers
from leads.services.handoffs import Brief
from smarketing.accounts.models import Side, Team, User
from smarketing.web.asking import Form
from smarketing.web.forms import DateInput, DateTimeInput, FittingSelect, SearchInput

LONG = 4000
RATINGS = [
    (5, "5 · Just right"),
    (4, "4 · Good"),
    (3, "3 · Worth a try"),
    (2, "2 · Weak"),
    (1, "1 · A waste of time"),
]


def _text(label: str, *, required: bool = False, help_text: str = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONG,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _receiver_choices(found: list[Receiver]) -> list[Any]:
    groups: list[Any] = [("", "Choose who gets it")]
    for receiver in found:
        team = receiver.team
        groups.append(
            (
                team.name,
                [
                    (f"turn:{team.pk}", f"{team.name}: next in turn"),
                    (f"team:{team.pk}", f"{team.name}: anybody may take it"),
                    *((f"rep:{team.pk}:{rep.pk}", f"{rep.name} ({count} open)") for rep, count in receiver.reps),
                ],
            )
        )
    return groups


class HandoffForm(Form):
    """What marketing tells sales, and whom."""

    refusal_fields = {"team": "to", "owner": "to"}

    to = forms.ChoiceField(
        label="To",
        help_text="Next in turn: the rep whose last lead is longest ago. Anybody: whoever of the team accepts first.",
    )
    next_steps = _text(
        "Next steps", required=True, help_text="What sales should do first, and by when it matters to the lead."
    )
    messaging = _text("Recommended messaging", help_text="How to open, what to send.")
    pain_points = _text("Pain points", help_text="What hurts, in the lead's own words where you have them.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = _receiver_choices(receivers())

    def brief(self) -> Brief:
        """The cleaned values as the service takes them."""
        kind, team, *rep = self.cleaned_data["to"].split(":")
        return Brief(
            team_id=int(team),
            owner_id=int(rep[0]) if rep else None,
            in_turn=kind == "turn",
            next_steps=self.cleaned_data["next_steps"],
            messaging=self.cleaned_data["messaging"],
            pain_points=self.cleaned_data["pain_points"],
        )


class ReasonField(forms.ModelChoiceField):
    """One of the agreed reasons, by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=RejectionReason.objects.none(), to_field_name="code", **kwargs)

    def label_from_instance(self, obj: RejectionReason) -> str:
        """The reason in words, and whether it needs some more."""
        return f"{obj.label} (say more)" if obj.needs_note else obj.label


class RejectForm(Form):
    """Why sales does not take the lead."""

    reason = ReasonField(empty_label=None, widget=forms.RadioSelect)
    note = _text("In your words", help_text="What marketing should know to send better leads.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = agreed_reasons()


class ReturnForm(Form):
    """Why sales gives back what it had taken."""

    note = _text("Why it goes back", required=True)
    reason = ReasonField(required=False, empty_label="No particular reason", label="Reason of the agreed list")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = agreed_reasons()


class NoteForm(Form):
    """A few optional words."""

    note = _text("Why")


class QualifyForm(Form):
    """What makes the lead worth a deal."""

    note = _text("What you learned", help_text="Need, budget, who decides, by when.")


class ReassignForm(Form):
    """Who takes over."""

    owner = forms.ModelChoiceField(queryset=User.objects.none(), label="New owner", empty_label="Choose a rep")
    why = forms.CharField(required=False, max_length=200, label="Why")

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(
            memberships__team=team, is_active=True, memberships__team__side=Side.SALES
        ).order_by("name")


class AnswerForm(HandoffForm):
    """What marketing does with a lead that came back."""

    AGAIN = "again"
    answer = forms.ChoiceField(
        label="What happens now",
        widget=forms.RadioSelect,
        choices=[
            (AGAIN, "Hand it off again"),
            (MarketingAnswer.REQUALIFY.value, "It stays an MQL, for later"),
            (MarketingAnswer.RECYCLE.value, "Recycle to nurturing"),
            (MarketingAnswer.DISQUALIFY.value, "Disqualify"),
        ],
    )
    note = _text("Why", help_text="Needed to recycle or disqualify.")

    field_order = ("answer", "note", "to", "next_steps", "messaging", "pain_points")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("to", "next_steps"):
            self.fields[name].required = False
            self.fields[name].label = f"{self.fields[name].label} (to hand it off again)"

    def clean(self) -> dict[str, Any]:
        """To hand off again needs a receiver; what else it needs, the service says."""
        given = super().clean() or self.cleaned_data
        if given.get("answer") == self.AGAIN and not given.get("to"):
            self.add_error("to", "Choose who gets it.")
        return given

    @property
    def answer_code(self) -> str:
        """The answer as the service names it."""
        given = self.cleaned_data["answer"]
        return MarketingAnswer.REQUALIFY.value if given == self.AGAIN else given

    def again(self) -> Brief | None:
        """The new brief, where the lead is handed off again."""
        return self.brief() if self.cleaned_data["answer"] == self.AGAIN else None


class AttemptForm(Form):
    """One follow-up."""

    kind = forms.ChoiceField(label="How", choices=Attempt.Kind.choices)
    outcome = forms.ChoiceField(
        label="What came of it",
        choices=Attempt.Outcome.choices,
        widget=FittingSelect("kind", {each: kinds_for(each) for each in Attempt.Outcome.values}),
    )
    outbound = forms.TypedChoiceField(
        label="Who started it",
        choices=[("1", "We did"), ("", "They did")],
        coerce=bool,
        required=False,
        empty_value=False,  # type: ignore[arg-type]  # the stubs know texts only
        initial="1",
        help_text="Only what we start answers the promise of a first response.",
    )
    occurred_at = forms.DateTimeField(required=False, label="When", widget=DateTimeInput, help_text="Empty: now.")
    note = _text("Note", rows=2)


class FeedbackForm(Form):
    """What sales thinks of the lead."""

    rating = forms.TypedChoiceField(
        label="How good was the lead", choices=RATINGS, coerce=int, widget=forms.RadioSelect
    )
    words = _text("In your words", help_text="What was right or wrong with it.")


class HandoffFilterForm(forms.Form):
    """What the list of handoffs is narrowed to, as it stands in the address."""

    q = forms.CharField(required=False, label="Search", widget=SearchInput)
    team = forms.ModelChoiceField(required=False, queryset=Team.objects.none(), empty_label="Any team")
    owner = forms.ModelChoiceField(required=False, queryset=User.objects.none(), empty_label="Any rep", label="Rep")
    reason = forms.ModelChoiceField(
        required=False,
        queryset=RejectionReason.objects.none(),
        to_field_name="code",
        empty_label="Any reason",
        label="Reason",
    )
    campaign = forms.ModelChoiceField(required=False, queryset=Campaign.objects.none(), empty_label="Any campaign")
    handed_from = forms.DateField(required=False, label="Handed off from", widget=DateInput)
    handed_until = forms.DateField(required=False, label="until", widget=DateInput)
    outcome = forms.ChoiceField(required=False, choices=[("", ""), *OUTCOMES.items()], widget=forms.HiddenInput)
    status = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((each.value, each.label) for each in HandoffStatus)],
        widget=forms.HiddenInput,
    )
    lead = forms.IntegerField(required=False, widget=forms.HiddenInput)
    created_from = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    created_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(side=Side.SALES)
        self.fields["owner"].queryset = (
            User.objects.filter(memberships__team__side=Side.SALES).distinct().order_by("name")
        )
        self.fields["reason"].queryset = RejectionReason.objects.all()
        self.fields["campaign"].queryset = Campaign.objects.order_by("name")

    def filter(self) -> HandoffFilter:
        """The filter; values that are not valid narrow nothing."""
        self.is_valid()
        given = self.cleaned_data
        rows = {name: given.get(name) for name in ("team", "owner", "reason", "campaign")}
        return HandoffFilter(
            text=given.get("q", ""),
            outcome=given.get("outcome", ""),
            status=given.get("status", ""),
            lead_id=given.get("lead"),
            created_from=given.get("created_from") or _midnight(given.get("handed_from")),
            created_before=given.get("created_before") or _midnight(given.get("handed_until"), days=1),
            **{f"{name}_id": row.pk if row else None for name, row in rows.items()},
        )


def _midnight(day: Any, *, days: int = 0) -> datetime | None:
    """The first instant of a day in the reader's zone, `days` later."""
    return datetime.combine(day + timedelta(days=days), time.min, get_current_timezone()) if day else None
