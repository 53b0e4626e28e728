"""The living page: every component in every state, with made-up people, companies and numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from smarketing.accounts.permissions import is_admin, require
from smarketing.lib.errors import Conflict, Invalid
from smarketing.web.forms import DateInput, DateTimeInput, MoneyInput, SearchInput
from smarketing.web.render import render_page

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNELS = [("paid_search", "Paid search"), ("referral", "Referral"), ("event", "Event")]


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(label="Campaign", help_text="What both teams call it.", max_length=60)
    owner_email = forms.EmailField(label="Owner's e-mail", required=False)
    channel = forms.ChoiceField(choices=[("", "Choose a channel"), *CHANNELS])
    starts_on = forms.DateField(label="Starts", widget=DateInput)
    ends_at = forms.DateTimeField(label="Ends", widget=DateTimeInput, required=False)
    budget = forms.DecimalField(label="Budget, €", widget=MoneyInput, min_value=Decimal(0))
    audience = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), required=False, help_text="Who should see it, in a sentence."
    )
    personas = forms.MultipleChoiceField(
        choices=[("ops", "Head of operations"), ("grid", "Head of grid"), ("buyer", "Buyer")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    side = forms.ChoiceField(choices=[("marketing", "Marketing"), ("sales", "Sales")], widget=forms.RadioSelect)
    leads = forms.FileField(label="File of leads", required=False, help_text="CSV, up to 512 MB.")
    fixed = forms.CharField(label="Version", initial="7, in force since 1 Oct", disabled=True, required=False)
    announce = forms.BooleanField(label="Tell the sales team when it starts", required=False)


class SampleFilters(forms.Form):
    """A list's filters."""

    q = forms.CharField(label="Search", required=False, widget=SearchInput)
    channel = forms.ChoiceField(choices=[("", "All channels"), *CHANNELS], required=False)
    owner = forms.ChoiceField(choices=[("", "Everyone"), ("me", "Me")], required=False)


def _for_builders(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEBUG:
            require(is_admin, request.user)
        return view(request, *args, **kwargs)

    return checked


@_for_builders
@require_GET
def style_page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    now = timezone.now()
    wrong = SampleForm(
        {
            "name": "",
            "owner_email": "ingrid at fjordkraft",
            "channel": "fax",
            "budget": "a lot",
            "starts_on": "2026-13-01",
        },
        auto_id="wrong_%s",
    )
    wrong.add_error(None, "The campaign overlaps with “Grid cost calculator” on the same channel.")
    context = {
        "form": SampleForm(initial={"starts_on": now.date(), "side": "marketing", "personas": ["grid"]}),
        "wrong": wrong,
        "filters": SampleFilters(request.GET or None, auto_id="filter_%s"),
        "people": [
            SimpleNamespace(name="Olga Lind", side="marketing"),
            SimpleNamespace(name="Nadia Kern", side="sales"),
            SimpleNamespace(name="Sam Reyes", side="sales"),
            SimpleNamespace(name="Mia Dahl", side="marketing"),
        ],
        "nobody": None,
        "due": {name: now + timedelta(**span) for name, span in DUES.items()},
        "past": {name: now - timedelta(**span) for name, span in PASTS.items()},
        "late_for": timedelta(hours=1, minutes=40),
        "inbox": [
            {
                "pk": pk,
                "name": name,
                "who": who,
                "why": why,
                "due": now + timedelta(minutes=left),
                "score": score,
                "band": band,
            }
            for pk, (name, who, why, left, score, band) in enumerate(INBOX, start=1)
        ],
        "points": POINTS,
        "stages": ["inquiry", "lead", "mql", "sal", "sql", "opportunity", "customer", "recycled", "disqualified"],
        "bands": ["A1", "A2", "B1", "B2", "C3"],
        "states": ["kept", "risk", "broken", "running", "paused", "met", "breached", "cancelled", "waived"],
        "heat": [
            (day, [(row * 3 + column * column) % 11 // 2 for column in range(10)])
            for row, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri"))
        ],
        "hours": range(8, 18),
        "pace_rows": PACE,
        "amount": Decimal("41230.50"),
    }
    return render_page(request, "web/style.html", context)


@_for_builders
@require_GET
def style_dialog(request: HttpRequest) -> HttpResponse:
    """A modal, and the page that it is without JavaScript."""
    return render_page(request, "web/style_dialog.html", {"form": RejectForm()}, partial="dialog")


@_for_builders
@require_POST
def style_answer(request: HttpRequest, kind: str) -> HttpResponse:
    """A fragment with a message, or a refusal."""
    if kind == "conflict":
        raise Conflict("Tomás Okoro accepted this lead a minute ago.")
    if kind == "invalid":
        raise Invalid("A rejection needs a reason.", fields={"reason": ["Choose why this lead comes back."]})
    messages.add_message(request, LEVELS[kind], WORDS[kind])
    return render_page(request, "web/style_dialog.html", {"form": RejectForm()}, partial="answer", fallback="web:style")


@_for_builders
@require_GET
def style_figure(request: HttpRequest) -> JsonResponse:
    """A figure as charts get theirs: colours by name, numbers as in the table beside it."""
    days, done, answered, asked = ([row[index] for row in PACE] for index in range(4))
    return JsonResponse(
        {
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": "Qualified leads",
                    "x": days,
                    "y": done,
                    "line": {"color": "marketing", "width": 2},
                },
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": "First attempts in time",
                    "x": days,
                    "y": answered,
                    "line": {"color": "sales", "width": 2},
                },
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": "Pace",
                    "x": days,
                    "y": asked,
                    "line": {"color": "ink-3", "width": 1, "dash": "dash"},
                },
            ],
            "layout": {"yaxis": {"rangemode": "tozero"}},
        }
    )


