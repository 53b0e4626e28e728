"""Words that tools write for currencies, stages of deals and kinds of touchpoints, and what they mean here."""

import re
from typing import Final

from leads.domain.touchpoints import TouchpointKind

CURRENCY_SIGNS: Final = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "R$": "BRL",
    "₹": "INR",
    "FR": "CHF",
    "SFR": "CHF",
    "ZŁ": "PLN",
    "KČ": "CZK",
}

# What the pipelines that HubSpot, Salesforce, Pipedrive and Zoho come with call their stages.
STAGE_WORDS: Final = {
    "discovery": """
        discovery | open | new | prospecting | prospect | qualification | qualified | needs analysis | engaging |
        appointment scheduled | appointmentscheduled | qualified to buy | qualifiedtobuy | contact made |
        demo scheduled | identify decision makers | id decision makers | perception analysis | in progress | lead in
    """,
    "proposal": """
        proposal | value proposition | proposal price quote | proposal/price quote | quote | proposal made |
        proposal sent | presentation scheduled | presentationscheduled | decision maker bought in |
        decisionmakerboughtin | offer | quote sent
    """,
    "negotiation": """
        negotiation | negotiation/review | negotiation review | negotiations started | contract sent | contractsent |
        contract | in negotiation | verbal agreement
    """,
    "won": "won | closed won | closedwon | closed - won | win | deal won | success | successful | gewonnen | ganho",
    "lost": """
        lost | closed lost | closedlost | closed - lost | loss | deal lost | closed lost to competition |
        verloren | perdido
    """,
}


def plain(text: str) -> str:
    """A word without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]+", "", text.casefold())


STAGES: Final = {plain(word): stage for stage, words in STAGE_WORDS.items() for word in words.split("|")}

_TOUCHPOINT_WORDS: Final = {
    TouchpointKind.PAGE_VIEW: "page view | page viewed | page | visit | website visit | pageview | viewed page",
    TouchpointKind.FORM_SUBMITTED: """
        form | form submission | form submitted | form fill | submitted form | form fill out | lead form |
        signed up | sign up | signup | contact form
    """,
    TouchpointKind.CONTENT_DOWNLOADED: """
        download | content download | downloaded | asset download | whitepaper download | e book download |
        document downloaded | file download
    """,
    TouchpointKind.WEBINAR_ATTENDED: "webinar | webinar attended | attended webinar | webinar attendance",
    TouchpointKind.EVENT_ATTENDED: "event | event attended | attended event | trade show | conference | attended",
    TouchpointKind.EMAIL_OPENED: "e mail open | e mail opened | open | opened e mail | opens email | email open",
    TouchpointKind.EMAIL_CLICKED: "e mail click | e mail clicked | clicked e mail | clicks email | email click",
    TouchpointKind.AD_CLICKED: "ad click | ad clicked | ad | paid click | clicked ad",
    TouchpointKind.DEMO_REQUESTED: "demo | demo request | demo requested | requested demo | book a demo",
    TouchpointKind.PRICING_VIEWED: "pricing | pricing page | pricing viewed | viewed pricing | pricing page view",
    TouchpointKind.REFERRED: "referral | referred | recommendation",
    TouchpointKind.CHAT: "chat | live chat | chat conversation",
    TouchpointKind.MEETING: "meeting | met | call | sales meeting | meeting booked | phone call",
    TouchpointKind.UNSUBSCRIBED: "unsubscribe | unsubscribed | opt out | opted out",
    TouchpointKind.OTHER: "other | misc | unknown",
}
TOUCHPOINTS: Final = {
    **{plain(word): kind for kind, words in _TOUCHPOINT_WORDS.items() for word in words.split("|")},
    **{plain(name): kind for kind in TouchpointKind for name in (kind.value, kind.label)},
}
