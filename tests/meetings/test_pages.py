"""The pages and the API of meetings: the same door, lines of two people, and no query per row."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from meetings.models import Note
from meetings.services.meetings import close_meeting
from meetings.services.minutes import add_note
from smarketing.accounts.middleware import ORGANISATION_ZONE_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(held):
    """What is talked about."""
    return held.topics.get(kind="rejections")


def test_the_page_shows_numbers_that_open_their_records(held, topic, login, marketer):
    page = login(marketer).get(f"{held.get_absolute_url()}?topic={topic.pk}").content.decode()
    assert "Company too small" in page
    rejected = held.evidence.get(metric="rejected")
    assert rejected.get_absolute_url() in page
    records = login(marketer).get(rejected.get_absolute_url()).content.decode()
    assert records.count('class="item"') == rejected.value


def test_two_people_write_and_both_lines_stay(held, topic, login, rep, marketer):
    first, second = login(rep), login(marketer)
    url = f"/meetings/topics/{topic.pk}/notes/"
    answer = first.post(url, {"text": "From sales"}, headers={"HX-Request": "true"})
    assert second.post(url, {"text": "From marketing"}).status_code == 302
    assert 'id="meeting-line"' in answer.content.decode()
    assert [note.text for note in Note.objects.all()] == ["From sales", "From marketing"]
    live = first.get(f"{held.get_absolute_url()}?live=1&topic={topic.pk}", headers={"HX-Request": "true"})
    assert "From marketing" in live.content.decode()
    assert "<html" not in live.content.decode()


def test_a_line_that_is_refused_says_why(topic, login, rep):
    answer = login(rep).post(f"/meetings/topics/{topic.pk}/notes/", {"text": "@nobody go"}, headers={"HX-Request": "1"})
    assert (answer.status_code, Note.objects.count()) == (422, 0)


def test_an_executive_reads_without_a_field_to_write_in(held, login, executive):
    page = login(executive).get(held.get_absolute_url()).content.decode()
    assert 'id="meeting-line"' not in page
    assert "Next topic" not in page


def test_minutes_and_lists_are_shown(held, login, sales_manager, executive):
    close_meeting(held.pk, actor=sales_manager, now=now())
    for url in ("/meetings/", f"/meetings/{held.pk}/minutes/", held.series.get_absolute_url(), "/meetings/actions/"):
        assert login(executive).get(url).status_code == 200


@pytest.mark.parametrize("path", ["", "minutes/"])
def test_queries_do_not_grow_with_what_is_written(held, topic, login, rep, path):
    client, counts = login(rep), []
    for _ in range(2):
        for text in ("A note", "! A decision", "@Sam an action"):
            for _ in range(2 * len(counts) + 1):
                add_note(topic.pk, text=text, actor=rep, now=now())
        cache.delete(ORGANISATION_ZONE_KEY)  # kept for a minute, which may end between the two
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{held.get_absolute_url()}{path}?topic={topic.pk}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_program_holds_the_meeting_through_the_same_door(planned, api, sales_manager, rep):
    manager = api(sales_manager)
    assert manager.post(f"/api/v1/meetings/{planned.pk}/open/").data["state"] == "open"
    full = manager.get(f"/api/v1/meetings/{planned.pk}/").data
    topic = next(each for each in full["topics"] if each["kind"] == "rejections")
    assert topic["evidence"][0]["value"] == "3.000000"
    made = api(rep).post("/api/v1/meeting-notes/", {"topic": topic["id"], "text": "@Sam ask"}, format="json")
    assert (made.status_code, made.data["kind"]) == (201, "actionitem")
    assert api(rep).post(f"/api/v1/action-items/{made.data['id']}/complete/").data["done_by"] == rep.pk
    assert api(rep).get("/api/v1/action-items/?done=true").data["results"][0]["text"] == "ask"
    assert api(rep).post(f"/api/v1/meetings/{planned.pk}/close/").status_code == 403
    assert manager.post(f"/api/v1/meetings/{planned.pk}/close/").data["version"] == 1
