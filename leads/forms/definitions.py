"""The form in which a definition is drafted: rows instead of JSON.

A row says whether it must hold, is one of several of which one must hold, or must not hold. That is a tree of
criteria with two levels, and what the pages write. Criteria made elsewhere may nest deeper: a group within is a row
that is told as a sentence and kept as it is, or left out.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.http import QueryDict

from leads.domain.criteria import (
    FIELDS,
    MAX_AT_LEAST,
    MAX_DAYS,
    OP_WORDS,
    All,
    Always,
    AnyOf,
    Behaviour,
    Criteria,
    CriteriaError,
    Field,
    Kind,
    Not,
    Op,
    Predicate,
    Shape,
    parse,
    parse_predicate,
    sentence,
    to_json,
)
from leads.domain.touchpoints import TouchpointKind
from leads.models import Campaign, ContentAsset, DefinitionVersion
from leads.selectors.scoring import names_of_criteria
from smarketing.web.asking import Form

MUST, ANY, NOT = "must", "any", "not"
HOLDS: Final = ((MUST, "Must hold"), (ANY, "One of these must hold"), (NOT, "Must not hold"))
ENTITIES: Final = {"lead": "The lead", "company": "The company", "deal": "A deal", "score": "The score"}
CHOICES_SHOWN: Final = 300
"""Content and campaigns offered, the newest first; a select of more is of no use."""


def _field_choices() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {label: [] for label in ENTITIES.values()}
    for field in FIELDS.values():
        groups[ENTITIES[field.entity]].append((field.name, field.label[0].upper() + field.label[1:]))
    return [("", "Choose…"), *groups.items()]


class RuleForm(forms.Form):
    """One predicate on a field. An empty row is left out."""

    holds = forms.ChoiceField(choices=HOLDS, initial=MUST, label="This")
    field = forms.ChoiceField(choices=_field_choices, required=False)
    op = forms.ChoiceField(
        choices=[(op.value, words) for op, words in OP_WORDS.items()], required=False, label="Comparison"
    )
    value = forms.CharField(required=False, max_length=400)

    def clean(self) -> dict[str, Any]:
        """Reads the row as a predicate, under `criterion`."""
        given: dict[str, Any] = super().clean() or {}
        name = given.get("field")
        if not name or self.errors:
            return given
        data: dict[str, Any] = {"field": name, "op": given.get("op")}
        spec = FIELDS[name]
        op = next((op for op in Op if op.value == given.get("op")), None)
        if op and op.takes is not Shape.NOTHING:
            if not given.get("value"):
                self.add_error("value", "Say what it is compared with.")
                return given
            data["value"] = read_value(spec, op, given["value"])
        try:
            given["criterion"] = parse_predicate(data)
        except CriteriaError as error:
            part = error.path.strip("/").partition("/")[0]
            self.add_error(part if part in self.fields else "value", error.sentence)
        return given


class BehaviourForm(forms.Form):
    """One kind of behaviour, counted. A row that counts nothing is left out."""

    holds = forms.ChoiceField(choices=HOLDS, initial=MUST, label="This")
    at_least = forms.IntegerField(required=False, min_value=1, max_value=MAX_AT_LEAST, label="At least … times")
    kind = forms.ChoiceField(required=False, label="Did")
    within_days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS, label="Within … days")
    content = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    campaign = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind.label) for kind in TouchpointKind]
        offered = {
            "kind": [("", "Anything"), *kinds],
            "content": [("", "Any content"), *_newest(ContentAsset, "title")],
            "campaign": [("", "Any campaign"), *_newest(Campaign, "name")],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Reads the row as behaviour, under `criterion`."""
        given: dict[str, Any] = super().clean() or {}
        said = [given.get(name) for name in ("kind", "content", "campaign", "within_days", "at_least")]
        if any(said) and not self.errors:
            kind, content, campaign, within_days, at_least = said
            given["criterion"] = Behaviour(
                TouchpointKind(kind) if kind else None, content, campaign, within_days, at_least or 1
            )
        return given


class KeptForm(forms.Form):
    """A group that nests deeper than rows can: kept as it is, or left out."""

    holds = forms.ChoiceField(choices=HOLDS, initial=MUST, label="This")
    keep = forms.BooleanField(required=False, initial=True, label="Keep this group")
    group = forms.CharField(widget=forms.HiddenInput)

    @property
    def sentence(self) -> str:
        """What the group says; empty where it cannot be read."""
        try:
            criteria = _group(self["group"].value())
        except CriteriaError:
            return ""
        return sentence(criteria, names_of_criteria(criteria))

    def clean(self) -> dict[str, Any]:
        """Reads the group back, under `criterion`."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("keep") and not self.errors:
            try:
                given["criterion"] = _group(given["group"])
            except CriteriaError as error:
                self.add_error(None, error.sentence)
        return given


def _group(text: str) -> Criteria:
    """The tree of a group's JSON. Raises CriteriaError."""
    try:
        return parse(json.loads(text))
    except json.JSONDecodeError as error:
        raise CriteriaError("", "This group cannot be read.") from error


def _newest(model: Any, label: str) -> list[tuple[int, str]]:
    return list(model.objects.order_by("-pk").values_list("pk", label)[:CHOICES_SHOWN])


class VersionForm(Form):
    """The rest of a version: the threshold and the words."""

    enter_score = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        label="Enters at a score of",
        help_text="Empty: the criteria alone decide.",
    )
    leave_score = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        label="Leaves below a score of",
        help_text="Lower than the one above, so that a lead does not go back and forth. Empty: the same.",
    )
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)
    summary = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it means and why it changed, for those who sign.",
    )


