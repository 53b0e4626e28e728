"""Reads of definitions: what was agreed, how it changed, who signed, and whom it means now."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from leads.domain.criteria import (
    All,
    AnyOf,
    Criteria,
    Names,
    parse,
    sentence,
)
from leads.domain.lifecycle import LifecycleStage
from leads.models import Definition, DefinitionVersion, Lead
from leads.querysets.criteria import compile_criteria
from leads.selectors.packets import in_force
from leads.selectors.scoring import names_of_criteria
from smarketing.accounts.models import Side, Signature, User
from smarketing.lib.errors import NotFound
from smarketing.people.selectors import managers_by_side
from smarketing.web.origins import Origin, origins_of

DEFINED: Final = (LifecycleStage.MQL, LifecycleStage.SQL)
"""Stages whose meaning the teams agree."""
SUBJECT: Final = "definition_version"
"""How signatures name a version."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """Criteria as a list a person reads: `head` says how the lines hang together."""

    head: str
    lines: tuple[str, ...]


def clauses(criteria: Criteria, names: Names | None = None) -> Clauses:
    """The criteria as one sentence a line."""
    names = names_of_criteria(criteria) if names is None else names
    if isinstance(criteria, All | AnyOf) and len(criteria.parts) > 1:
        head = "All of these" if isinstance(criteria, All) else "At least one of these"
        return Clauses(head, tuple(sentence(part, names) for part in criteria.parts))
    return Clauses("", (sentence(criteria, names),))


def threshold_sentence(enter: int | None, leave: int | None) -> str:
    """The threshold as a sentence; empty where no score is asked."""
    if enter is None:
        return ""
    low = enter if leave is None else leave
    return f"Total score reaches {enter}; a lead that is in stays until it falls below {low}."


@dataclass(frozen=True, slots=True)
class Sign:
    """One side's signature under a version: who signed, or who may."""

    side: str
    label: str
    signature: Signature | None
    signers: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference: `mark` is ``+``, ``−`` or empty for what stays."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version as people read it. `state`: ``in force``, ``ended``, ``waiting`` for signatures, ``discarded``
    or ``superseded``."""

    version: DefinitionVersion
    clauses: Clauses
    threshold: str
    signs: tuple[Sign, ...]
    changes: tuple[Change, ...]
    before: DefinitionVersion | None
    state: str
    origins: tuple[Origin, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether one side has signed it."""
        return any(sign.signature for sign in self.signs)


def definition_list(user: User) -> list[tuple[LifecycleStage, DefinitionVersion | None, DefinitionVersion | None]]:
    """For each defined stage: the version in force, and the newest draft after it; None where there is none."""
    versions = list(
        DefinitionVersion.objects.visible_to(user)
        .select_related("definition", "created_by")
        .filter(definition__stage__in=DEFINED)
        .order_by("-number")
    )
    found = []
    for stage in DEFINED:
        own = [version for version in versions if version.definition.stage == stage]
        in_force = next((v for v in own if v.in_force_from and not v.in_force_until), None)
        draft = next((v for v in own if _waits(v) and v.number > (in_force.number if in_force else 0)), None)
        found.append((stage, in_force, draft))
    return found


def _waits(version: DefinitionVersion) -> bool:
    """Whether it is a draft that nobody has given up."""
    return version.in_force_from is None and version.discarded_at is None


def newest_version(definition: Definition) -> DefinitionVersion | None:
    """What a next version starts from: the newest one that was not discarded."""
    if definition.pk is None:
        return None
    version: DefinitionVersion | None = (
        definition.versions.filter(discarded_at__isnull=True).order_by("-number").first()
    )
    return version


def definition_detail(user: User, stage: str) -> Definition:
    """The definition of a stage with its versions, newest first. NotFound for a stage that is not defined."""
    if stage not in DEFINED:
        raise NotFound("There is no definition of this stage.")
    definition = Definition.objects.visible_to(user).filter(stage=stage).first()
    return definition or Definition(stage=stage)


