"""The form in which a version of an agreement is drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from sla.models import AgreementVersion, CommitmentKind, EscalationStep, WorkingCalendar
from sla.models.agreements import PARTS
from sla.models.commitments import DEFAULT_WARN_SHARE, OWED_BY, SHARE_KINDS, TIME_KINDS
from sla.selectors.agreements import PART_TITLES
from sla.services.agreements import WHY_CHARS, CommitmentDraft, StepDraft
from smarketing.accounts.models import Organisation, Side
from smarketing.web.asking import EditMixin, Form
from smarketing.web.forms import DateInput

ASKS = {
    CommitmentKind.QUALIFIED_LEADS: "Qualified leads",
    CommitmentKind.ACCEPTED_SHARE: "Leads that sales accepts",
    CommitmentKind.MARKETING_ANSWER: "Answer returned leads",
    CommitmentKind.ACCEPT: "Accept or reject",
    CommitmentKind.FIRST_RESPONSE: "First attempt",
    CommitmentKind.FEEDBACK: "Rate accepted leads",
    CommitmentKind.DISPOSITION: "Qualify or return accepted leads",
    CommitmentKind.WIN_RATE: "Closed deals that are won",
    CommitmentKind.CUSTOMERS_WON: "Customers won",
}
#: What is said before and after the number of a field, by the end of the field's name.
SAID = {
    "hours": ("within", "working hours"),
    "percent": ("at least", "%"),
    "count": ("", "a month"),
}
STEPS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: what it is about, and fields with the words before and after each."""

    label: str
    parts: list[tuple[str, Any, str]]

    @property
    def errors(self) -> list[str]:
        """What is wrong in the line."""
        return [str(error) for _, one, _ in self.parts for error in one.errors]


