"""PostgreSQL and Redis of a checkout's own, so that nothing else need be installed.

``urls()`` only looks up what was recorded and is what settings call; ``ensure_postgres()`` and
``ensure_redis()`` make a server run; ``stop()`` ends what runs. Two sets exist: MAIN, which holds the data of
``make run``, and TESTS, which is faster because it may forget everything in a power cut.
"""

from smarketing.local import postgres, redis
from smarketing.local.places import MAIN, TESTS, LocalServerError, Place, Urls, secret_key, urls

__all__ = [
    "MAIN",
    "TESTS",
    "LocalServerError",
    "Place",
    "Urls",
    "ensure_postgres",
    "ensure_redis",
    "secret_key",
    "stop",
    "urls",
]


def ensure_postgres(place: Place = MAIN) -> str:
    """Address of a PostgreSQL that answers; starts it if need be, and leaves it running."""
    return postgres.ensure(place)


def ensure_redis(place: Place = MAIN) -> str:
    """Address of a Redis that answers; starts it if need be, and leaves it running."""
    return redis.ensure(place)


def stop(place: Place = MAIN) -> bool:
    """Stops both servers of a place. Returns whether any ran."""
    return any([redis.stop(place), postgres.stop(place)])
