from functools import partial

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "smarketing.people"
    label = "people"

    def ready(self) -> None:
        """Subscribes, and puts the pages into the navigation."""
        from smarketing.accounts.permissions import can_administer_people
        from smarketing.people import subscribers
        from smarketing.people.selectors import people_named, teams_named, tokens_named
        from smarketing.web.navigation import NavItem, register
        from smarketing.web.subjects import register_subjects

        subscribers.register()
        register_subjects({"user": people_named, "team": teams_named, "token": tokens_named})
        item = partial(NavItem, section="Administration", visible=can_administer_people)
        register(
            item("People", "people:person-list", "user-cog", order=10),
            item("Teams", "people:team-list", "network", order=20),
            item("Organisation", "people:organisation", "building-2", order=30),
            item("Audit trail", "people:audit", "scroll-text", order=90),
        )
