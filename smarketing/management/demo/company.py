"""What the demo company is: invented names of people, companies, campaigns and content."""

from __future__ import annotations

from typing import Any, Final

NAME: Final = "Nordlys Grid Software"
ZONE: Final = "Europe/Oslo"
CURRENCY: Final = "EUR"

#: (e-mail's first part, name, team, manages)
PEOPLE: Final = (
    ("marketer", "Oda Lind", "Growth", False),
    ("mads", "Mads Dahl", "Growth", False),
    ("marketing-manager", "Olivia Lunde", "Growth", True),
    ("rep", "Sara Reyes", "Sales North", False),
    ("tobias", "Tobias Okoro", "Sales North", False),
    ("ines", "Ines Vidal", "Sales North", False),
    ("sales-manager", "Nils Kaland", "Sales North", True),
    ("admin", "Ada Moen", "", False),
    ("executive", "Erik Strand", "", False),
)

#: (name, channel, first day before now, last day before now or None, monthly budget, audience, journey stage)
CAMPAIGNS: Final = (
    ("Grid cost calculator", "paid_search", 182, None, 3200, "Heads of grid operations", "consideration"),
    ("Load balancing webinar", "webinar", 170, 60, 1500, "Engineers and team leads", "consideration"),
    ("Energy Expo", "event", 120, 90, 9000, "Utilities of Northern Europe", "decision"),
    ("Outage stories newsletter", "email", 182, None, 400, "Everybody who subscribed", "awareness"),
    ("Blog and guides", "organic_search", 182, None, 900, "Anybody who searches", "awareness"),
    ("Engineers on LinkedIn", "paid_social", 150, 30, 2100, "Engineers at utilities", "awareness"),
    ("Customer referrals", "referral", 182, None, 300, "Peers of our customers", "decision"),
    ("Autumn pricing days", "paid_search", 45, None, 1800, "Who compared prices before", "decision"),
)

#: (title, kind, journey stage)
CONTENT: Final = (
    ("Grid cost calculator", "tool", "consideration"),
    ("Load balancing in practice", "webinar", "consideration"),
    ("Case study: two hours less outage", "case_study", "decision"),
    ("Guide to feeder automation", "guide", "awareness"),
    ("What an outage costs", "article", "awareness"),
    ("Pricing", "page", "decision"),
    ("Integration checklist", "guide", "decision"),
    ("Product tour", "video", "consideration"),
)

COMING_BACK: Final = (
    ("demo_requested", "Product tour"),
    ("form_submitted", "Grid cost calculator"),
    ("webinar_attended", "Load balancing in practice"),
)
"""What somebody does who had been quiet for long, beside looking at the prices: kinds of touchpoint and content."""

INDUSTRIES: Final = ("Energy", "Utilities", "Manufacturing", "Real estate", "Retail", "Public sector")
COUNTRIES: Final = ("Norway", "Sweden", "Denmark", "Germany", "Netherlands", "Spain", "Poland", "United Kingdom")
TITLES: Final = (
    ("Head of Grid", "head"),
    ("CTO", "c-level"),
    ("Operations Lead", "manager"),
    ("Director of Networks", "director"),
    ("Grid Engineer", "specialist"),
    ("Buyer", "specialist"),
    ("VP Engineering", "vp"),
    ("Student", ""),
)
FIRST: Final = [
    "Ingrid",
    "Marc",
    "Priya",
    "Tomas",
    "Anna",
    "Lukas",
    "Sofia",
    "Jonas",
    "Marta",
    "Henrik",
    "Elise",
    "Pavel",
    "Noor",
    "Diego",
    "Freya",
    "Karim",
    "Lena",
    "Oskar",
    "Clara",
    "Mateo",
    "Hanna",
    "Viktor",
    "Amira",
    "Felix",
    "Greta",
    "Yusuf",
    "Ilse",
    "Bruno",
    "Tove",
    "Rafael",
]
LAST: Final = [
    "Solheim",
    "Aubert",
    "Nair",
    "Vidal",
    "Kowalczyk",
    "Brandt",
    "Costa",
    "Lindqvist",
    "Novak",
    "Haugen",
    "Meyer",
    "Okafor",
    "Jansen",
    "Rossi",
    "Dubois",
    "Bakker",
    "Berg",
    "Silva",
    "Wagner",
    "Hoffmann",
    "Nilsson",
    "Moreau",
    "Petrov",
    "Larsen",
    "Fischer",
    "Ibrahim",
    "Romero",
    "Sand",
    "Vogel",
    "Ekström",
]
COMPANY_WORDS: Final = [
    "Fjordkraft",
    "Lumière",
    "Kaveri",
    "Iberlog",
    "Polmet",
    "Havnett",
    "Elvia",
    "Stromnetz",
    "Voltara",
    "Nettland",
    "Gridor",
    "Sydkraft",
    "Kabelia",
    "Ampera",
    "Hydrone",
    "Stadtwerk",
    "Ventora",
    "Baltnett",
    "Turbina",
    "Solaris",
    "Krafta",
    "Energos",
    "Netzwerk",
    "Elektra",
    "Windhaven",
    "Omexa",
]
COMPANY_FORMS: Final = ("AS", "AB", "GmbH", "SA", "BV", "A/S", "Labs", "Group")

NEXT_STEPS: Final = (
    "Call this week; the board meets at the end of the month.",
    "Send the case study first, then offer a call with our grid engineer.",
    "Ask who else decides; the pricing page was read by two people of the company.",
    "Follow up on the webinar question about feeder data.",
    "Offer the calculator with their own numbers, and book a demo.",
)
MESSAGING: Final = (
    "Two hours less outage a year, shown with their own data.",
    "Start with one substation; no change to the control room.",
    "What an outage costs per hour, and what a pilot would save.",
)
PAINS: Final = (
    "Loses two hours on every outage.",
    "Planning in spreadsheets; nobody trusts the forecast.",
    "New rules on reporting from January.",
    "",
)
WORDS_GOOD: Final = (
    "Knew our product and had a date in mind.",
    "Right person, real budget.",
    "Well prepared, thank you.",
)
WORDS_BAD: Final = ("Only wanted the white paper.", "No say in the purchase.", "Company is too small for us.")
LOST: Final = ("Chose a competitor", "No decision this year", "Price", "Built it themselves")

AGREEMENT: Final[dict[str, str]] = {
    "summary": "Marketing delivers leads that fit and want to talk; sales answers them while they still do.",
    "goals": "Twelve new customers a quarter from marketing's leads, and no good lead that waits unseen.",
    "requirements": "Marketing hands off only leads that meet the MQL definition, with next steps. Sales accepts or"
    " rejects each within a working day, tries to reach it within four working hours, and says why it rejects.",
    "contacts": "Olivia Lunde for marketing, Nils Kaland for sales. Questions go to both.",
    "repercussions": "What is missed is looked at in the weekly meeting, first by number, then by name.",
    "cancellation": "Either side may end this agreement with a month's notice; definitions stay in force.",
}


def calendar() -> dict[str, Any]:
    """Oslo's working week: Monday to Friday, nine to five, lunch is not taken off."""
    return {"timezone": ZONE, "hours": {str(day): [["09:00", "17:00"]] for day in range(5)}}
