"""Scoring leads: a few at a time as facts come in, a batch or everybody in set-based statements.

Locks: an advisory lock that scoring shares and a change of model takes alone, then scores in the order of their leads.
Leads are never locked: whoever changes one marks its score, in the same transaction. Whoever changes a company locks no
score: the change waits in a queue until the leads are scored again. A touchpoint counts exactly once: it leaves the
queue in the transaction that stores the state which absorbed it.
"""

from leads.services.scoring.everybody import rescore_all, score_batch
from leads.services.scoring.few import (
    CHUNK,
    Newcomer,
    company_fields,
    newcomer_by,
    score_leads,
    score_newcomer,
    store_newcomer,
)
from leads.services.scoring.model import activate_model, held_companies, hold_scores, hold_scoring, model_in_force
from leads.services.scoring.sweeps import reconcile_scores, rescore_stale, score_pending

__all__ = [
    "CHUNK",
    "Newcomer",
    "activate_model",
    "company_fields",
    "held_companies",
    "hold_scores",
    "hold_scoring",
    "model_in_force",
    "newcomer_by",
    "reconcile_scores",
    "rescore_all",
    "rescore_stale",
    "score_batch",
    "score_leads",
    "score_newcomer",
    "score_pending",
    "store_newcomer",
]