RuleFormSet = forms.formset_factory(RuleForm, extra=0, max_num=40)
BehaviourFormSet = forms.formset_factory(BehaviourForm, extra=0, max_num=40)
KeptFormSet = forms.formset_factory(KeptForm, extra=0, max_num=40)


class DraftForm:
    """The whole draft: the version's form, its two lists of rows, and the groups that are kept."""

    def __init__(self, data: QueryDict | None = None, *, start: DefinitionVersion | None = None) -> None:
        rules, behaviours, kept = rows_of(parse(start.criteria)) if start else ([], [], [])
        values = {
            "enter_score": start.enter_score if start else None,
            "leave_score": start.leave_score if start else None,
            "replaces": start.pk if start and start.in_force_from is None else None,
            # A draft is written on with its words; those of a version that came into force were about that one.
            "summary": start.summary if start and start.in_force_from is None else "",
        }
        add = data.get("add") if data else None
        if data is not None and add:
            data = data.copy()
            key = f"{'behaviours' if add == 'behaviour' else 'rules'}-TOTAL_FORMS"
            count = data.get(key, "0")
            data[key] = str(min(40, int(count) + 1 if count.isdigit() else 1))
        self.adding = bool(add)
        self.version = VersionForm(data, initial=values)
        self.rules: Any = RuleFormSet(data, initial=[*rules, {}, {}], prefix="rules")
        self.behaviours: Any = BehaviourFormSet(data, initial=[*behaviours, {}], prefix="behaviours")
        self.kept: Any = KeptFormSet(data, initial=kept, prefix="kept")
        if data is None:
            self.rules.extra = self.behaviours.extra = 0

    def is_valid(self) -> bool:
        """Whether every row can be read."""
        parts = (self.version, self.rules, self.behaviours, self.kept)
        valid = [part.is_valid() for part in parts]  # each is asked, so that each tells what is wrong
        return all(valid)

    def criteria(self) -> Criteria:
        """The rows as one tree; no row at all means every lead."""
        found: dict[str, list[Criteria]] = {MUST: [], ANY: [], NOT: []}
        for form in (*self.rules, *self.behaviours, *self.kept):
            criterion = form.cleaned_data.get("criterion")
            if criterion is not None:
                found[form.cleaned_data["holds"]].append(criterion)
        # The group of rows stands before groups that are kept: read back, the first of them is the rows'.
        parts: list[Criteria] = [part for part in found[MUST] if not isinstance(part, AnyOf)]
        if found[ANY]:
            parts.append(found[ANY][0] if len(found[ANY]) == 1 else AnyOf(tuple(found[ANY])))
        parts += [part for part in found[MUST] if isinstance(part, AnyOf)]
        parts += [Not(part) for part in found[NOT]]
        if not parts:
            return Always()
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        given = self.version.cleaned_data
        return {
            "criteria": to_json(self.criteria()),
            "enter_score": given["enter_score"],
            "leave_score": given["leave_score"],
            "summary": given["summary"],
            "replaces": given["replaces"],
        }


Rows = list[dict[str, Any]]


def rows_of(criteria: Criteria) -> tuple[Rows, Rows, Rows]:
    """The tree as rows of fields, of behaviour, and of groups that nest deeper; together they say the same."""
    rules: Rows = []
    behaviours: Rows = []
    kept: Rows = []
    if isinstance(criteria, Always):
        return rules, behaviours, kept
    one_of_seen = False
    for part in criteria.parts if isinstance(criteria, All) else (criteria,):
        holds, members = MUST, (part,)
        if isinstance(part, AnyOf) and not one_of_seen:
            holds, members, one_of_seen = ANY, part.parts, True
        elif isinstance(part, Not):
            holds, members = NOT, (part.part,)
        for member in members:
            if isinstance(member, Predicate):
                value = write_value(member)
                rules.append({"holds": holds, "field": member.field, "op": member.op.value, "value": value})
            elif isinstance(member, Behaviour):
                values = {name: getattr(member, name) for name in ("content", "campaign", "within_days", "at_least")}
                behaviours.append({"holds": holds, "kind": member.kind.value if member.kind else "", **values})
            else:
                kept.append({"holds": holds, "keep": True, "group": json.dumps(to_json(member))})
    return rules, behaviours, kept


def read_value(field: Field, op: Op, text: str) -> Any:
    """What a person typed beside an operator, as the language takes it; wrong input is left for it to refuse."""
    if op.takes is Shape.DAYS:
        return int(text) if text.strip().isdigit() else text
    if op.takes is Shape.ONE:
        return _scalar(field, text)
    for word in (" and ", " to "):
        text = text.replace(word, ",") if op.takes is Shape.PAIR else text
    return [_scalar(field, part) for part in text.split(",") if part.strip()]


def _scalar(field: Field, text: str) -> Any:
    text = text.strip()
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        try:
            return Decimal(text.replace(" ", ""))
        except InvalidOperation:
            return text
    if field.kind is Kind.BOOLEAN:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    named = {label.lower(): value for value, label in field.choices}
    return named.get(text.lower(), text)


def write_value(predicate: Predicate) -> str:
    """The value of a predicate as a person types it."""
    value = predicate.value
    if value is None:
        return ""
    items = value if isinstance(value, tuple) else (value,)
    labels = dict(predicate.spec.choices)
    words = [
        ("yes" if item else "no")
        if isinstance(item, bool)
        else f"{item.normalize():f}"
        if isinstance(item, Decimal)
        else labels.get(str(item), str(item))
        for item in items
    ]
    return ", ".join(words)
