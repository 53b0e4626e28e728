from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """Follows the facts of leads."""
        from reporting import subscribers

        subscribers.register()
