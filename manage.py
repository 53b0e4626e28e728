#!/usr/bin/env python
"""Entry point for every management command."""

import os
import sys

try:
    from django.core.management import execute_from_command_line
except ModuleNotFoundError:
    sys.exit(f"{sys.executable} lacks Django. `make run` sets up .venv: use `.venv/bin/python manage.py …`.")

from smarketing.lib.environment import WrongVariable

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    try:
        execute_from_command_line(sys.argv)
    except WrongVariable as error:
        sys.exit(str(error))
