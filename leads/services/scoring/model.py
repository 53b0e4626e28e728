"""The scoring model in force, and the lock under which scores are computed by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, connection, transaction

from leads.domain.scoring import ModelError, ScoreModel, default_model, model_to_json, parse
from leads.events import ScoreModelInForce
from leads.models import ScoreModelVersion
from leads.permissions import can_draft_definitions
from leads.selectors.scoring import parsed_model, version_in_force
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid

if TYPE_CHECKING:
    from smarketing.accounts.models import User

LOCK: Final = 8_361_204_917
"""Names the advisory lock of scoring."""


def model_in_force(now: datetime) -> tuple[ScoreModelVersion, ScoreModel]:
    """The scoring model that counts; on first use the default model becomes version 1."""
    version = version_in_force()
    if version is None:
        model = default_model()
        try:
            with transaction.atomic():
                version = ScoreModelVersion.objects.create(
                    number=1 + ScoreModelVersion.objects.count(),
                    name=model.name,
                    content=model_to_json(model),
                    content_hash=model.content_hash,
                    created_at=now,
                    in_force_from=now,
                    rescored_at=now,
                )
        except IntegrityError:  # another worker was first
            version = ScoreModelVersion.objects.get(in_force_from__isnull=False, in_force_until__isnull=True)
    return version, parsed_model(version)


@transaction.atomic
def activate_model(content: Mapping[str, Any], *, actor: User, now: datetime) -> ScoreModelVersion:
    """Puts a new scoring model into force and ends the one before. The same model again changes nothing.

    `content`: a model as JSON (`leads.domain.scoring.parse`). Publishes ScoreModelInForce, upon which everybody is
    scored again. Raises NotAllowed, Invalid.
    """
    require(can_draft_definitions, actor)
    try:
        model = parse(content)
    except ModelError as error:
        raise Invalid(error.sentence, fields={error.path or "content": [error.sentence]}) from error
    hold_scoring(alone=True)
    current = ScoreModelVersion.objects.select_for_update().filter(
        in_force_from__isnull=False, in_force_until__isnull=True
    )
    before: ScoreModelVersion | None = current.first()
    if before and before.content_hash == model.content_hash:
        return before
    current.update(in_force_until=now)
    last = ScoreModelVersion.objects.order_by("-number").first()
    made: ScoreModelVersion = ScoreModelVersion.objects.create(
        number=last.number + 1 if last else 1,
        name=model.name,
        content=model_to_json(model),
        content_hash=model.content_hash,
        created_by=actor,
        created_at=now,
        in_force_from=now,
    )
    publish(
        ScoreModelInForce(score_model_id=made.pk, number=made.number, content_hash=made.content_hash),
        actor=actor,
        at=now,
    )
    return made


def hold_scoring(*, alone: bool = False, wait: bool = True) -> bool:
    """Takes the lock of scoring until the transaction ends; without `wait`, says whether it was to be had."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock{'' if alone else '_shared'}(%s)", [LOCK])
        return wait or bool(cursor.fetchone()[0])


def hold_scores(lead_ids: Sequence[int]) -> None:
    """Locks the scores of these leads until the transaction ends, in the order in which scoring locks them.

    For whoever is about to change many leads in one statement, which marks their scores in an order of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM leads_score WHERE lead_id = ANY (%s) ORDER BY lead_id FOR NO KEY UPDATE", [list(lead_ids)]
        )


def held_companies(ids: Iterable[int], fields: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """These fields of companies, each of which stands as it is until the transaction ends.

    For whoever scores a lead in the transaction that brings it to its company: a change of the company looks for its
    leads once, and would not see this one. A company that is being changed at this moment is left out, so that nobody
    waits for it: such a lead is scored afterwards.
    """
    columns = ", ".join(("id", *fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM leads_company WHERE id = ANY (%s) FOR SHARE SKIP LOCKED",  # noqa: S608 - code's own
            [list(ids)],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}