class AgreementForm(Form):
    """Six parts, commitments and ladder. A commitment whose fields are empty is not promised."""

    name = forms.CharField(max_length=150, label="Name of the agreement")
    calendar = forms.ModelChoiceField(
        required=False, queryset=WorkingCalendar.objects.none(), empty_label="The team’s, else the default"
    )
    warn_percent = forms.IntegerField(
        min_value=1, max_value=100, label="Warn when this share of the time is used up, %", initial=75
    )

    def __init__(self, *args: Any, version: AgreementVersion | None = None, **kwargs: Any) -> None:
        if version is not None:
            kwargs.setdefault("initial", _initial(version))
        super().__init__(*args, **kwargs)
        # What the form does not ask for stays as it is: calendars and warnings of single promises, further steps.
        self._before = {item.kind: item for item in version.commitments.all()} if version else {}
        self._further = [StepDraft(after=step.after, notify=step.notify) for step in _ladder(version)[STEPS:]]
        self.fields["calendar"].queryset = WorkingCalendar.objects.filter(archived_at__isnull=True)
        for part in PARTS:
            self.fields[part] = forms.CharField(
                required=part == "summary",
                label=PART_TITLES[part],
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        for kind, label in ASKS.items():
            if kind in TIME_KINDS:
                self.fields[f"{kind}_hours"] = forms.DecimalField(
                    required=False, min_value=Decimal("0.25"), max_value=2000, label=f"{label}, within working hours"
                )
                self.fields[f"{kind}_percent"] = _percent(f"{label}, at least % of them")
            elif kind in SHARE_KINDS:
                self.fields[f"{kind}_percent"] = _percent(f"{label}, at least %")
            else:
                self.fields[f"{kind}_count"] = forms.IntegerField(
                    required=False, min_value=1, max_value=10_000_000, label=f"{label} a month"
                )
        for n in range(1, STEPS + 1):
            self.fields[f"step{n}_hours"] = forms.DecimalField(
                required=False, min_value=0, max_value=2000, label=f"Step {n}: working hours after the due time"
            )
            self.fields[f"step{n}_notify"] = forms.ChoiceField(
                required=False,
                choices=[("", "nobody"), *EscalationStep.Notify.choices],
                label=f"Step {n}: whom to tell",
            )

    def parts(self) -> list[Any]:
        """The name and the six parts in words."""
        return [self[name] for name in ("name", *PARTS)]

    def promises(self) -> list[tuple[str, list[Row]]]:
        """What each side may promise: each promise as one line that is read like a sentence."""
        return [
            (side.value, [self._promise(kind) for kind in ASKS if OWED_BY[kind] == side])
            for side in (Side.MARKETING, Side.SALES)
        ]

    def steps(self) -> list[Row]:
        """The ladder, a line a step."""
        return [
            Row(
                f"Step {n}",
                [("", self[f"step{n}_hours"], "hours late:"), ("tell", self[f"step{n}_notify"], "")],
            )
            for n in range(1, STEPS + 1)
        ]

    def values(self) -> dict[str, Any]:
        """What `draft_version` takes."""
        given = self.cleaned_data
        share = Decimal(given["warn_percent"]) / 100
        return {
            "parts": {part: given[part] for part in PARTS},
            "commitments": [draft for kind in ASKS if (draft := self._draft(kind, share)) is not None],
            "ladder": [
                StepDraft(after=timedelta(hours=float(given[f"step{n}_hours"] or 0)), notify=given[f"step{n}_notify"])
                for n in range(1, STEPS + 1)
                if given[f"step{n}_notify"]
            ]
            + self._further,
            "calendar_id": given["calendar"].pk if given["calendar"] else None,
        }

    def clean(self) -> dict[str, Any]:
        """A time needs its share, and the other way round."""
        given = super().clean() or self.cleaned_data
        for kind in TIME_KINDS:
            hours, percent = given.get(f"{kind}_hours"), given.get(f"{kind}_percent")
            if (hours is None) != (percent is None):
                missing = f"{kind}_percent" if percent is None else f"{kind}_hours"
                self.add_error(missing, "Give both the time and the share, or leave both empty.")
        return given

    def _draft(self, kind: CommitmentKind, warn_share: Decimal) -> CommitmentDraft | None:
        given, before = self.cleaned_data, self._before.get(kind)
        if before is not None and "warn_percent" not in self.changed_data:
            warn_share = before.warn_share
        count, percent = given.get(f"{kind}_count"), given.get(f"{kind}_percent")
        if not count and percent is None:
            return None
        hours = given.get(f"{kind}_hours")
        return CommitmentDraft(
            kind=kind,
            allowed=timedelta(hours=float(hours)) if hours is not None else None,
            target_share=percent / 100 if percent is not None else None,
            target_count=count,
            warn_share=warn_share,
            calendar_id=before.calendar_id if before is not None else None,
        )

    def _promise(self, kind: CommitmentKind) -> Row:
        parts = [
            (before, self[f"{kind}_{end}"], after)
            for end, (before, after) in SAID.items()
            if f"{kind}_{end}" in self.fields
        ]
        if len(parts) > 1:  # a time is promised for a share of the leads
            before, percent, after = parts[-1]
            parts[-1] = (f"for {before}", percent, f"{after} of them")
        return Row(ASKS[kind], parts)


class AgreementEditForm(EditMixin, AgreementForm):
    """The same for a draft that others may be rewriting too."""


def _percent(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False, min_value=Decimal("0.1"), max_value=100, max_digits=4, decimal_places=1, label=label
    )


def _initial(version: AgreementVersion) -> dict[str, Any]:
    initial: dict[str, Any] = {"name": version.agreement.name, "calendar": version.calendar_id}
    initial |= {part: getattr(version, part) for part in PARTS}
    warn = DEFAULT_WARN_SHARE
    for item in version.commitments.all():
        if item.allowed is not None:
            initial[f"{item.kind}_hours"] = _plain(Decimal(item.allowed.total_seconds()) / 3600)
            warn = item.warn_share
        if item.target_share is not None:
            initial[f"{item.kind}_percent"] = _plain(item.target_share * 100)
        if item.target_count is not None:
            initial[f"{item.kind}_count"] = item.target_count
    for step in _ladder(version)[:STEPS]:
        initial[f"step{step.position}_hours"] = _plain(Decimal(step.after.total_seconds()) / 3600)
        initial[f"step{step.position}_notify"] = step.notify
    return initial | {"warn_percent": int(warn * 100)}


def _ladder(version: AgreementVersion | None) -> list[EscalationStep]:
    return list(version.ladder.all()) if version else []


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.quantize(Decimal("0.01"))


class TerminateForm(Form):
    """Why the agreement ends, and when."""

    refusal_fields = {"ends_at": "ends_on"}

    why = forms.CharField(
        max_length=WHY_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Why it ends",
        help_text="Which of the agreed conditions is there. Managers of both sides are told.",
    )
    ends_on = forms.DateField(
        required=False,
        widget=DateInput,
        label="Ends on",
        help_text="Where notice is to be given: it ends as this day begins. Empty: now.",
    )

    def ends_at(self) -> datetime | None:
        """The first instant of that day where the organisation is; None for now."""
        day = self.cleaned_data["ends_on"]
        return datetime.combine(day, time.min, ZoneInfo(Organisation.current().timezone)) if day else None
