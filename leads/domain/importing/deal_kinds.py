"""Deals.

The synonyms are headings that HubSpot, Salesforce, Pipedrive, Zoho, GA4, Google Ads, Meta, LinkedIn and Microsoft
Advertising give their exports. They are compared without case, accents, blanks and punctuation.
"""

from leads.domain.importing.fields import EXTERNAL_HELP, FieldType, Kind, field_of, text_field
from leads.domain.importing.lead_kinds import LEAD_EMAIL, LEAD_ID

DEALS = Kind(
    name="deals",
    label="Deals",
    singular="deal",
    fields=(
        field_of(
            "external_id",
            "External id",
            FieldType.IDENTIFIER,
            "id | deal id | deal - id | opportunity id | record id | hs object id",
            EXTERNAL_HELP,
        ),
        LEAD_ID,
        LEAD_EMAIL,
        text_field(
            "name", "Name", 200, "deal name | deal title | deal - title | opportunity name | opportunity | title"
        ),
        text_field(
            "company_name",
            "Company",
            200,
            "company | company name | account | account name | organization | organization - name | "
            "deal - organization | associated company | customer",
        ),
        field_of(
            "amount",
            "Amount",
            FieldType.AMOUNT,
            "value | deal value | deal - value | deal amount | close value | revenue | price | total | "
            "opportunity amount | contract value | amount in company currency",
        ),
        field_of(
            "currency",
            "Currency",
            FieldType.CURRENCY,
            "currency code | deal currency | deal currency code | deal - currency of value | currencyisocode | "
            "opportunity currency",
            "Three letters; left out, it is the currency of the organisation.",
        ),
        field_of(
            "stage",
            "Stage",
            FieldType.DEAL_STAGE,
            "deal stage | stagename | opportunity stage | status | deal status | deal - status | outcome",
            "discovery, proposal, negotiation, won or lost, or what common tools call these.",
        ),
        field_of(
            "opened_at",
            "Opened",
            FieldType.MOMENT,
            "created | create date | created date | createddate | created at | created time | open date | "
            "engage date | deal - deal created | deal created | opened on | start date | created on",
        ),
        field_of(
            "won_at",
            "Won",
            FieldType.MOMENT,
            "won date | won time | deal - won time | date won | closed won date | won on",
        ),
        field_of(
            "lost_at",
            "Lost",
            FieldType.MOMENT,
            "lost date | lost time | deal - lost time | date lost | closed lost date | lost on",
        ),
        field_of(
            "closed_at",
            "Closed",
            FieldType.MOMENT,
            "close date | closedate | closed date | closing date | deal - expected close date | "
            "deal - deal closed on | expected close date | closed on",
            "The day of the win or the loss, whichever the stage says; for an open deal the expected day.",
            may_be_ahead=True,
        ),
        text_field(
            "lost_reason",
            "Reason of the loss",
            200,
            "deal - lost reason | closed lost reason | loss reason | reason lost | lost reasons | reason for loss",
        ),
        field_of(
            "owner_email",
            "Owner",
            FieldType.EMAIL,
            "owner | deal owner | deal - owner | opportunity owner | owner e-mail | sales rep email | rep email",
            "The e-mail address of a user.",
        ),
        text_field("segment", "Segment", 100, "business segment | customer segment | market segment | industry"),
        text_field("product", "Product", 100, "product name | product line | item | deal - product"),
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
        "A deal is recognised by its external id, else by its lead and the date on which it was won, lost or opened. "
        "One that was won or lost is never reopened or rewritten by a file: a row that says otherwise stays out."
    ),
)
