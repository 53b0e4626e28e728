"""The demo's people and teams."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password

from smarketing.accounts.models import Membership, Organisation, Side, Team, User
from smarketing.management.demo import company
from smarketing.management.demo_accounts import PASSWORD

DOMAIN = "demo.example"


def add_people(now: datetime) -> dict[str, User]:
    """The organisation, its teams and its people, by the first part of their e-mail; they joined at `now`."""
    Organisation.objects.update_or_create(
        id=1, defaults={"name": company.NAME, "timezone": company.ZONE, "currency": company.CURRENCY}
    )
    teams = {
        name: Team.objects.get_or_create(name=name, defaults={"side": side})[0]
        for name, side in (("Growth", Side.MARKETING), ("Sales North", Side.SALES))
    }
    people: dict[str, User] = {}
    # Hashing is slow on purpose, and they all have the same.
    password = make_password(PASSWORD)
    for first, name, team, manages in company.PEOPLE:
        user = User.objects.create_user(
            f"{first}@{DOMAIN}",
            name=name,
            is_admin=first == "admin",
            is_executive=first == "executive",
            date_joined=now,
        )
        user.password = password
        user.save(update_fields=["password"])
        if team:
            Membership.objects.create(user=user, team=teams[team], is_manager=manages)
        people[first] = user
    return people
