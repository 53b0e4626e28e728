"""Each person is told each thing once, and sees their own only."""

import pytest

from smarketing.lib.errors import NotFound
from smarketing.notifications.models import Notification, OutboxMessage
from smarketing.notifications.selectors import notifications_of, unread_count
from smarketing.notifications.services import mark_all_read, mark_read, notify
from tests.factories import NOW, ago

pytestmark = pytest.mark.django_db


def tell(*people, key="breach-1", **given):
    values = {"kind": "sla.breach", "title": "First attempt is late", "url": "/handoffs/7/", "now": NOW}
    notify(people, dedupe_key=key, **{**values, **given})


def test_notify_tells_each_recipient_once(rep, sales_manager):
    tell(rep, sales_manager, rep)
    tell(rep)
    assert list(Notification.objects.order_by("recipient__name").values_list("recipient", "title")) == [
        (rep.pk, "First attempt is late"),
        (sales_manager.pk, "First attempt is late"),
    ]
    assert OutboxMessage.objects.count() == 2


def test_notify_again_with_another_key(rep):
    tell(rep)
    tell(rep, key="breach-2")
    assert unread_count(rep) == 2


def test_notify_leaves_out_deactivated_people(rep):
    rep.is_active = False
    rep.save()
    tell(rep)
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_notify_without_mail(rep):
    tell(rep, email=False)
    assert unread_count(rep) == 1
    assert not OutboxMessage.objects.exists()


def test_notify_mail_carries_link_and_escapes(rep, settings):
    settings.BASE_URL = "https://smarketing.example"
    tell(rep, title="<b>Late</b> & sorry", body="Two lines\nof text")
    mail = OutboxMessage.objects.get()
    assert mail.recipient == rep.email
    assert mail.subject == "<b>Late</b> & sorry"
    assert "https://smarketing.example/handoffs/7/" in mail.body
    assert "<b>Late</b> & sorry" in mail.body
    assert "&lt;b&gt;Late&lt;/b&gt; &amp; sorry" in mail.html
    assert "<b>Late" not in mail.html


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_notify_refuses_links_that_lead_away(rep, url):
    with pytest.raises(ValueError, match="page of the product"):
        tell(rep, url=url)
    assert not Notification.objects.exists()


def test_mark_read_counts_the_first_time(rep):
    tell(rep)
    (one,) = notifications_of(rep)
    mark_read(one.pk, actor=rep, now=NOW)
    mark_read(one.pk, actor=rep, now=ago(days=-1))
    one.refresh_from_db()
    assert one.read_at == NOW
    assert unread_count(rep) == 0
    assert list(notifications_of(rep, unread_only=True)) == []


def test_mark_read_of_somebody_elses_is_not_found(rep, teammate, admin):
    tell(rep)
    one = Notification.objects.get()
    for other in (teammate, admin):
        with pytest.raises(NotFound):
            mark_read(one.pk, actor=other, now=NOW)
    one.refresh_from_db()
    assert one.read_at is None


def test_mark_all_read_leaves_others_and_later_ones(rep, teammate):
    tell(rep, teammate)
    tell(rep, key="later", now=ago(hours=-1))
    assert mark_all_read(actor=rep, now=NOW) == 1
    assert unread_count(rep) == 1
    assert unread_count(teammate) == 1
