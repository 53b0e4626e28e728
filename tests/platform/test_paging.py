"""Pages by position: every row once, forwards and backwards, whatever the order and the gaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Coalesce
from django.utils.timezone import now

from leads.models import Deal, Lead
from smarketing.lib.errors import Invalid
from smarketing.web.paging import counted_page_of, page_of
from tests.factories import make_deal, make_lead

pytestmark = pytest.mark.django_db

ORDERS = (
    "-created_at",
    "created_at",
    "-current_score__score",
    "current_score__score",
    "-last_touch_at",
    "last_touch_at",
)


@pytest.mark.parametrize("order", ORDERS)
def test_walking_forwards_and_back_shows_every_row_once_in_order(order: str) -> None:
    start = now() - timedelta(days=30)
    for number in range(11):
        make_lead(
            created_at=start + timedelta(days=number // 3),
            score=number % 4,
            last_touch_at=None if number % 3 == 0 else start + timedelta(hours=number // 2),
        )
    forwards, cursor = [], ""
    while True:
        page = page_of(Lead.objects.all(), order=order, cursor=cursor, size=4)
        forwards.append([row.pk for row in page.rows])
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert [len(rows) for rows in forwards] == [4, 4, 3]
    assert sorted(pk for rows in forwards for pk in rows) == sorted(Lead.objects.values_list("pk", flat=True))
    backwards = [[row.pk for row in page.rows]]
    while page.previous_cursor is not None:
        page = page_of(Lead.objects.all(), order=order, cursor=page.previous_cursor, size=4)
        backwards.insert(0, [row.pk for row in page.rows])
    assert backwards == forwards


@pytest.mark.parametrize("order", ORDERS)
def test_a_counted_page_is_the_first_page_and_leads_to_the_second(order: str) -> None:
    start = now() - timedelta(days=30)
    for number in range(11):
        touched = None if number % 3 == 0 else start + timedelta(hours=number // 2)
        make_lead(created_at=start + timedelta(days=number // 3), score=number % 4, last_touch_at=touched)
    leads = Lead.objects.filter(last_name__icontains="")
    for size in (4, 11, 20):
        page, count = counted_page_of(leads, order=order, size=size, load=lambda rows: rows.select_related("company"))
        first = page_of(leads, order=order, size=size)
        assert count == 11
        assert page is not None
        assert [row.pk for row in page.rows] == [row.pk for row in first.rows]
        assert (page.next_cursor, page.previous_cursor) == (first.next_cursor, None)


def test_a_counted_page_is_not_guessed_where_more_rows_match_than_are_looked_for() -> None:
    for _ in range(5):
        make_lead()
    assert counted_page_of(Lead.objects.all(), order="-created_at", size=2, most=5) == (None, 5)
    page, count = counted_page_of(Lead.objects.all(), order="-created_at", size=2, most=6)
    assert page is not None
    assert count == 5
    assert counted_page_of(Lead.objects.none(), order="-created_at")[1] == 0


def test_a_list_may_be_ordered_by_what_is_worked_out_for_each_row() -> None:
    start = now() - timedelta(days=30)
    deals = [make_deal(stage="won", won_at=start + timedelta(days=day)) for day in (1, 5, 3)]
    deals += [make_deal(stage="lost", lost_at=start + timedelta(days=day)) for day in (2, 4)]
    closed = Deal.objects.annotate(closed_at=Coalesce("won_at", "lost_at"))
    first = page_of(closed, order="-closed_at", size=3)
    second = page_of(closed, order="-closed_at", size=3, cursor=first.next_cursor or "")
    assert [row.pk for row in (*first.rows, *second.rows)] == [deals[n].pk for n in (1, 4, 2, 3, 0)]
    back = page_of(closed, order="-closed_at", size=3, cursor=second.previous_cursor or "")
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WzEsMiwieCJd", "W2ZhbHNlLCJub3QgYSBkYXRlIiwxXQ"])
def test_a_cursor_that_this_list_did_not_give_is_refused(cursor: str) -> None:
    make_lead()
    with pytest.raises(Invalid):
        page_of(Lead.objects.all(), order="-created_at", cursor=cursor)
