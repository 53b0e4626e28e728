"""Pages of handoffs: the rep's inbox, one packet, what became of them, and each act as a dialog or a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import get_current_timezone, now
from django.views.decorators.http import require_POST

from leads.forms.handoffs import (
    AnswerForm,
    AttemptForm,
    FeedbackForm,
    HandoffFilterForm,
    HandoffForm,
    NoteForm,
    QualifyForm,
    ReassignForm,
    RejectForm,
    ReturnForm,
)
from leads.models import Handoff
from leads.permissions import (
    can_answer_handoff,
    can_decide_handoff,
    can_hand_off,
    can_reassign_handoff,
    can_view_leads,
    can_withdraw_handoff,
    can_work_handoff,
    can_work_inbox,
)
from leads.selectors.clock_lines import ClockLine
from leads.selectors.handoffs import (
    OUTCOMES,
    PAGE_SIZE,
    TABS,
    Packet,
    handoff_detail,
    handoff_inbox,
    handoff_list,
    handoff_packet,
    leads_to_hand_off,
    measured_for_sql,
    outcome_counts,
    outcome_words,
    sees_whole_team,
    short_of_mql,
    with_outcome,
)
from leads.services.attempts import log_attempt
from leads.services.feedback import give_feedback
from leads.services.handoffs import (
    HandoffResult,
    accept_handoff,
    answer_handoff,
    create_handoffs,
    qualify_lead,
    reassign_handoff,
    reject_handoff,
    return_handoff,
    withdraw_handoff,
)
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.errors import Invalid
from smarketing.web.paging import page_of
from smarketing.web.render import render_page, wants_fragment
from smarketing.web.wording import countdown_tone, countdown_words, span_words

SHOWN_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the inbox an act was asked for; it is carried in the address, so that the answer leads back there."""

    tab: str = "waiting"
    whole_team: bool = False
    offset: int = 0

    @property
    def query(self) -> str:
        """As part of an address."""
        parts = {"in": "inbox", "tab": self.tab, "team": "1" if self.whole_team else "", "cursor": self.offset or ""}
        return urlencode({name: value for name, value in parts.items() if value})


def _place(request: AuthenticatedRequest) -> Place:
    tab, cursor = request.GET.get("tab", ""), request.GET.get("cursor", "")
    return Place(
        tab=tab if tab in TABS else "waiting",
        whole_team=request.GET.get("team") == "1" and sees_whole_team(request.user),
        offset=int(cursor) if cursor.isdecimal() and len(cursor) < 7 else 0,
    )


# --- What can be done -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """One act as the packet offers it: in the dialog, as a post, or as a page to go to."""

    label: str
    url: str
    key: str = ""
    kind: str = ""
    modal: bool = True
    post: bool = False


def _packet_context(packet: Packet, place: str) -> dict[str, Any]:
    """What the packet's template needs. `place` is the part of the address that leads back to the inbox, or empty."""
    acts, pk, lead = packet.acts, packet.handoff.pk, packet.lead

    def address(act: str) -> str:
        return reverse(f"leads:handoff-{act}", args=[pk]) + (f"?{place}" if place else "")

    qualified = packet.handoff.qualified_at is not None
    tried = bool(packet.attempts) or "accept" in acts
    deal = Button("Open a deal", f"{reverse('leads:deal-create')}?lead={lead.pk}", "d", modal=False)
    found = {
        "accept": Button("Accept", address("accept"), "a", "primary", modal=False, post=True),
        "reject": Button("Reject…", address("reject"), "x"),
        # An answer may lead to another handoff, so it does not come back to where it was asked for.
        "answer": Button("Answer…", reverse("leads:handoff-answer", args=[pk]), "a", "primary"),
        "attempt": Button("Log attempt…", address("attempt"), "l", "" if tried else "primary"),
        "qualify": Button("Qualify…", address("qualify"), "q", "primary" if tried else ""),
        "return": Button("Return…", address("return"), "r"),
        "feedback": Button("Rate…", address("feedback"), "f"),
        "withdraw": Button("Withdraw…", address("withdraw"), "w"),
        "reassign": Button("Reassign…", address("reassign")),
    }
    buttons = [button for act, button in found.items() if act in acts and button.key]
    more = [button for act, button in found.items() if act in acts and not button.key]
    if "deal" in acts and qualified:
        kind = "" if packet.deals else "primary"
        buttons.insert(0, Button(deal.label, deal.url, deal.key, kind, modal=False))
    elif "deal" in acts:
        more.insert(0, deal)
    return {
        "packet": packet,
        "place": place,
        "target": "#inbox" if place else "#packet",
        "actions": {"buttons": buttons, "more": more},
        "clock_banners": [(clock, *_clock_words(clock)) for clock in packet.clocks if clock.is_open],
    }


