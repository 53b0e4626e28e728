"""Scores as they are stored: equal to the domain's, counted once, explained to the point."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from leads.domain.scoring import ScoreModel, Signals, Touch, default_model, model_to_json, parse, score
from leads.models import CompanyChange, Lead, Score, ScoreChange, ScoreModelVersion, ScoreQueue, ScoreState, Touchpoint
from leads.selectors.scoring import attributes_of, explain_score
from leads.services.scoring import (
    activate_model,
    everybody,
    model_in_force,
    rescore_all,
    rescore_stale,
    score_batch,
    score_leads,
    score_pending,
    sweeps,
)
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Invalid, NotAllowed
from tests.factories import NOW, ago, make_campaign, make_company, make_content, make_lead, make_touchpoint

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def stored(lead: Lead) -> tuple[int, int, int, str]:
    lead.refresh_from_db()
    return lead.fit, lead.engagement, lead.score, lead.band


def expected(lead: Lead, model: ScoreModel, now: Any) -> tuple[int, int, int, str]:
    lead = Lead.objects.select_related("company").get(pk=lead.pk)
    touches = [Touch(t.kind, t.occurred_at, t.content_id, t.campaign_id) for t in lead.touchpoints.all()]
    found = score(Signals(attributes_of(lead), touches), model, now)
    return found.fit, found.engagement, found.total, found.band


def hard_model() -> dict[str, Any]:
    """A model with every kind of rule that the default one lacks."""
    content, campaign = make_content(), make_campaign()

    def rule(key: str, points: int, decay: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"key": key, "label": key, "points": points, "decay": decay, **more}

    exponential = {"kind": "exponential", "half_life_days": 10}
    linear = {"kind": "linear", "percent": 30, "period_days": 10}
    return {
        "name": "Hard",
        "bands": {"fit_a": 0, "fit_b": 0, "engagement_1": 0, "engagement_2": 0},
        "groups": [
            {
                "key": "fit",
                "label": "Fit",
                "kind": "fit",
                "min": -10,
                "max": 40,
                "rules": [
                    {
                        "key": "country",
                        "label": "c",
                        "points": 25,
                        "when": {"field": "lead.country", "op": "ne", "value": "AT"},
                    },
                    {"key": "none", "label": "n", "points": -30, "when": {"field": "company.name", "op": "is_not_set"}},
                ],
            },
            {
                "key": "done",
                "label": "Done",
                "kind": "engagement",
                "min": -40,
                "max": 60,
                "rules": [
                    rule("sum", 3, exponential, max_counted=None),
                    rule("top", 7, exponential, max_counted=2, within_days=25),
                    rule("step", 9, linear, kind="meeting", max_counted=3, within_days=25),
                    rule("step_once", 5, linear, content=content.pk),
                    rule("gone", 6, {"kind": "expiry", "days": 12}, campaign=campaign.pk, max_counted=2),
                    rule("stays", 2, {"kind": "none"}, kind="chat", max_counted=4, within_days=40),
                    rule("away", -11, exponential, kind="unsubscribed"),
                ],
            },
        ],
    }


@pytest.fixture
def crowd(db: None) -> list[Lead]:
    """Leads with every kind of gap, and histories that reach over the limits of age to the instant."""
    dice = random.Random(3)
    contents, campaigns = [None, make_content()], [None, make_campaign()]
    companies = [
        None,
        make_company(employees=None, industry=" "),
        make_company(employees=49, industry="Energy"),
        make_company(employees=5000, domain=None),
    ]
    ages = [0 * DAY, 10 * DAY, 12 * DAY, 25 * DAY, 30 * DAY, 400 * DAY, -DAY]
    leads = []
    for i in range(30):
        lead = make_lead(
            email=dice.choice([f"p{i}@gmail.com", f"p{i}@firm.example"]),
            job_title=dice.choice(["", " ", "Student", "Head of growth"]),
            seniority=dice.choice(["", "Head", "manager"]),
            country=dice.choice(["", "AT", "at", "DE"]),
            consent=dice.choice([None, True, False]),
            company=dice.choice(companies),
        )
        for _ in range(dice.choice([0, 1, 4, 12])):
            age = dice.choice(ages) + dice.choice([timedelta(0), timedelta(microseconds=1), timedelta(hours=7)])
            make_touchpoint(
                lead,
                kind=dice.choice(Touchpoint.Kind.values),
                occurred_at=NOW - age,
                content=dice.choice(contents),
                campaign=dice.choice(campaigns),
            )
        leads.append(lead)
    return leads


@pytest.fixture(params=["default", "hard"])
def model(request: pytest.FixtureRequest, crowd: list[Lead]) -> ScoreModel:
    """Either model, in force, with the crowd's content and campaign mentioned."""
    if request.param == "default":
        return model_in_force(NOW)[1]
    content = hard_model()
    touched = Touchpoint.objects.filter(content__isnull=False, campaign__isnull=False).first()
    assert touched
    content["groups"][1]["rules"][3]["content"] = touched.content_id
    content["groups"][1]["rules"][4]["campaign"] = touched.campaign_id
    made = parse(content)
    ScoreModelVersion.objects.create(
        number=1,
        name=made.name,
        content=model_to_json(made),
        content_hash=made.content_hash,
        created_at=NOW,
        in_force_from=NOW,
    )
    return made


