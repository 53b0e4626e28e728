"""Pages of handoffs and deals: who sees them, empty and full, and that both doors do the same."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from leads.domain.lifecycle import LifecycleStage as S
from leads.models import Deal, Handoff
from leads.selectors import clock_lines as clock_module
from leads.selectors.clock_lines import ClockLine, register_clock_source
from leads.services.attempts import log_attempt
from leads.services.feedback import give_feedback
from leads.services.handoffs import accept_handoff, reject_handoff, return_handoff
from smarketing.activity.models import ActivityEntry
from tests.factories import (
    make_company,
    make_content,
    make_deal,
    make_handoff,
    make_lead,
    make_reason,
    make_touchpoint,
)
from tests.leads.refusals import everything

pytestmark = pytest.mark.django_db

SALES = ("rep", "sales_manager")
EVERYBODY = ("marketer", "marketing_manager", "rep", "sales_manager", "admin", "executive")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _no_clocks(monkeypatch):
    """The inbox by itself; what clocks add has tests of its own here."""
    monkeypatch.setattr(clock_module, "_source", None)
    monkeypatch.setattr(clock_module, "_next_due", None)


def hours_ago(hours):
    return now() - timedelta(hours=hours)


@pytest.fixture
def handoff(rep, sales_team):
    """A pending handoff of a well-known lead, for anybody of North."""
    lead = make_lead(
        stage=S.MQL,
        first_name="Ingrid",
        last_name="Solheim",
        job_title="Head of Grid",
        phone="+47 55",
        company=make_company(name="Fjordkraft", employees=820),
    )
    make_touchpoint(lead, kind="demo_requested", content=make_content(title="Outages", url="https://example.com/"))
    return make_handoff(
        lead,
        team=sales_team,
        created_at=hours_ago(3),
        next_steps="Call today.\n\nBefore Wednesday.",
        messaging="Open with the outage.",
        pain_points="Two hours lost.",
        score=91,
        band="A1",
        why_now={
            "headline": "Demo requested: Outages",
            "definition": "MQL definition 7",
            "lines": [{"label": "Energy", "points": 34}],
        },
    )


# --- Who sees what ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_pages_open_for_those_they_are_for(request, login, who, handoff):
    person = request.getfixturevalue(who)
    client = login(person)
    deal = make_deal(lead=handoff.lead, owner=request.getfixturevalue("rep"))
    sells, markets = who in SALES, who in ("marketer", "marketing_manager")
    expected = {
        reverse("leads:inbox"): sells,
        reverse("leads:handoff-list"): True,
        handoff.get_absolute_url(): True,
        reverse("leads:handoff-create"): markets,
        reverse("leads:handoff-reject", args=[handoff.pk]): sells,
        reverse("leads:handoff-return", args=[handoff.pk]): sells,
        reverse("leads:handoff-qualify", args=[handoff.pk]): sells,
        reverse("leads:handoff-attempt", args=[handoff.pk]): sells,
        reverse("leads:handoff-feedback", args=[handoff.pk]): sells,
        reverse("leads:handoff-withdraw", args=[handoff.pk]): markets,
        reverse("leads:handoff-answer", args=[handoff.pk]): markets,
        reverse("leads:handoff-reassign", args=[handoff.pk]): who == "sales_manager",
        reverse("leads:deal-board"): True,
        reverse("leads:deal-list"): True,
        deal.get_absolute_url(): True,
        reverse("leads:deal-create"): sells,
        reverse("leads:deal-edit", args=[deal.pk]): sells,
        reverse("leads:deal-move", args=[deal.pk]): sells,
        reverse("leads:deal-win", args=[deal.pk]): sells,
        reverse("leads:deal-lose", args=[deal.pk]): sells,
    }
    found = {url: client.get(url).status_code for url in expected}
    assert found == {url: 200 if opens else 403 for url, opens in expected.items()}


def test_pages_of_another_team_are_not_found(login, stranger, handoff, rep):
    deal = make_deal(lead=handoff.lead, owner=rep)
    client = login(stranger)
    assert client.get(handoff.get_absolute_url()).status_code == 404
    assert client.post(reverse("leads:handoff-accept", args=[handoff.pk])).status_code == 404
    assert client.get(deal.get_absolute_url()).status_code == 404
    assert client.get(reverse("leads:inbox")).context["page"].counts["waiting"] == 0


def test_pages_send_who_is_not_signed_in_to_sign_in(client, handoff):
    response = client.get(reverse("leads:inbox"))
    assert (response.status_code, response["Location"].startswith("/account/login/")) == (302, True)


# --- The inbox --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["waiting", "accepted", "returned"])
def test_inbox_says_what_to_do_when_it_is_empty(login, rep, tab):
    response = login(rep).get(reverse("leads:inbox"), {"tab": tab})
    assert response.context["page"].items == []
    assert 'class="empty"' in response.content.decode()


def test_inbox_orders_by_clock_then_score_then_age(login, rep, sales_team):
    def handed(score, hours, due=None):
        made = make_handoff(team=sales_team, score=score, created_at=hours_ago(hours))
        if due is not None:
            dues[made.pk] = now() + timedelta(hours=due)
        return made

    dues = {}
    later, soon, overdue = handed(99, 1, due=5), handed(10, 1, due=1), handed(5, 1, due=-1)
    high, old, young = handed(80, 1), handed(40, 9), handed(40, 2)

    from django.db.models import Case, DateTimeField, Value, When

    register_clock_source(
        lambda ids: {pk: [ClockLine("First response", dues[pk], "running")] for pk in ids if pk in dues},
        next_due_expression=lambda: Case(
            *(When(pk=pk, then=Value(due)) for pk, due in dues.items()), output_field=DateTimeField()
        ),
    )
    response = login(rep).get(reverse("leads:inbox"))
    page = response.context["page"]
    assert [item.handoff for item in page.items] == [overdue, soon, later, high, old, young]
    assert page.due_soon == 2
    assert "6 handed to you · 2 due within two hours" in response.content.decode()


def test_inbox_shows_mine_and_what_anybody_may_take(login, rep, teammate, sales_manager, sales_team):
    mine, open_to_all, hers = (make_handoff(team=sales_team, owner=owner) for owner in (rep, None, teammate))
    shown = {item.handoff for item in login(rep).get(reverse("leads:inbox")).context["page"].items}
    assert shown == {mine, open_to_all}
    # Only a manager may look at the whole team.
    shown = {item.handoff for item in login(rep).get(reverse("leads:inbox"), {"team": 1}).context["page"].items}
    assert shown == {mine, open_to_all}
    shown = {
        item.handoff for item in login(sales_manager).get(reverse("leads:inbox"), {"team": 1}).context["page"].items
    }
    assert shown == {mine, open_to_all, hers}


def test_inbox_tabs_count_what_they_list(login, rep, sales_team):
    for _ in range(2):
        make_handoff(team=sales_team)
    accept_handoff(make_handoff(team=sales_team).pk, actor=rep, now=now())
    won = make_handoff(make_lead(stage=S.CUSTOMER), team=sales_team)
    accept_handoff(won.pk, actor=rep, now=now())
    reject_handoff(make_handoff(team=sales_team).pk, reason_code=make_reason().code, actor=rep, now=now())
    long_ago = make_handoff(team=sales_team, status="rejected", owner=rep)
    long_ago.answered_at = now() - timedelta(days=31)
    long_ago.save()
    client = login(rep)
    counts = {}
    for tab in ("waiting", "accepted", "returned"):
        page = client.get(reverse("leads:inbox"), {"tab": tab}).context["page"]
        assert page.counts[tab] == len(page.items)
        counts[tab] = page.counts[tab]
    assert counts == {"waiting": 2, "accepted": 1, "returned": 1}


def test_inbox_shows_the_packet(login, rep, handoff):
    body = login(rep).get(reverse("leads:inbox")).content.decode()
    for words in (
        "Ingrid Solheim",
        "Head of Grid",
        "820 people",
        "Demo requested: Outages",
        "MQL definition 7",
        "Energy",
        "Before Wednesday.",
        "Open with the outage.",
        "Two hours lost.",
        "tel:+47 55",
    ):
        assert words in body


def test_inbox_explains_the_clock(login, rep, handoff):
    line = ClockLine(
        "First response",
        now() + timedelta(minutes=18, seconds=30),
        "running",
        ("handed off Fri 16:12", "weekend"),
        "/why/",
    )
    register_clock_source(lambda ids: dict.fromkeys(ids, (line,)))
    body = login(rep).get(reverse("leads:inbox")).content.decode()
    assert "First response due in 18 min" in body
    assert "Handed off Fri 16:12 → weekend" in body
    assert 'href="/why/"' in body


def test_inbox_renews_its_list_alone(login, rep, handoff):
    client = login(rep)
    url = f"{reverse('leads:inbox')}?h={handoff.pk}"
    whole = client.get(url, headers=HTMX).content.decode()
    assert whole.lstrip().startswith('<div class="split"')
    assert "Next steps from marketing" in whole
    part = client.get(url, headers={**HTMX, "HX-Target": "inbox-list"}).content.decode()
    assert 'id="inbox-list"' in part
    assert "Next steps from marketing" not in part


@pytest.mark.parametrize("cursor", ["-1", "x", "99999999", "50"])
def test_inbox_takes_any_cursor(login, rep, handoff, cursor):
    assert login(rep).get(reverse("leads:inbox"), {"cursor": cursor}).status_code == 200


def queries(client, url):
    client.get(url)  # what is computed once in a process is not counted
    cache.clear()  # what is kept for a minute may end between two counts
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def full_handoff(team, rep, marketer):
    lead = make_lead(stage=S.MQL, company=make_company())
    make_touchpoint(lead, content=make_content())
    made = make_handoff(lead, team=team, owner=rep, created_by=marketer)
    accept_handoff(made.pk, actor=rep, now=now())
    log_attempt(made.pk, kind="call", outcome="reached", actor=rep, now=now())
    give_feedback(made.pk, rating=4, actor=rep, now=now())
    make_deal(lead=lead, handoff=made, owner=rep, company=lead.company)
    make_handoff(make_lead(company=make_company()), team=team, owner=rep, created_by=marketer)
    return made


def test_lists_need_no_more_queries_for_more_rows(login, api, rep, marketer, sales_team):
    client = login(rep)
    urls = [
        reverse("leads:inbox"),
        reverse("leads:inbox") + "?tab=accepted",
        reverse("leads:handoff-list"),
        reverse("leads:deal-board"),
        reverse("leads:deal-list"),
    ]
    made = full_handoff(sales_team, rep, marketer)
    program = api(rep)
    api_urls = ["/api/v1/handoffs/", "/api/v1/deals/", "/api/v1/rejection-reasons/"]
    few = {url: queries(client, f"{url}{'&' if '?' in url else '?'}h={made.pk}") for url in urls}
    few |= {url: queries(program, url) for url in api_urls}
    for _ in range(2):
        full_handoff(sales_team, rep, marketer)
    many = {url: queries(client, f"{url}{'&' if '?' in url else '?'}h={made.pk}") for url in urls}
    many |= {url: queries(program, url) for url in api_urls}
    assert many == few


# --- Acts, without JavaScript, with HTMX and by the API -----------------------------------------------------


def test_accept_leads_back_to_the_inbox(login, rep, handoff):
    client = login(rep)
    response = client.post(reverse("leads:handoff-accept", args=[handoff.pk]) + "?in=inbox&tab=waiting")
    assert response.status_code == 302
    assert response["Location"] == f"/inbox/?in=inbox&tab=waiting&h={handoff.pk}"
    handoff.refresh_from_db()
    assert handoff.status == "accepted"
    body = client.get(response["Location"]).content.decode()
    assert "Ingrid Solheim is yours" in body
    assert "Log attempt…" in body


def test_accept_with_htmx_changes_the_inbox_in_place(login, rep, handoff):
    url = reverse("leads:handoff-accept", args=[handoff.pk])
    response = login(rep).post(f"{url}?in=inbox&tab=waiting", headers=HTMX)
    body = response.content.decode()
    assert body.lstrip().startswith('<div class="split" id="inbox" data-open>')
    assert f'id="handoff-row-{handoff.pk}"' not in body
    assert "Log attempt…" in body
    assert 'id="inbox-note" hx-swap-oob="true"' in body
    assert response["HX-Trigger"] == "dialog-close"
    assert "is yours" in body
    assert '<span class="nav-count" id="nav-count-leads-inbox" hx-swap-oob="true"></span>' in body


def test_accept_that_comes_second_is_told_who_was_first(login, api, rep, teammate, handoff):
    accept_handoff(handoff.pk, actor=rep, now=now())
    before = everything()
    url = reverse("leads:handoff-accept", args=[handoff.pk])
    page = login(teammate).post(url)
    fragment = login(teammate).post(url, headers=HTMX)
    program = api(teammate).post(f"/api/v1/handoffs/{handoff.pk}/accept/")
    assert (page.status_code, fragment.status_code, program.status_code) == (409, 409, 409)
    assert "Sam Rep accepted it a moment ago." in page.content.decode()
    assert "Sam Rep accepted it a moment ago." in fragment.content.decode()
    assert fragment["X-Problem"] == "handoff_already_decided"
    assert program.json() == {
        "code": "handoff_already_decided",
        "message": "Sam Rep accepted it a moment ago.",
        "fields": {},
    }
    assert everything() == before


def test_accept_needs_a_post(login, rep, handoff):
    assert login(rep).get(reverse("leads:handoff-accept", args=[handoff.pk])).status_code == 405


def test_reject_asks_in_the_dialog_and_says_what_is_missing(login, rep, handoff):
    client = login(rep)
    url = reverse("leads:handoff-reject", args=[handoff.pk])
    asked = client.get(url, headers=HTMX).content.decode()
    assert "<html" not in asked
    assert 'name="reason"' in asked
    before = everything()
    without_script = client.post(url, {"note": "No."})
    assert without_script.status_code == 422
    assert "This field is required." in without_script.content.decode()
    in_dialog = client.post(url, {"note": "No."}, headers=HTMX)
    assert (in_dialog.status_code, in_dialog["X-Problem"]) == (422, "invalid")
    assert everything() == before


def test_refused_posts_change_nothing(login, marketer, executive, admin, handoff, rep):
    deal = make_deal(lead=handoff.lead, owner=rep)
    posts = [
        (reverse(f"leads:handoff-{act}", args=[handoff.pk]), data)
        for act, data in (
            ("accept", {}),
            ("reject", {"reason": make_reason().code, "note": "No."}),
            ("return", {"note": "No."}),
            ("qualify", {"note": "Yes."}),
            ("attempt", {"kind": "call", "outcome": "reached", "outbound": "1"}),
            ("feedback", {"rating": 3}),
        )
    ] + [
        (reverse("leads:deal-create"), {"name": "Deal"}),
        (reverse("leads:deal-edit", args=[deal.pk]), {"name": "Deal"}),
        (reverse("leads:deal-move", args=[deal.pk]), {"stage": "proposal"}),
        (reverse("leads:deal-win", args=[deal.pk]), {}),
        (reverse("leads:deal-lose", args=[deal.pk]), {"reason": "No."}),
    ]
    before = everything()
    for person in (marketer, executive, admin):
        client = login(person)
        assert {url: client.post(url, data).status_code for url, data in posts} == {url: 403 for url, _ in posts}
    assert everything() == before


def facts(handoff):
    """What the row and the log say of a handoff, without ids and times."""
    handoff.refresh_from_db()
    entries = ActivityEntry.objects.filter(lead_id=handoff.lead_id).order_by("id")
    return (
        handoff.status,
        str(handoff.owner),
        str(handoff.decided_by),
        handoff.note,
        handoff.lead.stage,
        str(handoff.rejection_reason),
        bool(handoff.qualified_at),
        bool(handoff.first_attempt_at),
        bool(handoff.answered_at),
        [(attempt.kind, attempt.outcome, attempt.outbound, attempt.note) for attempt in handoff.attempts.all()],
        [(one.rating, one.words) for one in handoff.feedback.all()],
        [(str(one.owner), one.ended_at is None) for one in handoff.assignments.all()],
        [(entry.verb, entry.actor_label) for entry in entries],
    )


def accepted(rep, team):
    return accept_handoff(make_handoff(team=team).pk, actor=rep, now=now())


DOORS = {
    "accept": ("rep", None, {}, {}),
    "reject": ("rep", None, {"reason": "the-reason", "note": "No."}, None),
    "return": ("rep", accepted, {"note": "Left the firm.", "reason": ""}, None),
    "qualify": ("rep", accepted, {"note": "Has a budget."}, None),
    "attempts": (
        "rep",
        accepted,
        {"kind": "call", "outcome": "reached", "outbound": "1", "note": "Nice."},
        {"kind": "call", "outcome": "reached", "note": "Nice."},
    ),
    "feedback": ("rep", accepted, {"rating": 4, "words": "Good."}, None),
    "withdraw": ("marketer", None, {"note": "Wrong team."}, None),
    "reassign": ("sales_manager", accepted, {"owner": "the-teammate", "why": "Leave."}, None),
    "answer": ("marketer", "rejected", {"answer": "recycle", "note": "Next year."}, None),
}


@pytest.mark.parametrize("act", DOORS)
def test_both_doors_do_the_same(request, login, api, act, rep, teammate, sales_team):
    who, prepare, form, body = DOORS[act]
    person = request.getfixturevalue(who)
    reason = make_reason(code="the-reason")
    form = {name: teammate.pk if value == "the-teammate" else value for name, value in form.items()}

    def made():
        if prepare is None:
            return make_handoff(team=sales_team)
        if prepare == "rejected":
            pending = make_handoff(team=sales_team)
            return reject_handoff(pending.pk, reason_code=reason.code, actor=rep, now=now())
        return prepare(rep, sales_team)

    by_page, by_program = made(), made()
    name = {"attempts": "attempt"}.get(act, act)
    assert login(person).post(reverse(f"leads:handoff-{name}", args=[by_page.pk]), form).status_code == 302
    answer = api(person).post(f"/api/v1/handoffs/{by_program.pk}/{act}/", form if body is None else body, format="json")
    assert answer.status_code in (200, 201), answer.json()
    assert facts(by_page) == facts(by_program)


def test_marketing_hands_many_off_and_hears_what_was_left_out(login, marketer, rep, sales_team):
    first, second, customer = make_lead(), make_lead(), make_lead(stage=S.CUSTOMER, last_name="Kjøper")
    client = login(marketer)
    asked = client.get(reverse("leads:handoff-create"), {"lead": [first.pk, second.pk, customer.pk]})
    assert len(asked.context["rows"]) == 3
    assert 'name="lead"' in asked.content.decode()
    response = client.post(
        reverse("leads:handoff-create"),
        {"lead": [first.pk, second.pk, customer.pk], "to": f"team:{sales_team.pk}", "next_steps": "Call."},
        follow=True,
    )
    assert Handoff.objects.count() == 2
    body = response.content.decode()
    assert "2 leads are handed to Sales North." in body
    assert "Ingrid Kjøper: This lead is a customer already" in body


def test_marketing_hands_one_off_to_a_rep(login, marketer, rep, sales_team):
    lead = make_lead()
    response = login(marketer).post(
        reverse("leads:handoff-create"),
        {"lead": lead.pk, "to": f"rep:{sales_team.pk}:{rep.pk}", "next_steps": "Call."},
    )
    made = Handoff.objects.get()
    assert response["Location"] == made.get_absolute_url()
    assert made.owner == rep


def test_marketing_handing_one_off_again_is_refused_with_the_reason(login, marketer, handoff, rep, sales_team):
    before = everything()
    response = login(marketer).post(
        reverse("leads:handoff-create"),
        {"lead": handoff.lead_id, "to": f"turn:{sales_team.pk}", "next_steps": "Call."},
    )
    assert response.status_code == 409
    assert "handed to Sales North 3 hours ago" in response.content.decode()
    assert everything() == before


def test_marketing_must_choose_whom_and_what_next(login, marketer, sales_team):
    response = login(marketer).post(reverse("leads:handoff-create"), {"lead": make_lead().pk, "to": "team:x"})
    assert response.status_code == 422
    assert sorted(response.context["form"].errors) == ["next_steps", "to"]


def test_marketing_answers_by_handing_off_again(login, marketer, rep, sales_team, other_sales_team, stranger):
    pending = make_handoff(team=sales_team)
    reject_handoff(pending.pk, reason_code=make_reason().code, actor=rep, now=now())
    url = reverse("leads:handoff-answer", args=[pending.pk])
    client = login(marketer)
    missing = client.post(url, {"answer": "again"})
    assert (missing.status_code, list(missing.context["form"].errors)) == (422, ["to"])
    response = client.post(url, {"answer": "again", "to": f"team:{other_sales_team.pk}", "next_steps": "Once more."})
    again = Handoff.objects.get(previous=pending)
    assert response["Location"] == again.get_absolute_url()
    assert again.team == other_sales_team


def test_handoff_list_tells_what_became_of_each_and_counts_what_it_lists(login, marketer, rep, sales_team):
    won = full_handoff(sales_team, rep, marketer)
    deal = won.deals.get()
    deal.stage, deal.won_at = "won", now()
    deal.save()
    sent_back = make_handoff(team=sales_team)
    reject_handoff(sent_back.pk, reason_code=make_reason(label="Too small").code, note="3 people", actor=rep, now=now())
    client = login(marketer)
    everything_listed = client.get(reverse("leads:handoff-list"))
    assert everything_listed.context["count"] == 3
    body = everything_listed.content.decode()
    assert "Too small: 3 people" in body
    assert "4 of 5" in body
    for label, href, count, _ in everything_listed.context["pills"]:
        page = client.get(reverse("leads:handoff-list") + href)
        assert len(page.context["rows"]) == count, label
    answer = client.get(reverse("leads:handoff-list"), {"outcome": "to_answer"})
    assert [row[0] for row in answer.context["rows"]] == [sent_back]


def test_handoff_list_says_what_to_do_when_empty(login, marketer):
    assert "Nothing has been handed off yet" in login(marketer).get(reverse("leads:handoff-list")).content.decode()


# --- Deals ------------------------------------------------------------------------------------------------


def test_board_counts_and_sums_by_stage(login, rep, organisation):
    make_deal(owner=rep, amount=Decimal("0.10"))
    make_deal(owner=rep, amount=Decimal("0.20"))
    make_deal(owner=rep, amount=None)
    make_deal(owner=rep, amount=Decimal("5.00"), currency="NOK")
    make_deal(owner=rep, stage="won", won_at=now())
    make_deal(owner=rep, stage="won", won_at=now() - timedelta(days=40))
    columns = {column.stage: column for column in login(rep).get(reverse("leads:deal-board")).context["columns"]}
    total = columns["discovery"].total
    assert (total.count, total.unknown, list(total.sums)) == (
        4,
        1,
        [("EUR", Decimal("0.30")), ("NOK", Decimal("5.00"))],
    )
    assert len(columns["discovery"].deals) == 4
    assert columns["won"].total.count == 1
    assert columns["lost"].total.count == 0


@pytest.mark.parametrize("url", ["leads:deal-board", "leads:deal-list"])
def test_deals_say_what_to_do_when_there_are_none(login, rep, executive, url):
    assert "No deals yet" in login(executive).get(reverse(url)).content.decode()
    assert reverse("leads:deal-create") in login(rep).get(reverse(url)).content.decode()
    assert "No deal matches" in login(rep).get(reverse(url), {"q": "xyz"}).content.decode()


def test_board_moves_a_deal_in_place(login, rep, organisation):
    deal = make_deal(owner=rep)
    url = reverse("leads:deal-move", args=[deal.pk])
    response = login(rep).post(f"{url}?in=board&q=Deal", {"stage": "proposal"}, headers=HTMX)
    assert response.content.decode().lstrip().startswith('<div id="board"')
    deal.refresh_from_db()
    assert deal.stage == "proposal"
    without = login(rep).post(f"{url}?in=board&q=Deal", {"stage": "negotiation"})
    assert without["Location"] == "/deals/?q=Deal&in=board"


def test_a_deal_is_opened_won_and_reopened_in_the_browser(login, rep, sales_team, organisation):
    handoff = accepted(rep, sales_team)
    client = login(rep)
    url = f"{reverse('leads:deal-create')}?lead={handoff.lead_id}"
    assert "of Ingrid" in client.get(url).content.decode()
    response = client.post(url, {"name": "Grid", "amount": "1.234,56", "currency": "EUR"})
    deal = Deal.objects.get()
    assert response["Location"] == deal.get_absolute_url()
    assert (deal.amount, deal.owner, deal.handoff) == (Decimal("1234.56"), rep, handoff)
    client.post(reverse("leads:deal-win", args=[deal.pk]), {"amount": "1200"})
    deal.refresh_from_db()
    assert (deal.stage, deal.amount, deal.lead.stage) == ("won", Decimal("1200.00"), S.CUSTOMER)
    client.post(reverse("leads:deal-move", args=[deal.pk]), {"stage": "proposal", "why": "Cancelled."})
    deal.refresh_from_db()
    assert (deal.stage, deal.lead.stage) == ("proposal", S.OPPORTUNITY)
    client.post(reverse("leads:deal-edit", args=[deal.pk]), {"name": "", "amount": "", "product": "Calculator"})
    deal.refresh_from_db()
    assert (deal.name, deal.amount, deal.product, deal.currency) == ("Grid", None, "Calculator", "EUR")
    client.post(reverse("leads:deal-lose", args=[deal.pk]), {"reason": "no-budget"})
    body = client.get(deal.get_absolute_url()).content.decode()
    assert "No budget" in body
    assert "won the deal Grid" in body
    assert "amount: 1200.00 → none" in body


@pytest.mark.parametrize("amount", ["a lot", "-5", "1.23456"])
def test_an_amount_that_is_none_is_refused_with_words(login, rep, organisation, amount):
    before = everything()
    response = login(rep).post(reverse("leads:deal-create"), {"name": "Deal", "amount": amount})
    assert response.status_code == 422
    assert everything() == before


def test_deals_by_both_doors_do_the_same(login, api, rep, organisation):
    client, program = login(rep), api(rep)
    client.post(reverse("leads:deal-create"), {"name": "Deal", "amount": "10,5", "currency": "EUR"})
    answer = program.post("/api/v1/deals/", {"name": "Deal", "amount": "10.50", "currency": "EUR"}, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["amount"] == "10.50"
    by_page, by_program = Deal.objects.order_by("id")
    steps = [
        ("move", {"stage": "proposal"}),
        ("win", {"amount": "12.00"}),
        ("move", {"stage": "negotiation", "why": "Cancelled."}),
        ("lose", {"reason": "other", "note": "No."}),
    ]
    for act, given in steps:
        assert client.post(reverse(f"leads:deal-{act}", args=[by_page.pk]), given).status_code == 302
        assert program.post(f"/api/v1/deals/{by_program.pk}/{act}/", given, format="json").status_code == 200

    def told(deal):
        deal.refresh_from_db()
        entries = ActivityEntry.objects.filter(subject_kind="deal", subject_id=deal.pk).order_by("id")
        return deal.stage, deal.amount, deal.lost_reason, [entry.verb for entry in entries]

    assert told(by_page) == told(by_program)
    refused = program.post(f"/api/v1/deals/{by_program.pk}/win/", {}, format="json")
    page = client.post(reverse("leads:deal-win", args=[by_page.pk]), {}, headers=HTMX)
    assert (refused.status_code, refused.json()["code"]) == (409, "deal_closed")
    assert (page.status_code, page["X-Problem"]) == (409, "deal_closed")


# --- The API ----------------------------------------------------------------------------------------------


def test_api_hands_off_and_lists(api, marketer, rep, stranger, sales_team):
    lead, customer = make_lead(), make_lead(stage=S.CUSTOMER)
    program = api(marketer)
    made = program.post(
        "/api/v1/handoffs/", {"lead": lead.pk, "team": sales_team.pk, "next_steps": "Call."}, format="json"
    )
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["outcome"]) == ("pending", "Waiting for sales")
    many = program.post(
        "/api/v1/handoffs/bulk/",
        {"leads": [lead.pk, customer.pk], "team": sales_team.pk, "in_turn": True, "next_steps": "Call."},
        format="json",
    )
    assert [(one["lead"], one["handoff"], one["code"]) for one in many.json()] == [
        (lead.pk, None, "handoff_exists"),
        (customer.pk, None, "lead_is_customer"),
    ]
    listed = api(rep).get("/api/v1/handoffs/", {"outcome": "waiting"}).json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    assert api(stranger).get("/api/v1/handoffs/").json()["results"] == []
    assert api(stranger).get(f"/api/v1/handoffs/{made.json()['id']}/").status_code == 404


def test_api_answers_by_handing_off_again(api, marketer, rep, sales_team):
    pending = accepted(rep, sales_team)
    return_handoff(pending.pk, note="Left.", actor=rep, now=now())
    answer = api(marketer).post(
        f"/api/v1/handoffs/{pending.pk}/answer/",
        {"answer": "requalify", "again": {"team": sales_team.pk, "owner": rep.pk, "next_steps": "The successor."}},
        format="json",
    )
    assert answer.status_code == 200
    assert (answer.json()["previous"], answer.json()["owner"], answer.json()["round"]) == (pending.pk, rep.pk, 2)


def test_api_reads_attempts_feedback_and_reasons(api, rep, sales_team):
    handoff = accepted(rep, sales_team)
    log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=now())
    give_feedback(handoff.pk, rating=5, words="Great.", actor=rep, now=now())
    program = api(rep)
    assert [row["kind"] for row in program.get(f"/api/v1/handoffs/{handoff.pk}/attempts/").json()] == ["call"]
    assert [row["rating"] for row in program.get(f"/api/v1/handoffs/{handoff.pk}/feedback/").json()] == [5]
    assert program.get(f"/api/v1/handoffs/{handoff.pk}/").json()["rating"] == 5
    reason = make_reason()
    assert reason.code in [row["code"] for row in program.get("/api/v1/rejection-reasons/").json()]


def test_api_patches_a_deal(api, rep, organisation):
    deal = make_deal(owner=rep)
    answer = api(rep).patch(f"/api/v1/deals/{deal.pk}/", {"amount": "0.10", "owner": rep.pk}, format="json")
    assert (answer.status_code, answer.json()["amount"]) == (200, "0.10")
    wrong = api(rep).patch(f"/api/v1/deals/{deal.pk}/", {"currency": "€€€"}, format="json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["currency"])


def test_hand_to_sales_leads_only_where_sales_has_it_not(login, marketer, handoff):
    for lead, kind in ((handoff.lead, False), (make_lead(), True)):
        page = login(marketer).get(f"/leads/{lead.pk}/").content.decode()
        button = next(tag for tag in page.split("<button")[1:] if "Hand to sales" in tag.split("</button>")[0])
        assert ("primary" in button.split(">")[0]) is kind


def test_an_attempt_offers_what_fits_its_kind_and_refuses_the_rest(login, api, rep, sales_team):
    handoff = accepted(rep, sales_team)
    address = reverse("leads:handoff-attempt", args=[handoff.pk])
    page = login(rep).get(address).content.decode()
    assert 'data-fits="kind"' in page
    assert '<option value="sent" data-fit="email message">' in page
    refused = login(rep).post(address, {"kind": "call", "outcome": "sent", "outbound": "1"}, headers=HTMX)
    assert refused.status_code == 422
    given = {"kind": "call", "outcome": "sent"}
    answer = api(rep).post(f"/api/v1/handoffs/{handoff.pk}/attempts/", given, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["outcome"])
    assert not handoff.attempts.exists()
