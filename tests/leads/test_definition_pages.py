"""Pages and API of definitions and scores: who sees them, what they say, and the form without JavaScript."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import escape

from leads.domain.criteria import All, Always, AnyOf, Not, canonical, parse
from leads.forms.definitions import DraftForm, rows_of
from leads.models import DefinitionVersion
from leads.selectors.definitions import version_views
from leads.services.definitions import (
    agree_first_definitions,
    draft_definition_version,
    sign_definition_version,
)
from leads.services.scoring import score_leads
from leads.services.stages import advance_stage
from smarketing.accounts.models import Signature
from tests.factories import (
    NOW,
    ago,
    make_company,
    make_content,
    make_definition_version,
    make_lead,
    make_touchpoint,
    set_score,
)

pytestmark = pytest.mark.django_db

EVERY_KIND = {
    "all": [
        {"field": "lead.email", "op": "is_set"},
        {"field": "lead.stage", "op": "in", "value": ["mql", "sal"]},
        {"field": "lead.created_at", "op": "within_days", "value": 90},
        {"field": "lead.consent", "op": "eq", "value": True},
        {"field": "company.employees", "op": "between", "value": [50, 5000]},
        {"behaviour": {"kind": "meeting", "content": None, "campaign": None, "within_days": 30, "at_least": 2}},
        {
            "any": [
                {"field": "lead.country", "op": "eq", "value": "DE"},
                {"behaviour": {"kind": None, "content": None, "campaign": None, "within_days": None, "at_least": 9}},
            ]
        },
        {"not": {"field": "lead.job_title", "op": "contains", "value": "student"}},
    ]
}


@pytest.fixture
def agreed(marketing_manager: Any, sales_manager: Any) -> list[DefinitionVersion]:
    return agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=NOW)


def posted(form: DraftForm, **more: str) -> dict[str, Any]:
    """What a browser sends of a form as it is shown."""
    found = {}
    for part in (
        form.version,
        form.rules.management_form,
        form.behaviours.management_form,
        form.kept.management_form,
        *form.rules,
        *form.behaviours,
        *form.kept,
    ):
        for field in part:
            value = field.value()
            found[field.html_name] = "" if value is None else value
    return {**found, **more}


PAGES = ["/definitions/", "/definitions/mql/", "/definitions/sql/", "/scoring/"]


@pytest.mark.parametrize("page", PAGES)
def test_everybody_with_a_role_reads_what_was_agreed(
    page: str, agreed: Any, login: Any, rep: Any, executive: Any, nobody: Any
) -> None:
    assert login(rep).get(page).status_code == 200
    assert login(executive).get(page).status_code == 200
    assert login(nobody).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_before_anything_was_agreed(page: str, login: Any, sales_manager: Any) -> None:
    assert login(sales_manager).get(page).status_code == 200


def test_definition_page_counts_what_its_list_shows(agreed: Any, login: Any, marketer: Any, rep: Any) -> None:
    company = make_company(employees=500, industry="Energy")
    leads = [make_touchpoint(make_lead(company=company, seniority="vp"), kind="demo_requested").lead for _ in range(3)]
    score_leads([lead.pk for lead in leads], NOW)
    page = login(marketer).get("/definitions/mql/")
    assert page.context["count"] == 3
    listed = login(marketer).get(reverse("leads:definition-leads", args=[agreed[0].pk]))
    assert len(listed.context["page"].rows) == 3
    assert login(rep).get("/definitions/mql/").context["count"] == 0


def test_sign_by_the_page(login: Any, marketing_manager: Any, sales_manager: Any, rep: Any) -> None:
    version = draft_definition_version("mql", {"always": True}, 40, 30, "All.", actor=sales_manager, now=NOW)
    url = reverse("leads:definition-sign", args=[version.pk])
    content = {"content": version.content_hash}
    assert login(rep).post(url, {"side": "sales", **content}).status_code == 403
    assert login(sales_manager).post(url, {"side": "sales", "content": "0"}).status_code == 409
    assert not Signature.objects.exists()
    shown = login(sales_manager).get("/definitions/mql/").content.decode()
    assert "Sign for sales" in shown
    assert "Sign for marketing" not in shown
    for side, user in (("sales", sales_manager), ("marketing", marketing_manager)):
        assert login(user).post(url, {"side": side, **content}).status_code == 302
    version.refresh_from_db()
    assert version.in_force_from is not None


def test_draft_form_reads_back_what_it_shows() -> None:
    start = make_definition_version("mql", criteria=EVERY_KIND, enter_score=40, leave_score=30)
    form = DraftForm(start=start)
    again = DraftForm(query(posted(form)), start=start)
    assert again.is_valid()
    told = again.values()
    assert set(map(str, told["criteria"]["all"])) == set(map(str, EVERY_KIND["all"]))
    assert (told["enter_score"], told["leave_score"]) == (40, 30)


def query(data: dict[str, Any]) -> Any:
    from django.http import QueryDict

    found = QueryDict(mutable=True)
    found.update({name: str(value) for name, value in data.items()})
    return found


EMAIL = {"field": "lead.email", "op": "is_set"}
GERMAN = {"field": "lead.country", "op": "eq", "value": "DE"}
NORDIC = {"field": "lead.country", "op": "in", "value": ["NO", "SE"]}
LARGE = {"field": "company.employees", "op": "gte", "value": 500}
DEEP = {
    "all": [
        EMAIL,
        {"any": [LARGE, {"all": [GERMAN, {"not": {"any": [EMAIL, LARGE]}}]}]},
        {"any": [GERMAN, NORDIC]},
        {"not": {"all": [NORDIC, LARGE]}},
    ]
}


@pytest.mark.parametrize(
    "criteria",
    [
        DEEP,
        {"any": [{"all": [{"any": [EMAIL, LARGE]}, GERMAN]}, NORDIC]},
        {"not": {"any": [EMAIL, {"all": [LARGE, GERMAN]}]}},
        {"all": [{"any": [{"always": True}, EMAIL]}, {"not": {"not": GERMAN}}]},
    ],
)
def test_draft_form_keeps_groups_within_groups(criteria: Any) -> None:
    start = make_definition_version("mql", criteria=criteria)
    again = DraftForm(query(posted(DraftForm(start=start))), start=start)
    assert again.is_valid()
    told = again.criteria()
    for email, german, nordic, large in itertools.product((True, False), repeat=4):
        facts = {_key(EMAIL): email, _key(GERMAN): german, _key(NORDIC): nordic, _key(LARGE): large}
        assert _holds(told, facts) == _holds(parse(criteria), facts)


def _key(predicate: dict[str, Any]) -> str:
    return canonical(parse(predicate))


def _holds(criteria: Any, facts: dict[str, bool]) -> bool:
    """Whether the tree holds where these predicates do."""
    if isinstance(criteria, Always):
        return True
    if isinstance(criteria, Not):
        return not _holds(criteria.part, facts)
    if isinstance(criteria, All | AnyOf):
        return (all if isinstance(criteria, All) else any)([_holds(part, facts) for part in criteria.parts])
    return facts[canonical(criteria)]


def test_draft_form_tells_a_group_as_a_sentence_and_takes_it_out(login: Any, sales_manager: Any) -> None:
    start = draft_definition_version("mql", DEEP, None, None, "Nested.", actor=sales_manager, now=NOW)
    url = reverse("leads:definition-draft", args=["mql"])
    client = login(sales_manager)
    page = client.get(url)
    form = page.context["form"]
    assert len(form.kept) == 3
    text = page.content.decode()
    assert all(escape(row.sentence)[1:] in text for row in form.kept)
    # Another row keeps them, and so does saving.
    assert len(client.post(url, posted(form, add="rule")).context["form"].kept) == 3
    assert client.post(url, posted(form, version="", summary="Nested, again.")).status_code == 302
    again = DefinitionVersion.objects.get(number=2)
    assert str(again.criteria).count("'all'") == str(start.criteria).count("'all'")
    out = posted(client.get(url).context["form"], summary="Flat.")
    for row in range(3):
        del out[f"kept-{row}-keep"]
    assert client.post(url, out).status_code == 302
    assert rows_of(parse(DefinitionVersion.objects.get(number=3).criteria))[2] == []


def test_draft_form_refuses_a_group_that_cannot_be_read(login: Any, sales_manager: Any) -> None:
    draft_definition_version("mql", DEEP, None, None, "Nested.", actor=sales_manager, now=NOW)
    url = reverse("leads:definition-draft", args=["mql"])
    client = login(sales_manager)
    form = client.get(url).context["form"]
    for wrong in ("{", '{"maybe": 1}'):
        answer = client.post(url, posted(form, **{"kept-0-group": wrong}))
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode()
    lost = {name: value for name, value in posted(form).items() if not name.startswith("kept-")}
    assert client.post(url, lost).status_code == 422
    assert DefinitionVersion.objects.count() == 1


def test_draft_by_the_page(login: Any, agreed: Any, sales_manager: Any, marketer: Any) -> None:
    url = reverse("leads:definition-draft", args=["mql"])
    assert login(marketer).get(url).status_code == 403
    client = login(sales_manager)
    form = client.get(url).context["form"]
    rows = form.rules.total_form_count()
    more = client.post(url, posted(form, add="rule"))
    assert more.context["form"].rules.total_form_count() == rows + 1
    checked = client.post(url, posted(form, check="1"))
    assert checked.context["count"] == 0
    assert DefinitionVersion.objects.count() == 2
    content = make_content()
    filled = posted(form, **{"behaviours-0-kind": "content_downloaded", "behaviours-0-content": content.pk})
    assert client.post(url, filled).status_code == 302
    made = DefinitionVersion.objects.get(definition__stage="mql", number=2)
    assert made.criteria["all"][-1]["behaviour"]["content"] == content.pk
    assert made.in_force_from is None


def test_draft_by_the_page_says_what_is_wrong(login: Any, agreed: Any, sales_manager: Any) -> None:
    url = reverse("leads:definition-draft", args=["mql"])
    client = login(sales_manager)
    form = client.get(url).context["form"]
    last = form.rules.total_form_count() - 1
    name = f"rules-{last}"
    wrong = posted(form, **{f"{name}-field": "company.employees", f"{name}-op": "gte", f"{name}-value": "many"})
    answer = client.post(url, wrong)
    assert answer.status_code == 422
    assert "Expected a number." in answer.content.decode()
    missing = posted(form, **{f"{name}-field": "company.employees", f"{name}-op": "contains", f"{name}-value": "1"})
    assert "cannot be used with number of employees" in client.post(url, missing).content.decode()
    assert DefinitionVersion.objects.count() == 2


def test_lead_page_and_api_tell_the_same_reasons(login: Any, api: Any, marketer: Any, stranger: Any) -> None:
    lead = make_touchpoint(make_lead(company=make_company(employees=500)), kind="meeting").lead
    score_leads([lead.pk], NOW)
    lead.refresh_from_db()
    why = login(marketer).get(lead.get_absolute_url()).context["explanation"]
    answer = api(marketer).get(f"/api/v1/leads/{lead.pk}/score/").json()
    assert answer["total"] == lead.score == sum(part["points"] for part in answer["parts"])
    assert [(part["label"], part["points"]) for part in answer["parts"]] == [(p.label, p.points) for p in why.parts]
    assert sum(points for _, points, _ in why.rows) == lead.score
    assert api(stranger).get(f"/api/v1/leads/{lead.pk}/score/").status_code == 404


def test_api_drafts_and_signs(api: Any, marketing_manager: Any, sales_manager: Any, rep: Any, nobody: Any) -> None:
    given = {"stage": "mql", "criteria": {"always": True}, "enter_score": 40, "leave_score": 30}
    assert api(rep).post("/api/v1/definition-versions/", given, format="json").status_code == 403
    made = api(sales_manager).post("/api/v1/definition-versions/", given, format="json")
    assert (made.status_code, made.json()["sentence"]) == (201, "Every lead.")
    url = f"/api/v1/definition-versions/{made.json()['id']}/"
    for side, user in (("sales", sales_manager), ("marketing", marketing_manager)):
        signature = {"side": side, "content_hash": made.json()["content_hash"]}
        assert api(user).post(f"{url}sign/", signature, format="json").status_code == 200
    listed = api(rep).get("/api/v1/definitions/").json()
    assert [row["stage"] for row in listed] == ["mql", "sql"]
    assert listed[0]["in_force"]["in_force_from"] is not None
    assert api(rep).get(f"{url}meeting/").json() == {"count": 0, "more": False}
    assert api(nobody).get("/api/v1/definitions/").status_code == 403


def test_api_publishes_the_language_and_the_model(api: Any, rep: Any, sales_manager: Any) -> None:
    assert api(rep).get("/api/v1/criteria/schema/").json()["title"] == "Criteria"
    content = {
        "name": "Small",
        "groups": [
            {
                "key": "fit",
                "label": "Fit",
                "kind": "fit",
                "min": 0,
                "max": 10,
                "rules": [
                    {"key": "a", "label": "A", "points": 5, "when": {"field": "lead.email", "op": "is_set"}},
                ],
            }
        ],
    }
    assert api(rep).post("/api/v1/score-models/", {"content": content}, format="json").status_code == 403
    made = api(sales_manager).post("/api/v1/score-models/", {"content": content}, format="json")
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert [row["name"] for row in api(rep).get("/api/v1/score-models/").json()["results"]] == ["Small"]


def test_a_draft_tells_whom_it_would_move_and_opens_the_lists(
    agreed: Any, marketing_manager: Any, login: Any, api: Any
) -> None:
    mql = agreed[0]
    inside, recycled, quiet, low, left = (make_lead(country="DE", score=60) for _ in range(5))
    for lead in (recycled, quiet):
        advance_stage(lead, "recycled", actor=None, now=ago(hours=2), why="Later.")
    set_score(low, score=39)
    type(low).objects.filter(pk=recycled.pk).update(last_touch_at=NOW)
    advance_stage(left, "mql", actor=None, now=ago(hours=2), definition_version=mql)
    type(low).objects.filter(pk=left.pk).update(country="FR")
    german = {"field": "lead.country", "op": "eq", "value": "DE"}
    version = draft_definition_version("mql", german, 40, 30, "", actor=marketing_manager, now=NOW)
    browser = login(marketing_manager)
    page = browser.get("/definitions/mql/").content.decode()
    for words in ("1 Lead → MQL", "1 Recycled → MQL", "1 MQL → Lead", "3 leads</a>, wherever they stand"):
        assert words in page
    address = f"/definitions/versions/{version.pk}/leads/"
    for query, lead in (
        ("?moved=rising&stage=lead", inside),
        ("?moved=rising&stage=recycled", recycled),
        ("?moved=falling", left),
    ):
        shown = browser.get(address + query)
        assert [row.pk for row in shown.context["page"].rows] == [lead.pk]
        assert shown.context["count"] == 1
    told = api(marketing_manager).get(f"/api/v1/definition-versions/{version.pk}/moves/").json()
    up = [{"stage": "lead", "count": 1}, {"stage": "recycled", "count": 1}]
    assert told == {"up": up, "back": 1, "more": False}
    assert "Discard" in page
    browser.post(f"/definitions/versions/{version.pk}/discard/")
    page = browser.get("/definitions/mql/").content.decode()
    assert "Waiting for signatures" not in page
    assert "Discarded" in page


def test_a_draft_written_on_takes_the_place_of_the_one_before(agreed: Any, marketing_manager: Any, login: Any) -> None:
    browser = login(marketing_manager)
    address = "/definitions/mql/draft/"
    browser.post(address, posted(browser.get(address).context["form"]) | {"summary": "First thought."})
    page = browser.get(address)
    assert "This goes on from version 2" in page.content.decode()
    browser.post(address, posted(page.context["form"]) | {"summary": "Second thought."})
    drafts = DefinitionVersion.objects.filter(definition__stage="mql", in_force_from=None).order_by("number")
    assert [(each.number, each.summary, each.discarded_at is None) for each in drafts] == [
        (2, "First thought.", False),
        (3, "Second thought.", True),
    ]


def test_a_draft_that_a_side_has_signed_is_not_replaced(
    agreed: Any, marketing_manager: Any, sales_manager: Any, login: Any
) -> None:
    browser = login(marketing_manager)
    address = "/definitions/mql/draft/"
    browser.post(address, posted(browser.get(address).context["form"]) | {"summary": "First thought."})
    begun = posted(browser.get(address).context["form"])
    signed = DefinitionVersion.objects.get(definition__stage="mql", number=2)
    sign_definition_version(signed.pk, "sales", actor=sales_manager, now=NOW)
    browser.post(address, begun | {"summary": "Second thought."})
    assert not DefinitionVersion.objects.filter(definition__stage="mql", discarded_at__isnull=False).exists()


def test_a_draft_tells_what_it_changes_of_the_one_in_force(agreed: Any, marketing_manager: Any) -> None:
    german = {"field": "lead.country", "op": "eq", "value": "DE"}
    for summary in ("One", "Two"):
        draft_definition_version("mql", german, 40, 30, summary, actor=marketing_manager, now=NOW)
    third, second, first = version_views(marketing_manager, agreed[0].definition)
    assert (third.before, second.before, first.before) == (first.version, first.version, None)
    assert "One" not in [change.text for change in third.changes]
