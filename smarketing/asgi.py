"""ASGI entry point, for servers that prefer it."""

import os

from django.core.asgi import get_asgi_application

from smarketing.lib import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
application = get_asgi_application()
garbage.settle()
