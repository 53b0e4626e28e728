"""The processes of an installation, and the only place that says how each is started.

``manage.py up`` runs them on one machine; the compose file runs the same words in containers.
"""

import sys
from pathlib import Path


def web(port: int, host: str = "127.0.0.1", python: str = sys.executable) -> list[str]:
    """Serves pages and API. Threads wait for the database while others work; the code is loaded before forking."""
    return [
        *(python, "-m", "gunicorn", "smarketing.wsgi:application"),
        *("--bind", f"{host}:{port}"),
        *("--workers", "2", "--threads", "8", "--preload"),
        *("--timeout", "120", "--graceful-timeout", "5"),
        *("--log-level", "warning", "--no-control-socket"),
    ]


def worker(python: str = sys.executable) -> list[str]:
    """Does what pages only order: imports, scores, notifications, sweeps."""
    return [
        *(python, "-m", "celery", "--quiet", "--app", "smarketing", "worker"),
        *("--concurrency", "2", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle"),
    ]


def beat(schedule: Path, python: str = sys.executable) -> list[str]:
    """Orders periodic work. `schedule`: the file in which it notes when each was last ordered."""
    return [
        *(python, "-m", "celery", "--quiet", "--app", "smarketing", "beat"),
        *("--schedule", str(schedule), "--loglevel", "WARNING"),
    ]
