"""Campaigns, spend and content: what marketing logs, through the page and through the API alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.timezone import localdate, now
from rest_framework.test import APIClient

from leads.models import Campaign, ContentAsset, Spend
from leads.services.campaigns import archive_campaign, book_spend, log_campaign, log_content, remove_spend
from smarketing.accounts.models import User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import make_campaign, make_deal, make_lead

Login = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def campaign(actor: User, **values: object) -> Campaign:
    return log_campaign({"name": "Grid webinar", "channel": "webinar"} | values, actor=actor, now=now())


def test_log_campaign_records_owner_currency_and_one_entry(marketer: User, organisation: object) -> None:
    made = campaign(marketer)
    assert (made.owner, made.currency) == (marketer, "EUR")
    entry = ActivityEntry.objects.get(verb="leads.campaign_logged")
    assert entry.actor == marketer
    assert entry.data["new"]["name"] == "Grid webinar"


def test_log_campaign_again_with_nothing_new_records_nothing(marketer: User, organisation: object) -> None:
    made = campaign(marketer)
    log_campaign({"name": "Grid webinar"}, actor=marketer, now=now(), campaign_id=made.pk)
    assert ActivityEntry.objects.filter(verb="leads.campaign_logged").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "GRID WEBINAR"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Other", "start_on": date(2026, 3, 2), "end_on": date(2026, 3, 1)}, "end_on"),
    ],
)
def test_log_campaign_refuses(values: dict[str, object], field: str, marketer: User, organisation: object) -> None:
    campaign(marketer)
    with pytest.raises(Invalid) as refusal:
        campaign(marketer, **values)
    assert list(refusal.value.fields) == [field]
    assert Campaign.objects.count() == 1
    assert ActivityEntry.objects.count() == 1


def test_rep_may_not_log_a_campaign(rep: User, organisation: object) -> None:
    with pytest.raises(NotAllowed):
        campaign(rep)
    assert not Campaign.objects.exists()
    assert not ActivityEntry.objects.exists()


def test_archive_puts_away_and_brings_back(marketer: User, organisation: object) -> None:
    made = campaign(marketer)
    assert archive_campaign(made.pk, actor=marketer, now=now()).archived_at
    assert archive_campaign(made.pk, actor=marketer, now=now()).archived_at is None


def test_booking_a_day_again_replaces_it_and_the_log_keeps_the_old_amount(marketer: User, organisation: object) -> None:
    made, day = campaign(marketer), now().date() - timedelta(days=3)
    book_spend(made.pk, spent_on=day, amount=Decimal("120.50"), actor=marketer, now=now())
    book_spend(made.pk, spent_on=day, amount=Decimal("99.00"), actor=marketer, now=now())
    assert Spend.objects.get().amount == Decimal("99.00")
    latest = ActivityEntry.objects.filter(verb="leads.spend_booked").latest("id")
    assert (latest.data["old"], latest.data["amount"]) == ("120.50", "99.00")


def test_a_day_booked_by_mistake_is_taken_back_through_both_doors(
    marketer: User, rep: User, organisation: object, client: Client
) -> None:
    made, day = campaign(marketer), now().date() - timedelta(days=3)
    by_page = book_spend(made.pk, spent_on=day, amount=Decimal("300.00"), actor=marketer, now=now())
    by_api = book_spend(made.pk, spent_on=day + timedelta(days=1), amount=Decimal("50"), actor=marketer, now=now())
    with pytest.raises(NotAllowed):
        remove_spend(by_page.pk, actor=rep, now=now())
    client.force_login(marketer)
    assert "Take back" in client.get(made.get_absolute_url()).content.decode()
    answer = client.post(f"/spend/{by_page.pk}/remove/", follow=True)
    said = answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")
    assert f"300 on {day:%-d %b %Y} is taken back" in said
    program = APIClient()
    program.force_authenticate(marketer)
    assert program.delete(f"/api/v1/spend/{by_api.pk}/").status_code == 204
    assert program.delete(f"/api/v1/spend/{by_api.pk}/").status_code == 404
    assert not Spend.objects.exists()
    removed = ActivityEntry.objects.filter(verb="leads.spend_removed").order_by("id")
    assert [entry.data["amount"] for entry in removed] == ["300.00", "50.00"]


def test_spend_is_booked_on_days_of_this_century(marketer: User, organisation: object) -> None:
    made = make_campaign(start_on=date(1990, 1, 1))
    with pytest.raises(Invalid):
        book_spend(made.pk, spent_on=date(1999, 12, 31), amount=Decimal(1), actor=marketer, now=now())


@pytest.mark.parametrize(("amount", "days"), [(Decimal("-1"), 0), (Decimal("1"), 2)])
def test_spend_is_neither_negative_nor_in_the_future(
    amount: Decimal, days: int, marketer: User, organisation: object
) -> None:
    made = campaign(marketer)
    with pytest.raises(Invalid):
        book_spend(made.pk, spent_on=now().date() + timedelta(days=days), amount=amount, actor=marketer, now=now())
    assert not Spend.objects.exists()


def test_spend_of_an_unknown_campaign_is_not_found(marketer: User, organisation: object) -> None:
    with pytest.raises(NotFound):
        book_spend(404, spent_on=now().date(), amount=Decimal(1), actor=marketer, now=now())


def test_content_title_is_unique_whatever_its_case(marketer: User, organisation: object) -> None:
    log_content({"title": "Cost workbook", "kind": "tool"}, actor=marketer, now=now())
    with pytest.raises(Invalid):
        log_content({"title": "cost WORKBOOK", "kind": "guide"}, actor=marketer, now=now())
    assert ContentAsset.objects.count() == 1


def test_page_and_api_log_the_same_campaign(marketer: User, organisation: object, client: Client) -> None:
    client.force_login(marketer)
    by_page = {"name": "By page", "channel": "event", "currency": "EUR", "budget": "1500.00", "start_on": "2026-03-01"}
    assert client.post("/campaigns/new/", by_page).status_code == 302
    program = APIClient()
    program.force_authenticate(marketer)
    by_api = by_page | {"name": "By API", "owner": None}
    assert program.post("/api/v1/campaigns/", by_api, format="json").status_code == 201
    fields = ("channel", "currency", "budget", "start_on")
    rows = Campaign.objects.order_by("name").values_list(*fields)
    assert rows[0] == rows[1] == ("event", "EUR", Decimal("1500.00"), date(2026, 3, 1))


def test_both_doors_refuse_with_the_same_code(rep: User, organisation: object, client: Client) -> None:
    client.force_login(rep)
    values = {"name": "X", "channel": "event", "currency": "EUR"}
    assert client.post("/campaigns/new/", values).status_code == 403
    program = APIClient()
    program.force_authenticate(rep)
    answer = program.post("/api/v1/campaigns/", values, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Campaign.objects.exists()


def test_campaign_results_count_leads_customers_and_revenue(
    marketer: User, organisation: object, client: Client
) -> None:
    made, other = make_campaign(name="Expo"), make_campaign(name="Search")
    won = make_lead(campaign=made, stage="customer")
    make_lead(campaign=made)
    make_lead(campaign=other)
    make_deal(lead=won, stage="won", won_at=now(), amount=Decimal("1200.50"))
    make_deal(lead=won, amount=Decimal("9000"))
    book_spend(made.pk, spent_on=now().date(), amount=Decimal("300.25"), actor=marketer, now=now())
    program = APIClient()
    program.force_authenticate(marketer)
    row = program.get(f"/api/v1/campaigns/{made.pk}/").json()
    assert (row["lead_count"], row["customer_count"], row["revenue"], row["spent"]) == (2, 1, "1200.50", "300.25")


@pytest.mark.parametrize("count", [1, 3])
def test_campaign_list_asks_a_fixed_number_of_queries(
    count: int, marketer: User, organisation: object, client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(count):
        make_campaign(name=f"Campaign {number}", owner=marketer)
    client.force_login(marketer)
    client.get("/campaigns/")
    with django_assert_max_num_queries(9):
        answer = client.get("/campaigns/")
    assert answer.content.decode().count('data-label="Budget"') == count


def test_log_campaign_refuses_values_that_contradict_each_other(marketer: User, organisation: object) -> None:
    with pytest.raises(Invalid, match="not below zero"):
        campaign(marketer, budget=Decimal(-1))
    assert not Campaign.objects.exists()
    assert not ActivityEntry.objects.exists()


def test_a_code_that_is_no_currency_is_refused(marketer: User, organisation: object) -> None:
    with pytest.raises(Invalid) as refused:
        campaign(marketer, currency="QQQ")
    assert list(refused.value.fields) == ["currency"]


@pytest.mark.parametrize("typed", ["1.234,56", "1,234.56", "1234,56", "€ 1.234,56"])
def test_amounts_are_read_as_people_write_them(login: Login, marketer: User, organisation: object, typed: str) -> None:
    given = {"name": "Autumn", "channel": "webinar", "currency": "EUR", "budget": typed}
    assert login(marketer).post("/campaigns/new/", given).status_code == 302
    made = Campaign.objects.get()
    assert made.budget == Decimal("1234.56")
    day = localdate() - timedelta(days=1)
    posted = login(marketer).post(f"/campaigns/{made.pk}/spend/", {"spent_on": day.isoformat(), "amount": typed})
    assert posted.status_code == 302
    assert made.spend.get().amount == Decimal("1234.56")


def test_booking_a_day_again_says_what_it_replaces(login: Login, marketer: User) -> None:
    made, client, day = make_campaign(start_on=None), login(marketer), localdate() - timedelta(days=1)
    for amount, said in (("300", "is booked on"), ("50", "replaces the €300")):
        given = {"spent_on": day.isoformat(), "amount": amount}
        page = client.post(f"/campaigns/{made.pk}/spend/", given, follow=True).content.decode()
        assert said in page.replace("\u202f", "").replace("\xa0", "").replace("€ ", "€"), amount


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2026, 2, 28), date(2026, 6, 15)])
def test_spend_is_booked_on_a_day_of_its_campaign(marketer: User, day: date) -> None:
    made = make_campaign(start_on=date(2026, 3, 1), end_on=date(2026, 3, 31))
    with pytest.raises(Invalid) as refused:
        book_spend(made.pk, spent_on=day, amount=Decimal(1), actor=marketer, now=datetime(2026, 9, 1, tzinfo=UTC))
    assert refused.value.fields == {"spent_on": ["The campaign runs from 1 Mar 2026 to 31 Mar 2026."]}