class RejectForm(forms.Form):
    """What a rejection asks."""

    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), ("small", "Company too small"), ("duplicate", "Already known")]
    )
    words = forms.CharField(
        label="In your words", widget=forms.Textarea, required=False, help_text="Marketing reads this."
    )


LEVELS = {"success": messages.SUCCESS, "info": messages.INFO, "warning": messages.WARNING, "error": messages.ERROR}
WORDS = {
    "success": "Ingrid Solheim is yours. First attempt is due at 12:12.",
    "info": "The import goes on while you work.",
    "warning": "Two rows were left out; the file with the reasons is ready.",
    "error": "The calendar service did not answer. Nothing was changed.",
}
DUES = {
    "urgent": {"minutes": 18},
    "soon": {"minutes": 52},
    "near": {"hours": 1, "minutes": 40},
    "later": {"hours": 3, "minutes": 5},
    "tomorrow": {"hours": 26},
    "week": {"days": 4},
    "far": {"days": 20},
    "last": {"minutes": 4},
    "gone": {"minutes": -5},
}
PASTS = {
    "now": {"seconds": 20},
    "minutes": {"minutes": 12},
    "today": {"hours": 3},
    "week": {"days": 3},
    "old": {"days": 40},
}
INBOX = [
    ("Ingrid Solheim", "Head of Grid, Fjordkraft", "Asked for a demo after the load-balancing webinar", 18, 91, "A1"),
    ("Marc Aubert", "CTO, Lumière SA", "Pricing page four times this week", 52, 84, "A2"),
    ("Priya Nair", "Ops Lead, Kaveri Labs", "Referred by an existing customer", 100, 79, "B1"),
    ("Tomás Vidal", "Director, Iberlog", "Downloaded the fleet cost workbook", 185, 77, "B1"),
    ("Record 8f2c…d84", "no name yet", "Organic search, three visits, product catalogue", 1560, 70, "C2"),
]
POINTS = [
    ("Energy, 500–2,000 people", 34),
    ("Head of department or above", 18),
    ("Demo request", 22, "3 days ago"),
    ("Pricing page twice", 5, "fading"),
    ("Free e-mail address", -8),
]
PACE = [
    ("2 Nov", 0, 0, 0),
    ("4 Nov", 14, 11, 14),
    ("6 Nov", 24, 18, 29),
    ("9 Nov", 46, 34, 43),
    ("11 Nov", 62, 50, 57),
    ("13 Nov", 82, 71, 72),
    ("17 Nov", 98, 84, 86),
    ("20 Nov", 112, 98, 100),
]
