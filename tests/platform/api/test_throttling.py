"""How much one person's programs may ask: counted over all their tokens, forgiven with the minute."""

import pytest
from django.conf import settings
from redis import Redis, RedisError
from rest_framework.test import APIClient

from smarketing.api import throttling

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def minutes(monkeypatch):
    """The clock that the throttle reads, in seconds; 30 seconds into a minute. Two requests a minute are allowed."""
    clock = [1_000_000_000 * 60 + 30.0]
    monkeypatch.setattr(throttling.PersonThrottle, "timer", lambda self: clock[0])
    monkeypatch.setattr(throttling.PersonThrottle, "rate", "2/min", raising=False)
    return clock


def ask(user):
    client = APIClient()
    client.force_authenticate(user)
    return client.get("/api/v1/me/")


def test_one_too_many_waits_for_the_next_minute(minutes, rep, teammate):
    assert [ask(rep).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(rep).headers["Retry-After"] == "30"
    assert ask(teammate).status_code == 200
    minutes[0] += 30
    assert ask(rep).status_code == 200


def test_without_redis_nobody_is_held_back(minutes, rep, monkeypatch, caplog):
    def refuse(self, key):
        raise RedisError("gone")

    monkeypatch.setattr(throttling.PersonThrottle, "_count", refuse)
    assert [ask(rep).status_code for _ in range(3)] == [200, 200, 200]
    assert "uncounted" in caplog.text


def test_counts_vanish_by_themselves(minutes, rep):
    ask(rep)
    with Redis.from_url(settings.REDIS_URL) as redis:
        keys = redis.keys(f"*throttle_user_{rep.pk}_*")
        assert [0 < redis.ttl(key) <= 120 for key in keys] == [True]


def test_no_rate_no_limit(rep, monkeypatch):
    monkeypatch.setattr(throttling.PersonThrottle, "rate", None, raising=False)
    assert ask(rep).status_code == 200
