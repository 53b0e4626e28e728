"""Asserts that a refused act left no trace: no row, no change of a row, no entry in the log."""

from __future__ import annotations

from typing import Any

import pytest

from leads.models import Assignment, Attempt, Deal, Feedback, Handoff, Lead, StageTransition
from smarketing.activity.models import ActivityEntry

WATCHED = (Handoff, Lead, Deal, StageTransition, Assignment, Attempt, Feedback, ActivityEntry)


def everything() -> list[list[dict[str, Any]]]:
    """All rows that handing off, deciding and dealing may write."""
    return [list(model.objects.order_by("pk").values()) for model in WATCHED]


class refused:
    """Expects the error with this code, and that nothing at all was written."""

    def __init__(self, kind: type[Exception], code: str | None = None, *, match: str | None = None) -> None:
        self.kind, self.code, self.match = kind, code, match

    def __enter__(self) -> Any:
        self.before = everything()
        self.raises = pytest.raises(self.kind, match=self.match)
        self.caught = self.raises.__enter__()
        return self.caught

    def __exit__(self, *exc: Any) -> bool:
        handled = self.raises.__exit__(*exc)
        if self.code:
            assert self.caught.value.code == self.code
        assert everything() == self.before
        return handled
