"""Deals and what they do to their leads."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import localtime

from leads.domain.lifecycle import LifecycleStage as S
from leads.forms.deals import CLOSED_FIELDS
from leads.models import Deal, LossReason
from leads.services.deals import lose_deal, move_deal, open_deal, update_deal, win_deal
from leads.services.handoffs import accept_handoff
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import NOW, ago, make_company, make_deal, make_handoff, make_lead
from tests.leads.refusals import everything, refused

pytestmark = pytest.mark.django_db


def verbs():
    return list(ActivityEntry.objects.order_by("id").values_list("verb", flat=True))


@pytest.fixture
def lead(rep):
    """A lead that Sam works: accepted, not yet qualified."""
    lead = make_lead(stage=S.MQL, company=make_company(name="Fjordkraft"))
    accept_handoff(make_handoff(lead).pk, actor=rep, now=ago(minutes=30))
    lead.refresh_from_db()
    return lead


@pytest.fixture
def deal(rep, lead):
    """The open deal of that lead."""
    return open_deal(lead_id=lead.pk, amount=Decimal("41000.10"), actor=rep, now=ago(minutes=20))


def test_open_deal_makes_the_lead_an_opportunity(rep, lead, organisation):
    before = ActivityEntry.objects.count()
    deal = open_deal(
        lead_id=lead.pk,
        amount=Decimal("41000.1"),
        expected_close_on=date(2026, 6, 1),
        segment="Energy",
        actor=rep,
        now=NOW,
    )
    deal.refresh_from_db()
    assert (deal.name, deal.company, deal.owner, deal.stage) == ("Fjordkraft", lead.company, rep, "discovery")
    assert (deal.amount, deal.currency, deal.opened_at) == (Decimal("41000.10"), "EUR", NOW)
    assert deal.handoff == lead.handoffs.get()
    assert deal.handoff.qualified_at == NOW
    lead.refresh_from_db()
    assert lead.stage == S.OPPORTUNITY
    assert [t.to_stage for t in lead.transitions.all()][-2:] == ["sql", "opportunity"]
    assert not lead.transitions.filter(imputed=True).exists()
    assert verbs()[before:] == [
        "leads.lead_stage_changed",
        "leads.lead_qualified",
        "leads.lead_stage_changed",
        "leads.deal_opened",
    ]
    assert ActivityEntry.objects.order_by("id").last().data["amount"] == "41000.10"


def test_open_deal_without_a_lead_or_an_amount(rep):
    deal = open_deal(name="Walk-in", actor=rep, now=NOW)
    assert (deal.lead, deal.handoff, deal.amount) == (None, None, None)
    assert verbs() == ["leads.deal_opened"]


def test_open_deal_of_a_lead_sales_found_itself_imputes_the_stages_between(rep):
    lead = make_lead(stage=S.LEAD, owner=rep)
    deal = open_deal(name="Met at a fair", lead_id=lead.pk, actor=rep, now=NOW)
    assert deal.handoff is None
    assert list(lead.transitions.filter(imputed=True).values_list("to_stage", flat=True)) == ["mql", "sal", "sql"]


def test_open_deal_of_a_customer_leaves_it_a_customer(rep):
    lead = make_lead(stage=S.CUSTOMER, owner=rep)
    open_deal(name="More seats", lead_id=lead.pk, actor=rep, now=NOW)
    lead.refresh_from_db()
    assert lead.stage == S.CUSTOMER


def test_open_deal_keeps_the_other_people_of_the_buyer(rep, lead):
    other = make_lead(owner=rep)
    deal = open_deal(lead_id=lead.pk, other_lead_ids=[other.pk, lead.pk], actor=rep, now=NOW)
    assert list(deal.other_leads.all()) == [other]
    other.refresh_from_db()
    assert other.stage == S.LEAD


def test_open_deal_refuses_other_leads_that_are_not_visible(rep, lead):
    hidden = make_lead()
    with refused(NotFound):
        open_deal(lead_id=lead.pk, other_lead_ids=[hidden.pk], actor=rep, now=NOW)


def test_open_deal_of_a_lead_that_waits_in_an_inbox_is_a_conflict(rep, sales_team):
    handoff = make_handoff()
    with refused(Conflict, "handoff_pending"):
        open_deal(lead_id=handoff.lead_id, name="Early", actor=rep, now=NOW)


def test_open_deal_of_a_disqualified_lead_is_a_conflict(rep):
    lead = make_lead(stage=S.DISQUALIFIED, owner=rep)
    with refused(Conflict, "stage_move_refused"):
        open_deal(lead_id=lead.pk, name="No", actor=rep, now=NOW)


def test_open_deal_of_an_invisible_lead_is_not_found(rep):
    lead = make_lead()
    with refused(NotFound):
        open_deal(lead_id=lead.pk, name="No", actor=rep, now=NOW)


@pytest.mark.parametrize("who", ["marketer", "marketing_manager", "admin", "executive"])
def test_open_deal_is_sales(request, who):
    person = request.getfixturevalue(who)
    with refused(NotAllowed):
        open_deal(name="No", actor=person, now=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"amount": Decimal("-0.01")}, "amount"),
        ({"amount": Decimal("1.001")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"amount": Decimal(10) ** 13}, "amount"),
        ({"currency": "euros"}, "currency"),
        ({"currency": "€€€"}, "currency"),
        ({"owner_id": 0}, "owner"),
        ({"company_id": 0}, "company"),
    ],
)
def test_open_deal_refuses_values_that_cannot_be(rep, organisation, values, field):
    with refused(Invalid) as caught:
        open_deal(**{"name": "Deal", **values}, actor=rep, now=NOW)
    assert list(caught.value.fields) == [field]


def test_open_deal_refuses_an_owner_who_does_not_sell(rep, marketer):
    with refused(Invalid):
        open_deal(name="Deal", owner_id=marketer.pk, actor=rep, now=NOW)


def test_open_deal_with_a_known_external_id_is_a_conflict(rep, organisation):
    make_deal(external_id="D-1")
    with refused(Conflict, "deal_known"):
        open_deal(name="Deal", external_id="D-1", actor=rep, now=NOW)


def test_update_deal_records_old_and_new(rep, deal):
    update_deal(deal.pk, {"amount": Decimal("5.5"), "name": deal.name, "stage": "won"}, actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.amount, deal.stage) == (Decimal("5.50"), "discovery")
    entry = ActivityEntry.objects.order_by("id").last()
    assert (entry.verb, entry.data["old"], entry.data["new"]) == (
        "leads.deal_updated",
        {"amount": "41000.10"},
        {"amount": "5.50"},
    )


def test_update_deal_to_what_it_is_changes_nothing(rep, deal):
    before = everything()
    update_deal(deal.pk, {"amount": Decimal("41000.1"), "currency": "eur"}, actor=rep, now=NOW)
    assert everything() == before


def test_update_deal_of_a_teammate_is_refused(teammate, deal):
    with refused(NotAllowed):
        update_deal(deal.pk, {"name": "Mine"}, actor=teammate, now=NOW)


def test_move_deal_goes_to_another_open_stage(rep, deal):
    move_deal(deal.pk, stage="proposal", actor=rep, now=NOW)
    deal.refresh_from_db()
    assert deal.stage == "proposal"
    entry = ActivityEntry.objects.order_by("id").last()
    assert (entry.verb, entry.data["old"], entry.data["new"]) == ("leads.deal_stage_changed", "discovery", "proposal")


def test_move_deal_to_where_it_is_changes_nothing(rep, deal):
    before = everything()
    move_deal(deal.pk, stage="discovery", actor=rep, now=NOW)
    assert everything() == before


@pytest.mark.parametrize("stage", ["won", "lost", "somewhere"])
def test_move_deal_does_not_close(rep, deal, stage):
    with refused(Invalid, "deal_stage_closed"):
        move_deal(deal.pk, stage=stage, actor=rep, now=NOW)


def test_move_deal_is_not_for_strangers(stranger, executive, deal):
    with refused(NotFound):
        move_deal(deal.pk, stage="proposal", actor=stranger, now=NOW)
    with refused(NotAllowed):
        move_deal(deal.pk, stage="proposal", actor=executive, now=NOW)


def test_win_deal_makes_the_lead_a_customer(rep, deal):
    win_deal(deal.pk, amount=Decimal("39999.99"), actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.stage, deal.won_at, deal.amount) == ("won", NOW, Decimal("39999.99"))
    assert deal.lead.stage == S.CUSTOMER
    assert verbs()[-2:] == ["leads.lead_stage_changed", "leads.deal_won"]
    assert ActivityEntry.objects.order_by("id").last().data["amount"] == "39999.99"


def test_win_deal_keeps_the_amount_that_stands(rep, deal):
    win_deal(deal.pk, actor=rep, now=NOW)
    deal.refresh_from_db()
    assert deal.amount == Decimal("41000.10")


def test_win_deal_twice_is_a_conflict(rep, deal):
    win_deal(deal.pk, actor=rep, now=ago(minutes=1))
    with refused(Conflict, "deal_closed", match="it was won"):
        win_deal(deal.pk, actor=rep, now=NOW)


def test_win_deal_of_no_lead(rep):
    deal = open_deal(name="Walk-in", actor=rep, now=ago(minutes=1))
    win_deal(deal.pk, actor=rep, now=NOW)
    assert verbs() == ["leads.deal_opened", "leads.deal_won"]


def test_lose_deal_recycles_the_lead(rep, deal):
    lose_deal(deal.pk, reason=" Chose a competitor. ", actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.stage, deal.lost_at, deal.lost_reason) == ("lost", NOW, "Chose a competitor")
    assert deal.loss_reason.code == "competitor"
    assert deal.lead.stage == S.RECYCLED
    assert verbs()[-2:] == ["leads.lead_stage_changed", "leads.deal_lost"]


def test_lose_deal_leaves_a_lead_with_another_open_deal_an_opportunity(rep, deal):
    open_deal(lead_id=deal.lead_id, name="Second", actor=rep, now=ago(minutes=5))
    lose_deal(deal.pk, reason="Too dear.", actor=rep, now=NOW)
    deal.lead.refresh_from_db()
    assert deal.lead.stage == S.OPPORTUNITY


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_lose_deal_needs_a_reason(rep, deal, reason):
    with refused(Invalid, "reason_missing"):
        lose_deal(deal.pk, reason=reason, actor=rep, now=NOW)


@pytest.mark.parametrize(
    ("reason", "note", "code", "words"),
    [
        ("no-budget", "", "no-budget", "No budget"),
        ("NO BUDGET.", "Frozen until May.", "no-budget", "No budget: Frozen until May."),
        ("The plant was sold.", "", "other", "The plant was sold."),
        ("other", "The plant was sold.", "other", "The plant was sold."),
    ],
)
def test_lose_deal_counts_words_as_the_agreed_reason_or_as_other(rep, deal, reason, note, code, words):
    lose_deal(deal.pk, reason=reason, note=note, actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.loss_reason.code, deal.lost_reason) == (code, words)
    assert ActivityEntry.objects.get(verb="leads.deal_lost").data["reason_code"] == code


def test_lose_deal_refuses_other_without_words_and_retired_reasons(rep, deal):
    with refused(Invalid, "note_missing"):
        lose_deal(deal.pk, reason="other", actor=rep, now=NOW)
    LossReason.objects.filter(code="price").update(archived_at=NOW)
    with refused(Invalid, "reason_retired"):
        lose_deal(deal.pk, reason="price", actor=rep, now=NOW)


def test_only_a_lost_deal_has_a_reason(deal):
    with pytest.raises(IntegrityError, match="deal_loss_reason_of_lost"), transaction.atomic():
        Deal.objects.filter(pk=deal.pk).update(loss_reason=LossReason.objects.first())


def test_lose_deal_that_was_won_is_a_conflict(rep, deal):
    win_deal(deal.pk, actor=rep, now=ago(minutes=1))
    with refused(Conflict, "deal_closed"):
        lose_deal(deal.pk, reason="Changed their minds.", actor=rep, now=NOW)


def test_move_deal_reopens_a_won_one_with_a_reason(rep, deal):
    win_deal(deal.pk, actor=rep, now=ago(minutes=1))
    move_deal(deal.pk, stage="negotiation", why="The order was cancelled.", actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.stage, deal.won_at, deal.lead.stage) == ("negotiation", None, S.OPPORTUNITY)


def test_move_deal_reopens_a_lost_one(rep, deal):
    lose_deal(deal.pk, reason="Too dear.", actor=rep, now=ago(minutes=1))
    move_deal(deal.pk, stage="proposal", why="They called again.", actor=rep, now=NOW)
    deal.refresh_from_db()
    assert (deal.stage, deal.lost_at, deal.lost_reason, deal.lead.stage) == ("proposal", None, "", S.OPPORTUNITY)


def test_move_deal_reopening_leaves_a_customer_of_another_deal_a_customer(rep, deal):
    second = open_deal(lead_id=deal.lead_id, name="Second", actor=rep, now=ago(minutes=9))
    win_deal(deal.pk, actor=rep, now=ago(minutes=5))
    win_deal(second.pk, actor=rep, now=ago(minutes=4))
    move_deal(second.pk, stage="proposal", why="Cancelled.", actor=rep, now=NOW)
    deal.lead.refresh_from_db()
    assert deal.lead.stage == S.CUSTOMER


def test_move_deal_reopening_needs_a_reason(rep, deal):
    win_deal(deal.pk, actor=rep, now=ago(minutes=1))
    with refused(Invalid, "note_missing"):
        move_deal(deal.pk, stage="proposal", actor=rep, now=NOW)


def test_deals_of_others_are_not_found(stranger, deal):
    for act in (
        lambda: update_deal(deal.pk, {"name": "x"}, actor=stranger, now=NOW),
        lambda: win_deal(deal.pk, actor=stranger, now=NOW),
        lambda: lose_deal(deal.pk, reason="No.", actor=stranger, now=NOW),
    ):
        with refused(NotFound):
            act()
    assert Deal.objects.count() == 1


def test_move_deal_reopening_one_of_two_leaves_the_lead_where_it_is(rep, deal):
    open_deal(lead_id=deal.lead_id, name="Second", actor=rep, now=ago(minutes=9))
    lose_deal(deal.pk, reason="Too dear.", actor=rep, now=ago(minutes=5))
    moves = deal.lead.transitions.count()
    move_deal(deal.pk, stage="proposal", why="They called again.", actor=rep, now=NOW)
    deal.lead.refresh_from_db()
    assert (deal.lead.stage, deal.lead.transitions.count()) == (S.OPPORTUNITY, moves)


# --- What a deal was closed with --------------------------------------------------------------------------


@pytest.fixture
def won(rep, deal):
    """The deal of Sam's lead, won for what it was worth."""
    return win_deal(deal.pk, actor=rep, now=NOW)