def test_score_leads_equals_the_domain(crowd: list[Lead], model: ScoreModel) -> None:
    score_leads([lead.pk for lead in crowd], NOW)
    assert [stored(lead) for lead in crowd] == [expected(lead, model, NOW) for lead in crowd]
    assert len({lead.score for lead in crowd}) > 5


def test_score_batch_equals_the_domain(crowd: list[Lead], model: ScoreModel) -> None:
    score_batch([lead.pk for lead in crowd[:20]], NOW)
    assert [stored(lead) for lead in crowd[:20]] == [expected(lead, model, NOW) for lead in crowd[:20]]
    assert all(lead.scored_at == NOW for lead in crowd[:20])
    assert stored(crowd[25])[2] == 0


def test_rescore_all_equals_the_domain(crowd: list[Lead], model: ScoreModel) -> None:
    changed = rescore_all(NOW)
    assert [stored(lead) for lead in crowd] == [expected(lead, model, NOW) for lead in crowd]
    assert changed == ScoreChange.objects.count() > 10
    assert rescore_all(NOW) == 0


@pytest.mark.parametrize("lost", [False, True])
def test_rescore_all_with_the_same_rules_of_fit_equals_the_domain(
    crowd: list[Lead], marketing_manager: Any, lost: bool
) -> None:
    """What is known of the fit is not worked out again, unless attributes have changed or a model was skipped."""
    score_leads([lead.pk for lead in crowd[:25]], ago(days=2))
    rescore_all(ago(days=1))
    content = model_to_json(default_model())
    if lost:
        other = model_to_json(default_model())
        other["groups"][1]["rules"][3]["points"] = 9
        activate_model(other, actor=marketing_manager, now=ago(hours=2))
        score_leads([lead.pk for lead in crowd[::3]], ago(hours=1))
    content["groups"][2]["rules"][0]["points"] = 3
    content["groups"][2]["max"] = 20
    activate_model(content, actor=marketing_manager, now=NOW)
    Lead.objects.filter(pk__in=[lead.pk for lead in crowd[::4]]).update(consent=True, seniority="Head")
    assert rescore_all(NOW) > 0
    assert [stored(lead) for lead in crowd] == [expected(lead, parse(content), NOW) for lead in crowd]
    assert rescore_all(NOW + 9 * DAY) > 0
    assert [stored(lead) for lead in crowd] == [expected(lead, parse(content), NOW + 9 * DAY) for lead in crowd]


def test_rescore_all_leaves_what_was_written_meanwhile(monkeypatch: pytest.MonkeyPatch, marketing_manager: Any) -> None:
    """A lead scored between computing and storing keeps its score, one whose facts changed goes on waiting."""
    scored, changed, fresh, other = (make_lead(consent=True) for _ in range(4))
    score_leads([scored.pk, changed.pk, other.pk], ago(days=2))
    content = model_to_json(default_model())
    content["groups"][1]["rules"][3]["points"] = 9  # agreed to be contacted
    activate_model(content, actor=marketing_manager, now=NOW)
    store_part = everybody._store_part

    def meanwhile(*given: Any) -> int:
        make_touchpoint(scored, kind="demo_requested", occurred_at=NOW)
        score_leads([scored.pk], NOW + timedelta(seconds=1))
        Lead.objects.filter(pk__in=[changed.pk, fresh.pk]).update(job_title="Student")
        return store_part(*given)

    monkeypatch.setattr(everybody, "_store_part", meanwhile)
    assert rescore_all(NOW) == 1
    assert (stored(other)[0], stored(scored)[:2]) == (9, (9, 22))
    assert list(Score.objects.filter(scored_at=None).order_by("pk").values_list("pk", flat=True)) == [
        changed.pk,
        fresh.pk,
    ]
    assert ScoreChange.objects.filter(lead=scored).count() == 2