def version_detail(user: User, version_id: int) -> DefinitionVersion:
    """One version; NotFound where there is none."""
    versions = DefinitionVersion.objects.visible_to(user).select_related("definition", "created_by")
    version: DefinitionVersion | None = versions.filter(pk=version_id).first()
    if version is None:
        raise NotFound("There is no such version.")
    return version


def version_views(user: User, definition: Definition) -> list[VersionView]:
    """All versions of a definition as people read them, newest first.

    Each with its difference from the one that it replaced or, where it never was in force, from the one in force.
    """
    if definition.pk is None:
        return []
    versions = list(
        DefinitionVersion.objects.visible_to(user)
        .select_related("definition", "created_by")
        .filter(definition=definition)
        .order_by("number")
    )
    signatures = list(
        Signature.objects.filter(subject_kind=SUBJECT, subject_id__in=[v.pk for v in versions]).select_related("signer")
    )
    signers = managers_by_side()
    newest = max((version.number for version in versions if version.in_force_from), default=0)
    origins = origins_of(user, SUBJECT, [version.pk for version in versions])
    counted = sorted((v for v in versions if v.in_force_from), key=lambda v: v.in_force_from)
    before = {later.pk: earlier for earlier, later in itertools.pairwise(counted)}
    current = counted[-1] if counted else None
    return [
        _view(
            version,
            before.get(version.pk) if version.in_force_from else current,
            signatures,
            signers,
            newest,
            origins[version.pk],
        )
        for version in reversed(versions)
    ]


def _view(
    version: DefinitionVersion,
    before: DefinitionVersion | None,
    signatures: Sequence[Signature],
    signers: dict[Side, tuple[User, ...]],
    newest: int,
    origins: Sequence[Origin],
) -> VersionView:
    own = {s.side: s for s in signatures if (s.subject_id, s.content_hash) == (version.pk, version.content_hash)}
    criteria = parse(version.criteria)
    return VersionView(
        version,
        clauses(criteria),
        threshold_sentence(version.enter_score, version.leave_score),
        tuple(Sign(side, label, own.get(side), signers[Side(side)]) for side, label in Side.choices),
        changes(before, version) if before else (),
        before,
        _state(version, newest),
        tuple(origins),
    )


def _state(version: DefinitionVersion, newest: int) -> str:
    if version.discarded_at is not None:
        return "discarded"
    if version.in_force_from is None:
        return "superseded" if version.number < newest else "waiting"
    return "in force" if version.in_force_until is None else "ended"


def version_lines(version: DefinitionVersion) -> list[str]:
    """All that a version says, one sentence a line: what differences are told in."""
    told = clauses(parse(version.criteria))
    lines = [f"{told.head}:"] if told.head else []
    lines += told.lines
    threshold = threshold_sentence(version.enter_score, version.leave_score)
    return [*lines, *([threshold] if threshold else []), *([version.summary] if version.summary else [])]


def changes(before: DefinitionVersion, after: DefinitionVersion) -> tuple[Change, ...]:
    """What `after` says otherwise than `before`, line by line."""
    old, new = version_lines(before), version_lines(after)
    found: list[Change] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Change("", line) for line in old[i:j]]
        else:
            found += [Change("−", line) for line in old[i:j]]
            found += [Change("+", line) for line in new[k:m]]
    return tuple(found)


def leads_meeting(user: User, criteria: Criteria, now: datetime, *, enter_score: int | None = None) -> QuerySet[Lead]:
    """Visible leads that meet the criteria and have the score to enter, at `now`."""
    condition = compile_criteria(criteria, now)
    if enter_score is not None:
        condition &= Q(current_score__score__gte=enter_score)
    return Lead.objects.visible_to(user).filter(condition)


def newcomer_may_qualify(score: int, now: datetime) -> bool:
    """Whether a lead that has just come with this score may be an MQL at once.

    Below the threshold the definition in force neither moves a lead that never was above it nor remembers it.
    """
    enter = list(in_force(LifecycleStage.MQL, now).order_by().values_list("enter_score", flat=True))
    return any(least is None or least <= score for least in enter)
