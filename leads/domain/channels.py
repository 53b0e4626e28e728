"""The closed list of channels, and how a raw origin finds its place in it.

A *source* is the origin exactly as it was captured ("google / cpc", "Trade Show", "") and is never
rewritten. A *channel* is the kind of route, from the closed list below; it is derived from the source
and may be corrected without touching the source. A blank source and the source ``unknown`` are two
different facts that both fall under the channel ``unknown``.
"""

import enum
import re
from functools import lru_cache
from typing import Final

__all__ = ["DIRECT_CHANNELS", "PAID_CHANNELS", "Channel", "channel_of", "known_channel"]


class Channel(enum.StrEnum):
    """Kind of route by which somebody came; the stored value is the text of the member."""

    ORGANIC_SEARCH = "organic_search"
    PAID_SEARCH = "paid_search"
    ORGANIC_SOCIAL = "organic_social"
    PAID_SOCIAL = "paid_social"
    EMAIL = "email"
    REFERRAL = "referral"
    DIRECT = "direct"
    DISPLAY = "display"
    EVENT = "event"
    WEBINAR = "webinar"
    CONTENT_SYNDICATION = "content_syndication"
    PARTNER = "partner"
    OUTBOUND = "outbound"
    OFFLINE = "offline"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The name as people read it on a screen."""
        return _LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs of stored value and label, in the order in which screens list them."""
        return [(member.value, member.label) for member in cls]


_LABELS: Final[dict[Channel, str]] = {
    Channel.ORGANIC_SEARCH: "Organic search",
    Channel.PAID_SEARCH: "Paid search",
    Channel.ORGANIC_SOCIAL: "Organic social",
    Channel.PAID_SOCIAL: "Paid social",
    Channel.EMAIL: "Email",
    Channel.REFERRAL: "Referral",
    Channel.DIRECT: "Direct",
    Channel.DISPLAY: "Display",
    Channel.EVENT: "Event",
    Channel.WEBINAR: "Webinar",
    Channel.CONTENT_SYNDICATION: "Content syndication",
    Channel.PARTNER: "Partner",
    Channel.OUTBOUND: "Outbound",
    Channel.OFFLINE: "Offline",
    Channel.OTHER: "Other",
    Channel.UNKNOWN: "Unknown",
}

#: Channels where the placement itself is paid for.
PAID_CHANNELS: Final[frozenset[Channel]] = frozenset(
    {Channel.PAID_SEARCH, Channel.PAID_SOCIAL, Channel.DISPLAY, Channel.CONTENT_SYNDICATION}
)

#: Channels that "last non-direct" attribution looks past.
DIRECT_CHANNELS: Final[frozenset[Channel]] = frozenset({Channel.DIRECT})

# Origins as common tools write them: GA4 default channel groups, HubSpot original sources, the default
# lead sources of Salesforce and Zoho, utm_medium values, and names of sites. Spelling is normalised
# before the look-up, so "Organic Search", "organic-search" and "ORGANIC_SEARCH" are one entry.
_ORIGINS: Final[dict[Channel, str]] = {
    Channel.ORGANIC_SEARCH: """
        organic search | organic | seo | search | search engine | natural search | organic shopping |
        google | google organic | bing | yahoo | duckduckgo | ecosia | baidu | yandex | web research
    """,
    Channel.PAID_SEARCH: """
        paid search | cpc | ppc | sem | search ads | search ad | paid shopping | adwords | google adwords |
        google ads | google ad | bing ads | microsoft ads | microsoft advertising | performance max
    """,
    Channel.ORGANIC_SOCIAL: """
        organic social | social | social media | social network | social organic | facebook | instagram |
        linkedin | twitter | x twitter | x | xing | tiktok | youtube | pinterest | reddit | organic video
    """,
    Channel.PAID_SOCIAL: """
        paid social | social paid | social ads | cpc social | facebook ads | meta ads | meta | instagram ads |
        linkedin ads | twitter ads | x ads | tiktok ads | fb ads | lead gen form | facebook lead ads
    """,
    Channel.EMAIL: """
        email | e mail | mail | newsletter | email marketing | email campaign | mailing | sales email alias |
        sms | mobile push | mobile push notifications
    """,
    Channel.REFERRAL: """
        referral | referrals | external referral | employee referral | customer referral | word of mouth |
        ai referrals | public relations | pr | review site | backlink
    """,
    Channel.DIRECT: "direct | direct traffic | none | typed | type in | bookmark",
    Channel.DISPLAY: """
        display | banner | cpm | display ads | display ad | programmatic | retargeting | remarketing |
        paid video | video ads | audio | demand gen
    """,
    Channel.EVENT: """
        event | events | trade show | tradeshow | conference | fair | trade fair | seminar | expo | meetup |
        seminar partner | internal seminar | seminar internal | roadshow | workshop
    """,
    Channel.WEBINAR: "webinar | webinars | online seminar | web seminar | virtual event",
    Channel.CONTENT_SYNDICATION: "content syndication | syndication | sponsored content",
    Channel.PARTNER: """
        partner | partners | partner referral | affiliate | affiliates | reseller | channel partner | alliance
    """,
    Channel.OUTBOUND: """
        outbound | cold call | cold calling | cold email | prospecting | sdr | sales outreach | outreach |
        purchased list | sales generated | sales prospecting
    """,
    Channel.OFFLINE: """
        offline | offline sources | phone | phone inquiry | telephone | call | in store | walk in | print |
        direct mail | post | tv | radio | billboard
    """,
    Channel.OTHER: """
        other | others | other publicities | other campaigns | other advertising | cross network |
        paid other | advertisement | advertising | ad | web | website | web download | online store | chat |
        miscellaneous
    """,
    Channel.UNKNOWN: "unknown | unassigned | not set | n a | na | not available | undefined | null",
}