def test_rescore_all_stops_when_another_model_comes_into_force(
    monkeypatch: pytest.MonkeyPatch, marketing_manager: Any
) -> None:
    lead = make_lead(consent=True)
    first = model_in_force(NOW)[0]
    store_part = everybody._store_part

    def meanwhile(*given: Any) -> int:
        activate_model(hard_model(), actor=marketing_manager, now=NOW)
        return store_part(*given)

    monkeypatch.setattr(everybody, "_store_part", meanwhile)
    assert rescore_all(NOW) == 0
    assert Lead.objects.get(pk=lead.pk).scored_at is None
    assert list(ScoreModelVersion.objects.order_by("number").values_list("number", "rescored_at")) == [
        (first.number, None),
        (2, None),
    ]


def test_rescore_stale_makes_up_for_a_lost_task(marketing_manager: Any) -> None:
    lead = make_lead(consent=True)
    score_leads([lead.pk], ago(days=2))
    activate_model(hard_model(), actor=marketing_manager, now=NOW)
    later = NOW + timedelta(minutes=11)
    assert list(rescore_stale(NOW + timedelta(minutes=9))) == []
    assert stored(lead)[0] == 4
    assert list(rescore_stale(later)) == []
    assert stored(lead) == expected(lead, parse(hard_model_in_force()), later)
    assert ScoreModelVersion.objects.get(in_force_until=None).rescored_at == later


def test_scores_stay_equal_while_time_passes(crowd: list[Lead], model: ScoreModel) -> None:
    ids = [lead.pk for lead in crowd]
    score_leads(ids, NOW)
    for days in (1, 9, 18, 40):
        later = NOW + days * DAY
        make_touchpoint(crowd[days % 30], kind="meeting", occurred_at=later - timedelta(hours=5))
        for _ in rescore_stale(later):
            pass
        for _ in score_pending(later):
            pass
        assert [stored(lead) for lead in crowd] == [expected(lead, model, later) for lead in crowd]


def test_every_way_leads_to_the_same_score(crowd: list[Lead], model: ScoreModel) -> None:
    """A batch without states, then touchpoints one by one, then the sweep."""
    ids = [lead.pk for lead in crowd]
    score_batch(ids, NOW)
    for lead in crowd[:10]:
        make_touchpoint(lead, kind="demo_requested", occurred_at=NOW)
    assert sorted(pk for chunk in score_pending(NOW) for pk in chunk) == sorted(ids[:10])
    assert [stored(lead) for lead in crowd] == [expected(lead, model, NOW) for lead in crowd]
    assert not ScoreQueue.objects.filter(occurred_at__lte=NOW).exists()


# -- once ------------------------------------------------------------------------------------------


def test_score_leads_counts_a_touchpoint_once() -> None:
    lead = make_lead()
    make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    assert score_leads([lead.pk], NOW) == 1
    first = stored(lead)
    assert score_leads([lead.pk], NOW) == 0
    assert stored(lead) == first
    assert lead.score_state.state["rules"]["page_view"]["n"] == 2
    assert ScoreChange.objects.count() == 1


def test_score_leads_leaves_the_future_waiting() -> None:
    touch = make_touchpoint(kind="demo_requested", occurred_at=NOW + DAY)
    score_leads([touch.lead_id], NOW)
    assert stored(touch.lead)[1] == 0
    assert list(score_pending(NOW)) == []
    assert list(score_pending(NOW + DAY)) == [[touch.lead_id]]
    assert stored(touch.lead)[1] == 22


