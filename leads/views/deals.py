"""Pages of deals: the board, the list, one deal, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate, now

from leads.forms.deals import DealFilterForm, DealForm, LoseForm, MoveForm, WinForm
from leads.models import Deal
from leads.models.deals import OPEN_STAGES
from leads.permissions import can_correct_closed_deal, can_edit_deal, can_view_leads
from leads.selectors.deals import SORTS, deal_board, deal_detail, deal_history, deal_list, deal_total, with_card
from leads.selectors.leads import lead_detail
from leads.services.deals import lose_deal, move_deal, open_deal, update_deal, win_deal
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.errors import Invalid
from smarketing.web.paging import page_of
from smarketing.web.render import render_page, wants_fragment

DEFAULT_SORT = "-opened_at"


def board(request: AuthenticatedRequest) -> HttpResponse:
    """Deals by stage, with how many and how much."""
    require(can_view_leads, request.user)
    return render_page(request, "leads/deal_board.html", _board_context(request), partial="board")


def _board_context(request: AuthenticatedRequest) -> dict[str, Any]:
    form = DealFilterForm(request.GET)
    narrowed = form.filter()
    columns = deal_board(request.user, narrowed, now=now())
    return {
        "form": form,
        "narrowed": not narrowed.is_empty,
        "columns": columns,
        "any_deal": any(column.total.count for column in columns),
        "stages": [(stage.value, stage.label) for stage in OPEN_STAGES],
        "today": localdate(),
        "query": _board_query(request),
    }


def _board_query(request: AuthenticatedRequest) -> str:
    """The filter of the board as part of an address, so that an act leads back to the same board."""
    kept = request.GET.copy()
    for name in [*kept]:
        if name not in ("q", "owner") or not kept[name]:
            del kept[name]
    kept["in"] = "board"
    return kept.urlencode()


def deals(request: AuthenticatedRequest) -> HttpResponse:
    """Deals as a list that can be narrowed and sorted, with their sum."""
    require(can_view_leads, request.user)
    form = DealFilterForm(request.GET)
    narrowed = form.filter()
    found = deal_list(request.user, narrowed)
    sort = request.GET.get("sort", "")
    if sort.lstrip("-") not in SORTS.values():
        sort = DEFAULT_SORT
    context = {
        "form": form,
        "narrowed": not narrowed.is_empty,
        "page": page_of(found, order=sort, cursor=request.GET.get("cursor", ""), load=with_card),
        "total": deal_total(found),
        "today": localdate(),
    }
    return render_page(request, "leads/deal_list.html", context, partial="deal-rows")


def deal(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One deal."""
    require(can_view_leads, request.user)
    return render_page(request, "leads/deal_detail.html", _deal_context(request.user, pk), partial="deal")


def _deal_context(user: User, pk: int) -> dict[str, Any]:
    found = deal_detail(user, pk)
    return {
        "deal": found,
        "history": deal_history(found),
        "others": found.other_leads.all(),
        "stages": [(stage.value, stage.label) for stage in OPEN_STAGES if stage != found.stage],
        "today": localdate(),
    }


def deal_create(request: AuthenticatedRequest) -> HttpResponse:
    """Opening a deal, of the lead named in the address (?lead=1) or of none."""
    require(can_edit_deal, request.user)
    lead_id = request.GET.get("lead", "")
    lead = lead_detail(request.user, int(lead_id)) if lead_id.isdecimal() else None
    initial = {"name": lead.company.name if lead and lead.company else "", "currency": Organisation.current().currency}
    form = DealForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = open_deal(**form.values(), lead_id=lead.pk if lead else None, actor=request.user, now=now())
        messages.success(request, f"The deal {made.name} is open.")
        return redirect("leads:deal-detail", made.pk)
    context = {"form": form, "lead": lead}
    return render_page(request, "leads/deal_form.html", context, status=422 if form.errors else 200)


