from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ActivityConfig(AppConfig):
    name = "smarketing.activity"
    label = "activity"

    def ready(self) -> None:
        """Loads the events of all apps, so that every process can tell what any other has recorded."""
        autodiscover_modules("events")
