"""Drafting and signing what the teams agree that a stage means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from leads.domain.criteria import Criteria, CriteriaError, parse, to_json
from leads.domain.lifecycle import LifecycleStage
from leads.domain.qualification import DEFAULT_MQL, DEFAULT_MQL_THRESHOLD, DEFAULT_SQL
from leads.events import (
    DefinitionVersionDiscarded,
    DefinitionVersionDrafted,
    DefinitionVersionInForce,
    DefinitionVersionSigned,
)
from leads.models import Definition, DefinitionVersion
from leads.permissions import can_draft_definitions, can_sign_for_marketing, can_sign_for_sales
from leads.selectors.definitions import DEFINED, SUBJECT
from smarketing.accounts.models import Side, Signature, User
from smarketing.accounts.permissions import require
from smarketing.accounts.services.signatures import both_sides_signed, sign
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound

SUMMARY_CHARS: Final = 2000
FIRST: Final[dict[LifecycleStage, tuple[Mapping[str, Any], int | None, int | None, str]]] = {
    LifecycleStage.MQL: (
        DEFAULT_MQL,
        DEFAULT_MQL_THRESHOLD.enter,
        DEFAULT_MQL_THRESHOLD.leave,
        "Can be reached, fits whom we sell to, and showed interest of late.",
    ),
    LifecycleStage.SQL: (DEFAULT_SQL, None, None, "Sales has the lead, and met it or opened a deal."),
}
"""What each stage may mean to begin with: criteria, the scores to enter and to leave, and the words."""
_MAY_SIGN: Final = {Side.MARKETING: can_sign_for_marketing, Side.SALES: can_sign_for_sales}


def content_hash(stage: str, criteria: Criteria, enter_score: int | None, leave_score: int | None, summary: str) -> str:
    """SHA-256 of all that a version says, in hex: what both sides sign."""
    content = {
        "stage": str(stage),
        "criteria": to_json(criteria),
        "enter_score": enter_score,
        "leave_score": leave_score,
        "summary": summary,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def draft_definition_version(
    stage: str,
    criteria: Mapping[str, Any],
    enter_score: int | None,
    leave_score: int | None,
    summary: str,
    *,
    replaces: int | None = None,
    actor: User,
    now: datetime,
) -> DefinitionVersion:
    """Proposes the next version of what `stage` means. Nothing changes until both sides have signed it.

    `criteria` is JSON of the criteria language; with it a lead enters at `enter_score` (None: no score asked) and
    leaves below `leave_score` (None: below the enter score). `replaces`: the draft that this one was written on from,
    which it discards unless a side has signed that. Publishes DefinitionVersionDrafted and, for the draft replaced,
    DefinitionVersionDiscarded. Raises NotAllowed, Invalid, Conflict (says nothing new).
    """
    require(can_draft_definitions, actor)
    if stage not in DEFINED:
        raise Invalid("The teams define what an MQL and an SQL are.", fields={"stage": ["Choose MQL or SQL."]})
    try:
        tree = parse(criteria)
    except CriteriaError as error:
        raise Invalid(error.sentence, fields={"criteria": [error.sentence]}) from error
    _check_scores(enter_score, leave_score)
    summary = summary.strip()
    if len(summary) > SUMMARY_CHARS:
        raise Invalid("The summary is too long.", fields={"summary": [f"At most {SUMMARY_CHARS} characters."]})
    definition, _ = Definition.objects.get_or_create(stage=stage)
    Definition.objects.lock(definition.pk)
    last = definition.versions.order_by("-number").first()
    hashed = content_hash(stage, tree, enter_score, leave_score, summary)
    before = definition.versions.filter(discarded_at__isnull=True).order_by("-number").first()
    if before and before.content_hash == hashed:
        raise Conflict(f"Version {before.number} says exactly this already.", code="definition_unchanged")
    version: DefinitionVersion = DefinitionVersion.objects.create(
        definition=definition,
        number=last.number + 1 if last else 1,
        criteria=to_json(tree),
        enter_score=enter_score,
        leave_score=leave_score,
        summary=summary,
        content_hash=hashed,
        created_by=actor,
        created_at=now,
    )
    publish(
        DefinitionVersionDrafted(
            definition_version_id=version.pk,
            stage=definition.get_stage_display(),
            number=version.number,
            content_hash=hashed,
            previous_id=before.pk if before else None,
        ),
        actor=actor,
        at=now,
    )
    replaced = definition.versions.filter(pk=replaces or 0, in_force_from=None, discarded_at=None).first()
    if replaced is not None and not _is_signed(replaced):
        _discard(replaced, actor=actor, now=now)
    return version


@transaction.atomic
def open_definition_draft(stage: str, *, why: str, actor: User, now: datetime) -> DefinitionVersion:
    """The draft in which to change what `stage` means: the newest version if it waits for signatures, else a copy.

    A copy has `why` as its summary. A stage that has no version yet begins with the first definition there is for it.
    Raises NotAllowed, Invalid (stage), Conflict.
    """
    require(can_draft_definitions, actor)
    if stage not in DEFINED:
        raise Invalid("The teams define what an MQL and an SQL are.", fields={"stage": ["Choose MQL or SQL."]})
    kept = DefinitionVersion.objects.filter(definition__stage=stage, discarded_at__isnull=True)
    newest = kept.order_by("-number").first()
    if newest is None:
        criteria, enter, leave, _ = FIRST[LifecycleStage(stage)]
        return draft_definition_version(stage, criteria, enter, leave, why, actor=actor, now=now)
    if newest.in_force_from is None:
        waiting: DefinitionVersion = newest
        return waiting
    return draft_definition_version(
        stage, newest.criteria, newest.enter_score, newest.leave_score, why, actor=actor, now=now
    )


@transaction.atomic
def discard_definition_version(version_id: int, *, actor: User, now: datetime) -> DefinitionVersion:
    """Gives up a draft that nobody has signed. It stays in the history and can no longer be signed.

    Discarding it again changes nothing. Publishes DefinitionVersionDiscarded. Raises NotFound, NotAllowed, Conflict
    (`definition_in_force`, `definition_signed`).
    """
    require(can_draft_definitions, actor)
    version = _locked(version_id)
    if version.discarded_at is not None:
        return version
    if version.in_force_from is not None:
        raise Conflict("This version has been in force: it cannot be discarded.", code="definition_in_force")
    if _is_signed(version):
        raise Conflict("One side has signed this draft: draft another version instead.", code="definition_signed")
    _discard(version, actor=actor, now=now)
    return version


def _is_signed(version: DefinitionVersion) -> bool:
    return Signature.objects.filter(subject_kind=SUBJECT, subject_id=version.pk).exists()


def _discard(version: DefinitionVersion, *, actor: User, now: datetime) -> None:
    version.discarded_at = now
    version.save(update_fields=["discarded_at"])
    event = DefinitionVersionDiscarded(
        definition_version_id=version.pk, stage=version.definition.get_stage_display(), number=version.number
    )
    publish(event, actor=actor, at=now)


def _check_scores(enter_score: int | None, leave_score: int | None) -> None:
    for name, value in (("enter_score", enter_score), ("leave_score", leave_score)):
        if value is not None and not 0 <= value <= 100:
            raise Invalid("A score is from 0 to 100.", fields={name: ["From 0 to 100."]})
    if leave_score is not None and (enter_score is None or leave_score > enter_score):
        problem = "Not above the score at which a lead enters."
        raise Invalid("A lead leaves at no more than the score at which it enters.", fields={"leave_score": [problem]})


@transaction.atomic
def sign_definition_version(
    version_id: int, side: str, *, actor: User, now: datetime, content: str | None = None
) -> DefinitionVersion:
    """Signs exactly this content for one side. The second signature puts it into force and ends the one before.

    `content`: the hash that the signer was shown; another one is refused. Publishes DefinitionVersionSigned and, with
    the second signature, DefinitionVersionInForce. Raises NotFound, NotAllowed, Invalid, Conflict.
    """
    if side not in Side.values:
        raise Invalid(f"There is no side “{side}”.", fields={"side": ["marketing or sales"]})
    require(_MAY_SIGN[Side(side)], actor)
    version = _locked(version_id)
    stage = version.definition.stage
    told = content_hash(stage, parse(version.criteria), version.enter_score, version.leave_score, version.summary)
    if version.content_hash != told or (content is not None and content != told):
        raise Conflict("This is not the content that was shown: read it again.", code="definition_content_differs")
    if version.in_force_from is not None:
        raise Conflict("This version has been in force already.", code="definition_in_force")
    if version.discarded_at is not None:
        raise Conflict("This draft was discarded: draft it anew to sign it.", code="definition_discarded")
    newer = version.definition.versions.filter(number__gt=version.number, in_force_from__isnull=False).first()
    if newer is not None:
        raise Conflict(f"Version {newer.number} has come into force since.", code="definition_superseded")
    sign(SUBJECT, version.pk, version.content_hash, side, signer=actor, now=now)
    publish(
        DefinitionVersionSigned(
            definition_version_id=version.pk,
            stage=version.definition.get_stage_display(),
            number=version.number,
            side=side,
            content_hash=version.content_hash,
        ),
        actor=actor,
        at=now,
    )
    if both_sides_signed(SUBJECT, version.pk, version.content_hash):
        _put_into_force(version, actor=actor, now=now)
    return version


def _locked(version_id: int) -> DefinitionVersion:
    """The version, with its definition locked, so that two second signatures come one after the other."""
    version: DefinitionVersion | None = (
        DefinitionVersion.objects.select_related("definition").filter(pk=version_id).first()
    )
    if version is None:
        raise NotFound("There is no such version.")
    Definition.objects.lock(version.definition_id)
    version.refresh_from_db()
    return version


def _put_into_force(version: DefinitionVersion, *, actor: User, now: datetime) -> None:
    before = version.definition.versions.filter(in_force_from__isnull=False, in_force_until__isnull=True).first()
    start = now
    if before is not None:
        # Two versions in one instant still follow each other.
        start = max(now, before.in_force_from + timedelta(microseconds=1))
        before.in_force_until = start
        before.save(update_fields=["in_force_until"])
    version.in_force_from = start
    version.save(update_fields=["in_force_from"])
    publish(
        DefinitionVersionInForce(
            definition_version_id=version.pk,
            stage=version.definition.get_stage_display(),
            number=version.number,
            content_hash=version.content_hash,
            in_force_from=start,
        ),
        actor=actor,
        at=now,
    )


def agree_first_definitions(*, marketing: User, sales: User, now: datetime) -> list[DefinitionVersion]:
    """A first MQL and a first SQL definition, drafted and signed by two managers; for a stage that has none."""
    made = []
    for stage, (criteria, enter, leave, summary) in FIRST.items():
        if DefinitionVersion.objects.filter(definition__stage=stage).exists():
            continue
        version = draft_definition_version(stage, criteria, enter, leave, summary, actor=marketing, now=now)
        sign_definition_version(version.pk, Side.MARKETING, actor=marketing, now=now)
        made.append(sign_definition_version(version.pk, Side.SALES, actor=sales, now=now))
    return made
