"""Mail leaves at least once, is never sent by two at a time, waits longer after each failure, and gives up at last."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import connection, connections

from smarketing.notifications.models import OutboxMessage
from smarketing.notifications.services import deliver_outbox, outbox, queue_email
from smarketing.notifications.services.outbox import LONGEST_WAIT, MAX_TRIES, STUCK_AFTER
from tests.factories import NOW, ago

pytestmark = pytest.mark.django_db


def queue(recipient="rita@example.com", key="one", **given):
    values = {"subject": "Late", "body": "Call today.", "now": NOW, **given}
    queue_email(recipient, dedupe_key=key, **values)
    return OutboxMessage.objects.order_by("-id").first()


@pytest.fixture
def broken_server(monkeypatch):
    """A mail server that raises what it is given."""

    def breaks(error):
        def send(self, **kwargs):
            raise error

        monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", send)

    return breaks


def test_deliver_sends_text_and_html_once():
    message = queue(html="<p>Call today.</p>")
    queue(html="<p>Call today.</p>")
    assert deliver_outbox(now=NOW) == 1
    assert deliver_outbox(now=ago(days=-3)) == 0
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["rita@example.com"], "Late", "Call today.")
    assert sent.alternatives[0][0] == "<p>Call today.</p>"
    assert sent.extra_headers["Message-ID"].startswith(f"<outbox-{message.pk}@")
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.tries) == ("sent", NOW, 1)
    assert (message.body, message.html) == ("", "")


def test_deliver_leaves_what_is_not_due():
    queue(not_before=ago(hours=-1))
    assert deliver_outbox(now=NOW) == 0
    assert deliver_outbox(now=ago(hours=-1)) == 1


def test_deliver_heeds_the_limit():
    for number in range(3):
        queue(key=str(number))
    assert deliver_outbox(now=NOW, limit=2) == 2
    assert OutboxMessage.objects.filter(state="pending").count() == 1


def test_queue_email_makes_a_subject_of_one_line():
    assert queue(subject="Late\nBcc: everybody@example.com").subject == "Late Bcc: everybody@example.com"


def test_deliver_waits_longer_after_each_failure(broken_server):
    message = queue()
    broken_server(SMTPServerDisconnected("gone"))
    waits, moment = [], NOW
    for _ in range(MAX_TRIES):
        assert deliver_outbox(now=moment) == 0
        message.refresh_from_db()
        waits.append(message.not_before - moment)
        moment = message.not_before
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(waits) == LONGEST_WAIT
    assert (message.state, message.tries) == ("failed", MAX_TRIES)
    assert message.last_error == "SMTPServerDisconnected: gone"
    assert message.body == "Call today."
    assert deliver_outbox(now=moment + timedelta(days=9)) == 0


def test_deliver_gives_up_at_once_where_the_address_is_refused(broken_server):
    message = queue()
    broken_server(SMTPRecipientsRefused({"rita@example.com": (550, b"no such user")}))
    deliver_outbox(now=NOW)
    message.refresh_from_db()
    assert message.state == "failed"


def test_deliver_tries_again_where_the_address_is_busy(broken_server):
    message = queue()
    broken_server(SMTPRecipientsRefused({"rita@example.com": (450, b"try later")}))
    deliver_outbox(now=NOW)
    message.refresh_from_db()
    assert message.state == "pending"


def test_one_failure_does_not_stop_the_others(monkeypatch):
    queue("bad@example.com")
    queue("good@example.com")
    send = mail.EmailMultiAlternatives.send

    def sometimes(self, **kwargs):
        if self.to == ["bad@example.com"]:
            raise OSError("no route")
        return send(self, **kwargs)

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", sometimes)
    assert deliver_outbox(now=NOW) == 1
    assert [sent.to for sent in mail.outbox] == [["good@example.com"]]


def test_a_killed_sender_is_taken_over_after_the_timeout():
    message = queue()
    assert outbox._claim(NOW).pk == message.pk  # the sender dies here
    assert deliver_outbox(now=NOW + STUCK_AFTER - timedelta(seconds=1)) == 0
    assert deliver_outbox(now=NOW + STUCK_AFTER) == 1
    message.refresh_from_db()
    assert (message.state, message.tries) == ("sent", 2)


def test_a_slow_sender_does_not_overwrite_what_another_did():
    message = queue()
    slow = outbox._claim(NOW)
    assert deliver_outbox(now=NOW + STUCK_AFTER) == 1
    outbox._note_failure(slow, OSError("timed out"), NOW)
    message.refresh_from_db()
    assert message.state == "sent"


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_claim_the_same_message():
    queue(key="1")
    queue(key="2")
    other = connections.create_connection("default")
    try:
        # The other sender has the first message locked and has not committed yet.
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM notifications_outboxmessage ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED"
            )
            (theirs,) = cursor.fetchone()
        ours = outbox._claim(NOW)
        assert ours.pk != theirs
        assert outbox._claim(NOW) is None
    finally:
        other.rollback()
        other.close()
    assert connection.is_usable()
