"""Pages of clocks and breaches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from sla.forms.clocks import ClockFilterForm, ReasonForm
from sla.models import Breach, Clock
from sla.permissions import can_contest, can_pause_clock, can_view_sla, can_waive
from sla.selectors.clocks import (
    breach_detail,
    breach_list,
    clock_detail,
    clock_list,
    commitments_named,
    late_by,
    responsible,
    with_row,
)
from sla.selectors.periods import Period, period_of
from sla.services.breaches import contest_breach, waive_breach
from sla.services.clocks import pause_clock, resume_clock
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page


def clocks(request: AuthenticatedRequest) -> HttpResponse:
    """The clocks behind a number."""
    require(can_view_sla, request.user)
    moment = now()
    form = ClockFilterForm(request.GET)
    narrowed, period = form.filter(now=moment)
    found = clock_list(request.user, narrowed, now=moment)
    page = page_of(found, order="due_at", cursor=request.GET.get("cursor", ""), load=with_row)
    context = {
        "form": form,
        "page": page,
        "rows": [_row(clock, moment) for clock in page.rows],
        "count": found.count(),
        "period": period,
        "terms": commitments_named(request.user, narrowed.commitment_ids),
    }
    return render_page(request, "sla/clock_list.html", context, partial="clock-rows")


def clock(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One clock: what was promised, why it is due when it is, what happened."""
    require(can_view_sla, request.user)
    page = clock_detail(request.user, pk, now=now())
    found = page.clock
    context = {
        "page": page,
        "clock": found,
        "responsible": responsible(found),
        "may_pause": can_pause_clock(request.user, found),
        "may_contest": page.breach is not None
        and page.breach.contested_at is None
        and can_contest(request.user, page.breach),
        "may_waive": page.breach is not None
        and getattr(page.breach, "waiver", None) is None
        and can_waive(request.user, page.breach),
    }
    return render_page(request, "sla/clock_detail.html", context)


def clock_pause(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Stopping the time of a promise, with a reason."""
    require(can_pause_clock, request.user)
    page = clock_detail(request.user, pk, now=now())
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pause_clock(pk, why=form.cleaned_data["reason"], actor=request.user, now=now())
        messages.success(request, "The clock stands still until somebody resumes it.")
        return redirect("sla:clock-detail", pk)
    context = {"form": form, "clock": page.clock, "title": "Pause this clock", "verb": "Pause"}
    return _dialog(request, context)


@require_POST
def clock_resume(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Letting the time of a promise run again."""
    resume_clock(pk, actor=request.user, now=now())
    messages.success(request, "The clock runs again.")
    return redirect("sla:clock-detail", pk)


def breaches(request: AuthenticatedRequest) -> HttpResponse:
    """The promises missed in a period: who, when, by how much."""
    require(can_view_sla, request.user)
    moment = now()
    period: Period = period_of(request.GET.get("from", ""), request.GET.get("to", ""), now=moment)
    found = breach_list(request.user, due_from=period.start, due_before=period.end)
    page = page_of(found, order="-breached_at", cursor=request.GET.get("cursor", ""))
    context = {
        "period": period,
        "page": page,
        "count": found.count(),
        "rows": [_row(breach.clock, moment, breach) for breach in page.rows],
    }
    return render_page(request, "sla/breach_list.html", context, partial="breach-rows")


def breach_contest(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Saying why a breach is not fair."""
    words = {"title": "Contest this breach", "verb": "Contest", "note": "The other side will see it."}
    return _about_breach(request, pk, can_contest, contest_breach, words)


def breach_waive(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Excusing a breach of the other side."""
    words = {"title": "Waive this breach", "verb": "Waive", "note": "It is still counted, and shown apart as waived."}
    return _about_breach(request, pk, can_waive, waive_breach, words)


def _about_breach(
    request: AuthenticatedRequest, pk: int, predicate: Any, service: Any, words: dict[str, str]
) -> HttpResponse:
    breach = breach_detail(request.user, pk)
    require(predicate, request.user, breach)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        service(pk, reason=form.cleaned_data["reason"], actor=request.user, now=now())
        messages.success(request, "Noted.")
        return redirect("sla:clock-detail", breach.clock_id)
    return _dialog(request, {"form": form, "clock": breach.clock, **words})


def _dialog(request: AuthenticatedRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render_page(request, "sla/reason.html", context, partial="dialog", status=status)


def _row(clock: Clock, moment: Any, breach: Breach | None = None) -> dict[str, Any]:
    return {
        "clock": clock,
        "responsible": responsible(clock),
        "side": clock.commitment.owed_by,
        "late_by": late_by(clock, moment),
        "breach": breach or getattr(clock, "breach", None),
    }
