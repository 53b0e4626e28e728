"""What a program has loaded is not searched for garbage again."""

import gc
from collections.abc import Iterator

import pytest

from smarketing.lib import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_settle_takes_what_is_there_out_of_sight() -> None:
    garbage.settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] == garbage.YOUNG
