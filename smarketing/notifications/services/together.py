"""Telling people of many things at once: what is noted within moments becomes one notification and one mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from smarketing.accounts.models import User
from smarketing.notifications.models import Notice
from smarketing.notifications.services.telling import check_url, notify

#: How long the first of them waits for others. An act on 500 leads takes a few seconds.
TOGETHER_WITHIN = timedelta(seconds=20)
LISTED_AT_MOST = 20
PAIRS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Several:
    """How it is told where there is more than one: a title with `{count}`, the page of all, and this one's line."""

    title: str
    url: str
    line: str


def notify_soon(
    recipients: Iterable[User],
    *,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    several: Several,
    dedupe_key: str,
    now: datetime,
) -> None:
    """Notes what each active recipient is to be told; `deliver_notices` tells it, with others of its kind if there are.

    The same `dedupe_key` for the same recipient is noted once. Joins the caller's transaction. Raises ValueError for
    a url that leads out of the product.
    """
    check_url(url)
    check_url(several.url)
    Notice.objects.bulk_create(
        [
            Notice(
                recipient=user,
                kind=kind,
                title=title[:200],
                body=body,
                url=url,
                line=several.line[:200],
                several_title=several.title,
                several_url=several.url,
                noted_at=now,
                send_at=now + TOGETHER_WITHIN,
                dedupe_key=dedupe_key,
            )
            for user in {user.pk: user for user in recipients if user.is_active}.values()
        ],
        ignore_conflicts=True,
    )


def deliver_notices(*, now: datetime) -> int:
    """Tells what was noted long enough ago, a notification for each person and kind; gives how many were told.

    Each notification and the note that it was told are one transaction: a worker that dies tells nobody twice.
    """
    due = Notice.objects.filter(sent_at__isnull=True, send_at__lte=now).order_by("recipient", "kind")
    pairs = due.values_list("recipient", "kind").distinct()[:PAIRS_AT_ONCE]
    return sum(_tell(recipient_id, kind, now) for recipient_id, kind in list(pairs))


@transaction.atomic
def _tell(recipient_id: int, kind: str, now: datetime) -> bool:
    waiting = Notice.objects.filter(recipient=recipient_id, kind=kind, sent_at__isnull=True)
    notices = list(waiting.select_for_update(of=("self",)).select_related("recipient").order_by("noted_at", "pk"))
    if not notices:  # somebody else was quicker
        return False
    title, body, url = _words(notices)
    notify(
        [notices[0].recipient],
        kind=kind,
        title=title,
        body=body,
        url=url,
        dedupe_key=notices[0].dedupe_key,
        now=now,
        in_working_hours=True,
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now)
    return True


def _words(notices: Sequence[Notice]) -> tuple[str, str, str]:
    """Title, body and url: of the one, or of all together."""
    latest = notices[-1]
    if len(notices) == 1:
        return latest.title, latest.body, latest.url
    lines = [f"• {notice.line}" for notice in notices[:LISTED_AT_MOST]]
    if len(notices) > LISTED_AT_MOST:
        lines.append(f"and {len(notices) - LISTED_AT_MOST} more")
    return latest.several_title.format(count=len(notices)), "\n".join(lines), latest.several_url
