"""Who signs in to the demo company, and how: `demo` makes these accounts, `up` and `demo` print them."""

from __future__ import annotations

# Printed on every start and on the sign-in page of nobody's real company: no secret.
PASSWORD = "smarketing-demo"  # noqa: S105
ACCOUNTS = {
    "marketer@demo.example": "logs campaigns, imports leads, hands them to sales",
    "rep@demo.example": "works the inbox: accepts, rejects, follows up, wins",
    "marketing-manager@demo.example": "watches what sales owes marketing",
    "sales-manager@demo.example": "watches what marketing owes sales",
    "admin@demo.example": "keeps users, teams and the working calendar",
    "executive@demo.example": "sees everything, changes nothing",
}


def accounts_text() -> str:
    """The accounts as a block of lines for a terminal."""
    width = max(map(len, ACCOUNTS))
    lines = [f"  {email:<{width}}  {does}" for email, does in ACCOUNTS.items()]
    return "\n".join(["Sign in to the demo company as", *lines, f"each with the password  {PASSWORD}"])
