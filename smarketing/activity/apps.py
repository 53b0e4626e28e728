from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "smarketing.activity"
    label = "activity"
