"""A program that asks a list for what cannot be read is told so; it is never given everybody instead."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("/api/v1/leads/?stage=quite", "stage"),
        ("/api/v1/leads/?campaign=99999", "campaign"),
        ("/api/v1/leads/?created_from=yesterday", "created_from"),
        ("/api/v1/deals/?stage=maybe", "stage"),
        ("/api/v1/deals/?owner=99999", "owner"),
        ("/api/v1/handoffs/?status=open", "status"),
        ("/api/v1/handoffs/?team=x", "team"),
        ("/api/v1/clocks/?kind=lunch", "kind"),
        ("/api/v1/touchpoints/?kind=dream", "kind"),
        ("/api/v1/touchpoints/?campaign=99999", "campaign"),
    ],
)
def test_a_filter_with_a_wrong_value_is_refused(api, admin, address, wrong):
    answer = api(admin).get(address)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [wrong])
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("address", ["/api/v1/leads/?stage=", "/api/v1/handoffs/?status=pending", "/api/v1/deals/"])
def test_an_empty_or_a_right_one_is_heeded(api, admin, address):
    assert api(admin).get(address).status_code == 200
