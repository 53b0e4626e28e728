"""Work of leads that nobody waits for: a task takes ids, calls one service and returns a count."""

from leads.tasks.imports import resume_imports, run_import
from leads.tasks.scoring import (
    qualify_changed,
    reconcile_scores,
    rescore_all,
    rescore_stale,
    score_leads,
    score_pending,
)

__all__ = [
    "qualify_changed",
    "reconcile_scores",
    "rescore_all",
    "rescore_stale",
    "resume_imports",
    "run_import",
    "score_leads",
    "score_pending",
]
