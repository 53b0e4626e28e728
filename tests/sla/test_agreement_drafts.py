"""Drafts of an agreement: several people at work, giving one up, what it would change, and programs that draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from rest_framework.test import APIClient

from sla.forms.agreements import AgreementForm
from sla.models import AgreementVersion
from sla.selectors.agreements import version_page
from sla.services.agreements import (
    CommitmentDraft,
    bring_into_force,
    discard_version,
    draft_version,
    open_agreement_draft,
    redraft_version,
    sign_version,
)
from smarketing.accounts.models import User
from smarketing.lib.errors import Conflict
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ACCEPT = CommitmentDraft(kind="accept", allowed=timedelta(hours=2), target_share=Decimal("0.9"))
VERSIONS = "/api/v1/agreement-versions/"


def make_draft(agreement: AgreementVersion, actor: User, hours: int = 2) -> AgreementVersion:
    promise = CommitmentDraft(kind="accept", allowed=timedelta(hours=hours), target_share=Decimal("0.9"))
    return draft_version(
        agreement.agreement_id, parts={"summary": "Faster."}, commitments=[promise], actor=actor, now=NOW
    )


@pytest.fixture
def draft(agreement: AgreementVersion, sales_manager: User) -> AgreementVersion:
    """Version 2, unsigned, while version 1 is in force."""
    return make_draft(agreement, sales_manager)


def as_posted(version: AgreementVersion) -> dict[str, object]:
    """What a browser sends when nothing is changed: each field, and how it stood when the page was drawn."""
    form = AgreementForm(version=version)
    shown = {name: value for name in form.fields if (value := form[name].value()) is not None}
    return shown | {f"initial-{name}": value for name, value in shown.items()}


# --- Two people -------------------------------------------------------------------------------------------


def test_two_people_edit_one_draft_and_both_texts_stay(
    draft: AgreementVersion,
    login: Callable[[User], Client],
    marketing_manager: User,
    sales_manager: User,
) -> None:
    page = reverse("sla:agreement-edit", args=[draft.pk])
    seen = as_posted(draft)
    assert login(marketing_manager).post(page, seen | {"goals": "Grow together."}).status_code == 302
    assert login(sales_manager).post(page, seen | {"contacts": "Saul."}).status_code == 302
    draft.refresh_from_db()
    assert (draft.goals, draft.contacts) == ("Grow together.", "Saul.")


def test_what_both_changed_is_shown_and_not_overwritten_unseen(
    draft: AgreementVersion,
    login: Callable[[User], Client],
    marketing_manager: User,
    sales_manager: User,
) -> None:
    page = reverse("sla:agreement-edit", args=[draft.pk])
    seen = as_posted(draft)
    login(marketing_manager).post(page, seen | {"goals": "Grow together."})
    answer = login(sales_manager).post(page, seen | {"goals": "Sell."})
    assert answer.status_code == 422
    assert "Grow together." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.goals == "Grow together."


def test_a_rewrite_of_what_has_changed_meanwhile_is_refused(
    draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    read = draft.content_hash
    redraft_version(draft.pk, parts={"summary": "A"}, commitments=[ACCEPT], actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict, match="Somebody else has rewritten"):
        redraft_version(
            draft.pk, parts={"summary": "B"}, commitments=[ACCEPT], content_hash=read, actor=sales_manager, now=NOW
        )
    draft.refresh_from_db()
    assert draft.summary == "A"


def test_who_drafts_is_told_of_the_draft_that_is_there(
    draft: AgreementVersion, login: Callable[[User], Client], marketing_manager: User
) -> None:
    page = login(marketing_manager).get(reverse("sla:agreement-draft")).content.decode()
    assert "Version 2 is a draft that nobody has signed" in page
    assert reverse("sla:agreement-edit", args=[draft.pk]) in page


# --- Giving up --------------------------------------------------------------------------------------------


def test_a_discarded_draft_is_neither_changed_nor_signed_nor_started(
    draft: AgreementVersion, marketing_manager: User
) -> None:
    discard_version(draft.pk, actor=marketing_manager, now=NOW)
    again = discard_version(draft.pk, actor=marketing_manager, now=NOW + timedelta(days=1))
    assert again.discarded_at == NOW
    for act in (
        lambda: redraft_version(draft.pk, parts={}, commitments=[ACCEPT], actor=marketing_manager, now=NOW),
        lambda: sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW),
        lambda: bring_into_force(draft.pk, actor=marketing_manager, now=NOW),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "agreement_discarded"


def test_what_a_side_has_signed_or_was_in_force_is_not_discarded(
    agreement: AgreementVersion, draft: AgreementVersion, marketing_manager: User
) -> None:
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    for version, code in ((draft, "agreement_signed"), (agreement, "agreement_kept")):
        with pytest.raises(Conflict) as refused:
            discard_version(version.pk, actor=marketing_manager, now=NOW)
        assert refused.value.code == code


def test_the_table_refuses_that_what_was_in_force_is_discarded(agreement: AgreementVersion) -> None:
    with pytest.raises(IntegrityError, match="agreement_discarded_was_draft"), transaction.atomic():
        AgreementVersion.objects.filter(pk=agreement.pk).update(discarded_at=NOW)


def test_a_decision_does_not_reopen_a_discarded_draft(draft: AgreementVersion, marketing_manager: User) -> None:
    discard_version(draft.pk, actor=marketing_manager, now=NOW)
    opened = open_agreement_draft(draft.agreement_id, actor=marketing_manager, now=NOW)
    assert (opened.number, opened.summary) == (3, AgreementVersion.objects.get(number=1).summary)


def test_discarding_on_the_page(
    draft: AgreementVersion, login: Callable[[User], Client], marketing_manager: User, rep: User
) -> None:
    url = reverse("sla:agreement-discard", args=[draft.pk])
    assert url in login(marketing_manager).get(reverse("sla:agreement-version", args=[draft.pk])).content.decode()
    assert login(rep).post(url).status_code == 403
    assert login(marketing_manager).post(url).status_code == 302
    page = login(marketing_manager).get(reverse("sla:agreement-version", args=[draft.pk])).content.decode()
    assert "Discarded" in page
    assert url not in page
    edit = login(marketing_manager).get(reverse("sla:agreement-edit", args=[draft.pk]))
    assert edit.status_code == 302


# --- What waits, and what it would change -------------------------------------------------------------------


def test_the_page_says_what_a_draft_waits_for(
    draft: AgreementVersion, login: Callable[[User], Client], marketing_manager: User, sales_manager: User, rep: User
) -> None:
    client = login(rep)
    here = reverse("sla:agreement")
    assert "Version 2 is a draft that nobody has signed" in client.get(here).content.decode()
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    assert "Version 2 waits for the signature of sales" in client.get(here).content.decode()
    sign_version(draft.pk, side="sales", actor=sales_manager, now=NOW)
    assert "Version 2 is signed by both and not in force yet" in client.get(here).content.decode()
    bring_into_force(draft.pk, actor=sales_manager, now=NOW)
    assert "Version 2 is" not in client.get(here).content.decode()


def test_a_draft_is_compared_with_what_is_in_force(
    agreement: AgreementVersion, draft: AgreementVersion, marketing_manager: User
) -> None:
    third = make_draft(agreement, marketing_manager, hours=5)
    page = version_page(marketing_manager, third.pk, now=NOW)
    assert page.before == agreement
    assert "Accept or reject within 2 working hours" not in " ".join(page.changes)


def test_what_was_in_force_is_compared_with_what_it_replaced(
    agreement: AgreementVersion, draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    third = make_draft(agreement, marketing_manager, hours=5)
    for side, signer in (("marketing", marketing_manager), ("sales", sales_manager)):
        sign_version(third.pk, side=side, actor=signer, now=NOW)
    bring_into_force(third.pk, actor=sales_manager, now=NOW)
    assert version_page(marketing_manager, third.pk, now=NOW).before == agreement
    assert version_page(marketing_manager, agreement.pk, now=NOW).before is None


# --- Programs ---------------------------------------------------------------------------------------------


def test_a_program_drafts_signs_and_starts_a_version(
    agreement: AgreementVersion, api: Callable[[User], APIClient], marketing_manager: User, sales_manager: User
) -> None:
    terms = {
        "summary": "Faster.",
        "commitments": [
            {"kind": "accept", "allowed_seconds": 7200, "target_share": "0.9"},
            {"kind": "qualified_leads", "target_count": 40},
        ],
        "ladder": [{"after_seconds": 0, "notify": "owner"}, {"after_seconds": 3600, "notify": "manager"}],
    }
    marketing, sales = api(marketing_manager), api(sales_manager)
    made = marketing.post(VERSIONS, {"agreement": agreement.agreement_id, **terms}, format="json")
    assert made.status_code == 201, made.data
    here = f"{VERSIONS}{made.data['id']}/"
    same = marketing.put(here, marketing.get(here).data, format="json")
    assert (same.status_code, same.data["content_hash"]) == (200, made.data["content_hash"])
    for client, side in ((marketing, "marketing"), (sales, "sales")):
        signed = client.post(f"{here}sign/", {"side": side, "content_hash": made.data["content_hash"]}, format="json")
        assert signed.status_code == 200
    assert sales.post(f"{here}start/").data["in_force_from"] is not None


def test_a_program_is_told_what_is_wrong_with_a_draft(
    agreement: AgreementVersion, api: Callable[[User], APIClient], marketing_manager: User, rep: User
) -> None:
    client = api(marketing_manager)
    given = {"agreement": agreement.agreement_id, "commitments": [{"kind": "accept"}]}
    assert client.post(VERSIONS, given, format="json").status_code == 422
    assert client.post(VERSIONS, {"commitments": []}, format="json").status_code == 400
    unknown = given | {"commitments": [{"kind": "lunch"}]}
    assert client.post(VERSIONS, unknown, format="json").status_code == 400
    assert api(rep).post(VERSIONS, {"nothing": "right"}, format="json").status_code == 403
    assert AgreementVersion.objects.count() == 1


def test_a_program_discards_a_draft(
    draft: AgreementVersion, api: Callable[[User], APIClient], marketing_manager: User
) -> None:
    client = api(marketing_manager)
    assert client.post(f"{VERSIONS}{draft.pk}/discard/").data["discarded_at"] is not None
    answer = client.put(f"{VERSIONS}{draft.pk}/", client.get(f"{VERSIONS}{draft.pk}/").data, format="json")
    assert (answer.status_code, answer.data["code"]) == (409, "agreement_discarded")


def test_a_program_makes_a_first_agreement(
    api: Callable[[User], APIClient], marketing_manager: User, sales_team: object
) -> None:
    given = {"name": "Smarketing SLA", "commitments": [{"kind": "customers_won", "target_count": 3}]}
    made = api(marketing_manager).post(VERSIONS, given, format="json")
    assert (made.status_code, made.data["number"], made.data["name"]) == (201, 1, "Smarketing SLA")
    assert AgreementVersion.objects.get().created_at <= now()