def _clock_words(clock: ClockLine) -> tuple[str, str]:
    """The banner's title and tone: “First response due in 18 min”."""
    at = now()
    if clock.state == "breached":
        late = f" {span_words(clock.late_for)}" if clock.late_for is not None else ""
        return f"{clock.label} is late{late}", "broken"
    if clock.due_at is None or clock.state == "paused":
        return f"{clock.label} is paused", ""
    words = countdown_words(clock.due_at, at, get_current_timezone())
    joined = "in " if words[:1].isdigit() or words.startswith("under") else ""
    tone = countdown_tone(clock.due_at, at, clock.warn_at)
    return f"{clock.label} {'is overdue' if clock.due_at <= at else f'due {joined}{words}'}", tone


# --- The inbox --------------------------------------------------------------------------------------------


def inbox(request: AuthenticatedRequest) -> HttpResponse:
    """What is handed to the person, by clock, with the packet of the chosen one beside it."""
    require(can_work_inbox, request.user)
    chosen = request.GET.get("h", "")
    context = _inbox_context(request.user, _place(request), chosen=int(chosen) if chosen.isdecimal() else None)
    # The list renews itself every minute; the packet beside it stays as the reader has it.
    only_list = wants_fragment(request) and request.headers.get("HX-Target") == "inbox-list"
    return render_page(
        request,
        "leads/handoff_inbox.html",
        context,
        partial=["inbox-list", "inbox-note"] if only_list else ["inbox", "inbox-note"],
    )


def _inbox_context(user: User, place: Place, *, chosen: int | None) -> dict[str, Any]:
    page = handoff_inbox(user, tab=place.tab, now=now(), whole_team=place.whole_team, offset=place.offset)
    shown = chosen or next((item.handoff.pk for item in page.items), None)
    item = next((item for item in page.items if item.handoff.pk == shown), None)
    packet = _packet_context(handoff_packet(user, shown, item=item), place.query) if shown else {"packet": None}
    return packet | {
        "page": page,
        "tabs": [(name, label, page.counts[name], name == page.tab) for name, label in TABS.items()],
        "shown": shown,
        "opened": chosen is not None,
        "place": place.query,
        "may_see_team": sees_whole_team(user),
    }


# --- One handoff ------------------------------------------------------------------------------------------


