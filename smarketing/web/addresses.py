"""Addresses of records, for lists that name hundreds of them."""

from __future__ import annotations

import functools

from django.urls import get_script_prefix, reverse


def address(name: str, pk: int) -> str:
    """The address of the page `name` (as for `reverse`) of one record.

    Django looks every part of the name up anew for each address, which is a third of what a long list costs; here
    that is done once for each name.
    """
    before, after = _around(name, get_script_prefix())
    return f"{before}{pk:d}{after}"


def page_address(name: str) -> str:
    """The address of the page `name` (as for `reverse`) that takes no arguments, looked up once."""
    return _of_page(name, get_script_prefix())


@functools.cache
def _of_page(name: str, prefix: str) -> str:
    """The prefix is part of the key, because it is part of the address."""
    return reverse(name)


@functools.cache
def _around(name: str, prefix: str) -> tuple[str, str]:
    """The address before and after the id. The prefix is part of the key, because it is part of the address."""
    some_id = 1_234_567_890_123
    before, found, after = reverse(name, args=[some_id]).partition(str(some_id))
    if not found:
        raise ValueError(f"The address {name} does not hold its record's id.")
    return before, after
