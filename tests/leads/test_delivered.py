"""A lead handed off below the definition is an MQL, and delivered as qualified only once it meets the definition."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from leads.domain.lifecycle import LifecycleStage as S
from leads.models import Delivery, LateQualification, Lead, StageReached, StageTransition
from leads.services.handoffs import accept_handoff, answer_handoff, create_handoff, reject_handoff, return_handoff
from leads.services.qualification import qualify_changed, qualify_leads
from leads.services.stages import advance_stage
from smarketing.activity.models import ActivityEntry
from tests.factories import NOW, ago, make_definition_version, make_lead, make_reason, set_score

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(db):
    criteria = {"field": "lead.country", "op": "eq", "value": "DE"}
    return make_definition_version(S.MQL, in_force_from=ago(days=9), criteria=criteria, enter_score=40, leave_score=30)


@pytest.fixture
def handed(agreed, marketer, sales_team):
    """A lead that lacked both, handed off an hour ago."""
    lead = make_lead(country="FR", score=35)
    create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=ago(hours=1))
    lead.refresh_from_db()
    return lead


def delivered() -> dict[int, object]:
    return dict(Delivery.objects.values_list("lead_id", "delivered_at"))


def test_a_handoff_below_the_definition_is_told_by_its_facts(handed):
    move = handed.transitions.get(to_stage="mql")
    assert (move.below_definition, handed.stage) == (True, "mql")
    assert StageReached.objects.get(lead=handed, stage="mql").below_definition
    entry = ActivityEntry.objects.get(verb="leads.lead_stage_changed", lead_id=handed.pk)
    assert entry.data["below_definition"] is True
    assert delivered() == {}


def test_a_lead_that_meets_it_is_delivered_by_its_handoff(agreed, marketer, sales_team):
    lead = make_lead(country="DE", score=40)
    create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)
    assert delivered() == {lead.pk: NOW}


def test_without_a_definition_every_handoff_delivers(db, marketer, sales_team):
    lead = make_lead(score=0)
    create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)
    assert delivered() == {lead.pk: NOW}


def test_what_sales_does_with_it_does_not_deliver_it(handed, rep, marketer):
    handoff = handed.handoffs.get()
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    return_handoff(handoff.pk, note="No budget.", actor=rep, now=NOW + timedelta(hours=1))
    answer_handoff(handoff.pk, answer="requalify", actor=marketer, now=NOW + timedelta(hours=2))
    assert delivered() == {}


@pytest.mark.parametrize("run", ["one", "all"])
def test_it_is_delivered_once_it_meets_the_definition_by_itself(handed, agreed, run):
    def apply(now):
        return qualify_leads([handed.pk], now) if run == "one" else sum(qualify_changed(now))

    Lead.objects.filter(pk=handed.pk).update(country="DE")
    apply(NOW)
    assert delivered() == {}  # inside the lower threshold only
    set_score(handed, score=40)
    assert (apply(NOW), apply(NOW + timedelta(hours=1))) == (0, 0)
    assert delivered() == {handed.pk: NOW}
    assert LateQualification.objects.get().definition_version == agreed
    assert ActivityEntry.objects.filter(verb="leads.lead_came_to_qualify", lead_id=handed.pk).count() == 1
    handed.refresh_from_db()
    assert handed.stage == "mql"


def test_a_recycled_one_counts_when_the_definition_brings_it_back(handed, rep, marketer):
    handoff = handed.handoffs.get()
    reject_handoff(handoff.pk, reason_code=make_reason().code, actor=rep, now=ago(minutes=30))
    answer_handoff(handoff.pk, answer="recycle", note="Later.", actor=marketer, now=ago(minutes=20))
    Lead.objects.filter(pk=handed.pk).update(country="DE")
    set_score(handed, score=50)
    assert (qualify_leads([handed.pk], NOW), delivered()) == (0, {})
    Lead.objects.filter(pk=handed.pk).update(last_touch_at=ago(minutes=10))
    assert (qualify_leads([handed.pk], NOW), delivered()) == (1, {handed.pk: NOW})


def test_an_earlier_date_that_is_imported_counts_and_not_twice(handed):
    Lead.objects.filter(pk=handed.pk).update(country="DE")
    set_score(handed, score=50)
    qualify_leads([handed.pk], NOW)
    StageTransition.objects.create(lead=handed, to_stage="mql", occurred_at=ago(days=3))
    assert list(Delivery.objects.values_list("lead_id", "delivered_at")) == [(handed.pk, ago(days=3))]


def test_lists_tell_who_counts_and_who_does_not(handed, marketer, login):
    other = make_lead()
    advance_stage(other, S.MQL, actor=None, now=ago(hours=2))
    asked = {"reached": "mql", "reached_from": ago(days=1).isoformat(), "reached_before": NOW.isoformat()}
    client = login(marketer)

    def shown(**more):
        page = client.get(reverse("leads:lead-list"), asked | more)
        return [lead.pk for lead in page.context["page"].rows], page.content.decode()

    assert set(shown()[0]) == {handed.pk, other.pk}
    counted, text = shown(delivered="yes")
    assert counted == [other.pk]
    assert "1 lead</a> handed off below the definition in this time does not count until it meets it." in text
    left_out, text = shown(delivered="below")
    assert left_out == [handed.pk]
    assert "delivered=yes" in text


def test_only_a_handoff_by_hand_is_below_the_definition(agreed):
    lead = make_lead()
    for wrong in ({"to_stage": "sal"}, {"imputed": True}, {"definition_version": agreed}):
        with pytest.raises(IntegrityError, match="below_definition_is_by_hand"), transaction.atomic():
            StageTransition.objects.create(
                **{"lead": lead, "to_stage": "mql", "occurred_at": NOW, "below_definition": True, **wrong}
            )
