"""Handing leads to sales, and what each side decides about a handoff.

Locks are taken in one order everywhere: the lead, then its handoff (then, in other services, the deal). So whoever
asks second waits, finds the handoff decided and is told by whom.
"""

from leads.services.handoffs.answering import answer_handoff
from leads.services.handoffs.creating import BULK_LIMIT, Brief, HandoffResult, create_handoff, create_handoffs
from leads.services.handoffs.deciding import accept_handoff, reject_handoff, return_handoff, withdraw_handoff
from leads.services.handoffs.holding import locked_handoff, time_ago
from leads.services.handoffs.owners import reassign_handoff
from leads.services.handoffs.qualifying import mark_qualified, qualify_lead

__all__ = [
    "BULK_LIMIT",
    "Brief",
    "HandoffResult",
    "accept_handoff",
    "answer_handoff",
    "create_handoff",
    "create_handoffs",
    "locked_handoff",
    "mark_qualified",
    "qualify_lead",
    "reassign_handoff",
    "reject_handoff",
    "return_handoff",
    "time_ago",
    "withdraw_handoff",
]
