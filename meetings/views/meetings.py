"""The page of a meeting, what is done on it, and its minutes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST

from meetings.forms.minutes import ActionForm, DecisionForm, DraftForm, NoteForm, TopicForm
from meetings.permissions import can_open_drafts, can_run_meetings, can_view_meetings, can_write_minutes
from meetings.selectors.drafts import targets
from meetings.selectors.meetings import (
    decision_detail,
    evidence_detail,
    meeting_detail,
    meeting_page,
    minutes_page,
    then_and_now,
    topic_detail,
)
from meetings.selectors.people import usual_due_day
from meetings.services.actions import add_action_item
from meetings.services.drafts import open_draft
from meetings.services.meetings import close_meeting, confirm_reading, open_meeting, reopen_meeting
from meetings.services.minutes import add_note, add_topic, make_decision, next_topic, tick_topic
from meetings.services.taking_back import take_back_action, take_back_decision, take_back_note, take_back_topic
from smarketing.accounts.models import Organisation
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page

PAGE = "meetings/meeting_detail.html"
LIVE = ("meeting-notes", "meeting-agenda", "meeting-outcomes")


def meeting(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """A meeting: its agenda, the topic that is on, and what came of it. HTMX asks for what others have written."""
    require(can_view_meetings, request.user)
    return _page(request, pk, _topic_asked(request), partial=LIVE if request.GET.get("live") else None)


def _topic_asked(request: AuthenticatedRequest) -> int | None:
    raw = request.GET.get("topic", "")
    return int(raw) if raw.isdecimal() and len(raw) < 10 else None


def _page(
    request: AuthenticatedRequest, pk: int, topic_id: int | None, *, partial: tuple[str, ...] | None = None
) -> HttpResponse:
    page = meeting_page(request.user, pk, topic_id=topic_id, now=now())
    context = {
        "page": page,
        "meeting": page.meeting,
        "note_form": NoteForm(auto_id="line_%s"),
        "live": partial is not None,
    }
    return render_page(request, PAGE, context, partial=partial, fallback=None)


def meeting_open(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The meeting begins; before its day the page asks first."""
    require(can_run_meetings, request.user)
    if request.method == "POST":
        made = open_meeting(pk, early=request.POST.get("early") == "1", actor=request.user, now=now())
        messages.success(request, "The meeting is open. Its numbers are frozen as they stand now.")
        return redirect(made)
    context = {"meeting": meeting_detail(request.user, pk)}
    return render_page(request, "meetings/meeting_open.html", context, partial="dialog")


