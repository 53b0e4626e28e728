"""Drafting, signing and bringing into force what the teams owe each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max

from sla.events import (
    AgreementCameIntoForce,
    AgreementDiscarded,
    AgreementDrafted,
    AgreementSigned,
    AgreementTerminated,
)
from sla.models import Agreement, AgreementVersion, Commitment, CommitmentKind, EscalationStep, WorkingCalendar
from sla.models.agreements import PARTS, SIGNATURE_KIND
from sla.models.commitments import DEFAULT_WARN_SHARE, OWED_BY, SHARE_KINDS, TIME_KINDS, VOLUME_KINDS
from sla.permissions import can_bring_into_force, can_draft_agreements, can_sign, can_sign_any, can_terminate
from smarketing.accounts.models import Side, Signature, Team, User
from smarketing.accounts.permissions import require
from smarketing.accounts.services import sign, signatures_for
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound

WHY_CHARS = 1000
LONGEST_NOTICE = timedelta(days=731)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentDraft:
    """One promise as proposed. Time commitments have `allowed` (working time) and `target_share` (0–1)."""

    kind: str
    allowed: timedelta | None = None
    target_share: Decimal | None = None
    target_count: int | None = None
    warn_share: Decimal = DEFAULT_WARN_SHARE
    calendar_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One rung of the ladder as proposed: `notify` is owner, manager or both_managers."""

    after: timedelta
    notify: str


@transaction.atomic
def create_agreement(*, name: str, team_id: int | None = None, actor: User, now: datetime) -> Agreement:
    """A contract for one sales team, or for all that have none of their own. Raises NotAllowed, Invalid, Conflict."""
    require(can_draft_agreements, actor)
    if not name.strip():
        raise Invalid("Give the agreement a name.", fields={"name": ["Give the agreement a name."]})
    if team_id is not None and not Team.objects.filter(pk=team_id, side=Side.SALES).exists():
        raise Invalid("An agreement is for a sales team.", fields={"team": ["Choose a sales team."]})
    try:
        with transaction.atomic():
            return Agreement.objects.create(name=name.strip(), team_id=team_id, created_at=now)
    except IntegrityError as error:
        raise Conflict("There is an agreement for this team already.", code="agreement_exists") from error


@transaction.atomic
def start_agreement(
    *,
    name: str,
    team_id: int | None = None,
    parts: Mapping[str, str],
    commitments: Sequence[CommitmentDraft],
    ladder: Sequence[StepDraft] = (),
    calendar_id: int | None = None,
    actor: User,
    now: datetime,
) -> AgreementVersion:
    """A new agreement with its first version, as a draft. Raises what the two steps raise."""
    agreement = create_agreement(name=name, team_id=team_id, actor=actor, now=now)
    return draft_version(
        agreement.pk,
        parts=parts,
        commitments=commitments,
        ladder=ladder,
        calendar_id=calendar_id,
        actor=actor,
        now=now,
    )


