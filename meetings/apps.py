from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self) -> None:
        """Puts the meetings into the navigation, with the number of one's open action items."""
        from meetings.selectors.meetings import open_action_count
        from smarketing.web.navigation import NavItem, register

        register(
            NavItem(
                "Meetings",
                "meetings:meeting-list",
                "calendar",
                section="Agreement",
                order=40,
                badge=open_action_count,
            )
        )
