"""Criteria in SQL against an oracle that reads the meanings row by row, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.domain.criteria import FIELDS, Kind, parse
from leads.models import Campaign, ContentAsset, Lead
from leads.querysets.criteria import compile_criteria
from tests.factories import NOW, ago, make_campaign, make_company, make_content, make_deal, make_lead, make_touchpoint

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def found(data: dict[str, Any]) -> set[int]:
    return set(Lead.objects.filter(compile_criteria(parse(data), NOW)).values_list("pk", flat=True))


# -- the oracle ------------------------------------------------------------------------------------


def values(lead: Lead, field: str) -> list[Any]:
    """The lead's values of a field: one, or one per deal."""
    entity, _, name = field.partition(".")
    if entity == "deal":
        deals = {*lead.deals.all()} | {*lead.deal_parts}
        if name == "is_open":
            return [deal.won_at is None and deal.lost_at is None for deal in deals]
        return [getattr(deal, name) for deal in deals]
    if entity == "company":
        return [getattr(lead.company, name) if lead.company else None]
    if entity == "score":
        return [lead.score if name == "total" else getattr(lead, name)]
    return [getattr(lead, name)]


def known(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and value.strip() == "")


def one(kind: Kind, op: str, value: Any, wanted: Any) -> bool:
    if not known(value):
        return False
    if op == "is_set":
        return True
    if kind is Kind.BOOLEAN:
        return value is wanted
    if kind in (Kind.TEXT, Kind.CHOICE):
        fold = str.casefold if kind is Kind.TEXT else str
        text = fold(value.strip())
        if op == "in":
            return text in [fold(each) for each in wanted]
        want = fold(wanted)
        return {"eq": text == want, "contains": want in text, "starts_with": text[: len(want)] == want}[op]
    if kind is Kind.DATE:
        if op == "within_days":
            return timedelta(0) <= NOW - value < wanted * DAY
        value = value.astimezone(UTC).date()
        wanted = [date.fromisoformat(each) for each in wanted] if op == "between" else date.fromisoformat(wanted)
    else:
        value = Decimal(value)
        wanted = [Decimal(str(each)) for each in wanted] if op == "between" else Decimal(str(wanted))
    if op == "between":
        return wanted[0] <= value <= wanted[1]
    return {"eq": value == wanted, "gt": value > wanted, "gte": value >= wanted}.get(
        op, value < wanted if op == "lt" else value <= wanted
    )


def holds(lead: Lead, data: dict[str, Any]) -> bool:
    if "all" in data:
        return all(holds(lead, part) for part in data["all"])
    if "any" in data:
        return any(holds(lead, part) for part in data["any"])
    if "not" in data:
        return not holds(lead, data["not"])
    if "always" in data:
        return True
    if "behaviour" in data:
        wanted = data["behaviour"]
        count = 0
        for touch in lead.touchpoints.all():
            age = NOW - touch.occurred_at
            count += (
                wanted["kind"] in (None, touch.kind)
                and wanted["content"] in (None, touch.content_id)
                and wanted["campaign"] in (None, touch.campaign_id)
                and age >= timedelta(0)
                and (wanted["within_days"] is None or age < wanted["within_days"] * DAY)
            )
        return count >= wanted["at_least"]
    opposite = {"ne": "eq", "not_in": "in", "is_not_set": "is_set"}.get(data["op"])
    if opposite:
        return not holds(lead, {**data, "op": opposite})
    kind = FIELDS[data["field"]].kind
    return any(one(kind, data["op"], value, data.get("value")) for value in values(lead, data["field"]))


# -- a small world with every kind of gap ----------------------------------------------------------

TEXTS = ["", "  ", "DACH", "dach", " Dach\t", "Zürich AG", "ZÜRICH", "Head of 50 % growth", "under_score", "x'; --"]
NUMBERS = [0, 9, 10, 49, 50, 51, 100]
DAYS = ["2026-02-08", "2026-03-09", "2026-03-10", "2026-03-11", "9999-12-31"]


@pytest.fixture
def world(db: None) -> list[Lead]:
    dice = random.Random(7)
    contents = [make_content(), make_content()]
    campaigns = [make_campaign(), make_campaign()]
    companies = [
        make_company(
            name=dice.choice(TEXTS[2:]),
            industry=dice.choice(TEXTS),
            country=dice.choice(TEXTS),
            employees=dice.choice([None, *NUMBERS]),
            domain=dice.choice([None, f"dach-{i}.example"]),
        )
        for i in range(6)
    ]
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    moments = [midnight, midnight - timedelta(microseconds=1), ago(days=30), ago(days=30) + timedelta(seconds=1), NOW]
    leads = []
    for i in range(40):
        lead = make_lead(
            email=dice.choice([None, f"Dach{i}@Example.com"]),
            external_id=f"world-{i}",
            first_name=dice.choice(TEXTS),
            job_title=dice.choice(TEXTS),
            seniority=dice.choice(TEXTS),
            country=dice.choice(TEXTS),
            source=dice.choice(TEXTS),
            channel=dice.choice(["paid_search", "referral", "unknown"]),
            stage=dice.choice(["lead", "mql", "recycled"]),
            consent=dice.choice([None, True, False]),
            company=dice.choice([None, *companies]),
            created_at=dice.choice(moments),
            fit=dice.choice(NUMBERS),
            engagement=dice.choice(NUMBERS),
            score=dice.choice(NUMBERS),
        )
        for _ in range(dice.choice([0, 0, 1, 3, 6])):
            make_touchpoint(
                lead,
                kind=dice.choice(["form_submitted", "meeting", "page_view"]),
                occurred_at=dice.choice([*moments, NOW + DAY]),
                content=dice.choice([None, *contents]),
                campaign=dice.choice([None, *campaigns]),
            )
        leads.append(lead)
    for i in range(25):
        outcome = dice.choice(
            [{"stage": "won", "won_at": NOW}, {"stage": "lost", "lost_at": NOW}, {"stage": "proposal"}, {}]
        )
        deal = make_deal(
            lead=dice.choice([None, *leads]), amount=dice.choice([None, Decimal(49), Decimal("50.50")]), **outcome
        )
        if i % 4 == 0:
            deal.other_leads.add(*dice.sample(leads, 2))
    known_leads = list(Lead.objects.prefetch_related("touchpoints", "deals", "company"))
    through = Lead.objects.first().deals.model.other_leads.through.objects.select_related("deal")  # type: ignore[union-attr]
    for lead in known_leads:
        lead.deal_parts = [row.deal for row in through if row.lead_id == lead.pk]
    return known_leads


