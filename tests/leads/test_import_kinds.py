"""What each kind of file finds, completes, adds and refuses: by whom and by what it names other records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.timezone import now

from leads.models import Campaign, Company, ContentAsset, Deal, ImportReject, ImportRun, Lead, Spend, Touchpoint, Visit
from leads.services.importing import cancel_run, create_run, execute_run, resume_stalled_runs, start_run
from leads.services.importing.preview import preview_run
from leads.services.importing.runs import run_for
from smarketing.accounts.models import User
from smarketing.lib.errors import Conflict, Invalid, NotFound
from tests.factories import make_campaign, make_company, make_content, make_deal, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring(kind: str, text: str, actor: User) -> ImportRun:
    """Imports a file whose columns are named as the fields are."""
    run = create_run(kind, filename="file.csv", chunks=[text.encode()], actor=actor, now=now())
    columns = text.split("\n", 1)[0].split(",")
    start_run(run.pk, {name: name for name in columns}, {}, actor=actor, now=now())
    execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.message
    return run


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_rejected


def reasons() -> list[str]:
    return [reason for reject in ImportReject.objects.order_by("pk") for reason in reject.reasons]


# --- Deals ----------------------------------------------------------------------------------------------------


def test_a_deal_finds_lead_owner_and_company(marketer: User, rep: User) -> None:
    lead = make_lead(external_id="L1", email="a@b.example", company=make_company(name="Fjord AS"))
    text = (
        "external_id,lead_external_id,lead_email,owner_email,company_name,name,opened_at,won_at,amount\n"
        f"D1,L1,a@b.example,{rep.email.upper()},,Turbines,2026-01-05,2026-02-01,100\n"
        "D2,,a@b.example,,Lum,Lamps,2026-01-06,,\n"
        "D3,,,,,Nobody's,2026-01-07,,\n"
    )
    run = bring("deals", text, marketer)
    assert counts(run) == (3, 0, 0, 0)
    first, second, third = Deal.objects.order_by("external_id")
    assert (first.lead, first.owner, first.company, first.stage) == (lead, rep, lead.company, "won")
    assert (second.company.name, second.stage) == ("Lum", "discovery")
    assert (third.lead, third.company) == (None, None)
    lead.refresh_from_db()
    assert lead.stage == "customer"


def test_a_deal_that_is_known_is_completed_and_says_so_only_where_it_changed(marketer: User) -> None:
    make_deal(external_id="D1", name="Turbines", amount=Decimal("100.00"))
    text = "external_id,name,amount\nD1,Turbines,{}\n"
    assert [counts(bring("deals", text.format(amount), marketer)) for amount in ("120.50", "120.50")] == [
        (0, 1, 0, 0),
        (0, 0, 1, 0),
    ]
    assert Deal.objects.get().amount == Decimal("120.50")


def test_a_deal_of_an_unknown_owner_or_of_two_leads_stays_out(marketer: User) -> None:
    make_lead(external_id="L1"), make_lead(email="other@b.example")
    text = (
        "external_id,lead_external_id,lead_email,owner_email\n"
        "D1,L1,,nobody@b.example\n"
        "D2,L1,other@b.example,\n"
        "D3,L9,,\n"
    )
    assert counts(bring("deals", text, marketer)) == (0, 0, 0, 3)
    assert [reason.split(";")[0] for reason in reasons()] == [
        "There is no user with the e-mail nobody@b.example",
        "The id L1 and the e-mail other@b.example belong to two different leads.",
        "There is no lead with the external id L9",
    ]
    assert not Deal.objects.exists()


def test_why_a_deal_was_lost_counts_as_the_agreed_reason_or_as_other(marketer: User) -> None:
    text = (
        "external_id,name,opened_at,lost_at,won_at,lost_reason\n"
        "D1,A,2026-01-05,2026-02-01,,PRICE\n"
        "D2,B,2026-01-05,2026-02-01,,The plant was sold\n"
        "D3,C,2026-01-05,2026-02-01,,\n"
        "D4,D,2026-01-05,,2026-02-01,\n"
    )
    assert [counts(bring("deals", text, marketer)) for _ in range(2)] == [(4, 0, 0, 0), (0, 0, 4, 0)]
    told = Deal.objects.order_by("external_id").values_list("loss_reason__code", "lost_reason")
    assert list(told) == [("price", "PRICE"), ("other", "The plant was sold"), (None, ""), (None, "")]


def test_of_two_deals_of_a_lead_the_earliest_dates_count(marketer: User) -> None:
    lead = make_lead(email="a@b.example", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    text = (
        "external_id,lead_email,opened_at,won_at\n"
        "D1,a@b.example,2026-02-10,2026-03-10\n"
        "D2,a@b.example,2026-02-01,2026-03-20\n"
    )
    bring("deals", text, marketer)
    moves = {move.to_stage: move.occurred_at.date() for move in lead.transitions.all()}
    assert (moves["opportunity"], moves["customer"]) == (date(2026, 2, 1), date(2026, 3, 10))


# --- Campaigns, companies -------------------------------------------------------------------------------------


def test_a_campaign_is_found_by_its_id_before_its_name(marketer: User) -> None:
    known = make_campaign(external_id="C1", name="Expo")
    text = f"external_id,name,owner_email\nC1,Expo 2026,{marketer.email}\n,Search,\nC3,Ads,nobody@b.example\n"
    assert counts(bring("campaigns", text, marketer)) == (1, 1, 0, 1)
    known.refresh_from_db()
    assert (known.name, known.owner) == ("Expo 2026", marketer)
    assert "nobody@b.example" in reasons()[0]


def test_a_company_is_found_by_its_id_then_its_domain_then_its_name(marketer: User) -> None:
    by_id, by_domain = make_company(external_id="X1", domain="one.example"), make_company(domain="two.example")
    by_name = make_company(name="Three", domain=None)
    text = (
        "external_id,name,domain,industry\n"
        "X1,One,one.example,Energy\n"
        "X2,Two,TWO.example,Light\n"
        ",three,,Wind\n"
        ",Four,four.example,Water\n"
    )
    assert counts(bring("companies", text, marketer)) == (1, 3, 0, 0)
    industries = {company.pk: company.industry for company in Company.objects.all()}
    assert [industries[each.pk] for each in (by_id, by_domain, by_name)] == ["Energy", "Light", "Wind"]


# --- Touchpoints, spend, visits -------------------------------------------------------------------------------


def test_a_touchpoint_finds_campaign_and_content_by_id_or_name_and_adds_what_is_new(marketer: User) -> None:
    make_lead(email="a@b.example")
    by_id, by_name = make_campaign(external_id="C1"), make_campaign(name="Expo")
    content_id, title = make_content(external_id="A1"), make_content(title="Guide to grids")
    text = (
        "lead_email,kind,occurred_at,campaign,content\n"
        "a@b.example,page_view,2026-02-01,C1,A1\n"
        "a@b.example,page_view,2026-02-02,EXPO,guide to GRIDS\n"
        "a@b.example,page_view,2026-02-03,Fair,White paper\n"
    )
    run = bring("touchpoints", text, marketer)
    found = list(Touchpoint.objects.order_by("occurred_at").values_list("campaign", "content"))
    fair, paper = Campaign.objects.get(name="Fair"), ContentAsset.objects.get(title="White paper")
    assert found == [(by_id.pk, content_id.pk), (by_name.pk, title.pk), (fair.pk, paper.pk)]
    assert "“Fair” was not known and was added" in run.message
    assert "“White paper” was not known and was added" in run.message


def test_spend_in_two_currencies_on_one_day_stays_out(marketer: User) -> None:
    text = (
        "campaign,spent_on,amount,currency,impressions,clicks\n"
        "Expo,2026-03-01,10,EUR,100,\n"
        "Expo,2026-03-01,5,EUR,50,2\n"
        "Expo,2026-03-01,7,USD,,\n"
    )
    assert counts(bring("spend", text, marketer)) == (2, 0, 0, 1)
    spend = Spend.objects.get()
    assert (spend.amount, spend.impressions, spend.clicks) == (Decimal(15), 150, 2)
    assert counts(bring("spend", text.replace(",10,", ",12,"), marketer)) == (0, 1, 1, 1)
    assert Spend.objects.get().amount == Decimal(17)


def test_visits_of_one_day_and_origin_add_up_and_another_file_replaces_them(marketer: User) -> None:
    text = (
        "visited_on,source,sessions,users\n"
        "2026-03-01,google / organic,12,9\n"
        "2026-03-01,google / organic,{},1\n"
        "2026-03-01,(direct),4,\n"
    )
    assert counts(bring("visits", text.format(3), marketer)) == (2, 0, 1, 0)
    assert counts(bring("visits", text.format(5), marketer)) == (0, 1, 2, 0)
    assert list(Visit.objects.order_by("-sessions").values_list("sessions", "users")) == [(17, 10), (4, None)]


# --- Leads ----------------------------------------------------------------------------------------------------


def test_a_lead_with_the_id_of_one_and_the_email_of_another_stays_out(marketer: User) -> None:
    make_lead(external_id="L1", email=None), make_lead(email="a@b.example")
    assert counts(bring("leads", "external_id,email\nL1,a@b.example\n", marketer)) == (0, 0, 0, 1)
    assert "two different leads" in reasons()[0]


def test_a_lead_that_is_known_gets_its_id_campaign_company_and_dates(marketer: User) -> None:
    lead = make_lead(email="a@b.example", channel="referral")
    text = (
        "external_id,email,company_name,campaign,created_at,sal_at,channel\n"
        "L1,A@B.example,Fjord AS,Expo,2026-01-02,2026-01-05,unknown\n"
    )
    assert counts(bring("leads", text, marketer)) == (0, 1, 0, 0)
    lead.refresh_from_db()
    assert (lead.external_id, lead.company.name, lead.campaign.name) == ("L1", "Fjord AS", "Expo")
    assert (lead.created_at.date(), lead.channel) == (date(2026, 1, 2), "referral")
    assert "sal" in set(lead.transitions.values_list("to_stage", flat=True))


def test_a_lead_that_reached_a_stage_before_it_came_keeps_both_dates(marketer: User) -> None:
    run = bring("leads", "email,created_at,mql_at\na@b.example,2026-02-01,2026-01-05\n", marketer)
    assert "before the date at which they came" in run.message
    assert Lead.objects.get().transitions.get(to_stage="mql").occurred_at.date() == date(2026, 1, 5)


# --- Runs -----------------------------------------------------------------------------------------------------


def upload(actor: User, text: str = "email\na@b.example\n") -> ImportRun:
    return create_run("leads", filename="file.csv", chunks=[text.encode()], actor=actor, now=now())


def test_a_kind_that_is_none_and_a_run_that_is_none(marketer: User) -> None:
    with pytest.raises(Invalid):
        create_run("dreams", filename="f.csv", chunks=[b"a\n1\n"], actor=marketer, now=now())
    with pytest.raises(NotFound):
        run_for(marketer, 0)
    assert execute_run(0).state == "gone"
    assert not ImportRun.objects.exists()


def test_a_run_is_started_once_and_cancelled_before_its_end_only(marketer: User) -> None:
    run = upload(marketer)
    start_run(run.pk, {"email": "email"}, {}, actor=marketer, now=now())
    with pytest.raises(Conflict) as refused:
        start_run(run.pk, {"email": "email"}, {}, actor=marketer, now=now())
    assert refused.value.code == "import_started"
    assert execute_run(run.pk).state == "done"
    assert execute_run(run.pk).state == "done", "a second message finds nothing to do"
    with pytest.raises(Conflict) as refused:
        cancel_run(run.pk, actor=marketer, now=now())
    assert refused.value.code == "import_ended"


def test_a_mapping_that_cannot_work_is_told_in_the_preview_and_refused_at_the_start(marketer: User) -> None:
    run = upload(marketer, "name\nIda\n")
    preview = preview_run(run, {}, {}, now=now())
    assert (preview.rows, bool(preview.problems)) == ([], True)
    with pytest.raises(Invalid) as refused:
        start_run(run.pk, {}, {}, actor=marketer, now=now())
    assert refused.value.code == "mapping_refused"


def test_a_preview_leaves_out_what_is_no_row(marketer: User) -> None:
    run = upload(marketer, "email\na@b.example\n\nnot an address\n")
    preview = preview_run(run, {"email": "email"}, {}, now=now())
    assert (preview.checked, preview.refused) == (2, 1)


def test_a_file_that_is_gone_ends_the_run_with_a_sentence(marketer: User) -> None:
    run = upload(marketer)
    start_run(run.pk, {"email": "email"}, {}, actor=marketer, now=now())
    Path(run.path).unlink()
    assert resume_stalled_runs(now=now()) == 1
    run.refresh_from_db()
    assert (run.state, run.message) == ("failed", "The file is gone; upload it again.")


def test_a_run_that_cannot_be_read_does_not_keep_the_others_back(
    marketer: User, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = upload(marketer), upload(marketer, "email\nb@b.example\n")
    for run in (broken, fine):
        start_run(run.pk, {"email": "email"}, {}, actor=marketer, now=now())
    ImportRun.objects.filter(pk=broken.pk).update(layout={})
    assert resume_stalled_runs(now=now()) == 1
    fine.refresh_from_db()
    assert fine.state == "done"
    assert f"import {broken.pk} could not be taken up" in caplog.text


def test_a_run_that_is_cancelled_as_a_worker_takes_it_stays_cancelled(marketer: User) -> None:
    run = upload(marketer)
    start_run(run.pk, {"email": "email"}, {}, actor=marketer, now=now())
    rivals = [lambda: cancel_run(run.pk, actor=marketer, now=now())]

    def clock() -> datetime:
        if rivals:
            rivals.pop()()
        return now()

    assert execute_run(run.pk, clock=clock).state == "cancelled"
    run.refresh_from_db()
    assert (run.state, Lead.objects.count()) == ("cancelled", 0)
