"""``python -m smarketing.local start|url|stop|erase [--test]``: the checkout's own servers by hand.

``start`` and ``url`` print ``DATABASE_URL=…`` and ``REDIS_URL=…``, one a line, fit for a shell's ``export``.
"""

import argparse
import sys

from smarketing.local import (
    MAIN,
    TESTS,
    LocalServerError,
    ensure_postgres,
    ensure_redis,
    postgres,
    redis,
    stop,
    urls,
)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m smarketing.local", description=__doc__)
    parser.add_argument("action", choices=["start", "url", "stop", "erase"])
    parser.add_argument("--test", action="store_true", help="the servers of the tests, not those of `make run`")
    parser.add_argument("--yes", action="store_true", help="erase: yes, delete the data")
    options = parser.parse_args(arguments)
    place = TESTS if options.test else MAIN
    try:
        if options.action == "start":
            _print(ensure_postgres(place), ensure_redis(place))
        elif options.action == "url":
            known = urls(place)
            if known.database is None or known.redis is None:
                raise LocalServerError(f"No servers in {place.directory} yet: run `python -m smarketing.local start`.")
            _print(known.database, known.redis)
        elif options.action == "stop":
            stop(place)
        elif options.yes:
            postgres.erase(place)
            redis.erase(place)
        else:
            raise LocalServerError(f"This deletes every lead and deal in {place.directory}. Say --yes if you mean it.")
    except LocalServerError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _print(database_url: str, redis_url: str) -> None:
    print(f"DATABASE_URL={database_url}\nREDIS_URL={redis_url}")  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
