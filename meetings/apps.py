from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self) -> None:
        """Subscribes, tells drafts of their decisions, and puts the meetings into the navigation."""
        from meetings import subscribers
        from meetings.selectors.drafts import agreement_origins, definition_origins
        from meetings.selectors.meetings import open_actions
        from meetings.selectors.subjects import SUBJECTS
        from smarketing.web.navigation import NavItem, Waiting, register
        from smarketing.web.origins import register_origins
        from smarketing.web.subjects import register_subjects

        subscribers.register()
        register_subjects(SUBJECTS)
        register_origins("definition_version", definition_origins)
        register_origins("agreement_version", agreement_origins)
        register(
            NavItem(
                "Meetings",
                "meetings:meeting-list",
                "calendar",
                section="Agreement",
                order=40,
                badge=lambda user: Waiting(open_actions(user)),
            )
        )