@transaction.atomic
def draft_version(
    agreement_id: int,
    *,
    parts: Mapping[str, str],
    commitments: Sequence[CommitmentDraft],
    ladder: Sequence[StepDraft] = (),
    calendar_id: int | None = None,
    actor: User,
    now: datetime,
) -> AgreementVersion:
    """The next version of an agreement, as a draft. Raises NotAllowed, NotFound, Invalid."""
    require(can_draft_agreements, actor)
    agreement = Agreement.objects.visible_to(actor).lock(agreement_id)
    _check(commitments, ladder, calendar_id)
    number = (agreement.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = AgreementVersion.objects.create(
        agreement=agreement, number=number, created_by=actor, created_at=now, content_hash="", **_parts(parts)
    )
    return _write(version, commitments, ladder, calendar_id, actor=actor, now=now)


@transaction.atomic
def open_agreement_draft(agreement_id: int, *, actor: User, now: datetime) -> AgreementVersion:
    """The draft in which to change an agreement: the newest version if it is a draft, else a copy of it.

    Raises NotAllowed, NotFound.
    """
    require(can_draft_agreements, actor)
    # Of two who ask at once, the second finds the draft of the first.
    Agreement.objects.visible_to(actor).lock(agreement_id)
    newest: AgreementVersion | None = (
        AgreementVersion.objects.visible_to(actor)
        .filter(agreement=agreement_id, discarded_at__isnull=True)
        .select_related("agreement")
        .prefetch_related("commitments", "ladder")
        .order_by("-number")
        .first()
    )
    if newest is None:
        raise NotFound("There is no such agreement, or nothing to begin with.")
    if newest.in_force_from is None:
        return newest
    return draft_version(
        agreement_id,
        parts={part: getattr(newest, part) for part in PARTS},
        commitments=[
            CommitmentDraft(
                kind=item.kind,
                allowed=item.allowed,
                target_share=item.target_share,
                target_count=item.target_count,
                warn_share=item.warn_share,
                calendar_id=item.calendar_id,
            )
            for item in newest.commitments.all()
        ],
        ladder=[StepDraft(after=step.after, notify=step.notify) for step in newest.ladder.all()],
        calendar_id=newest.calendar_id,
        actor=actor,
        now=now,
    )


@transaction.atomic
def redraft_version(
    version_id: int,
    *,
    parts: Mapping[str, str],
    commitments: Sequence[CommitmentDraft],
    ladder: Sequence[StepDraft] = (),
    calendar_id: int | None = None,
    content_hash: str = "",
    actor: User,
    now: datetime,
) -> AgreementVersion:
    """Rewrites a draft that never was in force. Signatures under the old content no longer count; the same content
    again changes nothing.

    `content_hash`: what the writer began with; refused where somebody else has rewritten it since. Raises NotAllowed,
    NotFound, Conflict (`agreement_kept`, `agreement_discarded`, `agreement_changed`), Invalid.
    """
    require(can_draft_agreements, actor)
    version = _locked(version_id, actor)
    if version.in_force_from is not None:
        raise Conflict("This version was in force and keeps its content; draft a new one.", code="agreement_kept")
    _refuse_discarded(version)
    if content_hash not in ("", version.content_hash):
        raise Conflict("Somebody else has rewritten this draft: look at it again.", code="agreement_changed")
    _check(commitments, ladder, calendar_id)
    for part, text in _parts(parts).items():
        setattr(version, part, text)
    return _write(version, commitments, ladder, calendar_id, actor=actor, now=now)


@transaction.atomic
def discard_version(version_id: int, *, actor: User, now: datetime) -> AgreementVersion:
    """Gives up a draft that nobody has signed. It stays in the history and can no longer be changed or signed.

    Discarding it again changes nothing. Publishes AgreementDiscarded. Raises NotAllowed, NotFound, Conflict
    (`agreement_kept`, `agreement_signed`).
    """
    require(can_draft_agreements, actor)
    version = _locked(version_id, actor)
    if version.discarded_at is not None:
        return version
    if version.in_force_from is not None:
        raise Conflict("This version was in force and keeps its content.", code="agreement_kept")
    if signed_sides(version):
        raise Conflict("One side has signed this draft: rewrite it, or draft another.", code="agreement_signed")
    version.discarded_at = now
    version.save(update_fields=["discarded_at"])
    event = AgreementDiscarded(version_id=version.pk, agreement=version.agreement.name, number=version.number)
    publish(event, actor=actor, at=now)
    return version


@transaction.atomic
def sign_version(version_id: int, *, side: str, content_hash: str = "", actor: User, now: datetime) -> Signature:
    """Signs exactly this content for a side. `content_hash`: what the signer read; refused where it has changed since.

    Raises NotAllowed, NotFound, Invalid (side), Conflict (`agreement_changed`, `agreement_discarded`,
    `already_signed`).
    """
    require(can_sign_any, actor)
    version = _locked(version_id, actor)
    if side not in Side.values:
        raise Invalid("A side is marketing or sales.", fields={"side": ["Choose a side."]})
    require(can_sign, actor, side)
    _refuse_discarded(version)
    if version.computed_hash() != version.content_hash or content_hash not in ("", version.content_hash):
        raise Conflict("The agreement has changed since you read it: read it again.", code="agreement_changed")
    signature = sign(SIGNATURE_KIND, version.pk, version.content_hash, side, signer=actor, now=now)
    publish(
        AgreementSigned(
            version_id=version.pk,
            agreement=version.agreement.name,
            number=version.number,
            side=side,
            content_hash=version.content_hash,
        ),
        actor=actor,
        at=now,
    )
    return signature


@transaction.atomic
def bring_into_force(version_id: int, *, actor: User, now: datetime) -> AgreementVersion:
    """The version holds for handoffs made from `now` on; the one in force until now ends. Clocks that run stay with
    the version under which they started.

    Raises NotAllowed, NotFound, Conflict (unsigned, changed, discarded, was in force before, one is in force from
    later on).
    """
    require(can_bring_into_force, actor)
    version = _locked(version_id, actor)
    if version.in_force_from is not None:
        raise Conflict("This version is or was in force already.", code="agreement_kept")
    _refuse_discarded(version)
    missing = set(Side.values) - set(signed_sides(version))
    if missing:
        names, has = " and ".join(Side(side).label for side in sorted(missing)), "has" if len(missing) == 1 else "have"
        raise Conflict(f"{names} {has} not signed exactly this content yet.", code="agreement_unsigned")
    if not WorkingCalendar.objects.filter(is_default=True).exists() and version.calendar_id is None:
        raise Conflict("There is no working calendar: an admin has to publish one.", code="calendar_missing")
    # Locked: whoever ends it at this moment has ended it first, or finds it ended.
    in_force = AgreementVersion.objects.in_force_at(now).filter(agreement=version.agreement_id)
    previous = in_force.select_for_update(of=("self",)).first()
    if previous is not None and previous.in_force_from >= now:
        raise Conflict("Another version came into force at this very moment.", code="agreement_in_force")
    if previous is not None:
        # Where it was terminated with notice, the next version was quicker.
        previous.in_force_until, previous.terminated_by, previous.terminated_why = now, None, ""
        previous.save(update_fields=["in_force_until", "terminated_by", "terminated_why"])
    version.in_force_from = now
    try:
        with transaction.atomic():
            version.save(update_fields=["in_force_from"])
    except IntegrityError as error:
        raise Conflict("Another version is in force then.", code="agreement_in_force") from error
    publish(
        AgreementCameIntoForce(
            version_id=version.pk,
            agreement=version.agreement.name,
            number=version.number,
            in_force_from=now,
            previous_id=previous.pk if previous else None,
        ),
        actor=actor,
        at=now,
    )
    return version


@transaction.atomic
def terminate_version(
    version_id: int, *, why: str, ends_at: datetime | None = None, actor: User, now: datetime
) -> AgreementVersion:
    """Ends the version in force at `ends_at` (default now; later, where notice is to be given), as its conditions of
    cancellation provide; no version comes after it by itself. Until it has ended, its end may be set anew.

    No clock starts for a handoff made from then on. Clocks belong to the version in force when their handoff was
    made (semantics, section 2): what was promised on handoffs of before is still owed, and runs on. `why` says which
    condition is there. Publishes AgreementTerminated. Raises NotAllowed, NotFound, Invalid (`reason_missing`,
    `end_out_of_range`), Conflict (`agreement_not_in_force`).
    """
    require(can_terminate, actor)
    version = _locked(version_id, actor)
    words = why.strip()
    if not words or len(words) > WHY_CHARS:
        text = f"Say in 1 to {WHY_CHARS} characters why the agreement ends."
        raise Invalid(text, code="reason_missing", fields={"why": [text]})
    started, until = version.in_force_from, version.in_force_until
    if started is None or started >= now or (until is not None and until <= now):
        raise Conflict("This version is not in force: there is nothing to end.", code="agreement_not_in_force")
    end = ends_at or now
    if not now <= end <= now + LONGEST_NOTICE:
        text = "It ends now or within the next two years."
        raise Invalid(text, code="end_out_of_range", fields={"ends_at": [text]})
    version.in_force_until, version.terminated_by, version.terminated_why = end, actor, words
    version.save(update_fields=["in_force_until", "terminated_by", "terminated_why"])
    publish(
        AgreementTerminated(
            version_id=version.pk,
            agreement=version.agreement.name,
            number=version.number,
            why=words,
            terminated_at=now,
            in_force_until=end,
        ),
        actor=actor,
        at=now,
    )
    return version


def signed_sides(version: AgreementVersion) -> list[str]:
    """The sides that have signed exactly the content that the version has now."""
    if version.computed_hash() != version.content_hash:
        return []
    return [side.value for side in signatures_for(SIGNATURE_KIND, version.pk, version.content_hash)]


def _locked(version_id: int, actor: User) -> AgreementVersion:
    version: AgreementVersion = AgreementVersion.objects.visible_to(actor).select_related("agreement").lock(version_id)
    return version


def _refuse_discarded(version: AgreementVersion) -> None:
    if version.discarded_at is not None:
        raise Conflict("This draft was discarded: draft it anew.", code="agreement_discarded")


def _parts(parts: Mapping[str, str]) -> dict[str, str]:
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise Invalid(f"An agreement has no part “{sorted(unknown)[0]}”.", code="agreement_part_unknown")
    return {part: parts.get(part, "").strip() for part in PARTS}


def _check(commitments: Sequence[CommitmentDraft], ladder: Sequence[StepDraft], calendar_id: int | None) -> None:
    if not commitments:
        raise Invalid("An agreement needs at least one commitment.", code="commitments_missing")
    kinds = [draft.kind for draft in commitments]
    if len(set(kinds)) != len(kinds):
        raise Invalid("Each kind of commitment can be made once.", code="commitment_twice")
    for draft in commitments:
        _check_commitment(draft)
    for step in ladder:
        if step.after < timedelta(0) or step.notify not in EscalationStep.Notify.values:
            raise Invalid("A step of the ladder comes after the due time and tells somebody.", code="step_bad")
    if list(ladder) != sorted(ladder, key=lambda step: step.after):
        raise Invalid("The steps of the ladder come in the order of their time.", code="ladder_order")
    calendars = {pk for pk in (calendar_id, *(draft.calendar_id for draft in commitments)) if pk is not None}
    if WorkingCalendar.objects.filter(pk__in=calendars, archived_at__isnull=True).count() != len(calendars):
        raise Invalid("There is no such working calendar.", fields={"calendar": ["Choose a calendar."]})


def _check_commitment(draft: CommitmentDraft) -> None:
    if draft.kind not in CommitmentKind.values:
        raise Invalid(f"“{draft.kind}” is not a kind of commitment.", code="commitment_kind_unknown")
    label = CommitmentKind(draft.kind).label
    if draft.kind in TIME_KINDS and (draft.allowed is None or draft.allowed <= timedelta(0)):
        raise Invalid(f"{label}: say within which working time.", code="commitment_needs_time")
    if draft.kind in TIME_KINDS + SHARE_KINDS and (draft.target_share is None or not 0 < draft.target_share <= 1):
        raise Invalid(f"{label}: the target is more than 0 and at most 100 %.", code="commitment_needs_share")
    if draft.kind in VOLUME_KINDS and (draft.target_count is None or draft.target_count < 1):
        raise Invalid(f"{label}: say how many a month.", code="commitment_needs_count")
    if not 0 < draft.warn_share <= 1:
        raise Invalid(f"{label}: the warning comes at more than 0 and at most 100 %.", code="commitment_warn_bad")


def _write(
    version: AgreementVersion,
    commitments: Sequence[CommitmentDraft],
    ladder: Sequence[StepDraft],
    calendar_id: int | None,
    *,
    actor: User,
    now: datetime,
) -> AgreementVersion:
    """Writes what a version says, in place of what it said; nothing where it says the same."""
    promises = [
        Commitment(
            version=version,
            position=position,
            kind=draft.kind,
            owed_by=OWED_BY[CommitmentKind(draft.kind)],
            allowed=draft.allowed if draft.kind in TIME_KINDS else None,
            target_share=None if draft.kind in VOLUME_KINDS else draft.target_share,
            target_count=draft.target_count if draft.kind in VOLUME_KINDS else None,
            warn_share=draft.warn_share,
            calendar_id=draft.calendar_id,
        )
        for position, draft in enumerate(commitments, start=1)
    ]
    steps = [
        EscalationStep(version=version, position=position, after=step.after, notify=step.notify)
        for position, step in enumerate(ladder, start=1)
    ]
    version.calendar_id = calendar_id
    hashed = version.hash_with(promises, steps)
    if hashed == version.content_hash:
        return version
    version.commitments.all().delete()
    version.ladder.all().delete()
    Commitment.objects.bulk_create(promises)
    EscalationStep.objects.bulk_create(steps)
    version.content_hash = hashed
    version.save()
    publish(
        AgreementDrafted(
            version_id=version.pk,
            agreement=version.agreement.name,
            number=version.number,
            content_hash=version.content_hash,
        ),
        actor=actor,
        at=now,
    )
    return version
