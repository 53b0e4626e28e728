"""A decision opens the draft of what it changes, and the two know of each other."""

import pytest

from leads.models import DefinitionVersion
from leads.services.definitions import agree_first_definitions, draft_definition_version
from meetings.models import Decision
from meetings.services.drafts import open_draft
from meetings.services.minutes import add_note
from sla.models import AgreementVersion
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import NOW, ago
from tests.sla.factories import make_agreement, make_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(organisation, marketing_manager, sales_manager, admin):
    """Definitions and an agreement, all in force."""
    agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=ago(days=90))
    make_calendar(admin)
    return make_agreement(marketing_manager, sales_manager)


@pytest.fixture
def decision(agreed, held, rep):
    """Decided in this week's meeting."""
    return add_note(held.topics.first().pk, text="! No more leads below 50 people.", actor=rep, now=NOW)


def fresh(decision):
    return Decision.objects.get(pk=decision.pk)


def test_a_decision_opens_the_draft_of_a_definition(decision, sales_manager):
    opened = open_draft(decision.pk, target="definition-mql", actor=sales_manager, now=NOW)
    draft = opened.definition_version
    before = DefinitionVersion.objects.get(definition__stage="mql", number=1)
    assert (draft.number, draft.in_force_from, draft.created_by) == (2, None, sales_manager)
    assert (draft.criteria, draft.enter_score, draft.leave_score) == (
        before.criteria,
        before.enter_score,
        before.leave_score,
    )
    assert draft.summary == "Decided on 10 March 2026: No more leads below 50 people."
    assert list(ActivityEntry.objects.order_by("-id").values_list("verb", flat=True)[:2]) == [
        "meetings.decision_draft_opened",
        "leads.definition_version_drafted",
    ]
    entry = ActivityEntry.objects.get(verb="meetings.decision_draft_opened")
    assert "MQL definition 2" in entry.sentence


def test_a_decision_opens_the_draft_of_an_agreement_with_all_that_it_says(decision, agreed, marketing_manager):
    agreed.commitments.filter(kind="accept").update(warn_share="0.5")
    opened = open_draft(
        decision.pk, target=f"agreement-{agreed.agreement_id}", actor=marketing_manager, now=NOW
    ).agreement_version
    assert (opened.number, opened.in_force_from, opened.summary) == (2, None, agreed.summary)
    for part in ("commitments", "ladder"):
        old, new = (
            [
                {name: value for name, value in row.items() if name not in ("id", "version_id")}
                for row in getattr(version, part).order_by("position").values()
            ]
            for version in (agreed, opened)
        )
        assert new == old


def test_one_of_each_at_most(decision, agreed, sales_manager):
    for target in ("definition-sql", f"agreement-{agreed.agreement_id}"):
        open_draft(decision.pk, target=target, actor=sales_manager, now=NOW)
    for target in ("definition-mql", f"agreement-{agreed.agreement_id}"):
        with pytest.raises(Conflict) as refused:
            open_draft(decision.pk, target=target, actor=sales_manager, now=NOW)
        assert refused.value.code == "draft_opened"


def test_a_draft_that_waits_is_taken(decision, agreed, held, rep, sales_manager, marketing_manager):
    other = add_note(held.topics.first().pk, text="! Consent is needed.", actor=rep, now=NOW)
    for each in (decision, other):
        open_draft(each.pk, target="definition-mql", actor=sales_manager, now=NOW)
        open_draft(each.pk, target=f"agreement-{agreed.agreement_id}", actor=sales_manager, now=NOW)
    assert fresh(other).definition_version == fresh(decision).definition_version
    assert fresh(other).agreement_version == fresh(decision).agreement_version
    assert DefinitionVersion.objects.filter(definition__stage="mql").count() == 2
    assert AgreementVersion.objects.count() == 2


def test_a_draft_written_anew_takes_its_decision_along(decision, sales_manager, marketing_manager):
    first = open_draft(decision.pk, target="definition-mql", actor=sales_manager, now=NOW).definition_version
    again = draft_definition_version("mql", {"always": True}, 40, None, "Words", actor=marketing_manager, now=NOW)
    assert fresh(decision).definition_version == again
    assert first.number + 1 == again.number


