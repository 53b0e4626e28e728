"""Every row once, in order, whatever the ordering column holds, forwards and backwards."""

from itertools import chain

import pytest
from django.urls import path
from rest_framework import serializers

from leads.models import Campaign
from smarketing.api.viewsets import ReadViewSet
from tests.factories import NOW, make_campaign, make_user


class CampaignOut(serializers.ModelSerializer):
    class Meta:
        model = Campaign
        fields = ("id", "name")


class Campaigns(ReadViewSet):
    """Campaigns, by the columns that the list permits."""

    queryset = Campaign.objects.all()
    serializer_class = CampaignOut
    ordering_fields = {"name": "name", "budget": "budget", "starts": "start_on", "created_at": "created_at"}


urlpatterns = [
    path("campaigns/", Campaigns.as_view({"get": "list"})),
    path("campaigns/<str:pk>/", Campaigns.as_view({"get": "retrieve"})),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def campaigns():
    budgets = [None, 5, 5, 5, 1, None, 9]
    return [make_campaign(name=f"C{n}", budget=budget, created_at=NOW) for n, budget in enumerate(budgets)]


def walk(client, url, link="next"):
    pages = []
    while url:
        body = client.get(url).json()
        pages.append([row["name"] for row in body["results"]])
        url = body[link]
    return pages


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", ["C6", "C5", "C4", "C3", "C2", "C1", "C0"]),
        ("name", ["C0", "C1", "C2", "C3", "C4", "C5", "C6"]),
        ("budget", ["C4", "C1", "C2", "C3", "C6", "C0", "C5"]),
        ("-budget", ["C6", "C3", "C2", "C1", "C4", "C5", "C0"]),
        ("-created_at", ["C6", "C5", "C4", "C3", "C2", "C1", "C0"]),
    ],
)
def test_pages_give_every_row_once(rep, api, campaigns, ordering, expected):
    client = api(rep)
    url = f"/campaigns/?page_size=2{ordering and '&ordering=' + ordering}"
    pages = walk(client, url)
    assert list(chain(*pages)) == expected
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    last = client.get(url).json()
    while last["next"]:
        last = client.get(last["next"]).json()
    back = [[row["name"] for row in last["results"]], *walk(client, last["previous"], "previous")]
    assert list(chain(*reversed(back))) == expected


def test_a_row_added_meanwhile_moves_nothing(rep, api, campaigns):
    client = api(rep)
    first = client.get("/campaigns/?page_size=4").json()
    make_campaign(name="new")
    assert [row["name"] for row in client.get(first["next"]).json()["results"]] == ["C2", "C1", "C0"]


def test_an_order_that_is_not_permitted_is_refused(rep, api):
    refused = api(rep).get("/campaigns/?ordering=owner__password")
    assert refused.status_code == 422
    assert refused.json()["fields"] == {"ordering": ["Permitted: budget, created_at, name, starts."]}


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "WyItaWQiLGZhbHNlLG51bGwsInh4Il0", "9" * 5000])
def test_a_cursor_that_is_not_ours_is_refused(rep, api, campaigns, cursor):
    assert api(rep).get(f"/campaigns/?cursor={cursor}").status_code == 422


def test_a_cursor_of_another_order_is_refused(rep, api, campaigns):
    link = api(rep).get("/campaigns/?page_size=2&ordering=name").json()["next"]
    assert api(rep).get(link.replace("ordering=name", "ordering=budget")).status_code == 422


@pytest.mark.parametrize(("size", "status"), [("0", 422), ("-1", 422), ("x", 422), ("1", 200), ("100000", 200)])
def test_page_size(rep, api, campaigns, size, status):
    assert api(rep).get(f"/campaigns/?page_size={size}").status_code == status


def test_rows_that_may_not_be_seen_are_not_there(api, nobody, campaigns):
    client = api(nobody)
    assert client.get("/campaigns/").json()["results"] == []
    assert client.get(f"/campaigns/{campaigns[0].pk}/").status_code == 404


def test_a_page_costs_one_query(rep, api, campaigns, django_assert_num_queries):
    client = api(rep)
    rep.roles  # noqa: B018 (read once per request, not per row)
    with django_assert_num_queries(1):
        client.get("/campaigns/?page_size=3")
    for _ in range(20):
        make_campaign(owner=make_user())
    with django_assert_num_queries(1):
        client.get("/campaigns/?page_size=20")
