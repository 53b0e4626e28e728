from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        """Puts the pages of leads into the navigation and follows its own facts."""
        from leads import subscribers
        from leads.permissions import can_view_definitions, can_work_inbox
        from leads.selectors.handoffs import inbox_waiting, to_answer
        from leads.selectors.subjects import SUBJECTS
        from smarketing.accounts.permissions import is_marketer
        from smarketing.web.navigation import NavItem, Waiting, register
        from smarketing.web.subjects import register_subjects

        register(
            NavItem(
                "Inbox",
                "leads:inbox",
                "inbox",
                order=20,
                visible=can_work_inbox,
                badge=lambda user: Waiting(inbox_waiting(user)),
                tab=2,
            ),
            NavItem(
                "Handoffs",
                "leads:handoff-list",
                "send",
                order=45,
                badge=lambda user: Waiting(to_answer(user), "risk") if is_marketer(user) else None,
                tab=4,
            ),
            NavItem(
                "Definitions",
                "leads:definition-list",
                "book-open",
                section="Agreement",
                order=20,
                visible=can_view_definitions,
                also=("leads:score-model",),
            ),
            NavItem(
                "Reasons",
                "leads:reason-list",
                "list-checks",
                section="Agreement",
                order=25,
                visible=can_view_definitions,
            ),
            NavItem("Deals", "leads:deal-board", "handshake", order=50, tab=6),
            NavItem("Leads", "leads:lead-list", "users", order=30, tab=3, also=("leads:import-list",)),
            NavItem("Campaigns", "leads:campaign-list", "megaphone", order=40, tab=5, also=("leads:content-list",)),
        )
        subscribers.register()
        register_subjects(SUBJECTS)
