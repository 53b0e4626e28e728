"""Leads with the dates of their stages, and their touchpoints.

The synonyms are headings that HubSpot, Salesforce, Pipedrive, Zoho, GA4, Google Ads, Meta, LinkedIn and Microsoft
Advertising give their exports. They are compared without case, accents, blanks and punctuation.
"""

from typing import Final

from leads.domain.importing.fields import (
    CHANNEL_HELP,
    EXTERNAL_HELP,
    SOURCE_HELP,
    FieldType,
    Kind,
    field_of,
    text_field,
)

_STAGE_DATES: Final = tuple(
    field_of(
        name,
        f"Became {label}",
        FieldType.MOMENT,
        synonyms,
        f"When the lead reached the stage “{label}”; the history is imported with this date.",
    )
    for name, label, synonyms in (
        (
            "inquiry_at",
            "inquiry",
            "inquiry date | became a subscriber date | hs lifecyclestage subscriber date | inquiry",
        ),
        ("lead_at", "lead", "lead date | became a lead date | hs lifecyclestage lead date"),
        (
            "mql_at",
            "MQL",
            "mql date | became a marketing qualified lead date | hs lifecyclestage marketingqualifiedlead date | "
            "marketing qualified date | date mql | marketing qualified at",
        ),
        (
            "sal_at",
            "SAL",
            "sal date | sales accepted date | became a sales accepted lead date | accepted date | date sal",
        ),
        (
            "sql_at",
            "SQL",
            "sql date | became a sales qualified lead date | hs lifecyclestage salesqualifiedlead date | "
            "sales qualified date | date sql | sales qualified at",
        ),
        (
            "opportunity_at",
            "opportunity",
            "opportunity date | became an opportunity date | hs lifecyclestage opportunity date | "
            "converteddate | converted date | date opportunity",
        ),
        (
            "customer_at",
            "customer",
            "customer date | became a customer date | hs lifecyclestage customer date | date customer | won date",
        ),
        ("recycled_at", "recycled", "recycled date | recycle date | nurture date"),
        ("disqualified_at", "disqualified", "disqualified date | unqualified date"),
    )
)

LEADS = Kind(
    name="leads",
    label="Leads",
    singular="lead",
    fields=(
        field_of(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | lead id | leadid | record id | contact id | mql id | person id | person - id | vid | hs object id",
            EXTERNAL_HELP,
        ),
        field_of(
            "email",
            "E-mail",
            FieldType.EMAIL,
            "e-mail address | email address | mail | work email | business email | person - email (work) | "
            "person - email | contact email | your email | e-mail-adresse | adresse e-mail | courriel | "
            "correo electrónico | correo",
        ),
        text_field(
            "first_name",
            "First name",
            100,
            "first | given name | forename | person - first name | vorname | prénom | nombre",
        ),
        text_field(
            "last_name",
            "Last name",
            100,
            "last | surname | family name | person - last name | nachname | "
            "familienname | nom | nom de famille | apellido | apellidos",
        ),
        text_field(
            "full_name",
            "Full name",
            200,
            "name | contact name | person - name | person name | your name | contact",
            "Divided at its last blank where first and last name are not given.",
        ),
        text_field(
            "phone",
            "Phone",
            50,
            "phone number | telephone | mobile | mobile phone | mobile phone number | person - phone | "
            "person - phone (work) | work phone | tel | telefon | telefonnummer | handy | téléphone | teléfono",
        ),
        text_field(
            "job_title",
            "Job title",
            150,
            "title | position | role | jobtitle | function | person - job title | "
            "berufsbezeichnung | funktion | poste | fonction | cargo | puesto",
        ),
        text_field("seniority", "Seniority", 50, "job seniority | seniority level | level | employment seniority"),
        text_field(
            "department",
            "Department",
            100,
            "job function | employment role | division | abteilung | département | departamento",
        ),
        text_field(
            "country",
            "Country",
            100,
            "country/region | country code | ip country | land | mailing country | pays | país",
        ),
        text_field(
            "company_name",
            "Company",
            200,
            "company name | account | account name | company / account | organization | organization - name | "
            "organisation | employer | firm | business name | associated company | firma | "
            "unternehmen | entreprise | société | empresa",
        ),
        field_of(
            "company_domain",
            "Company domain",
            FieldType.DOMAIN,
            "website | company website | website url | company domain name | web site | homepage | email domain | "
            "domain",
        ),
        text_field(
            "source",
            "Source",
            200,
            "lead source | leadsource | origin | original source | hs analytics source | utm source | "
            "source / medium | first touch source | lead - source | lead origin | lead - source origin | "
            "original traffic source | how did you hear about us | quelle | herkunft | "
            "origine | fuente | origen",
            SOURCE_HELP,
        ),
        field_of(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "lead channel | source channel | lead - source channel | utm medium | medium | marketing channel | "
            "campaign channel",
            CHANNEL_HELP,
        ),
        text_field(
            "campaign",
            "Campaign",
            200,
            "campaign name | primary campaign | utm campaign | first touch converting campaign | lead campaign | "
            "most recent campaign | kampagne | campagne | campaña",
            "The external id or the name of the campaign that brought the lead in.",
        ),
        field_of(
            "consent",
            "Consent",
            FieldType.YES_NO,
            "gdpr consent | marketing consent | opt in | opted in | email opt in | consent given | "
            "marketing permission | person - marketing status",
            "Whether the person agreed to be contacted.",
        ),
        field_of(
            "created_at",
            "Created",
            FieldType.MOMENT,
            "create date | created | created date | created time | created on | createdate | createddate | "
            "date created | created at | creation date | first contact date | first contact | "
            "erstkontakt | erstellt am | angelegt am | eingang | datum | date de création | premier contact | "
            "fecha de creación | primer contacto | "
            "lead created date | lead - lead created | person - person created | submitted at | timestamp | "
            "signup date",
            "When the person first came to us.",
        ),
        text_field(
            "landing_page",
            "Landing page",
            500,
            "landing page id | landing page url | first page seen | hs analytics first url | entry page | "
            "conversion page | landingpage",
        ),
        *_STAGE_DATES,
    ),
    identities=(("external_id",), ("email",)),
    identity_help="A lead is recognised by its external id, else by its e-mail address.",
)