def test_score_leads_counts_a_late_touchpoint_with_a_lower_number() -> None:
    """Transactions may commit out of the order of their numbers; a mark at the highest number would lose one."""
    lead = make_lead()
    early, late = (make_touchpoint(lead, kind="page_view", occurred_at=NOW) for _ in range(2))
    ScoreQueue.objects.filter(pk=early.pk).delete()  # as if not yet committed
    Touchpoint.objects.filter(pk=early.pk).update(occurred_at=NOW + DAY)
    score_leads([lead.pk], NOW)
    Touchpoint.objects.filter(pk=early.pk).update(occurred_at=NOW)
    ScoreQueue.objects.create(touchpoint=early, lead=lead, occurred_at=NOW)
    score_leads([lead.pk], NOW)
    assert late.pk > early.pk
    assert ScoreState.objects.get(lead=lead).state["rules"]["page_view"]["n"] == 2


def test_score_leads_reads_a_constant_number_of_statements(django_assert_num_queries: Any) -> None:
    leads = [make_lead() for _ in range(3)]
    for lead in leads:
        make_touchpoint(lead)
    score_leads([lead.pk for lead in leads], NOW)
    for lead in leads:
        for _ in range(5):
            make_touchpoint(lead)
    with django_assert_num_queries(9):
        score_leads([lead.pk for lead in leads], NOW)


# -- what must be scored again ---------------------------------------------------------------------


def test_changed_attributes_are_scored_again_whoever_wrote_them() -> None:
    company = make_company(employees=5)
    lead = make_lead(company=company)
    score_leads([lead.pk], NOW)
    before = stored(lead)
    company.employees = 500
    company.save()
    assert explain_score(Lead.objects.get(pk=lead.pk), NOW).behind
    assert list(score_pending(NOW)) == [[lead.pk]]
    assert not explain_score(Lead.objects.get(pk=lead.pk), NOW).behind
    assert stored(lead)[0] > before[0]
    company.city = "Bergen"
    company.save()
    assert list(score_pending(NOW)) == []
    Lead.objects.filter(pk=lead.pk).update(job_title="Student")
    assert list(score_pending(NOW)) == [[lead.pk]]
    Lead.objects.filter(pk=lead.pk).update(phone="1")
    assert list(score_pending(NOW)) == []


def test_leads_of_changed_companies_are_scored_some_companies_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "COMPANIES", 2)
    monkeypatch.setattr(sweeps, "BATCH", 3)
    companies = [make_company(employees=5) for _ in range(4)]
    leads = [make_lead(company=companies[number % 4]).pk for number in range(10)]
    score_leads(leads, NOW)
    for company in companies:
        company.employees = 500
        company.save()
    assert next(score_pending(NOW)) == [leads[number] for number in (0, 1, 4)]
    assert CompanyChange.objects.count() == 4, "who is cut short begins again"
    assert sorted(chain(*score_pending(NOW, limit=6))) == [leads[number] for number in (0, 1, 4, 5, 8, 9)]
    assert CompanyChange.objects.count() == 2
    assert list(chain(*score_pending(NOW))) == [leads[number] for number in (2, 3, 6, 7)]
    assert not CompanyChange.objects.exists()
    assert set(Score.objects.values_list("score", flat=True)) == {25}


def test_rescore_stale_touches_only_leads_whose_points_change() -> None:
    soon, later = make_touchpoint(kind="ad_clicked", occurred_at=ago(days=29)), make_touchpoint(kind="ad_clicked")
    score_leads([soon.lead_id, later.lead_id], NOW)
    assert list(rescore_stale(NOW + timedelta(hours=23))) == []
    assert list(rescore_stale(NOW + DAY)) == [[soon.lead_id]]
    assert stored(soon.lead)[1] == 0


# -- the model -------------------------------------------------------------------------------------


def test_model_in_force_starts_with_the_default_one() -> None:
    version, model = model_in_force(NOW)
    assert (version.number, version.in_force_from, model) == (1, NOW, default_model())
    assert model_in_force(NOW + DAY)[0] == version


