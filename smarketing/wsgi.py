"""WSGI entry point, served by gunicorn."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from smarketing.lib import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
application = get_wsgi_application()
# Every page's code, before the workers fork: they share it, and the first visitor does not wait for it.
import_module(settings.ROOT_URLCONF)
garbage.settle()
