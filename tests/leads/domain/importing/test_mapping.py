"""Headings of common tools find their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.domain.importing import KINDS, guess_mapping, kind_named


def guessed(kind, headings):
    columns = [heading.strip() for heading in headings.split("|")]
    return guess_mapping(KINDS[kind], columns).fields


HUBSPOT_CONTACTS = (
    "Record ID | First Name | Last Name | Full Name | Job Title | Company Name | Email | Phone Number | "
    "Country/Region | City | Lead Status | Lifecycle Stage | Original Source | Original Source Drill-Down 1 | "
    "Contact Owner | Create Date | Last Modified Date | Notes | Annual Revenue | Marketing contact status | "
    "GDPR consent | Lead Score | Became a Subscriber Date | Became a Lead Date | "
    "Became a Marketing Qualified Lead Date | Became a Sales Qualified Lead Date | Became an Opportunity Date | "
    "Became a Customer Date | First Page Seen | First Touch Converting Campaign"
)


def test_hubspot_contacts():
    assert guessed("leads", HUBSPOT_CONTACTS) == {
        "Record ID": "external_id",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Full Name": "full_name",
        "Job Title": "job_title",
        "Company Name": "company_name",
        "Email": "email",
        "Phone Number": "phone",
        "Country/Region": "country",
        "Original Source": "source",
        "Create Date": "created_at",
        "GDPR consent": "consent",
        "Became a Subscriber Date": "inquiry_at",
        "Became a Lead Date": "lead_at",
        "Became a Marketing Qualified Lead Date": "mql_at",
        "Became a Sales Qualified Lead Date": "sql_at",
        "Became an Opportunity Date": "opportunity_at",
        "Became a Customer Date": "customer_at",
        "First Page Seen": "landing_page",
        "First Touch Converting Campaign": "campaign",
    }


def test_hubspot_internal_names():
    assert guessed("leads", "hs_object_id | hs_analytics_source | hs_lifecyclestage_marketingqualifiedlead_date") == {
        "hs_object_id": "external_id",
        "hs_analytics_source": "source",
        "hs_lifecyclestage_marketingqualifiedlead_date": "mql_at",
    }


def test_salesforce_lead_object():
    headings = (
        "Id | IsDeleted | MasterRecordId | LastName | FirstName | Name | Title | Company | Phone | Email | "
        "LeadSource | Status | Industry | Rating | AnnualRevenue | NumberOfEmployees | OwnerId | "
        "HasOptedOutOfEmail | IsConverted | ConvertedDate | CreatedDate | LastModifiedDate | LastActivityDate"
    )
    assert guessed("leads", headings) == {
        "Id": "external_id",
        "LastName": "last_name",
        "FirstName": "first_name",
        "Name": "full_name",
        "Title": "job_title",
        "Company": "company_name",
        "Phone": "phone",
        "Email": "email",
        "LeadSource": "source",
        "ConvertedDate": "opportunity_at",
        "CreatedDate": "created_at",
    }


def test_salesforce_lead_report():
    headings = (
        "Lead ID | Lead Owner | First Name | Last Name | Title | Company / Account | Lead Source | Email | "
        "Primary Campaign | Campaign Channel | Create Date"
    )
    assert guessed("leads", headings) == {
        "Lead ID": "external_id",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Title": "job_title",
        "Company / Account": "company_name",
        "Lead Source": "source",
        "Email": "email",
        "Primary Campaign": "campaign",
        "Campaign Channel": "channel",
        "Create Date": "created_at",
    }


def test_zoho_leads():
    headings = (
        "LEADID | Last Name | Company | Lead Owner | Email | Mobile | Website | Lead Source | Created Time | CONVERTED"
    )
    assert guessed("leads", headings) == {
        "LEADID": "external_id",
        "Last Name": "last_name",
        "Company": "company_name",
        "Email": "email",
        "Mobile": "phone",
        "Website": "company_domain",
        "Lead Source": "source",
        "Created Time": "created_at",
    }


PIPEDRIVE = (
    "Person - Name* | Person - First name | Person - Last name | Person - Phone | Person - Email (Work) | "
    "Organization - Name* | Deal - Title | Deal - Value | Deal - Currency of value | Deal - Stage | Deal - Won time | "
    "Deal - Lost time | Deal - Lost reason | Deal - Deal created"
)


def test_pipedrive_leads_and_deals():
    assert guessed("leads", PIPEDRIVE) == {
        "Person - Name*": "full_name",
        "Person - First name": "first_name",
        "Person - Last name": "last_name",
        "Person - Phone": "phone",
        "Person - Email (Work)": "email",
        "Organization - Name*": "company_name",
    }
    assert guessed("deals", PIPEDRIVE) == {
        "Person - Email (Work)": "lead_email",
        "Organization - Name*": "company_name",
        "Deal - Title": "name",
        "Deal - Value": "amount",
        "Deal - Currency of value": "currency",
        "Deal - Stage": "stage",
        "Deal - Won time": "won_at",
        "Deal - Lost time": "lost_at",
        "Deal - Lost reason": "lost_reason",
        "Deal - Deal created": "opened_at",
    }


@pytest.mark.parametrize(
    ("kind", "headings", "expected"),
    [
        (
            "leads",
            "mql_id | first_contact_date | landing_page_id | origin",
            "external_id | created_at | landing_page | source",
        ),
        ("deals", "mql_id | won_date | business_segment", "lead_external_id | won_at | segment"),
        (
            "deals",
            "opportunity_id | product | account | deal_stage | engage_date | close_date | close_value",
            "external_id | product | company_name | stage | opened_at | closed_at | amount",
        ),
        ("companies", "account | sector | employees | office_location", "name | industry | employees | country"),
        (
            "spend",
            "Day | Campaign | Currency code | Cost | Impr. | Clicks",
            "spent_on | campaign | currency | amount | impressions | clicks",
        ),
        (
            "spend",
            "Reporting starts | Campaign name | Amount spent (USD) | Impressions | Link clicks",
            "spent_on | campaign | amount | impressions | clicks",
        ),
        (
            "spend",
            "Gregorian date | Campaign name | Impressions | Clicks | Spend",
            "spent_on | campaign | impressions | clicks | amount",
        ),
        (
            "spend",
            "Start Date (in UTC) | Currency | Campaign Name | Total Spent | Impressions | Clicks",
            "spent_on | currency | campaign | amount | impressions | clicks",
        ),
        (
            "visits",
            "Date | Session default channel group | Session source / medium | Sessions | Total users",
            "visited_on | channel | source | sessions | users",
        ),
        (
            "touchpoints",
            "Message ID | Email | Event | Timestamp | UTM Source | UTM Campaign | Page URL",
            "external_id | lead_email | kind | occurred_at | source | campaign | url",
        ),
        (
            "campaigns",
            "Campaign ID | Campaign Name | Type | Start Date | End Date | Budgeted Cost | Owner",
            "external_id | name | channel | start_on | end_on | budget | owner_email",
        ),
    ],
)
def test_other_exports(kind, headings, expected):
    fields = [name.strip() for name in expected.split("|")]
    columns = [name.strip() for name in headings.split("|")]
    assert guessed(kind, headings) == dict(zip(columns, fields, strict=True))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_names_and_labels_of_all_fields_map_to_themselves(kind):
    for names in ([field.name for field in kind.fields], [field.label for field in kind.fields]):
        guess = guess_mapping(kind, names)
        assert guess.fields == dict(zip(names, [field.name for field in kind.fields], strict=True))
        assert set(guess.confidence.values()) == {1.0}
        assert guess.missing == ()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_catalogue_is_sound(kind):
    names = [field.name for field in kind.fields]
    assert len(names) == len(set(names))
    assert all(set(group) <= set(names) for group in kind.identities)
    assert all(field.label and field.type.label for field in kind.fields)
    assert kind_named(kind.name) is kind
    assert kind.get("nonsense") is None


def test_a_field_is_used_once_and_the_surer_column_wins():
    guess = guess_mapping(KINDS["leads"], ["Work email", "E-mail address", "Email"])
    assert guess.fields == {"Email": "email"}


def test_what_cannot_be_meant_is_left_out():
    assert guess_mapping(KINDS["leads"], ["HasOptedOutOfEmail", "Shoe size", "Lead Score", ""]).fields == {}


def test_a_slip_of_the_pen_is_found_but_not_trusted():
    guess = guess_mapping(KINDS["leads"], ["Compny name", "Landng page"])
    assert guess.fields == {"Compny name": "company_name", "Landng page": "landing_page"}
    assert all(confidence < 0.9 for confidence in guess.confidence.values())


def test_accents_case_and_punctuation_do_not_matter():
    assert guess_mapping(KINDS["leads"], ["É-MAIL!", "first__NAME"]).fields == {
        "É-MAIL!": "email",
        "first__NAME": "first_name",
    }


def test_a_heading_may_state_the_currency():
    guess = guess_mapping(KINDS["spend"], ["Day", "Campaign", "Amount spent (EUR)"])
    assert guess.defaults == {"currency": "EUR"}
    guess = guess_mapping(KINDS["spend"], ["Day", "Campaign", "Amount spent (EUR)", "Currency"])
    assert guess.defaults == {}


def test_required_fields_without_a_column_are_named():
    assert guess_mapping(KINDS["spend"], ["Campaign", "Cost"]).missing == ("spent_on",)


@given(st.sampled_from(list(KINDS.values())), st.lists(st.text(max_size=30), unique=True, max_size=12))
def test_no_field_is_used_twice_whatever_the_headings(kind, columns):
    guess = guess_mapping(kind, columns)
    assert len(set(guess.fields.values())) == len(guess.fields)
    assert guess.fields.keys() == guess.confidence.keys() <= set(columns)


@pytest.mark.parametrize(
    "headings",
    [
        "Vorname|Nachname|E-Mail|Telefon|Firma|Abteilung|Land|Quelle|Kampagne|Datum",
        "Prénom|Nom|Courriel|Téléphone|Entreprise|Département|Pays|Origine|Campagne|Date de création",
        "Nombre|Apellidos|Correo electrónico|Teléfono|Empresa|Departamento|País|Fuente|Campaña|Fecha de creación",
    ],
)
def test_headings_in_german_french_and_spanish_are_known(headings):
    columns = headings.split("|")
    fields = ("first_name", "last_name", "email", "phone", "company_name", "department", "country", "source")
    expected = dict(zip(columns, (*fields, "campaign", "created_at"), strict=True))
    assert guess_mapping(kind_named("leads"), columns).fields == expected


@pytest.mark.parametrize("headings", ["Kampagne|Datum|Ausgaben", "Campagne|Jour|Montant", "Campaña|Fecha|Gasto"])
def test_headings_of_spend_in_german_french_and_spanish_are_known(headings):
    columns = headings.split("|")
    expected = dict(zip(columns, ("campaign", "spent_on", "amount"), strict=True))
    assert guess_mapping(kind_named("spend"), columns).fields == expected
