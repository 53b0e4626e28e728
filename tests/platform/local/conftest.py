import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smarketing.local import Place, postgres, redis


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A directory that every account can pass through, as pytest's own temporary directories are not."""
    directory = Path(tempfile.mkdtemp(prefix="smarketing-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def place(checkout: Path) -> Iterator[Place]:
    """Servers in a checkout of their own, gone after the test."""
    place = Place(checkout / ".local", durable=False)
    yield place
    postgres.erase(place)
    redis.erase(place)