def test_what_a_deal_was_closed_with_is_corrected_by_a_sales_manager_who_says_why(rep, sales_manager, won):
    with refused(NotAllowed, "deal_closed") as caught:
        update_deal(won.pk, {"amount": Decimal(5), "currency": "USD"}, why="A slip.", actor=rep, now=NOW)
    assert caught.value.message == (
        f"This deal was won on {localtime(NOW):%-d %B %Y}: only a sales manager corrects its amount and currency."
    )
    with refused(Invalid, "note_missing"):
        update_deal(won.pk, {"amount": Decimal(5)}, why=" ", actor=sales_manager, now=NOW)
    update_deal(won.pk, {"amount": Decimal(5), "product": "Grid"}, why="A slip.", actor=sales_manager, now=NOW)
    entry = ActivityEntry.objects.order_by("id").last()
    assert (entry.verb, entry.sentence) == ("leads.deal_corrected", f"corrected the closed deal {won.name}: A slip.")
    assert entry.data["old"] == {"amount": "41000.10", "product": ""}
    assert Deal.objects.get().amount == Decimal(5)


def test_the_rest_of_a_closed_deal_is_changed_as_that_of_an_open_one(rep, won):
    update_deal(won.pk, {"product": "Grid", "amount": won.amount, "owner_id": rep.pk}, actor=rep, now=NOW)
    assert verbs()[-1] == "leads.deal_updated"