@require_POST
def meeting_close(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The meeting is over."""
    made = close_meeting(pk, actor=request.user, now=now())
    messages.success(request, f"Version {made.version} of the minutes is on its way to everybody.")
    return redirect("meetings:minutes", made.pk)


@require_POST
def meeting_reopen(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The minutes are corrected."""
    return redirect(reopen_meeting(pk, actor=request.user, now=now()))


@require_POST
def meeting_next(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ticks the topic that is on, and goes to the next."""
    next_topic(pk, actor=request.user, now=now())
    return redirect("meetings:meeting-detail", pk)


@require_POST
def meeting_read(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Somebody has read the minutes."""
    confirm_reading(pk, actor=request.user, now=now())
    messages.success(request, "Noted that you have read them.")
    return redirect("meetings:minutes", pk)


@require_POST
def topic_note(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Writes a line into the minutes."""
    topic = topic_detail(request.user, pk)
    require(can_write_minutes, request.user, topic.meeting)
    add_note(pk, text=request.POST.get("text", ""), actor=request.user, now=now())
    if request.htmx:
        return _page(request, topic.meeting_id, pk, partial=("meeting-line", *LIVE))
    return redirect(f"{topic.meeting.get_absolute_url()}?topic={pk}")


@require_POST
def note_take_back(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Takes back a note of one's own."""
    note = take_back_note(pk, actor=request.user, now=now())
    return _taken_back(request, note.text, note.topic.meeting_id, note.topic_id)


@require_POST
def decision_take_back(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Takes back a decision of one's own."""
    decision = take_back_decision(pk, actor=request.user, now=now())
    return _taken_back(request, decision.text, decision.meeting_id, decision.topic_id)


@require_POST
def action_take_back(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Takes back an action item that one has given."""
    item = take_back_action(pk, actor=request.user, now=now())
    return _taken_back(request, item.text, item.meeting_id, item.topic_id)


@require_POST
def topic_take_back(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Takes a topic that one has brought off the agenda."""
    topic = take_back_topic(pk, actor=request.user, now=now())
    return _taken_back(request, topic.title, topic.meeting_id, None)


def _taken_back(request: AuthenticatedRequest, words: str, meeting_id: int, topic_id: int | None) -> HttpResponse:
    messages.success(request, f"Taken back: {words}")
    address = reverse("meetings:meeting-detail", args=[meeting_id])
    return redirect(f"{address}?topic={topic_id}" if topic_id else address)


@require_POST
def topic_tick(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Marks a topic as discussed, or as open again."""
    topic = tick_topic(pk, discussed=request.POST.get("discussed") != "0", actor=request.user, now=now())
    return redirect(topic.meeting)


def topic_create(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Bringing a topic."""
    require(can_write_minutes, request.user)
    page = meeting_page(request.user, pk, now=now())
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_topic(pk, **form.cleaned_data, actor=request.user, now=now())
        return redirect(page.meeting)
    context = {"form": form, "meeting": page.meeting, "title": "Add a topic", "button": "Add"}
    return _dialog(request, context, invalid=bool(form.errors))


def topic_decide(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Recording a decision, with the number that shall move."""
    require(can_write_minutes, request.user)
    topic = topic_detail(request.user, pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        make_decision(pk, **form.values(), actor=request.user, now=now())
        return redirect(f"{topic.meeting.get_absolute_url()}?topic={pk}")
    context = {"form": form, "meeting": topic.meeting, "title": "Record a decision", "note": topic.title}
    return _dialog(request, context | {"button": "Record"}, invalid=bool(form.errors))


def decision_draft(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Opening the draft of what a decision changes."""
    require(can_open_drafts, request.user)
    decision = decision_detail(request.user, pk)
    form = DraftForm(request.POST or None, choices=targets(request.user))
    if request.method == "POST" and form.is_valid():
        opened = open_draft(pk, target=form.cleaned_data["target"], actor=request.user, now=now())
        messages.success(request, "The draft is open. Write into it what was decided; both sides sign next.")
        if form.cleaned_data["target"].startswith("definition") and opened.definition_version is not None:
            return redirect("leads:definition-draft", opened.definition_version.definition.stage)
        return redirect("sla:agreement-edit", opened.agreement_version_id)
    context = {"form": form, "meeting": decision.meeting, "title": "Change what was agreed", "note": decision.text}
    return _dialog(request, context | {"button": "Open the draft"}, invalid=bool(form.errors))


def topic_action(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Noting who shall do what."""
    require(can_write_minutes, request.user)
    topic = topic_detail(request.user, pk)
    people = topic.meeting.series.participants.filter(is_active=True)
    form = ActionForm(request.POST or None, people=people, initial={"due_on": usual_due_day(localdate())})
    if request.method == "POST" and form.is_valid():
        add_action_item(topic.meeting_id, topic_id=pk, **form.cleaned_data, actor=request.user, now=now())
        return redirect(f"{topic.meeting.get_absolute_url()}?topic={pk}")
    context = {"form": form, "meeting": topic.meeting, "title": "Give an action", "note": topic.title}
    return _dialog(request, context | {"button": "Give"}, invalid=bool(form.errors))


def _dialog(request: AuthenticatedRequest, context: dict[str, object], *, invalid: bool) -> HttpResponse:
    return render_page(request, "meetings/meeting_act.html", context, partial="dialog", status=422 if invalid else 200)


def minutes(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The minutes, to read and to print."""
    require(can_view_meetings, request.user)
    found, topics = minutes_page(request.user, pk)
    page = meeting_page(request.user, pk, now=now())
    return render_page(request, "meetings/minutes.html", {"meeting": found, "topics": topics, "page": page})


def evidence(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """A frozen number with the records behind it, as they stood."""
    require(can_view_meetings, request.user)
    found = evidence_detail(request.user, pk)
    context = {"evidence": found, "before": then_and_now(found), "currency": Organisation.current().currency}
    return render_page(request, "meetings/evidence_detail.html", context)
