"""Scoring leads: a few at a time as facts come in, a batch or everybody in set-based statements.

Locks: an advisory lock that scoring shares and a change of model takes alone, then scores in the order of their leads.
Leads are never locked: whoever changes one marks its score, in the same transaction. A touchpoint counts exactly once:
it leaves the queue in the transaction that stores the state which absorbed it.
"""

from leads.services.scoring.everybody import rescore_all, score_batch
from leads.services.scoring.few import CHUNK, Newcomer, score_leads, score_newcomer, store_newcomer
from leads.services.scoring.model import activate_model, hold_scores, model_in_force
from leads.services.scoring.sweeps import rescore_stale, score_pending

__all__ = [
    "CHUNK",
    "Newcomer",
    "activate_model",
    "hold_scores",
    "model_in_force",
    "rescore_all",
    "rescore_stale",
    "score_batch",
    "score_leads",
    "score_newcomer",
    "score_pending",
    "store_newcomer",
]
