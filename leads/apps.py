from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        """Puts the pages of leads into the navigation."""
        from smarketing.web.navigation import NavItem, register

        register(
            NavItem("Leads", "leads:lead-list", "users", order=30, tab=3),
            NavItem("Campaigns", "leads:campaign-list", "megaphone", order=40, tab=5),
        )