LEAD_ID: Final = field_of(
    "lead_external_id",
    "Lead’s external id",
    FieldType.IDENTIFIER,
    "lead id | leadid | mql id | contact id | person id | person - id | record id of lead | associated contact ids | "
    "associated contact id | who id | convertedleadid | lead",
    "The external id of the lead it belongs to.",
)
LEAD_EMAIL: Final = field_of(
    "lead_email",
    "Lead’s e-mail",
    FieldType.EMAIL,
    "email | e-mail address | email address | contact email | person - email | person - email (work) | "
    "associated email",
    "The e-mail address of the lead it belongs to.",
)

TOUCHPOINTS = Kind(
    name="touchpoints",
    label="Touchpoints",
    singular="touchpoint",
    fields=(
        field_of(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | event id | message id | messageid | activity id | touchpoint id | record id",
            EXTERNAL_HELP,
        ),
        LEAD_ID,
        LEAD_EMAIL,
        field_of(
            "kind",
            "Kind",
            FieldType.TOUCHPOINT_KIND,
            "type | event | event name | event type | activity type | interaction | action | touchpoint type | "
            "activity",
            "What happened, for example form_submitted or webinar_attended.",
            required=True,
        ),
        field_of(
            "occurred_at",
            "Time",
            FieldType.MOMENT,
            "date | datum | zeitpunkt | "
            "timestamp | occurred | event time | event date | activity date | created at | time | "
            "date time | datetime | touchpoint date | original timestamp",
            required=True,
        ),
        field_of(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "utm medium | medium | marketing channel | touchpoint channel",
            CHANNEL_HELP,
        ),
        text_field("source", "Source", 200, "utm source | origin | source / medium | referrer", SOURCE_HELP),
        text_field(
            "campaign",
            "Campaign",
            200,
            "campaign name | utm campaign | campaign id",
            "The external id or the name of a campaign.",
        ),
        text_field(
            "content",
            "Content",
            200,
            "content asset | asset | content title | asset name | form | form name | utm content | page title",
            "The external id or the title of a content asset.",
        ),
        field_of("url", "Page", FieldType.URL, "page url | page | link | location | context page url"),
    ),
    identities=(
        ("external_id",),
        ("lead_external_id", "kind", "occurred_at"),
        ("lead_email", "kind", "occurred_at"),
    ),
    identity_help=(
        "A touchpoint is recognised by its external id, else by its lead, kind and time together with what it was "
        "about (content, campaign, source, page)."
    ),
)
