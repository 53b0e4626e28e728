"""How much of the code a whole run of the tests has to go through: asked where coverage is measured (`--cov`).

Rules and writes are tested line by line and branch by branch; what stands around them, mostly.
"""

from __future__ import annotations

import io
from collections.abc import Generator

import coverage
import pytest

WHOLE = ["*/domain/*", "*/lib/*", "*/services/*"]
FLOORS = (
    ("domain, lib and services", {"include": WHOLE}, 99.0),
    ("the rest", {"omit": WHOLE}, 90.0),
)


class CoverageGate:
    """Fails a run that leaves more untested than the floors allow, and says which files."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Asks once the workers have ended and their measurements are one."""
        result = yield
        if session.testsfailed or session.shouldstop:
            return result
        measured = coverage.Coverage()
        measured.load()
        for name, files, floor in FLOORS:
            table = io.StringIO()
            share = measured.report(file=table, **files)
            self.said.append(f"{name}: {share:.1f} % tested, {floor:.0f} % asked")
            if share < floor:
                self.said.append(table.getvalue())
                session.testsfailed += 1
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says the shares above pytest's closing line."""
        for text in self.said:
            terminalreporter.write_line(text)