def test_activate_model_ends_the_one_before(marketing_manager: Any) -> None:
    first = model_in_force(ago(days=3))[0]
    content = model_to_json(default_model()) | {"name": "Second"}
    second = activate_model(content, actor=marketing_manager, now=NOW)
    first.refresh_from_db()
    assert (first.in_force_until, second.number, second.in_force_from) == (NOW, 2, NOW)
    assert activate_model(content, actor=marketing_manager, now=NOW + DAY) == second
    entry = ActivityEntry.objects.get(verb="leads.score_model_in_force")
    assert (entry.data["number"], entry.actor) == (2, marketing_manager)


def test_activate_model_rebuilds_states_from_the_history(marketing_manager: Any) -> None:
    lead = make_touchpoint(kind="meeting").lead
    score_leads([lead.pk], NOW)
    activate_model(hard_model(), actor=marketing_manager, now=NOW)
    assert rescore_all(NOW) == 1
    make_touchpoint(lead, kind="meeting", occurred_at=NOW)
    score_leads([lead.pk], NOW)
    assert stored(lead) == expected(lead, parse(hard_model_in_force()), NOW)


def hard_model_in_force() -> dict[str, Any]:
    version = ScoreModelVersion.objects.get(in_force_until=None)
    content: dict[str, Any] = version.content
    return content


def test_activate_model_refuses(marketer: Any, sales_manager: Any) -> None:
    with pytest.raises(NotAllowed):
        activate_model(model_to_json(default_model()), actor=marketer, now=NOW)
    with pytest.raises(Invalid) as refused:
        activate_model({"name": "x", "groups": []}, actor=sales_manager, now=NOW)
    assert list(refused.value.fields) == ["/groups"]
    assert not ScoreModelVersion.objects.exists()


# -- why -------------------------------------------------------------------------------------------


def test_explain_score_sums_to_the_stored_score(crowd: list[Lead], model: ScoreModel) -> None:
    score_leads([lead.pk for lead in crowd[:15]], NOW)
    score_batch([lead.pk for lead in crowd[15:]], NOW)
    for lead in Lead.objects.select_related("company"):
        why = explain_score(lead, NOW + 20 * DAY)
        assert sum(part.points for part in why.parts) == why.total == lead.score
        assert "Changed since it was last scored" not in [part.label for part in why.parts]
        assert why.as_of == NOW


def test_explain_score_of_a_score_that_a_new_model_left_as_it_was(marketing_manager: Any) -> None:
    lead = make_touchpoint(make_lead(consent=True), kind="demo_requested", occurred_at=ago(days=30)).lead
    score_leads([lead.pk], NOW)
    content = model_to_json(default_model())
    content["groups"][2]["rules"][0]["points"] = 44
    activate_model(content, actor=marketing_manager, now=NOW)
    rescore_all(NOW + 30 * DAY)
    why = explain_score(Lead.objects.select_related("company").get(pk=lead.pk), NOW + 31 * DAY)
    assert [(part.label, part.points) for part in why.parts] == [("Agreed to be contacted", 4), ("Demo requested", 11)]
    assert (why.total, why.as_of) == (15, NOW + 30 * DAY)


def test_the_same_score_found_again_does_not_write_the_lead() -> None:
    lead = make_lead()
    for _ in range(9):
        make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    score_leads([lead.pk], NOW)
    make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    score_leads([lead.pk], NOW + timedelta(minutes=1))
    lead = Lead.objects.select_related("company").get(pk=lead.pk)
    assert (lead.engagement, lead.scored_at) == (6, NOW)
    why = explain_score(lead, NOW + DAY)
    assert (why.as_of, [line.counted for line in why.lines]) == (NOW + timedelta(minutes=1), [10])
    assert [part.points for part in why.parts] == [6]


def test_while_everybody_is_scored_anew_each_score_tells_its_time() -> None:
    lead = make_touchpoint(kind="page_view", occurred_at=NOW).lead
    score_leads([lead.pk], NOW)
    ScoreModelVersion.objects.update(rescored_at=None)
    score_leads([lead.pk], NOW + timedelta(minutes=1))
    assert Lead.objects.get(pk=lead.pk).scored_at == NOW + timedelta(minutes=1)


def test_explain_score_says_what_is_not_counted_yet() -> None:
    lead = make_lead(company=make_company(employees=500))
    why = explain_score(Lead.objects.get(pk=lead.pk), NOW)
    assert why.behind
    assert why.parts[-1].label == "Changed since it was last scored"
    assert sum(part.points for part in why.parts) == 0