def test_a_program_corrects_a_closed_deal_as_people_do(api, rep, sales_manager, won):
    here = f"/api/v1/deals/{won.pk}/"
    answer = api(rep).patch(here, {"amount": "5"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "deal_closed")
    answer = api(sales_manager).patch(here, {"amount": "5"}, format="json")
    assert (answer.status_code, answer.json()["fields"].keys()) == (422, {"why"})
    answer = api(sales_manager).patch(here, {"amount": "5", "why": "A slip."}, format="json")
    assert (answer.status_code, answer.json()["amount"]) == (200, "5.00")
    assert api(sales_manager).post("/api/v1/deals/", {"name": "New", "why": "So."}, format="json").status_code == 400


def test_the_page_of_a_closed_deal_asks_for_the_reason_and_tells_a_rep_who_corrects_it(login, rep, sales_manager, won):
    here, client = reverse("leads:deal-edit", args=[won.pk]), login(rep)
    form = client.get(here).context["form"]
    assert [name for name, field in form.fields.items() if field.disabled] == [*CLOSED_FIELDS]
    assert "why" not in form.fields
    assert client.post(here, {"name": won.name, "product": "Grid"}).status_code == 302
    stale = client.post(here, {"name": won.name, "product": "Grid", "amount": "5"})
    assert stale.status_code == 403
    assert "only a sales manager corrects its amount" in stale.content.decode()
    client = login(sales_manager)
    posted = {"name": won.name, "product": "Grid", "currency": "EUR", "owner": rep.pk, "amount": "5"}
    page = client.post(here, posted)
    assert (page.status_code, [*page.context["form"].errors]) == (422, ["why"])
    assert client.post(here, posted | {"why": "A slip."}).status_code == 302
    won.refresh_from_db()
    assert (won.amount, won.product) == (Decimal(5), "Grid")
    assert "why" not in client.get(reverse("leads:deal-create")).context["form"].fields