def test_a_version_that_was_in_force_keeps_its_decision(decision, sales_manager, marketing_manager):
    from leads.services.definitions import sign_definition_version

    draft = open_draft(decision.pk, target="definition-mql", actor=sales_manager, now=NOW).definition_version
    sign_definition_version(draft.pk, "sales", actor=sales_manager, now=NOW)
    sign_definition_version(draft.pk, "marketing", actor=marketing_manager, now=NOW)
    draft_definition_version("mql", {"always": True}, 40, None, "Words", actor=marketing_manager, now=NOW)
    assert fresh(decision).definition_version == draft


def test_a_first_definition_begins_with_what_there_is_to_begin_with(held, rep, sales_manager):
    made = add_note(held.topics.first().pk, text="! Agree on leads.", actor=rep, now=NOW)
    opened = open_draft(made.pk, target="definition-mql", actor=sales_manager, now=NOW)
    assert opened.definition_version.number == 1


def test_only_managers_open_drafts(decision, rep, marketer, admin):
    for person in (rep, marketer, admin):
        with pytest.raises(NotAllowed):
            open_draft(decision.pk, target="definition-mql", actor=person, now=NOW)
    assert fresh(decision).definition_version is None


@pytest.mark.parametrize("target", ["", "meeting-1", "agreement-x"])
def test_a_draft_of_nothing_is_refused(decision, sales_manager, target):
    with pytest.raises((Invalid, Conflict)):
        open_draft(decision.pk, target=target, actor=sales_manager, now=NOW)


def test_unknown_decisions_stages_and_agreements_are_refused(decision, sales_manager):
    with pytest.raises(NotFound):
        open_draft(0, target="definition-mql", actor=sales_manager, now=NOW)
    with pytest.raises(Invalid):
        open_draft(decision.pk, target="definition-customer", actor=sales_manager, now=NOW)
    with pytest.raises(NotFound):
        open_draft(decision.pk, target="agreement-0", actor=sales_manager, now=NOW)
    assert fresh(decision).agreement_version is None


def test_both_pages_link_to_each_other(decision, agreed, held, sales_manager, rep, stranger, login):
    browser = login(sales_manager)
    dialog = f"/meetings/decisions/{decision.pk}/draft/"
    assert dialog in browser.get(held.get_absolute_url()).content.decode()
    assert "What an MQL is" in browser.get(dialog).content.decode()
    assert browser.post(dialog, {"target": "nothing"}).status_code == 422
    answer = browser.post(dialog, {"target": "definition-mql"})
    assert answer["Location"] == "/definitions/mql/draft/"
    form = browser.get("/definitions/mql/draft/").context["form"]
    assert form.version["summary"].value() == "Decided on 10 March 2026: No more leads below 50 people."
    answer = browser.post(dialog, {"target": f"agreement-{agreed.agreement_id}"})
    opened = fresh(decision).agreement_version
    assert answer["Location"] == f"/agreement/versions/{opened.pk}/edit/"
    page = browser.get(held.get_absolute_url()).content.decode()
    assert f"/agreement/versions/{opened.pk}/" in page
    assert dialog not in page
    back = f"{held.get_absolute_url()}?topic={decision.topic_id}"
    for address in ("/definitions/mql/", f"/agreement/versions/{opened.pk}/"):
        assert back in browser.get(address).content.decode()
        assert "No more leads below 50" in login(rep).get(address).content.decode()
    # Whoever is not invited does not read what was decided there; the draft's own words are for everybody.
    assert back not in login(stranger).get(f"/agreement/versions/{opened.pk}/").content.decode()


def test_programs_open_drafts(decision, api, sales_manager, rep, stranger):
    address = f"/api/v1/decisions/{decision.pk}/"
    assert api(rep).get(address).data["definition_version"] is None
    assert api(stranger).get(address).status_code == 404
    assert api(rep).post(f"{address}draft/", {"target": "definition-mql"}, format="json").status_code == 403
    made = api(sales_manager).post(f"{address}draft/", {"target": "definition-mql"}, format="json")
    assert made.status_code == 200
    version = made.data["definition_version"]
    assert [row["id"] for row in api(rep).get(f"/api/v1/decisions/?definition_version={version}").data["results"]] == [
        decision.pk
    ]
    again = api(sales_manager).post(f"{address}draft/", {"target": "definition-mql"}, format="json")
    assert (again.status_code, again.data["code"]) == (409, "draft_opened")
    assert api(sales_manager).post(f"{address}draft/", {"target": "x"}, format="json").status_code == 400
