"""How much one person's programs may ask."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis import RedisError
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class PersonThrottle(UserRateThrottle):
    """So many requests in each minute (second, hour, day) of the clock, by whichever token.

    One count in the cache for each person and minute, whatever the rate, kept by all processes together. Without
    Redis nobody is held back: it may be lost at any moment, and work must go on.
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
        try:
            return int(self.cache.incr(key))
        except ValueError:  # the first of its minute
            return 1 if self.cache.add(key, 1, 2 * self.duration) else int(self.cache.incr(key))
