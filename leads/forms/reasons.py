"""Forms of the agreed lists of reasons: their shape. What is allowed, the services say."""

from __future__ import annotations

from django import forms

from leads.domain.reasons import LABEL_CHARS
from leads.models import RejectionReason
from smarketing.web.asking import EditForm


class LossReasonForm(EditForm):
    """Why deals are lost."""

    label = forms.CharField(
        max_length=LABEL_CHARS, label="Reason", help_text="As people will choose it, in a few words."
    )
    needs_note = forms.BooleanField(
        required=False, label="Ask for a few words", help_text="For a reason that says too little by itself."
    )


class RejectionReasonForm(LossReasonForm):
    """Why sales does not take a lead."""

    ground = forms.ChoiceField(
        label="What it is about",
        choices=RejectionReason.Ground.choices,
        help_text="A rep whose lead had wrong data or did not fit gets another one in turn.",
    )
    clause = forms.CharField(
        required=False,
        max_length=200,
        label="Clause of the definition",
        help_text="What the definition asks for and the lead did not have, where there is such a clause.",
    )

    field_order = ("label", "ground", "clause", "needs_note")


class PlaceForm(forms.Form):
    """Where a reason goes."""

    place = forms.IntegerField(min_value=1)


FORMS: dict[str, type[LossReasonForm]] = {"rejection": RejectionReasonForm, "loss": LossReasonForm}
