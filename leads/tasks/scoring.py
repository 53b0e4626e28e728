"""Scoring and qualification in the background."""

from celery import shared_task
from django.utils.timezone import now

from leads.services import qualification, scoring


@shared_task(name="leads.score_leads")
def score_leads(lead_ids: list[int]) -> int:
    """Scores these leads, then applies the definition in force to them."""
    moment = now()
    for start in range(0, len(lead_ids), scoring.CHUNK):
        chunk = lead_ids[start : start + scoring.CHUNK]
        scoring.score_leads(chunk, moment)
        qualification.qualify_leads(chunk, moment)
    return len(lead_ids)


@shared_task(name="leads.score_pending")
def score_pending() -> int:
    """Scores and qualifies whatever a lost message, an import or a sync has left."""
    moment, total = now(), 0
    for chunk in scoring.score_pending(moment):
        qualification.qualify_leads(chunk, moment)
        total += len(chunk)
    return total


@shared_task(name="leads.rescore_stale")
def rescore_stale() -> int:
    """Scores leads whose points changed by the passing of time, then finds everybody who crossed."""
    moment = now()
    total = sum(len(chunk) for chunk in scoring.rescore_stale(moment))
    sum(qualification.qualify_changed(moment))
    return total


@shared_task(name="leads.rescore_all")
def rescore_all() -> int:
    """Scores everybody after a change of model, then finds everybody who crossed."""
    moment = now()
    total = scoring.rescore_all(moment)
    sum(qualification.qualify_changed(moment))
    return total


@shared_task(name="leads.qualify_changed")
def qualify_changed() -> int:
    """Applies the definition in force to everybody whom it treats otherwise than before."""
    return sum(qualification.qualify_changed(now()))


@shared_task(name="leads.reconcile_scores")
def reconcile_scores() -> int:
    """Repairs scores that do not agree with the leads."""
    return scoring.reconcile_scores()
