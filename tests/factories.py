"""Makes rows for tests. Everything has a believable default; a test states only what it is about."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from leads.domain.channels import Channel
from leads.domain.handoffs import HandoffStatus
from leads.domain.lifecycle import LifecycleStage
from leads.models import (
    Assignment,
    Campaign,
    Company,
    ContentAsset,
    Deal,
    Definition,
    DefinitionVersion,
    Handoff,
    ImportRun,
    Lead,
    LossReason,
    RejectionReason,
    Score,
    Spend,
    StageTransition,
    Touchpoint,
)
from smarketing.accounts.models import Membership, Organisation, Side, Signature, Team, User
from smarketing.lib.tabular import Layout

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
"""A Tuesday morning: the time that tests take as the present."""

PASSWORD = "blue-harbour-42"

_numbers = itertools.count(1)


def ago(**span: float) -> datetime:
    """The instant this long before NOW, e.g. ``ago(days=3)``."""
    return NOW - timedelta(**span)


def make_organisation(**fields: Any) -> Organisation:
    """The organisation: Northwind, in UTC and EUR unless said."""
    values = {"name": "Northwind", "timezone": "UTC", "currency": "EUR", **fields}
    return Organisation.objects.update_or_create(id=1, defaults=values)[0]


def make_team(name: str = "", *, side: str = Side.SALES) -> Team:
    """A team; sales unless said."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}", side=side)


def make_user(
    name: str = "", *, team: Team | None = None, manager: bool = False, password: str | None = None, **fields: Any
) -> User:
    """A person, a member (or the manager) of `team` where given. Give a password to sign in by the form."""
    number = next(_numbers)
    name = name or f"Person {number}"
    email = fields.pop("email", f"{name.split()[0].lower()}.{number}@example.com")
    user = User.objects.create_user(email, password, name=name, **fields)
    if team is not None:
        Membership.objects.create(user=user, team=team, is_manager=manager)
    return user


def make_company(**fields: Any) -> Company:
    """A company with a domain of its own."""
    number = next(_numbers)
    values = {"name": f"Company {number}", "domain": f"company-{number}.example", "created_at": ago(days=60)}
    return Company.objects.create(**{**values, **fields})


def make_campaign(**fields: Any) -> Campaign:
    """A campaign that has run for sixty days."""
    values: dict[str, Any] = {
        "name": f"Campaign {next(_numbers)}",
        "channel": Channel.PAID_SEARCH,
        "currency": "EUR",
        "start_on": ago(days=60).date(),
        "created_at": ago(days=60),
    }
    return Campaign.objects.create(**{**values, **fields})


def make_spend(campaign: Campaign | None = None, **fields: Any) -> Spend:
    """A hundred euros spent yesterday."""
    values: dict[str, Any] = {"spent_on": ago(days=1).date(), "amount": Decimal(100), "currency": "EUR"}
    return Spend.objects.create(campaign=campaign or make_campaign(), **{**values, **fields})


def make_content(**fields: Any) -> ContentAsset:
    """A content asset."""
    values: dict[str, Any] = {
        "title": f"Guide {next(_numbers)}",
        "kind": ContentAsset.Kind.values[0],
        "created_at": ago(days=60),
    }
    return ContentAsset.objects.create(**{**values, **fields})


