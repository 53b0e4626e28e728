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
class VersionLine:
    """One version in the list of all. `unsigned`: the sides that have not signed exactly what it says now."""

    version: AgreementVersion
    state: str
    unsigned: tuple[str, ...]

    @property
    def is_draft(self) -> bool:
        """Whether it may still come into force."""
        return self.version.in_force_from is None and self.version.discarded_at is None

    @property
    def title(self) -> str:
        """How far a draft is, in a sentence."""
        if len(self.unsigned) == 1:
            return f"Version {self.version.number} waits for the signature of {self.unsigned[0]}"
        how_far = "is a draft that nobody has signed" if self.unsigned else "is signed by both and not in force yet"
        return f"Version {self.version.number} {how_far}"


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version with everything that a reader needs to sign it or to look it up.

    `before`: what `changes` compare with, the version that it would replace or has replaced. `drafts`: other versions
    that may come into force.
    """

    version: AgreementVersion
    state: str
    is_draft: bool
    parts: tuple[tuple[str, str], ...]
    marketing: tuple[Commitment, ...]
    sales: tuple[Commitment, ...]
    signatures: tuple[Signature, ...]
    unsigned: tuple[str, ...]
    before: AgreementVersion | None
    changes: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    drafts: tuple[VersionLine, ...]
    origins: tuple[Origin, ...] = ()


def agreements(user: User) -> Sequence[Agreement]:
    """All agreements, the general one first."""
    return list(Agreement.objects.visible_to(user).select_related("team").order_by("team__name"))


def latest_version(user: User, *, now: datetime) -> AgreementVersion | None:
    """The version to show first: the one in force of the general agreement, else the newest there is."""
    versions = AgreementVersion.objects.visible_to(user).order_by("agreement__team", "-number")
    in_force = versions.in_force_at(now).order_by("agreement__team").filter(agreement__team__isnull=True).first()
    kept = versions.filter(discarded_at__isnull=True)
    return in_force or versions.in_force_at(now).first() or kept.first() or versions.first()


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
    versions = version_lines(version.agreement_id, now=now)
    own = next(line for line in versions if line.version.pk == version.pk)
    before = version_before(version)
    commitments = tuple(version.commitments.all())
    return VersionPage(
        version=version,
        state=own.state,
        is_draft=own.is_draft,
        parts=tuple((PART_TITLES[part], getattr(version, part)) for part in PARTS),
        marketing=tuple(item for item in commitments if item.owed_by == Side.MARKETING),
        sales=tuple(item for item in commitments if item.owed_by == Side.SALES),
        signatures=tuple(
            Signature.objects.filter(
                subject_kind=SIGNATURE_KIND, subject_id=version.pk, content_hash=version.content_hash
            ).select_related("signer")
        ),
        unsigned=own.unsigned,
        before=before,
        changes=tuple(differences(before, version)) if before else (),
        versions=versions,
        drafts=tuple(line for line in versions if line.is_draft and line.version.pk != version.pk),
        origins=tuple(origins_of(user, SIGNATURE_KIND, [version.pk])[version.pk]),
    )


def open_clocks_of(version_id: int) -> int:
    """How many teams' clocks still run, or are still owed, under a version."""
    return Clock.objects.open().filter(commitment__version=version_id, scope=Clock.Scope.TEAM).count()


def version_lines(agreement_id: int, *, now: datetime) -> tuple[VersionLine, ...]:
    """All versions of an agreement, newest first, each with its state; two queries."""
    versions = list(
        AgreementVersion.objects.filter(agreement=agreement_id).select_related("created_by").order_by("-number")
    )
    signed: dict[tuple[int, str], set[str]] = {}
    of_these = Signature.objects.filter(subject_kind=SIGNATURE_KIND, subject_id__in=[each.pk for each in versions])
    for pk, content, side in of_these.values_list("subject_id", "content_hash", "side"):
        signed.setdefault((pk, content), set()).add(side)
    found = []
    for version in versions:
        sides = signed.get((version.pk, version.content_hash), set())
        unsigned = tuple(side for side in Side.values if side not in sides)
        found.append(VersionLine(version, version_state(version, sides, now), unsigned))
    return tuple(found)


def version_before(version: AgreementVersion) -> AgreementVersion | None:
    """The version that this one replaced, or, for a draft, the one that it would replace."""
    others = AgreementVersion.objects.filter(agreement=version.agreement_id, in_force_from__isnull=False)
    if version.in_force_from is not None:
        others = others.filter(in_force_from__lt=version.in_force_from)
    return others.order_by("-in_force_from").first()


def version_state(version: AgreementVersion, signed: set[str], now: datetime) -> str:
    """Draft, in review, signed, in force, superseded, terminated, discarded: in words."""
    if version.discarded_at is not None:
        return "Discarded"
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
