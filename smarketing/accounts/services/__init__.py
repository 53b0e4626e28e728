"""Writes that need no entry in the log of their own. Those of people and teams are in `smarketing.people.services`."""

from smarketing.accounts.services.first_admin import first_admin_link
from smarketing.accounts.services.signatures import both_sides_signed, sign, signatures_for

__all__ = ["both_sides_signed", "first_admin_link", "sign", "signatures_for"]
