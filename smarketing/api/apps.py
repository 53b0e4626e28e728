from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "smarketing.api"
    label = "api"

    def ready(self) -> None:
        # Describes bearer tokens to the schema generator, which finds extensions by their being imported.
        from smarketing.api import schema  # noqa: F401