def deal_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Correcting a deal."""
    found = deal_detail(request.user, pk)
    require(can_edit_deal, request.user, found)
    may_correct = can_correct_closed_deal(request.user, found)
    posted = request.POST if request.method == "POST" else None
    form = DealForm(posted, initial=_initial(found), closed=not found.is_open, may_correct=may_correct)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        # What a deal cannot be without stays as it is where the field was emptied.
        kept = {name: values[name] or getattr(found, name) for name in ("name", "currency", "owner_id")}
        why = form.cleaned_data.get("why", "")
        saved = update_deal(pk, form.changes(values | kept), why=why, actor=request.user, now=now())
        messages.success(request, f"The deal {saved.name} is saved.")
        return redirect("leads:deal-detail", pk)
    context = {"form": form, "deal": found}
    return render_page(request, "leads/deal_form.html", context, status=422 if form.errors else 200)


def _initial(found: Deal) -> dict[str, Any]:
    names = ("name", "amount", "currency", "expected_close_on", "owner", "product", "segment")
    return {name: getattr(found, name) for name in names}


def deal_move(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """To another open stage."""

    def act(given: dict[str, Any]) -> None:
        moved = move_deal(pk, stage=given["stage"], why=given["why"], actor=request.user, now=now())
        messages.success(request, f"{moved.name}: {moved.get_stage_display().lower()}.")

    return _act(request, pk, MoveForm, act, "Move this deal", "Move")


def deal_win(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The buyer signed."""

    def act(given: dict[str, Any]) -> None:
        won = win_deal(pk, amount=given["amount"], actor=request.user, now=now())
        messages.success(request, f"{won.name} is won. Well done.")

    return _act(request, pk, WinForm, act, "Win this deal", "It is won")


def deal_lose(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The buyer said no."""

    def act(given: dict[str, Any]) -> None:
        lost = lose_deal(pk, reason=given["reason"].code, note=given["note"], actor=request.user, now=now())
        messages.success(request, f"{lost.name} is lost. Its lead goes back to marketing.")

    return _act(request, pk, LoseForm, act, "Lose this deal", "It is lost")


def _act(
    request: AuthenticatedRequest,
    pk: int,
    make_form: Callable[..., forms.Form],
    act: Callable[[dict[str, Any]], None],
    title: str,
    word: str,
) -> HttpResponse:
    """Asks with a form and, once it is filled in, acts and leads back to the board or the deal."""
    found = deal_detail(request.user, pk)
    require(can_edit_deal, request.user, found)
    on_board = request.GET.get("in") == "board"
    if request.method == "POST":
        form = make_form(request.POST)
        if form.is_valid():
            act(form.cleaned_data)
            return _after(request, pk, on_board=on_board)
        if wants_fragment(request):
            raise Invalid("Please correct this", fields={name: [*texts] for name, texts in form.errors.items()})
    else:
        form = make_form(initial={"amount": found.amount, "stage": found.stage})
    context = {
        "deal": found,
        "form": form,
        "title": title,
        "word": word,
        "query": _board_query(request) if on_board else "",
        "target": "#board" if on_board else "#deal",
    }
    return render_page(request, "leads/deal_act.html", context, partial="dialog", status=422 if form.errors else 200)


def _after(request: AuthenticatedRequest, pk: int, *, on_board: bool) -> HttpResponse:
    drawn = wants_fragment(request)
    if on_board:
        response = render_page(
            request,
            "leads/deal_board.html",
            _board_context(request) if drawn else None,
            partial="board",
            fallback=f"{reverse('leads:deal-board')}?{_board_query(request)}",
        )
    else:
        response = render_page(
            request,
            "leads/deal_detail.html",
            _deal_context(request.user, pk) if drawn else None,
            partial="deal",
            fallback=reverse("leads:deal-detail", args=[pk]),
        )
    response["HX-Trigger"] = "dialog-close"
    return response
