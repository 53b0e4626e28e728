"""What marketing brings in: companies, campaigns, their spend, and visits of the website.

The synonyms are headings that HubSpot, Salesforce, Pipedrive, Zoho, GA4, Google Ads, Meta, LinkedIn and Microsoft
Advertising give their exports. They are compared without case, accents, blanks and punctuation.
"""

from leads.domain.importing.fields import (
    CHANNEL_HELP,
    EXTERNAL_HELP,
    SOURCE_HELP,
    FieldType,
    Kind,
    field_of,
    text_field,
)

COMPANIES = Kind(
    name="companies",
    label="Companies",
    singular="company",
    fields=(
        field_of(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | record id | company id | account id | organization id | organization - id | accountid",
            EXTERNAL_HELP,
        ),
        text_field(
            "name",
            "Name",
            200,
            "company | company name | account | account name | organization | organization name | "
            "organization - name | organisation",
        ),
        field_of(
            "domain",
            "Domain",
            FieldType.DOMAIN,
            "website | company domain name | company domain | web site | url | homepage | website url | "
            "organization - website",
            "The main web domain; an address of a page is cut down to it.",
        ),
        text_field("industry", "Industry", 100, "sector | branch | vertical | industry sector"),
        field_of(
            "employees",
            "Employees",
            FieldType.COUNT,
            "number of employees | no of employees | employee count | headcount | company size | staff | size",
        ),
        text_field(
            "country",
            "Country",
            100,
            "country/region | billing country | country code | office location | land | location",
        ),
        text_field("city", "City", 100, "town | billing city | headquarters | ort | location city"),
    ),
    identities=(("external_id",), ("domain",), ("name",)),
    identity_help="A company is recognised by its external id, else by its domain, else by its name.",
)

CAMPAIGNS = Kind(
    name="campaigns",
    label="Campaigns",
    singular="campaign",
    fields=(
        field_of("external_id", "External id", FieldType.IDENTIFIER, "id | campaign id | record id", EXTERNAL_HELP),
        text_field(
            "name",
            "Name",
            200,
            "campaign | campaign name | title | campaign title | kampagne | campagne | campaña",
            required=True,
        ),
        field_of(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "type | campaign channel | medium | marketing channel | utm medium",
            "One of the channels of the product, or an origin that names one.",
        ),
        field_of(
            "start_on",
            "Start",
            FieldType.DAY,
            "start date | starts | start | begin | campaign start date | from",
            may_be_ahead=True,
        ),
        field_of(
            "end_on",
            "End",
            FieldType.DAY,
            "end date | ends | end | campaign end date | until | to",
            may_be_ahead=True,
        ),
        field_of(
            "budget",
            "Budget",
            FieldType.AMOUNT,
            "budgeted cost | budgeted cost in campaign | planned cost | campaign budget | total budget | "
            "budget items total amount",
        ),
        field_of(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | currencyisocode | campaign currency | account currency",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        text_field("objective", "Objective", 300, "goal | campaign goal | campaign objective | purpose"),
        text_field("audience", "Audience", 300, "target audience | campaign audience | persona | segment"),
        field_of(
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

SPEND = Kind(
    name="spend",
    label="Spend",
    singular="spend",
    fields=(
        text_field(
            "campaign",
            "Campaign",
            200,
            "campaign name | name | campaign id | campaign group name | kampagne | kampagnenname | campagne | campaña",
            "The external id or the name of the campaign.",
            required=True,
        ),
        field_of(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "marketing channel | campaign channel",
            "The channel of the campaign, where the campaign is not known yet.",
        ),
        field_of(
            "spent_on",
            "Day",
            FieldType.DAY,
            "date | day | datum | tag | "
            "gregorian date | reporting starts | start date (in utc) | start date | time period | "
            "report date | spend date | jour | fecha | día",
            required=True,
        ),
        field_of(
            "amount",
            "Amount",
            FieldType.AMOUNT,
            "cost | spend | amount spent | total spent | spent | costs | media cost | ad cost | total cost | "
            "ausgaben | kosten | betrag | dépenses | coût | montant | gasto | coste | importe",
            required=True,
        ),
        field_of(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | account currency | currencycode",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        field_of("impressions", "Impressions", FieldType.COUNT, "impr. | impr | views | ad impressions"),
        field_of("clicks", "Clicks", FieldType.COUNT, "link clicks | clicks (all) | ad clicks | interactions"),
    ),
    identities=(("campaign", "spent_on"),),
    identity_help="Spend is recognised by its campaign and day.",
)

VISITS = Kind(
    name="visits",
    label="Web visits",
    singular="visit",
    fields=(
        field_of(
            "visited_on",
            "Day",
            FieldType.DAY,
            "date | day | visit date | gregorian date | week | month | start date",
            required=True,
        ),
        field_of(
            "channel",
            "Channel",
            FieldType.CHANNEL,
            "session default channel group | default channel group | default channel grouping | channel grouping | "
            "session primary channel group | first user default channel group | medium | session medium",
            CHANNEL_HELP,
        ),
        text_field(
            "source",
            "Source",
            200,
            "session source / medium | source / medium | session source | first user source | "
            "session manual source | origin | utm source",
            SOURCE_HELP,
        ),
        text_field(
            "campaign",
            "Campaign",
            200,
            "session campaign | campaign name | session manual campaign name | utm campaign",
            "The external id or the name of a campaign.",
        ),
        field_of("sessions", "Sessions", FieldType.COUNT, "visits | session count | sitzungen", required=True),
        field_of(
            "users", "Users", FieldType.COUNT, "total users | active users | visitors | unique visitors | new users"
        ),
    ),
    identities=(("visited_on",),),
    identity_help="Visits are recognised by their day, channel, source and campaign together.",
)

#: Every kind by its name, in the order in which a company would bring its data in.
