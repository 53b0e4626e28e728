"""How much one person's programs may ask."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis, RedisError
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class PersonThrottle(UserRateThrottle):
    """So many requests in each minute (second, hour, day) of the clock, by whichever token.

    One count in Redis for each person and minute: one round trip, however high the rate. What counts is kept by all
    processes together. Without Redis nobody is held back: it may be lost at any moment, and work must go on.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts the request, and tells whether it may pass."""
        key = self.get_cache_key(request, view) if self.rate else None
        if key is None:
            return True
        self.now = self.timer()
        try:
            return self._count(f"{key}_{self.now // self.duration:.0f}") <= self.num_requests
        except RedisError:
            logger.exception("Requests cannot be counted; they pass uncounted.")
            return True

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return float(self.duration - self.now % self.duration)

    def _count(self, key: str) -> int:
        client = _redis()
        count = int(client.incr(key))
        if count == 1:
            client.expire(key, 2 * self.duration)
        return count


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2)
