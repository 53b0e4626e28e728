"""Two clicks on one button at the same moment."""

from django.test import Client

from leads.models import Campaign
from smarketing.accounts.models import Side, User
from tests.factories import make_team, make_user
from tests.races import run_before


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_second_waits_and_gets_the_answer_of_the_first(committed_db: None) -> None:
    marketer = make_user(team=make_team(side=Side.MARKETING))
    one, other = browser_of(marketer), browser_of(marketer)
    given = {"form_key": "a", "name": "Autumn", "channel": "webinar", "currency": "EUR"}
    with run_before("leads.views.campaigns.log_campaign", lambda: other.post("/campaigns/new/", given)) as rival:
        answer = one.post("/campaigns/new/", given)
    rival.finish()
    assert Campaign.objects.filter(name="Autumn").count() == 1
    assert answer["Location"] == rival.result["Location"]
