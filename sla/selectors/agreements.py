"""Reading agreements: versions, who signed, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.models import Agreement, AgreementVersion, Clock, Commitment
from sla.models.agreements import PARTS, SIGNATURE_KIND
from smarketing.accounts.models import Side, Signature, User
from smarketing.lib.errors import NotFound
from smarketing.web.origins import Origin, origins_of

PART_TITLES = {
    "summary": "Summary",
    "goals": "Goals of both teams",
    "requirements": "What each team needs from the other",
    "contacts": "Owners and contacts",
    "repercussions": "When a goal is missed",
    "cancellation": "When the agreement ends",
}


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version with everything that a reader needs to sign it or to look it up."""

    version: AgreementVersion
    state: str
    parts: tuple[tuple[str, str], ...]
    marketing: tuple[Commitment, ...]
    sales: tuple[Commitment, ...]
    signatures: tuple[Signature, ...]
    unsigned: tuple[str, ...]
    changes: tuple[str, ...]
    versions: tuple[AgreementVersion, ...]
    origins: tuple[Origin, ...] = ()


def agreements(user: User) -> Sequence[Agreement]:
    """All agreements, the general one first."""
    return list(Agreement.objects.visible_to(user).select_related("team").order_by("team__name"))


def latest_version(user: User, *, now: datetime) -> AgreementVersion | None:
    """The version to show first: the one in force of the general agreement, else the newest there is."""
    versions = AgreementVersion.objects.visible_to(user).order_by("agreement__team", "-number")
    in_force = versions.in_force_at(now).order_by("agreement__team").filter(agreement__team__isnull=True).first()
    return in_force or versions.in_force_at(now).first() or versions.first()


def version_page(user: User, pk: int, *, now: datetime) -> VersionPage:
    """One version of an agreement. Raises NotFound."""
    version = (
        AgreementVersion.objects.visible_to(user)
        .select_related("agreement__team", "calendar", "created_by", "terminated_by")
        .prefetch_related("commitments", "ladder")
        .filter(pk=pk)
        .first()
    )
    if version is None:
        raise NotFound("There is no such version of an agreement.")
    signatures = tuple(
        Signature.objects.filter(
            subject_kind=SIGNATURE_KIND, subject_id=version.pk, content_hash=version.content_hash
        ).select_related("signer")
    )
    signed = {signature.side for signature in signatures}
    versions = tuple(AgreementVersion.objects.filter(agreement=version.agreement_id).order_by("-number"))
    before = next((other for other in versions if other.number < version.number), None)
    commitments = tuple(version.commitments.all())
    return VersionPage(
        version=version,
        state=version_state(version, signed, now),
        parts=tuple((PART_TITLES[part], getattr(version, part)) for part in PARTS),
        marketing=tuple(item for item in commitments if item.owed_by == Side.MARKETING),
        sales=tuple(item for item in commitments if item.owed_by == Side.SALES),
        signatures=signatures,
        unsigned=tuple(side for side in Side.values if side not in signed),
        changes=tuple(differences(before, version)) if before else (),
        versions=versions,
        origins=tuple(origins_of(user, SIGNATURE_KIND, [version.pk])[version.pk]),
    )


def open_clocks_of(version_id: int) -> int:
    """How many teams' clocks still run, or are still owed, under a version."""
    return Clock.objects.open().filter(commitment__version=version_id, scope=Clock.Scope.TEAM).count()


def version_state(version: AgreementVersion, signed: set[str], now: datetime) -> str:
    """Draft, in review, signed, in force, superseded, terminated: in words."""
    if version.in_force_from is not None:
        if version.in_force_until is not None and version.in_force_until <= now:
            return "Terminated" if version.terminated_by_id else "Superseded"
        return "In force" if version.in_force_from <= now else "Signed"
    if len(signed) == len(Side.values):
        return "Signed by both"
    return "In review" if signed else "Draft"


def differences(old: AgreementVersion, new: AgreementVersion) -> list[str]:
    """What changed from one version to the next, as sentences."""
    found = [f"{PART_TITLES[part]}: the text changed." for part in PARTS if getattr(old, part) != getattr(new, part)]
    before = {item.kind: item for item in old.commitments.all()}
    after = {item.kind: item for item in new.commitments.all()}
    for kind, item in after.items():
        if kind not in before:
            found.append(f"New: {_full(item)}")
        elif _full(before[kind]) != _full(item):
            found.append(f"{_full(before[kind])} became {_full(item)}")
    found += [f"No longer promised: {_full(item)}" for kind, item in before.items() if kind not in after]
    if [step.content() for step in old.ladder.all()] != [step.content() for step in new.ladder.all()]:
        found.append("The escalation ladder changed.")
    if old.calendar_id != new.calendar_id:
        found.append("The working calendar changed.")
    return found


def _full(item: Commitment) -> str:
    return f"{item.sentence()}, for {item.target_in_words} of them" if item.is_time else item.sentence()
