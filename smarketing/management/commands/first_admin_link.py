"""``manage.py first_admin_link``: the way into an installation without people that ``up`` does not run."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from smarketing.accounts.services import first_admin_link


class Command(BaseCommand):
    help = "Prints a link, good for a day and for one use, that makes the first administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        link = first_admin_link()
        if link is None:
            raise CommandError("This installation has an administrator, who can invite people.")
        self.stdout.write(link)
