from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """Follows the facts of leads; puts the pages of numbers into the navigation."""
        from reporting import subscribers
        from smarketing.web.navigation import NavItem, register

        subscribers.register()
        register(
            NavItem("Today", "home", "house", order=10, tab=1),
            NavItem("Funnel", "reporting:funnel", "funnel", section="Numbers", order=10),
            NavItem(
                "Campaign results",
                "reporting:campaign-results",
                "coins",
                section="Numbers",
                order=20,
                also=("reporting:content-results",),
            ),
            NavItem("Metrics", "reporting:metric-list", "chart-no-axes-column", section="Numbers", order=30),
        )
