"""Which codes are currencies."""

import pytest

from smarketing.lib.currencies import CURRENCIES, is_currency


def test_every_code_has_three_capitals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)


@pytest.mark.parametrize(
    ("code", "known"), [("EUR", True), ("NOK", True), ("JPY", True), ("QQQ", False), ("XYZ", False), ("eur", False)]
)
def test_only_what_is_paid_with_is_a_currency(code: str, known: bool) -> None:
    assert is_currency(code) is known