def handoff(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The packet on a page of its own."""
    require(can_view_leads, request.user)
    context = _packet_context(handoff_packet(request.user, pk), "")
    return render_page(request, "leads/handoff_detail.html", context, partial="packet")


@require_POST
def handoff_accept(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Sales takes the lead."""
    accepted = accept_handoff(pk, actor=request.user, now=now())
    messages.success(request, f"{accepted.lead.label} is yours. Log the first attempt when you have tried.")
    return _after(request, pk)


def handoff_reject(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Sales sends the lead back, with a reason."""

    def act(given: dict[str, Any]) -> None:
        reject_handoff(pk, reason_code=given["reason"].code, note=given["note"], actor=request.user, now=now())
        messages.success(request, "Rejected. Marketing reads why and answers.")

    return _act(request, pk, can_decide_handoff, RejectForm, act, "Reject this lead", "Reject")


def handoff_return(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Sales gives back what it had taken."""

    def act(given: dict[str, Any]) -> None:
        code = given["reason"].code if given["reason"] else ""
        return_handoff(pk, note=given["note"], reason_code=code, actor=request.user, now=now())
        messages.success(request, "Returned to marketing, which reads why and answers.")

    return _act(request, pk, can_work_handoff, ReturnForm, act, "Return to marketing", "Return")


def handoff_withdraw(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Marketing takes back what sales has not decided."""

    def act(given: dict[str, Any]) -> None:
        withdraw_handoff(pk, note=given["note"], actor=request.user, now=now())
        messages.success(request, "Withdrawn. The lead is marketing's again.")

    return _act(request, pk, can_withdraw_handoff, NoteForm, act, "Withdraw this handoff", "Withdraw")


def handoff_reassign(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """A sales manager gives it to another rep."""
    team = handoff_detail(request.user, pk).team

    def act(given: dict[str, Any]) -> None:
        reassign_handoff(pk, owner_id=given["owner"].pk, why=given["why"], actor=request.user, now=now())
        messages.success(request, f"{given['owner']} has it now.")

    def make(data: Any = None) -> ReassignForm:
        return ReassignForm(data, team=team)

    return _act(request, pk, can_reassign_handoff, make, act, "Give it to another rep", "Reassign")


def handoff_qualify(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Sales confirms that the lead is worth a deal."""

    def act(given: dict[str, Any]) -> None:
        qualify_lead(pk, note=given["note"], actor=request.user, now=now())
        messages.success(request, "Qualified: the lead is an SQL.")

    def tell(asked: Handoff) -> dict[str, Any]:
        return {"measured": measured_for_sql(asked.lead, now())}

    return _act(request, pk, can_work_handoff, QualifyForm, act, "Qualify this lead", "Qualify", tell)


def handoff_attempt(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Logging one follow-up."""

    def act(given: dict[str, Any]) -> None:
        log_attempt(pk, **given, actor=request.user, now=now())
        messages.success(request, "Logged.")

    return _act(request, pk, can_work_handoff, AttemptForm, act, "Log an attempt", "Log")


def handoff_feedback(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Rating the lead."""

    def act(given: dict[str, Any]) -> None:
        give_feedback(pk, **given, actor=request.user, now=now())
        messages.success(request, "Thank you: marketing sees your rating.")

    return _act(request, pk, can_work_handoff, FeedbackForm, act, "Rate this lead", "Send")


def handoff_answer(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Marketing answers a rejection or a return."""
    require(can_answer_handoff, request.user, handoff_detail(request.user, pk))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answered = answer_handoff(
            pk,
            answer=form.answer_code,
            note=form.cleaned_data["note"],
            again=form.again(),
            actor=request.user,
            now=now(),
        )
        again = answered.pk != pk
        messages.success(request, "Handed off again." if again else "Answered: sales sees what you decided.")
        return redirect("leads:handoff-detail", answered.pk) if again else _after(request, pk)
    return _ask(request, pk, form, "Answer sales", "Answer")


def _act(
    request: AuthenticatedRequest,
    pk: int,
    predicate: Callable[..., bool],
    make_form: Callable[..., forms.Form],
    act: Callable[[dict[str, Any]], None],
    title: str,
    word: str,
    tell: Callable[[Handoff], dict[str, Any]] | None = None,
) -> HttpResponse:
    """Asks with a form and, once it is filled in, acts. Who may not act is not asked either.

    `tell` gives what is said above the form besides.
    """
    form = make_form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        # The service asks for permission itself: whoever came second shall hear who was first.
        act(form.cleaned_data)
        return _after(request, pk)
    require(predicate, request.user, handoff_detail(request.user, pk))
    return _ask(request, pk, form, title, word, tell)


def _ask(
    request: AuthenticatedRequest,
    pk: int,
    form: forms.Form,
    title: str,
    word: str,
    tell: Callable[[Handoff], dict[str, Any]] | None = None,
) -> HttpResponse:
    if form.errors and wants_fragment(request):
        raise Invalid("Please correct this", fields={name: [*texts] for name, texts in form.errors.items()})
    in_inbox = request.GET.get("in") == "inbox"
    asked = handoff_detail(request.user, pk)
    context = {
        **(tell(asked) if tell else {}),
        "handoff": asked,
        "form": form,
        "title": title,
        "word": word,
        "place": _place(request).query if in_inbox else "",
        "target": "#inbox" if in_inbox else "#packet",
    }
    return render_page(request, "leads/handoff_act.html", context, partial="dialog", status=422 if form.errors else 200)


def _after(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Back to where the act was asked for: the inbox with this handoff open, or its own page."""
    if request.GET.get("in") == "inbox":
        place = _place(request)
        response = render_page(
            request,
            "leads/handoff_inbox.html",
            _inbox_context(request.user, place, chosen=pk) if wants_fragment(request) else None,
            partial=["inbox", "inbox-note"],
            fallback=f"{reverse('leads:inbox')}?{place.query}&h={pk}",
        )
    else:
        response = render_page(
            request,
            "leads/handoff_detail.html",
            _packet_context(handoff_packet(request.user, pk), "") if wants_fragment(request) else None,
            partial="packet",
            fallback=reverse("leads:handoff-detail", args=[pk]),
        )
    response["HX-Trigger"] = "dialog-close"
    return response


# --- Marketing's view -------------------------------------------------------------------------------------


def handoffs(request: AuthenticatedRequest) -> HttpResponse:
    """What became of the leads that marketing handed over."""
    require(can_view_leads, request.user)
    form = HandoffFilterForm(request.GET)
    narrowed = form.filter()
    counts = outcome_counts(request.user, narrowed)
    page = page_of(
        handoff_list(request.user, narrowed),
        order="-created_at",
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
        load=with_outcome,
    )
    rest = {name: value for name, value in request.GET.items() if value and name not in ("outcome", "cursor")}
    context = {
        "form": form,
        "narrowed": narrowed,
        "rows": [(row, *outcome_words(row)) for row in page.rows],
        "page": page,
        "count": counts[narrowed.outcome or "all"],
        "pills": [
            (label, f"?{urlencode({**rest, 'outcome': name})}", counts[name or "all"], narrowed.outcome == name)
            for name, label in (("", "All"), *OUTCOMES.items())
        ],
    }
    return render_page(request, "leads/handoff_list.html", context, partial="handoff-rows")


def handoff_create(request: AuthenticatedRequest) -> HttpResponse:
    """Handing one or many leads to sales; the leads are named in the address: ?lead=1&lead=2."""
    require(can_hand_off, request.user)
    given = request.POST if request.method == "POST" else request.GET
    lead_ids = [int(pk) for pk in given.getlist("lead") if pk.isdecimal() and len(pk) < 19]
    form = HandoffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        results = create_handoffs(lead_ids, form.brief(), actor=request.user, now=now())
        return _handed_off(request, results)
    leads = leads_to_hand_off(request.user, lead_ids)
    definition, short = short_of_mql(leads, now())
    context = {
        "form": form,
        "rows": [(lead, short.get(lead.pk, [])) for lead in leads],
        "definition": definition,
        "short": len(short),
    }
    return render_page(request, "leads/handoff_form.html", context, status=422 if form.errors else 200)


def _handed_off(request: AuthenticatedRequest, results: list[HandoffResult]) -> HttpResponse:
    made = [result.handoff for result in results if result.handoff is not None]
    refused = [result for result in results if result.error is not None]
    if not made and len(refused) == 1 and refused[0].error is not None:
        raise refused[0].error
    if made:
        messages.success(request, _made_words(made))
    names = {lead.pk: lead.label for lead in leads_to_hand_off(request.user, [one.lead_id for one in refused])}
    for one in refused[:SHOWN_REFUSALS]:
        messages.warning(request, f"{names.get(one.lead_id, 'A lead')}: {one.error.message if one.error else ''}")
    if len(refused) > SHOWN_REFUSALS:
        messages.warning(request, f"And {len(refused) - SHOWN_REFUSALS} more leads were not handed off.")
    if len(made) == 1 and not refused:
        return redirect("leads:handoff-detail", made[0].pk)
    return redirect("leads:handoff-list")


def _made_words(made: list[Handoff]) -> str:
    if len(made) == 1:
        to = made[0].owner or made[0].team
        return f"{made[0].lead.label} is handed to {to}."
    return f"{len(made)} leads are handed to {made[0].team}."