def random_value(dice: random.Random, kind: Kind, op: str, choices: list[str]) -> Any:
    def scalar() -> Any:
        if kind is Kind.TEXT:
            return dice.choice(["dach", "zürich ag", "zürich", "50 %", "_", "'", "h", "nothing"])
        if kind is Kind.CHOICE:
            return dice.choice(choices)
        return dice.choice(DAYS) if kind is Kind.DATE else dice.choice([*NUMBERS, 49.5, 50.5])

    if op == "within_days":
        return dice.choice([1, 29, 30, 31])
    if op == "between":
        return sorted([scalar(), scalar()])
    if op in ("in", "not_in"):
        return [scalar() for _ in range(dice.randint(1, 3))]
    return dice.random() < 0.5 if kind is Kind.BOOLEAN else scalar()


def random_tree(dice: random.Random, depth: int) -> dict[str, Any]:
    roll = dice.random()
    if depth and roll < 0.5:
        head = dice.choice(["all", "any", "not"])
        if head == "not":
            return {"not": random_tree(dice, depth - 1)}
        return {head: [random_tree(dice, depth - 1) for _ in range(dice.randint(1, 3))]}
    if roll > 0.95:
        return {"always": True}
    if roll > 0.75:
        return {
            "behaviour": {
                "kind": dice.choice([None, "form_submitted", "meeting", "chat"]),
                "content": dice.choice([None, None, ContentAsset.objects.first().pk]),  # type: ignore[union-attr]
                "campaign": dice.choice([None, None, Campaign.objects.first().pk]),  # type: ignore[union-attr]
                "within_days": dice.choice([None, 1, 30]),
                "at_least": dice.choice([1, 1, 2, 3]),
            }
        }
    field = dice.choice(list(FIELDS.values()))
    op = dice.choice(field.ops)
    data: dict[str, Any] = {"field": field.name, "op": op.value}
    if op.value not in ("is_set", "is_not_set"):
        data["value"] = random_value(dice, field.kind, op.value, [value for value, _ in field.choices])
    return data


def test_compile_criteria_finds_what_the_oracle_finds(world: list[Lead]) -> None:
    dice = random.Random(11)
    hits = 0
    for _ in range(400):
        data = random_tree(dice, 3)
        expected = {lead.pk for lead in world if holds(lead, data)}
        assert found(data) == expected, data
        hits += 0 < len(expected) < len(world)
    assert hits > 150  # the comparison is about something


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_compile_criteria_knows_every_field_and_operator(world: list[Lead], field: Any) -> None:
    dice = random.Random(field.name)
    for op in field.ops:
        for _ in range(6):
            data: dict[str, Any] = {"field": field.name, "op": op.value}
            if op.value not in ("is_set", "is_not_set"):
                data["value"] = random_value(dice, field.kind, op.value, [value for value, _ in field.choices])
            assert found(data) == {lead.pk for lead in world if holds(lead, data)}, data


def test_compile_criteria_splits_the_leads_in_two(world: list[Lead]) -> None:
    dice = random.Random(5)
    everybody = {lead.pk for lead in world}
    for _ in range(60):
        data = random_tree(dice, 2)
        inside, outside = found(data), found({"not": data})
        assert inside | outside == everybody
        assert not inside & outside


def test_compile_criteria_is_one_statement(world: list[Lead]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found({"all": [{"field": "company.country", "op": "eq", "value": "DACH"}, {"always": True}]})
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("behaviour_at", "counts"),
    [
        (NOW, True),
        (NOW - 30 * DAY + timedelta(microseconds=1), True),
        (NOW - 30 * DAY, False),
        (NOW + timedelta(microseconds=1), False),
    ],
)
def test_compile_criteria_time_frame_ends_to_the_instant(behaviour_at: datetime, counts: bool) -> None:
    lead = make_touchpoint(kind="meeting", occurred_at=behaviour_at).lead
    met = {"behaviour": {"kind": "meeting", "within_days": 30}}
    assert (lead.pk in found(met)) is counts


def test_compile_criteria_reads_letters_without_regard_to_case() -> None:
    lead = make_lead(job_title="Geschäftsführer ÖFFENTLICHKEIT")
    titled: Callable[[str], bool] = lambda text: bool(  # noqa: E731
        found({"field": "lead.job_title", "op": "contains", "value": text}) == {lead.pk}
    )
    assert titled("öffentlichkeit")
    assert titled("GESCHÄFTSFÜHRER")