def make_lead(*, transitions: bool = True, **fields: Any) -> Lead:
    """A lead thirty days old, at stage lead unless said, with the transition that recorded it."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "email": f"lead-{number}@example.com",
        "first_name": "Ingrid",
        "last_name": f"Solheim {number}",
        "created_at": ago(days=30),
        "stage": LifecycleStage.LEAD,
    }
    values.update(fields)
    values.setdefault("stage_changed_at", values["created_at"])
    scored = {name: values.pop(name) for name in ("fit", "engagement", "score", "band", "scored_at") if name in values}
    lead = Lead.objects.create(**values)
    if scored:
        set_score(lead, **scored)
    if transitions:
        StageTransition.objects.create(lead=lead, to_stage=lead.stage, occurred_at=lead.stage_changed_at)
    return lead


def set_score(lead: Lead, **fields: Any) -> None:
    """Gives the lead this fit, engagement, score, band or time of scoring, whatever its facts say."""
    Score.objects.filter(lead=lead).update(**fields)


def make_touchpoint(lead: Lead | None = None, **fields: Any) -> Touchpoint:
    """A form submitted three days ago, by a new lead unless given."""
    values: dict[str, Any] = {"kind": Touchpoint.Kind.FORM_SUBMITTED, "occurred_at": ago(days=3)}
    return Touchpoint.objects.create(lead=lead or make_lead(), **{**values, **fields})


def make_loss_reason(**fields: Any) -> LossReason:
    """A reason for which deals are lost."""
    number = next(_numbers)
    return LossReason.objects.create(**{"code": f"loss-{number}", "label": f"Loss {number}", **fields})


def make_reason(**fields: Any) -> RejectionReason:
    """A reason for which sales may reject."""
    number = next(_numbers)
    values: dict[str, Any] = {"code": f"reason-{number}", "label": f"Reason {number}", "ground": "fit"}
    return RejectionReason.objects.create(**{**values, **fields})


def make_handoff(lead: Lead | None = None, *, team: Team | None = None, **fields: Any) -> Handoff:
    """The bare row of a pending handoff an hour old; for the whole act call the service.

    Another `status` fills what the constraints ask for unless given: the time of the decision, the reason of a
    rejection, the owner of an accepted one. An owner gets the assignment that says so.
    """
    team = team or Team.objects.filter(side=Side.SALES).first() or make_team()
    values: dict[str, Any] = {"created_at": ago(hours=1), "next_steps": "Call today.", **fields}
    status = values.get("status", HandoffStatus.PENDING)
    if status != HandoffStatus.PENDING:
        values.setdefault("decided_at", values["created_at"])
    if status == HandoffStatus.REJECTED and "rejection_reason" not in values:
        values["rejection_reason"] = make_reason()
    if status == HandoffStatus.ACCEPTED and values.get("owner") is None:
        values["owner"] = make_user(team=team)
    handoff = Handoff.objects.create(lead=lead or make_lead(stage=LifecycleStage.MQL), team=team, **values)
    if handoff.owner is not None:
        Assignment.objects.create(handoff=handoff, owner=handoff.owner, assigned_at=handoff.created_at, why="Test")
    return handoff


def make_deal(**fields: Any) -> Deal:
    """An open deal over 1,000.00 EUR."""
    values: dict[str, Any] = {
        "name": f"Deal {next(_numbers)}",
        "amount": Decimal("1000.00"),
        "currency": "EUR",
        "opened_at": ago(days=10),
    }
    return Deal.objects.create(**{**values, **fields})


def make_import(**fields: Any) -> ImportRun:
    """An uploaded file with one column, e-mail, whose rows are not read yet. The file itself is not there."""
    layout = Layout("utf-8", False, ",", 1, 2, ("email",), (("a@example.com",),))
    values: dict[str, Any] = {
        "kind": ImportRun.Kind.LEADS,
        "filename": "people.csv",
        "path": os.devnull,
        "size_bytes": 20,
        "sha256": "0" * 64,
        "layout": layout.to_json(),
        "mapping": {"email": "email"},
        "created_at": ago(hours=2),
    }
    return ImportRun.objects.create(**{**values, **fields})


def make_definition_version(stage: str = LifecycleStage.MQL, **fields: Any) -> DefinitionVersion:
    """A version of the stage's definition that every lead meets; with `in_force_from`, signed by both sides."""
    definition = Definition.objects.get_or_create(stage=stage)[0]
    number = next(_numbers)
    in_force = {name: fields.pop(name) for name in ("in_force_from", "in_force_until") if name in fields}
    values = {
        "number": number,
        "criteria": {"always": True},
        "content_hash": f"{number:064x}",
        "created_at": ago(days=9),
    }
    version = DefinitionVersion.objects.create(definition=definition, **{**values, **fields})
    if in_force:
        for side in Side:
            Signature.objects.create(
                subject_kind="definition_version",
                subject_id=version.pk,
                content_hash=version.content_hash,
                side=side,
                signer=make_user(),
                signed_at=version.created_at,
            )
        for name, value in in_force.items():
            setattr(version, name, value)
        version.save(update_fields=list(in_force))
    return version
