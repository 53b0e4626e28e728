"""Beat's notes on when each periodic task was last ordered, kept in a file that a hard end may tear.

The notes matter: a nightly task that was missed while the machine was off is ordered on the next start. To lose them
does not: every periodic task is safe to run at any time and twice. So a torn file is begun anew without a word, where
Celery prints a traceback, or ends where the tear is in a value.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from celery.beat import PersistentScheduler

logger = logging.getLogger(__name__)


class Scheduler(PersistentScheduler):
    """Orders periodic work, whatever state its notes are in."""

    _store: Any
    _open_schedule: Callable[[], Any]
    _remove_db: Callable[[], None]

    def setup_schedule(self) -> None:
        """Reads the notes; begins anew where they cannot be read."""
        try:
            super().setup_schedule()
        except Exception as error:
            self._begin_anew(error)
            super().setup_schedule()

    def _destroy_open_corrupted_schedule(self, exc: Exception) -> Any:
        self._begin_anew(exc)
        return self._open_schedule()

    def _begin_anew(self, error: Exception) -> None:
        logger.info("The notes of beat could not be read (%r): they begin anew.", error)
        torn, self._store = self._store, None
        if torn is not None:
            # Nothing of it is to be written back.
            torn.cache.clear()
            with contextlib.suppress(Exception):
                torn.close()
        self._remove_db()
