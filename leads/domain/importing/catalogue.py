"""The kinds of records that can be imported and the fields of each.

The synonyms are headings that HubSpot, Salesforce, Pipedrive, Zoho, GA4, Google Ads, Meta, LinkedIn and Microsoft
Advertising give their exports. They are compared without case, blanks and punctuation.
"""

import enum
from dataclasses import dataclass, field
from typing import Final

__all__ = ["KINDS", "Field", "FieldType", "Kind", "kind_named"]


class FieldType(enum.StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    EMAIL = "email"
    DOMAIN = "domain"
    URL = "url"
    DAY = "day"
    MOMENT = "moment"
    AMOUNT = "amount"
    COUNT = "count"
    YES_NO = "yes_no"
    CURRENCY = "currency"
    CHANNEL = "channel"
    TOUCHPOINT_KIND = "touchpoint_kind"
    DEAL_STAGE = "deal_stage"

    @property
    def label(self) -> str:
        """The type as people read it beside a field."""
        return _TYPE_LABELS[self]


_TYPE_LABELS: Final = {
    FieldType.TEXT: "Text",
    FieldType.IDENTIFIER: "Identifier",
    FieldType.EMAIL: "E-mail address",
    FieldType.DOMAIN: "Domain",
    FieldType.URL: "Address of a page",
    FieldType.DAY: "Date",
    FieldType.MOMENT: "Date, with or without time",
    FieldType.AMOUNT: "Amount",
    FieldType.COUNT: "Whole number",
    FieldType.YES_NO: "Yes or no",
    FieldType.CURRENCY: "Currency code",
    FieldType.CHANNEL: "Channel",
    FieldType.TOUCHPOINT_KIND: "Kind of touchpoint",
    FieldType.DEAL_STAGE: "Deal stage",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can hold.

    ``max_length`` is in characters, 0 where it does not apply. ``may_be_ahead`` allows dates in the future: plans
    may lie there, facts may not.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    help: str = ""
    synonyms: tuple[str, ...] = ()
    max_length: int = 0
    may_be_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    ``identities`` are the groups of fields any one of which, filled in, tells a record from all others; they stand in
    the order in which they are tried. ``identity_help`` says the same to people.
    """

    name: str
    label: str
    singular: str
    fields: tuple[Field, ...]
    identities: tuple[tuple[str, ...], ...]
    identity_help: str
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({field.name: field for field in self.fields})

    def get(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return self._by_name.get(name)


def _synonyms(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|") if word.strip())


def _text(name: str, label: str, length: int, synonyms: str = "", help: str = "", *, required: bool = False) -> Field:
    return Field(name, label, required=required, help=help, synonyms=_synonyms(synonyms), max_length=length)


def _typed(
    name: str,
    label: str,
    type: FieldType,
    synonyms: str = "",
    help: str = "",
    *,
    required: bool = False,
    may_be_ahead: bool = False,
) -> Field:
    return Field(
        name,
        label,
        type,
        required=required,
        help=help,
        synonyms=_synonyms(synonyms),
        max_length=_LENGTHS.get(type, 0),
        may_be_ahead=may_be_ahead,
    )


_LENGTHS: Final = {
    FieldType.IDENTIFIER: 200,
    FieldType.EMAIL: 254,
    FieldType.DOMAIN: 253,
    FieldType.URL: 500,
}

_CHANNEL_HELP: Final = (
    "One of the channels of the product, or an origin that names one. Left out, it is derived from the source."
)
_SOURCE_HELP: Final = "The raw origin, kept exactly as it is."
_EXTERNAL_HELP: Final = (
    "The id of the record in the tool it comes from. Importing the same id again updates the record."
)

_COMPANIES = Kind(
    name="companies",
    label="Companies",
    singular="company",
    fields=(
        _typed(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | record id | company id | account id | organization id | organization - id | accountid",
            _EXTERNAL_HELP,
        ),
        _text(
            "name",
            "Name",
            200,
            "company | company name | account | account name | organization | organization name | "
            "organization - name | organisation",
        ),
        _typed(
            "domain",
            "Domain",
            FieldType.DOMAIN,
            "website | company domain name | company domain | web site | url | homepage | website url | "
            "organization - website",
            "The main web domain; an address of a page is cut down to it.",
        ),
        _text("industry", "Industry", 100, "sector | branch | vertical | industry sector"),
        _typed(
            "employees",
            "Employees",
            FieldType.COUNT,
            "number of employees | no of employees | employee count | headcount | company size | staff | size",
        ),
        _text(
            "country",
            "Country",
            100,
            "country/region | billing country | country code | office location | land | location",
        ),
        _text("city", "City", 100, "town | billing city | headquarters | ort | location city"),
    ),
    identities=(("external_id",), ("domain",), ("name",)),
    identity_help="A company is recognised by its external id, else by its domain, else by its name.",
)

_CAMPAIGNS = Kind(
    name="campaigns",
    label="Campaigns",
    singular="campaign",
    fields=(
        _typed("external_id", "External id", FieldType.IDENTIFIER, "id | campaign id | record id", _EXTERNAL_HELP),
        _text("name", "Name", 200, "campaign | campaign name | title | campaign title | kampagne", required=True),
        _typed(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "type | campaign channel | medium | marketing channel | utm medium",
            "One of the channels of the product, or an origin that names one.",
        ),
        _typed(
            "start_on",
            "Start",
            FieldType.DAY,
            "start date | starts | start | begin | campaign start date | from",
            may_be_ahead=True,
        ),
        _typed(
            "end_on",
            "End",
            FieldType.DAY,
            "end date | ends | end | campaign end date | until | to",
            may_be_ahead=True,
        ),
        _typed(
            "budget",
            "Budget",
            FieldType.AMOUNT,
            "budgeted cost | budgeted cost in campaign | planned cost | campaign budget | total budget | "
            "budget items total amount",
        ),
        _typed(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | currencyisocode | campaign currency | account currency",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        _text("objective", "Objective", 300, "goal | campaign goal | campaign objective | purpose"),
        _text("audience", "Audience", 300, "target audience | campaign audience | persona | segment"),
        _typed(
            "owner_email",
            "Owner",
            FieldType.EMAIL,
            "owner | campaign owner | owner e-mail | campaign owner email | responsible",
            "The e-mail address of a user.",
        ),
    ),
    identities=(("external_id",), ("name",)),
    identity_help="A campaign is recognised by its external id, else by its name.",
)

# The dates at which a lead reached its stages, with the names HubSpot gives them.
_STAGE_DATES: Final = tuple(
    _typed(
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

_LEADS = Kind(
    name="leads",
    label="Leads",
    singular="lead",
    fields=(
        _typed(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | lead id | leadid | record id | contact id | mql id | person id | person - id | vid | hs object id",
            _EXTERNAL_HELP,
        ),
        _typed(
            "email",
            "E-mail",
            FieldType.EMAIL,
            "e-mail address | email address | mail | work email | business email | person - email (work) | "
            "person - email | contact email | your email",
        ),
        _text("first_name", "First name", 100, "first | given name | forename | person - first name | vorname"),
        _text("last_name", "Last name", 100, "last | surname | family name | person - last name | nachname"),
        _text(
            "full_name",
            "Full name",
            200,
            "name | contact name | person - name | person name | your name | contact",
            "Divided at its last blank where first and last name are not given.",
        ),
        _text(
            "phone",
            "Phone",
            50,
            "phone number | telephone | mobile | mobile phone | mobile phone number | person - phone | "
            "person - phone (work) | work phone | tel",
        ),
        _text("job_title", "Job title", 150, "title | position | role | jobtitle | function | person - job title"),
        _text("seniority", "Seniority", 50, "job seniority | seniority level | level | employment seniority"),
        _text("department", "Department", 100, "job function | employment role | division | abteilung"),
        _text("country", "Country", 100, "country/region | country code | ip country | land | mailing country"),
        _text(
            "company_name",
            "Company",
            200,
            "company name | account | account name | company / account | organization | organization - name | "
            "organisation | employer | firm | business name | associated company | firma | unternehmen",
        ),
        _typed(
            "company_domain",
            "Company domain",
            FieldType.DOMAIN,
            "website | company website | website url | company domain name | web site | homepage | email domain | "
            "domain",
        ),
        _text(
            "source",
            "Source",
            200,
            "lead source | leadsource | origin | original source | hs analytics source | utm source | "
            "source / medium | first touch source | lead - source | lead origin | lead - source origin | "
            "original traffic source | how did you hear about us | quelle | herkunft",
            _SOURCE_HELP,
        ),
        _typed(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "lead channel | source channel | lead - source channel | utm medium | medium | marketing channel | "
            "campaign channel",
            _CHANNEL_HELP,
        ),
        _text(
            "campaign",
            "Campaign",
            200,
            "campaign name | primary campaign | utm campaign | first touch converting campaign | lead campaign | "
            "most recent campaign | kampagne",
            "The external id or the name of the campaign that brought the lead in.",
        ),
        _typed(
            "consent",
            "Consent",
            FieldType.YES_NO,
            "gdpr consent | marketing consent | opt in | opted in | email opt in | consent given | "
            "marketing permission | person - marketing status",
            "Whether the person agreed to be contacted.",
        ),
        _typed(
            "created_at",
            "Created",
            FieldType.MOMENT,
            "create date | created | created date | created time | created on | createdate | createddate | "
            "date created | created at | creation date | first contact date | first contact | "
            "erstkontakt | erstellt am | angelegt am | "
            "lead created date | lead - lead created | person - person created | submitted at | timestamp | "
            "signup date",
            "When the person first came to us.",
        ),
        _text(
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

_LEAD_ID: Final = _typed(
    "lead_external_id",
    "Lead’s external id",
    FieldType.IDENTIFIER,
    "lead id | leadid | mql id | contact id | person id | person - id | record id of lead | associated contact ids | "
    "associated contact id | who id | convertedleadid | lead",
    "The external id of the lead it belongs to.",
)
_LEAD_EMAIL: Final = _typed(
    "lead_email",
    "Lead’s e-mail",
    FieldType.EMAIL,
    "email | e-mail address | email address | contact email | person - email | person - email (work) | "
    "associated email",
    "The e-mail address of the lead it belongs to.",
)

_TOUCHPOINTS = Kind(
    name="touchpoints",
    label="Touchpoints",
    singular="touchpoint",
    fields=(
        _typed(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | event id | message id | messageid | activity id | touchpoint id | record id",
            _EXTERNAL_HELP,
        ),
        _LEAD_ID,
        _LEAD_EMAIL,
        _typed(
            "kind",
            "Kind",
            FieldType.TOUCHPOINT_KIND,
            "type | event | event name | event type | activity type | interaction | action | touchpoint type | "
            "activity",
            "What happened, for example form_submitted or webinar_attended.",
            required=True,
        ),
        _typed(
            "occurred_at",
            "Time",
            FieldType.MOMENT,
            "date | datum | zeitpunkt | "
            "timestamp | occurred | event time | event date | activity date | created at | time | "
            "date time | datetime | touchpoint date | original timestamp",
            required=True,
        ),
        _typed(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "utm medium | medium | marketing channel | touchpoint channel",
            _CHANNEL_HELP,
        ),
        _text("source", "Source", 200, "utm source | origin | source / medium | referrer", _SOURCE_HELP),
        _text(
            "campaign",
            "Campaign",
            200,
            "campaign name | utm campaign | campaign id",
            "The external id or the name of a campaign.",
        ),
        _text(
            "content",
            "Content",
            200,
            "content asset | asset | content title | asset name | form | form name | utm content | page title",
            "The external id or the title of a content asset.",
        ),
        _typed("url", "Page", FieldType.URL, "page url | page | link | location | context page url"),
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

_DEALS = Kind(
    name="deals",
    label="Deals",
    singular="deal",
    fields=(
        _typed(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | deal id | deal - id | opportunity id | record id | hs object id",
            _EXTERNAL_HELP,
        ),
        _LEAD_ID,
        _LEAD_EMAIL,
        _text("name", "Name", 200, "deal name | deal title | deal - title | opportunity name | opportunity | title"),
        _text(
            "company_name",
            "Company",
            200,
            "company | company name | account | account name | organization | organization - name | "
            "deal - organization | associated company | customer",
        ),
        _typed(
            "amount",
            "Amount",
            FieldType.AMOUNT,
            "value | deal value | deal - value | deal amount | close value | revenue | price | total | "
            "opportunity amount | contract value | amount in company currency",
        ),
        _typed(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | deal currency | deal currency code | deal - currency of value | currencyisocode | "
            "opportunity currency",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        _typed(
            "stage",
            "Stage",
            FieldType.DEAL_STAGE,
            "deal stage | stagename | opportunity stage | status | deal status | deal - status | outcome",
            "discovery, proposal, negotiation, won or lost, or what common tools call these.",
        ),
        _typed(
            "opened_at",
            "Opened",
            FieldType.MOMENT,
            "created | create date | created date | createddate | created at | created time | open date | "
            "engage date | deal - deal created | deal created | opened on | start date | created on",
        ),
        _typed(
            "won_at",
            "Won",
            FieldType.MOMENT,
            "won date | won time | deal - won time | date won | closed won date | won on",
        ),
        _typed(
            "lost_at",
            "Lost",
            FieldType.MOMENT,
            "lost date | lost time | deal - lost time | date lost | closed lost date | lost on",
        ),
        _typed(
            "closed_at",
            "Closed",
            FieldType.MOMENT,
            "close date | closedate | closed date | closing date | deal - expected close date | "
            "deal - deal closed on | expected close date | closed on",
            "The day of the win or the loss, whichever the stage says; for an open deal the expected day.",
            may_be_ahead=True,
        ),
        _text(
            "lost_reason",
            "Reason of the loss",
            200,
            "deal - lost reason | closed lost reason | loss reason | reason lost | lost reasons | reason for loss",
        ),
        _typed(
            "owner_email",
            "Owner",
            FieldType.EMAIL,
            "owner | deal owner | deal - owner | opportunity owner | owner e-mail | sales rep email | rep email",
            "The e-mail address of a user.",
        ),
        _text("segment", "Segment", 100, "business segment | customer segment | market segment | industry"),
        _text("product", "Product", 100, "product name | product line | item | deal - product"),
    ),
    identities=(
        ("external_id",),
        *(
            (lead, date)
            for lead in ("lead_external_id", "lead_email")
            for date in ("won_at", "lost_at", "opened_at", "closed_at")
        ),
    ),
    identity_help=(
        "A deal is recognised by its external id, else by its lead and the date on which it was won, lost or opened."
    ),
)

_SPEND = Kind(
    name="spend",
    label="Spend",
    singular="spend",
    fields=(
        _text(
            "campaign",
            "Campaign",
            200,
            "campaign name | name | campaign id | campaign group name | kampagne | kampagnenname",
            "The external id or the name of the campaign.",
            required=True,
        ),
        _typed(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "marketing channel | campaign channel",
            "The channel of the campaign, where the campaign is not known yet.",
        ),
        _typed(
            "spent_on",
            "Day",
            FieldType.DAY,
            "date | day | datum | tag | "
            "gregorian date | reporting starts | start date (in utc) | start date | time period | "
            "report date | spend date",
            required=True,
        ),
        _typed(
            "amount",
            "Amount",
            FieldType.AMOUNT,
            "cost | spend | amount spent | total spent | spent | costs | media cost | ad cost | total cost | "
            "ausgaben | kosten | betrag",
            required=True,
        ),
        _typed(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | account currency | currencycode",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        _typed("impressions", "Impressions", FieldType.COUNT, "impr. | impr | views | ad impressions"),
        _typed("clicks", "Clicks", FieldType.COUNT, "link clicks | clicks (all) | ad clicks | interactions"),
    ),
    identities=(("campaign", "spent_on"),),
    identity_help="Spend is recognised by its campaign and day.",
)

_VISITS = Kind(
    name="visits",
    label="Web visits",
    singular="visit",
    fields=(
        _typed(
            "visited_on",
            "Day",
            FieldType.DAY,
            "date | day | visit date | gregorian date | week | month | start date",
            required=True,
        ),
        _typed(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "session default channel group | default channel group | default channel grouping | channel grouping | "
            "session primary channel group | first user default channel group | medium | session medium",
            _CHANNEL_HELP,
        ),
        _text(
            "source",
            "Source",
            200,
            "session source / medium | source / medium | session source | first user source | "
            "session manual source | origin | utm source",
            _SOURCE_HELP,
        ),
        _text(
            "campaign",
            "Campaign",
            200,
            "session campaign | campaign name | session manual campaign name | utm campaign",
            "The external id or the name of a campaign.",
        ),
        _typed("sessions", "Sessions", FieldType.COUNT, "visits | session count | sitzungen", required=True),
        _typed(
            "users", "Users", FieldType.COUNT, "total users | active users | visitors | unique visitors | new users"
        ),
    ),
    identities=(("visited_on",),),
    identity_help="Visits are recognised by their day, channel, source and campaign together.",
)

#: Every kind by its name, in the order in which a company would bring its data in.
KINDS: Final[dict[str, Kind]] = {
    kind.name: kind for kind in (_COMPANIES, _CAMPAIGNS, _LEADS, _TOUCHPOINTS, _DEALS, _SPEND, _VISITS)
}


def kind_named(name: str) -> Kind:
    """The kind of that name; raises KeyError where there is none."""
    return KINDS[name]
