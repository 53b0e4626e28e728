"""Serves what Python packages bring for the browser, from where they are installed; nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


def _package_data(package: str, folder: str) -> Path:
    # The spec is enough: importing plotly would cost every process its memory.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed; run make run, which installs the locked dependencies.")
    return Path(spec.submodule_search_locations[0]) / folder


class PlotlyFinder(BaseFinder):
    """`plotly/plotly.min.js`, as the plotly package ships it."""

    prefix = "plotly"
    files = ("plotly.min.js",)

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=_package_data("plotly", "package_data"))
        self.storage.prefix = self.prefix  # type: ignore[attr-defined]  # collectstatic reads it
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file's place, for the paths that this finder serves."""
        prefix, _, name = path.partition("/")
        if prefix != self.prefix or name not in self.files:
            return []
        found = self.storage.path(name)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Every file, with its storage, for collectstatic."""
        return ((name, self.storage) for name in self.files)
