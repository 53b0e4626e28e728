from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        """Subscribes to handoffs, lends the inbox its clocks and mails the working hours, adds to the navigation."""
        from leads.selectors.clock_lines import register_clock_source
        from sla import (
            checks,  # noqa: F401 (registered by being imported)
            subscribers,
        )
        from sla.permissions import can_edit_calendars, is_manager
        from sla.selectors.clocks import handoff_clock_lines, next_due_expression, open_late
        from sla.selectors.people import working_instants
        from sla.selectors.subjects import SUBJECTS
        from smarketing.notifications.hours import register_working_hours
        from smarketing.web.navigation import NavItem, Waiting, register
        from smarketing.web.subjects import register_subjects

        subscribers.register()
        register_subjects(SUBJECTS)
        register_working_hours(working_instants)
        register_clock_source(handoff_clock_lines, next_due_expression=next_due_expression)
        register(
            NavItem(
                "SLA",
                "sla:board",
                "clock",
                section="Agreement",
                order=10,
                tab=4,
                badge=lambda user: Waiting(open_late(user), "broken"),
            ),
            NavItem("Agreement", "sla:agreement", "scroll-text", section="Agreement", order=15),
            NavItem(
                "Working calendars",
                "sla:calendar-list",
                "calendar",
                section="Administration",
                order=40,
                visible=lambda user: can_edit_calendars(user) or is_manager(user),
            ),
        )