_EXACT: Final[dict[str, Channel]] = {
    origin.strip(): channel for channel, origins in _ORIGINS.items() for origin in origins.split("|")
}

_NETWORKS = "social|facebook|instagram|linkedin|twitter|tiktok|xing|pinterest|reddit|snapchat|meta|fb"

# Read from the top, the first match decides. The paid forms stand above the free ones because a word
# for payment next to a network ("linkedin / cpc") says more than the network alone.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], Channel], ...]] = tuple(
    (re.compile(pattern), channel)
    for pattern, channel in (
        (r"\bwebinars?\b", Channel.WEBINAR),
        (r"\bsyndication\b", Channel.CONTENT_SYNDICATION),
        (rf"\b(paid|cpc|ppc|cpm|ads?)\b.*\b({_NETWORKS})\b", Channel.PAID_SOCIAL),
        (rf"\b({_NETWORKS})\b.*\b(paid|cpc|ppc|cpm|ads?)\b", Channel.PAID_SOCIAL),
        (r"\b(display|banner|programmatic|retargeting|remarketing|cpm)\b", Channel.DISPLAY),
        (r"\b(cpc|ppc|sem|adwords)\b|\bpaid\b.*\bsearch\b|\bsearch\b.*\bpaid\b", Channel.PAID_SEARCH),
        (r"\b(google|bing|microsoft)\b.*\bads?\b", Channel.PAID_SEARCH),
        (
            r"\b(organic|seo)\b.*\bsearch\b|\b(google|bing|yahoo|duckduckgo)\b.*\borganic\b",
            Channel.ORGANIC_SEARCH,
        ),
        (r"\b(partners?|affiliates?|resellers?)\b", Channel.PARTNER),
        (r"\b(cold|outbound|prospecting|outreach)\b", Channel.OUTBOUND),
        (r"\b(trade ?shows?|conference|events?|seminars?|expo|fair|meetup)\b", Channel.EVENT),
        (r"\b(newsletter|e ?mail|mailing)\b", Channel.EMAIL),
        (rf"\b({_NETWORKS})\b", Channel.ORGANIC_SOCIAL),
        (r"\breferr(al|als|er|ed)\b|\bword of mouth\b", Channel.REFERRAL),
        (r"\borganic\b", Channel.ORGANIC_SEARCH),
        (r"\bdirect none\b|\bdirect traffic\b", Channel.DIRECT),
    )
)

# Longer texts are read in their first part only: an origin is a few words, and the cell of a wrong
# column must not cost time.
_READ_AT_MOST = 200

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def known_channel(text: str) -> Channel | None:
    """The channel that ``text`` names or clearly implies, or None where it implies none.

    Accepts stored values, labels, and what common tools write ("Organic Search", "google / cpc",
    "Trade Show"). A blank text is ``Channel.UNKNOWN``: nothing was captured.
    """
    return _look_up(text[:_READ_AT_MOST])


@lru_cache(maxsize=4096)
def _look_up(text: str) -> Channel | None:
    words = _SEPARATORS.sub(" ", text.lower()).strip()
    if not words:
        return Channel.UNKNOWN
    exact = _EXACT.get(words)
    if exact is not None:
        return exact
    for pattern, channel in _PATTERNS:
        if pattern.search(words):
            return channel
    return None


def channel_of(source: str, medium: str = "") -> Channel:
    """The channel of a raw origin: never fails.

    ``medium`` is utm_medium where it was captured apart from the source. A blank origin is ``unknown``;
    an origin that says something which the list does not know is ``other``.
    """
    text = f"{source} {medium}" if medium else source
    return known_channel(text) or Channel.OTHER
