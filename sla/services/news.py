"""Telling people whose turn it is: a contested breach, an excuse, an agreement to sign or in force."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from sla.models import AgreementVersion, Breach, Clock
from sla.models.agreements import SIGNATURE_KIND
from smarketing.accounts.models import Organisation, Side
from smarketing.notifications.services import notify
from smarketing.people.selectors import managers_by_side
from smarketing.people.services.signing import Document, tell_of_signature
from smarketing.people.services.signing import tell_of_force as tell_managers_of_force
from smarketing.web.wording import exact_words


def tell_of_contest(breach_id: int) -> None:
    """Who may excuse a contested breach hears why it is contested: the managers of the side that it was owed to."""
    breach = _breach(breach_id)
    if breach.contested_at is None:
        return
    owed_by = breach.clock.commitment.owed_by
    other = next(side for side in Side if side != owed_by)
    notify(
        managers_by_side()[other],
        kind="sla.contested",
        title=f"{breach.contested_by} contests a missed promise",
        body=f"{_about(breach)}\nWhy: {breach.contest_reason}\nA manager of {other} may excuse it, or leave it.",
        url=reverse("sla:clock-detail", args=[breach.clock_id]),
        dedupe_key=f"sla.contested:{breach.pk}",
        now=breach.contested_at,
    )


def tell_of_waiver(breach_id: int) -> None:
    """Whose breach it was and who contested it hear that it is excused."""
    breach = _breach(breach_id)
    waiver = breach.waiver
    clock, handoff = breach.clock, breach.clock.handoff
    owed_by_marketing = clock.commitment.owed_by == Side.MARKETING
    owner = handoff.created_by if owed_by_marketing else (clock.owner or handoff.owner)
    notify(
        [person for person in (owner, breach.contested_by) if person is not None],
        kind="sla.waived",
        title=f"{waiver.waived_by} excused a missed promise",
        body=f"{_about(breach)}\nWhy: {waiver.reason}\nIt is still counted, and shown apart.",
        url=reverse("sla:clock-detail", args=[breach.clock_id]),
        dedupe_key=f"sla.waived:{breach.pk}",
        now=waiver.waived_at,
    )


def tell_who_signs_next(version_id: int, side: str) -> None:
    """`side` has signed; once both have, a manager says from when it counts."""
    what_next = "A manager of either side says from when it counts."
    tell_of_signature(_document(_version(version_id)), side, once_signed=what_next)


def tell_of_force(version_id: int) -> None:
    """From when a version counts."""
    version = _version(version_id)
    if version.in_force_from is not None:
        said = "Promises made from now on are judged by it."
        tell_managers_of_force(_document(version), said, now=version.in_force_from)


def tell_of_termination(version_id: int, now: datetime) -> None:
    """The managers of both sides hear when an agreement ends, and why."""
    version = _version(version_id)
    if version.terminated_by is None or version.in_force_until is None:
        return
    signers = managers_by_side()
    end = exact_words(version.in_force_until, ZoneInfo(Organisation.current().timezone))
    notify(
        [*signers[Side.MARKETING], *signers[Side.SALES]],
        kind="sla.terminated",
        title=f"{version.terminated_by} terminated {version.agreement}",
        body=f"It ends {end}.\nWhy: {version.terminated_why}\n"
        "Handoffs from then on start no clock; what was promised before runs on.",
        url=reverse("sla:agreement-version", args=[version.pk]),
        # By when it was said: an end that was moved and moved back is told again.
        dedupe_key=f"sla.terminated:{version.pk}:{now.isoformat()}",
        now=now,
    )


def _version(version_id: int) -> AgreementVersion:
    version: AgreementVersion = AgreementVersion.objects.select_related("agreement", "terminated_by").get(pk=version_id)
    return version


def _document(version: AgreementVersion) -> Document:
    return Document(
        SIGNATURE_KIND,
        version.pk,
        version.content_hash,
        name=f"{version.agreement}, version {version.number}",
        url=reverse("sla:agreement-version", args=[version.pk]),
    )


def _breach(breach_id: int) -> Breach:
    about = ("clock__commitment", "clock__handoff__lead", "clock__handoff__created_by", "clock__handoff__owner")
    breach: Breach = Breach.objects.select_related(*about, "clock__owner", "contested_by").get(pk=breach_id)
    return breach


def _about(breach: Breach) -> str:
    clock: Clock = breach.clock
    return f"{clock.handoff.lead.label}: {clock.commitment.sentence()}."
