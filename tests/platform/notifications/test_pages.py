"""The bell, the list, opening, marking as read; each for the recipient only."""

import pytest

from smarketing.notifications.models import Notification
from smarketing.notifications.services import notify
from smarketing.notifications.views import PAGE_SIZE
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def tell(person, count=1, **given):
    for number in range(count):
        values = {"kind": "test", "title": f"Thing {number}", "url": "/leads/", "now": NOW, "email": False, **given}
        notify([person], dedupe_key=str(number), **values)


@pytest.mark.parametrize(("count", "text"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (130, "99+")])
def test_bell_counts(rep, login, count, text):
    tell(rep, count)
    response = login(rep).get("/notifications/bell/")
    assert response.content.decode() == text


def test_bell_costs_one_query_of_its_own(rep, login, django_assert_max_num_queries):
    tell(rep, 50)
    browser = login(rep)
    browser.get("/notifications/bell/")
    with django_assert_max_num_queries(2):  # the person and the count; the session is cached
        browser.get("/notifications/bell/")


def test_list_shows_ones_own_only(rep, teammate, login):
    tell(rep, title="For Sam <b>only</b>")
    page = login(rep).get("/notifications/").content.decode()
    assert "For Sam &lt;b&gt;only&lt;/b&gt;" in page
    other = login(teammate).get("/notifications/").content.decode()
    assert "For Sam" not in other
    assert "No notifications yet" in other


def test_list_pages(rep, login):
    tell(rep, PAGE_SIZE + 5)
    browser = login(rep)
    first = browser.get("/notifications/")
    assert len(first.context["notifications"]) == PAGE_SIZE
    second = browser.get(f"/notifications/?cursor={first.context['next_cursor']}")
    assert len(second.context["notifications"]) == 5
    assert second.context["next_cursor"] is None
    assert browser.get("/notifications/?cursor=x").status_code == 422


def test_open_marks_read_and_goes_there(rep, login):
    tell(rep)
    one = Notification.objects.get()
    response = login(rep).get(f"/notifications/{one.pk}/open/")
    assert (response.status_code, response["Location"]) == (302, "/leads/")
    one.refresh_from_db()
    assert one.read_at is not None
    unread = login(rep).get("/notifications/?show=unread").content.decode()
    assert "You have seen everything." in unread


def test_open_of_somebody_elses_is_not_there(rep, teammate, admin, login):
    tell(rep)
    one = Notification.objects.get()
    for other in (teammate, admin):
        assert login(other).get(f"/notifications/{one.pk}/open/").status_code == 404
    one.refresh_from_db()
    assert one.read_at is None


def test_mark_all_as_read(rep, teammate, login):
    tell(rep, 3)
    tell(teammate)
    assert login(rep).post("/notifications/read/").status_code == 302
    assert not Notification.objects.filter(recipient=rep, read_at=None).exists()
    assert Notification.objects.filter(recipient=teammate, read_at=None).count() == 1


def test_api_lists_and_marks(rep, api):
    tell(rep, 2)
    client = api(rep)
    rows = client.get("/api/v1/notifications/").json()["results"]
    assert [row["title"] for row in rows] == ["Thing 1", "Thing 0"]
    answer = client.post(f"/api/v1/notifications/{rows[0]['id']}/read/")
    assert answer.json()["read_at"] is not None
    unread = client.get("/api/v1/notifications/?read_at__isnull=true").json()["results"]
    assert [row["title"] for row in unread] == ["Thing 0"]
    assert client.post("/api/v1/notifications/read/").status_code == 204
    assert client.get("/api/v1/notifications/?read_at__isnull=true").json()["results"] == []
