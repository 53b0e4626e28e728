"""Forms of imports: the upload, and the mapping of columns that is made for each file."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.domain.importing import DateOrder, DecimalMark, Doubt, kind_named
from leads.models import ImportRun
from leads.services.importing import Choices
from leads.services.importing.preview import Preview
from smarketing.lib.tabular import Layout
from smarketing.web.asking import Form

LONGEST_SAMPLE = 60
KINDS_COMPLETED = (ImportRun.Kind.LEADS, ImportRun.Kind.COMPANIES)
"""Of these what is known can be kept; of the others a file states facts, and they are taken."""


class UploadForm(Form):
    """A file and what it holds."""

    kind = forms.ChoiceField(choices=ImportRun.Kind.choices, initial=ImportRun.Kind.LEADS, label="What is in the file")
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text="A table saved as CSV, with headings. Any encoding and delimiter that spreadsheets write.",
    )


class DoubtsForm(Form):
    """What the values of a file leave open; shown with the preview, sent with the mapping."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        if doubt := preview.date_doubt:
            self.fields["dates"] = forms.ChoiceField(
                label=f"Dates in {_named(doubt)}",
                choices=[(order.value, _answer(order.words, doubt, order.value)) for order in DateOrder],
                initial=doubt.answer,
            )
        if doubt := preview.decimal_doubt:
            words = {"": "Marks between thousands", **{mark.value: f"Decimal {mark}" for mark in DecimalMark}}
            if not doubt.meanings.get("", "-"):
                words[""] = "Refuse what could be either"
            self.fields["decimal"] = forms.ChoiceField(
                label=f"Amounts in {_named(doubt)}",
                required=False,
                choices=[(answer, _answer(words[answer], doubt, answer)) for answer in doubt.meanings],
                initial=doubt.answer,
            )


def _named(doubt: Doubt) -> str:
    return " and ".join(f"“{column}”" for column in doubt.columns)


def _answer(words: str, doubt: Doubt, answer: str) -> str:
    meaning = doubt.meanings[answer]
    return f"{words}: {doubt.example} is {meaning}" if meaning else words


class MappingForm(Form):
    """Which column feeds which field. Made from the run's file: one choice a column, and values for empty cells."""

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.layout = Layout.from_json(run.layout)
        self.kind = kind_named(run.kind)
        choices = [("", "Leave out"), *((field.name, field.label) for field in self.kind.fields)]
        self.fields["dates"] = forms.ChoiceField(required=False, choices=ImportRun.Dates.choices)
        self.fields["decimal"] = forms.ChoiceField(required=False, choices=ImportRun.Decimal.choices)
        if run.kind in KINDS_COMPLETED:
            self.fields["known"] = forms.ChoiceField(
                label=f"What is known of {self.kind.label.lower()} already",
                required=False,
                choices=ImportRun.Known.choices,
                initial=run.known,
                help_text="Cells that are empty in the file change nothing either way.",
            )
        for position, column in enumerate(self.layout.columns):
            mapped = run.mapping.get(column, "")
            first, second = (mapped, "") if isinstance(mapped, str) else (*mapped, "", "")[:2]
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=column, required=False, choices=choices, initial=first
            )
            self.fields[f"also_{position}"] = forms.ChoiceField(
                label=f"{column}, also", required=False, choices=[("", "Nothing else"), *choices[1:]], initial=second
            )
        for field in self.kind.fields:
            self.fields[f"default_{field.name}"] = forms.CharField(
                label=field.label,
                required=False,
                max_length=200,
                help_text=field.help,
                initial=run.defaults.get(field.name, ""),
            )

    def columns(self) -> list[dict[str, Any]]:
        """For the page: each column with its choices and a few of its cells."""
        return [
            {
                "name": column,
                "field": self[f"column_{position}"],
                "also": self[f"also_{position}"],
                "sample": [
                    cells[position][:LONGEST_SAMPLE] for cells in self.layout.sample[:3] if cells[position].strip()
                ],
            }
            for position, column in enumerate(self.layout.columns)
        ]

    def default_fields(self) -> list[Any]:
        """For the page: the inputs of values that stand in where a row has nothing."""
        return [self[f"default_{field.name}"] for field in self.kind.fields]

    def choices(self) -> Choices:
        """What is said of the file beside its columns."""
        given = self.cleaned_data
        return Choices(given.get("dates") or "", given.get("decimal") or "", given.get("known") or self.run.known)

    def mapping(self) -> dict[str, Any]:
        """Column → field, or → both fields where the column feeds two."""
        given: dict[str, Any] = {}
        for position, column in enumerate(self.layout.columns):
            fields = [self.cleaned_data.get(f"{name}_{position}") for name in ("column", "also")]
            named = list(filter(None, fields))
            given[column] = named if len(named) > 1 else (named[0] if named else "")
        return given

    def defaults(self) -> dict[str, str]:
        """Field → value."""
        return {
            field.name: value
            for field in self.kind.fields
            if (value := (self.cleaned_data.get(f"default_{field.name}") or "").strip())
        }
