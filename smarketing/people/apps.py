from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "smarketing.people"
    label = "people"

    def ready(self) -> None:
        """Subscribes, and puts the pages into the navigation."""
        from smarketing.people import subscribers

        subscribers.register()
