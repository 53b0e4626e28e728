"""`manage.py rebuild_rollups`: sums the funnel and the board anew from the facts."""

from typing import Any

from django.core.management.base import BaseCommand

from reporting.services.rollups import rebuild
from sla.services import sums


class Command(BaseCommand):
    """Needed after the organisation has moved to another time zone; otherwise sums keep themselves."""

    help = "Sums the funnel and the board anew from the facts, day by day in the organisation's time zone."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuilds and says how many sums there are."""
        self.stdout.write(f"{rebuild() + sums.rebuild():,} sums are kept.")
