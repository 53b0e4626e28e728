from django.apps import AppConfig


class SmarketingConfig(AppConfig):
    name = "smarketing"
    verbose_name = "Smarketing"

    def ready(self) -> None:
        # A check is registered by its module being imported.
        from smarketing import checks  # noqa: F401
