"""Finding the browser of the machine for tests marked `browser`."""

import os
import shutil
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def find_chromium() -> str | None:
    """Path of a Chromium: CHROMIUM, else the first known name on the PATH, else None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
