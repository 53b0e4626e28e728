"""What happens at once is told in one notification, to each person once, and mailed as they wish."""

from datetime import timedelta

import pytest

from smarketing.lib.errors import Invalid
from smarketing.notifications import hours
from smarketing.notifications.models import MailOptOut, Notice, Notification, OutboxMessage
from smarketing.notifications.selectors import mail_topics
from smarketing.notifications.services import Several, choose_mails, deliver_notices, notify, notify_soon, together
from smarketing.notifications.services.together import LISTED_AT_MOST, TOGETHER_WITHIN
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + TOGETHER_WITHIN


def note(*people, name="Ingrid", key="", kind="handoffs.arrived", now=NOW, url="/handoffs/1/"):
    notify_soon(
        people,
        kind=kind,
        title=f"{name} handed to you",
        body="Call today.",
        url=url,
        several=Several("{count} leads came", "/inbox/", f"{name}, by Mara"),
        dedupe_key=key or f"arrived:{name}",
        now=now,
    )


def told():
    return list(Notification.objects.order_by("id").values_list("recipient__name", "title", "body", "url"))


def test_one_alone_is_told_as_it_is_after_a_moment(rep):
    note(rep)
    assert deliver_notices(now=LATER - timedelta(seconds=1)) == 0
    assert told() == []
    assert deliver_notices(now=LATER) == 1
    assert told() == [("Sam Rep", "Ingrid handed to you", "Call today.", "/handoffs/1/")]


def test_many_at_once_are_one_notification_and_one_mail(rep):
    for number in range(LISTED_AT_MOST + 5):
        note(rep, name=f"Lead {number}", now=NOW + timedelta(milliseconds=number * 100))
    assert deliver_notices(now=LATER) == 1
    ((_, title, body, url),) = told()
    assert (title, url) == ("25 leads came", "/inbox/")
    assert body.startswith("• Lead 0, by Mara\n• Lead 1, by Mara\n")
    assert body.endswith("\nand 5 more")
    assert OutboxMessage.objects.count() == 1


def test_each_person_and_each_kind_apart(rep, teammate):
    note(rep, teammate)
    note(rep, name="Jonas")
    note(rep, name="Jonas", key="rejected:1", kind="handoffs.rejected")
    assert deliver_notices(now=LATER) == 3
    assert sorted((name, title) for name, title, _, _ in told()) == [
        ("Sam Rep", "2 leads came"),
        ("Sam Rep", "Jonas handed to you"),
        ("Tia Teammate", "Ingrid handed to you"),
    ]


def test_noted_and_delivered_once(rep):
    note(rep)
    note(rep)
    deliver_notices(now=LATER)
    note(rep)
    assert deliver_notices(now=LATER) == 0
    assert deliver_notices(now=LATER + timedelta(days=1)) == 0
    assert len(told()) == 1


def test_whoever_left_is_not_noted_nor_told(rep, teammate):
    note(rep, teammate)
    rep.is_active = teammate.is_active = False
    teammate.save()
    note(rep, name="Jonas")
    assert Notice.objects.filter(recipient=rep).count() == 1
    deliver_notices(now=LATER)
    assert [name for name, *_ in told()] == ["Sam Rep"]


def test_refuses_a_url_that_leads_away(rep):
    with pytest.raises(ValueError, match="page of the product"):
        note(rep, url="https://evil.example/")
    assert not Notice.objects.exists()


def test_a_worker_that_dies_in_between_tells_nobody_twice(rep, monkeypatch):
    note(rep)

    def die(*args, **kwargs):
        notify(*args, **kwargs)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(together, "notify", die)
        with pytest.raises(SystemExit):
            deliver_notices(now=LATER)
    assert told() == []
    assert deliver_notices(now=LATER) == 1
    assert len(told()) == 1


def test_mails_wait_for_the_working_hours_of_each(rep, teammate, monkeypatch):
    morning = NOW + timedelta(hours=14)
    monkeypatch.setattr(hours, "_sources", [lambda people, now: {rep.pk: morning}])
    note(rep, teammate)
    deliver_notices(now=LATER)
    assert dict(OutboxMessage.objects.values_list("recipient", "not_before")) == {
        rep.email: morning,
        teammate.email: LATER,
    }
    assert Notification.objects.count() == 2


def test_choose_mails_spares_the_mail_and_not_the_bell(rep, teammate):
    choose_mails(["sla", "meetings"], actor=rep)
    assert mail_topics(rep) == ["sla", "meetings"]
    assert mail_topics(teammate) == ["handoffs", "sla", "meetings"]
    note(rep, teammate)
    deliver_notices(now=LATER)
    assert Notification.objects.count() == 2
    assert [mail.recipient for mail in OutboxMessage.objects.all()] == [teammate.email]


def test_choose_mails_again_takes_them_back(rep):
    choose_mails([], actor=rep)
    assert MailOptOut.objects.count() == 3
    choose_mails(["handoffs"], actor=rep)
    assert mail_topics(rep) == ["handoffs"]


def test_choose_mails_refuses_an_unknown_topic(rep):
    with pytest.raises(Invalid, match="weather"):
        choose_mails(["weather", "sla"], actor=rep)
    assert not MailOptOut.objects.exists()


def test_the_profile_and_the_api_keep_the_choice(rep, login, api):
    page = login(rep)
    answer = page.post("/profile/", {"name": rep.name, "timezone": "", "theme": "", "mail_topics": ["handoffs"]})
    assert answer.status_code == 302
    assert mail_topics(rep) == ["handoffs"]
    assert page.get("/profile/").context["form"].initial["mail_topics"] == ["handoffs"]
    program = api(rep)
    assert program.get("/api/v1/me/").data["mail_topics"] == ["handoffs"]
    changed = program.patch("/api/v1/me/", {"mail_topics": ["sla"]}, format="json")
    assert (changed.status_code, changed.data["mail_topics"]) == (200, ["sla"])
    assert program.patch("/api/v1/me/", {"mail_topics": ["weather"]}, format="json").status_code == 400
    assert program.patch("/api/v1/me/", {"theme": "dark"}, format="json").data["mail_topics"] == ["sla"]
