"""Reads of scores: why a lead scores as it does, and the model behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from leads.domain.criteria import Attribute, Behaviour, Criteria, Names, walk
from leads.domain.scoring import (
    EngagementState,
    Group,
    GroupKind,
    Line,
    Part,
    Score,
    ScoreModel,
    Signals,
    Touch,
    default_model,
    model_to_json,
    parse,
    rule_sentence,
    score,
    score_from_state,
)
from leads.models import Campaign, CompanyChange, ContentAsset, Lead, ScoreModelVersion, ScoreState, Touchpoint

ATTRIBUTES: Final = (
    "email",
    "first_name",
    "last_name",
    "job_title",
    "seniority",
    "department",
    "country",
    "source",
    "channel",
    "consent",
    "company__name",
    "company__domain",
    "company__industry",
    "company__employees",
    "company__country",
)
"""What fit rules look at, as columns seen from a lead."""


def attributes_of(lead: Lead) -> dict[str, Attribute]:
    """The lead's attributes under the names of the criteria language."""
    company = lead.company
    found: dict[str, Attribute] = {}
    for column in ATTRIBUTES:
        owner, _, name = column.rpartition("__")
        if owner:
            found[f"company.{name}"] = getattr(company, name) if company else None
        else:
            found[f"lead.{column}"] = getattr(lead, column)
    return found


_parsed: Final[dict[str, ScoreModel]] = {}
"""By the hash of their content: an installation has had a handful of models in its life."""


def parsed_model(version: ScoreModelVersion) -> ScoreModel:
    """The rules of a stored version."""
    model = _parsed.get(version.content_hash)
    if model is None:
        model = _parsed[version.content_hash] = parse(version.content)
    return model


def version_in_force() -> ScoreModelVersion | None:
    """The scoring model that counts, if any was ever stored. Its content is read only if somebody asks for it."""
    stored = ScoreModelVersion.objects.filter(in_force_from__isnull=False, in_force_until__isnull=True)
    found: ScoreModelVersion | None = stored.defer("content").first()
    return found


def current_model() -> tuple[ScoreModelVersion, ScoreModel]:
    """The model in force; before anything was scored the default one, not yet stored."""
    version = version_in_force()
    if version is not None:
        return version, parsed_model(version)
    model = default_model()
    stand_in = ScoreModelVersion(
        number=1, name=model.name, content=model_to_json(model), content_hash=model.content_hash
    )
    return stand_in, model


# -- why this score --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a lead's stored score is what it is.

    `parts` sum to `total`, the stored score, exactly; `lines` are the rules behind them. `as_of`: the time at which
    the score was computed. `behind`: facts have changed since, and the next run will count them.
    """

    total: int
    fit: int
    engagement: int
    band: str
    as_of: datetime
    model: ScoreModelVersion
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    behind: bool

    @property
    def rows(self) -> list[tuple[str, int, str]]:
        """The parts as (label, points, note); parts of nothing are left out. They sum to `total`."""
        notes = [_note(line) for line in self.lines] + [""] * (len(self.parts) - len(self.lines))
        return [
            (part.label, part.points, note) for part, note in zip(self.parts, notes, strict=True) if part.points or note
        ]


def _note(line: Line) -> str:
    """What decay and the limit of the group left of a rule's points, where that is not all of them."""
    said = []
    if line.counted > 1:
        said.append(f"{line.counted} times")
    if line.decayed != line.raw:
        said.append(f"{line.raw} before it faded")
    if line.capped != line.decayed:
        said.append(f"{line.decayed} before the limit of its group")
    return ", ".join(said)


def explain_score(lead: Lead, now: datetime) -> Explanation:
    """The rules that gave `lead` its stored score, with what each gave.

    The score is computed again at the time it was stored. Where facts have changed since, a last part makes up the
    difference, so that the parts always sum to the score shown. `lead` has been found by `.visible_to`.
    """
    version, model = current_model()
    state, scored_at = ScoreState.objects.filter(lead=lead, model=version.pk).values_list(
        "state", "scored_at"
    ).first() or ({}, None)
    # The last time at which the score was found to be what is stored.
    at = max(filter(None, (lead.scored_at, scored_at, version.rescored_at))) if lead.scored_at else now
    found = _score_at(lead, state, model, at)
    parts = found.parts()
    rest = lead.score - found.total
    if rest:
        parts = (*parts, Part("Changed since it was last scored", rest))
    behind = lead.scored_at is None or CompanyChange.objects.filter(company=lead.company_id).exists()
    return Explanation(lead.score, lead.fit, lead.engagement, lead.band, at, version, found.lines, parts, behind)


def _score_at(lead: Lead, state: Mapping[str, Any], model: ScoreModel, at: datetime) -> Score:
    attributes = attributes_of(lead)
    if state.get("model") == model.state_key:
        return score_from_state(EngagementState.from_json(state), attributes, model, at)
    rows = Touchpoint.objects.filter(lead=lead, occurred_at__lte=at).order_by()
    touches = [Touch(*row) for row in rows.values_list("kind", "occurred_at", "content_id", "campaign_id")]
    return score(Signals(attributes, touches), model, at)


# -- the model in words ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """A group of rules as sentences."""

    group: Group
    sentences: tuple[tuple[str, str], ...]


def model_in_words(model: ScoreModel, kind: GroupKind) -> list[ModelGroup]:
    """The groups of a kind, each with (label, sentence) of its rules."""
    names = names_of_rules(model)
    return [
        ModelGroup(group, tuple((rule.label, rule_sentence(rule, names)) for rule in group.rules))
        for group in model.groups
        if group.kind is kind
    ]


def names_of_rules(model: ScoreModel) -> Names:
    """Names of the content and campaigns that the model mentions by id."""
    mentioned = model.engagement_rules
    return _names({rule.content for rule in mentioned}, {rule.campaign for rule in mentioned})


def names_of_criteria(criteria: Criteria) -> Names:
    """Names of the content and campaigns that criteria mention by id."""
    mentioned = [node for node in walk(criteria) if isinstance(node, Behaviour)]
    return _names({node.content for node in mentioned}, {node.campaign for node in mentioned})


def _names(contents: set[int | None], campaigns: set[int | None]) -> Names:
    found: dict[tuple[str, int], str] = {}
    content_ids, campaign_ids = ([pk for pk in ids if pk is not None] for ids in (contents, campaigns))
    if content_ids:
        assets = ContentAsset.objects.filter(pk__in=content_ids).values_list("pk", "title")
        found |= {("content", pk): title for pk, title in assets}
    if campaign_ids:
        known = Campaign.objects.filter(pk__in=campaign_ids).values_list("pk", "name")
        found |= {("campaign", pk): name for pk, name in known}
    return found
