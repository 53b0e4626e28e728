"""What has lines keeps them, in the list and in mail."""

from __future__ import annotations

import pytest

from smarketing.accounts.models import User
from smarketing.notifications.models import OutboxMessage
from smarketing.notifications.services import notify
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_lines_are_kept_in_the_list_and_in_both_parts_of_the_mail(login, rep: User) -> None:  # type: ignore[no-untyped-def]
    body = "Decided\n• Hire two\n• Raise prices\n\nActions\n• Sam Rep: call them"
    notify([rep], kind="meetings.minutes", title="Minutes", body=body, url="/", dedupe_key="lines", now=NOW)
    page = login(rep).get("/notifications/").content.decode()
    assert f'<span class="item-note" data-lines>{body}</span>' in page
    mail = OutboxMessage.objects.get()
    assert body in mail.body
    assert "<p>Decided<br>• Hire two<br>• Raise prices</p>" in mail.html
