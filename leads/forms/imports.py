"""Forms of imports: the upload, and the mapping of columns that is made for each file."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.domain.importing import kind_named
from leads.models import ImportRun
from smarketing.lib.tabular import Layout
from smarketing.web.asking import Form

LONGEST_SAMPLE = 60


class UploadForm(Form):
    """A file and what it holds."""

    kind = forms.ChoiceField(choices=ImportRun.Kind.choices, initial=ImportRun.Kind.LEADS, label="What is in the file")
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text="A table saved as CSV, with headings. Any encoding and delimiter that spreadsheets write.",
    )


class MappingForm(Form):
    """Which column feeds which field. Made from the run's file: one choice a column, and values for empty cells."""

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.layout = Layout.from_json(run.layout)
        self.kind = kind_named(run.kind)
        choices = [("", "Leave out"), *((field.name, field.label) for field in self.kind.fields)]
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
