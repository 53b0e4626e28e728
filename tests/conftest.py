"""What every test run needs before Django loads: its own PostgreSQL and Redis, and which tests can run here.

Unless DATABASE_URL and REDIS_URL are set, the servers in ``.local/test`` are started. They are left running
for the next run; ``make test`` and ``python -m smarketing.local stop --test`` stop them.
"""

import os
from importlib import import_module

import django
import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings

from tests.browsers import find_chromium
from tests.coverage_gate import CoverageGate
from tests.servers import prepare_environment

prepare_environment()
os.environ["DJANGO_SETTINGS_MODULE"] = "smarketing.settings"
django.setup()
# Argon2 is slow on purpose; tests log in a thousand times.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Every test client loads the middleware, which would look at each static file there is; now it looks when one is asked.
settings.WHITENOISE_AUTOREFRESH = True
# Tests in real transactions are cleaned up by emptying every table; the log's trigger refuses that to anybody else.
settings.DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c smarketing.allow_truncate=on"
# A process that xdist starts would inherit it, and pytest-django would load settings there before this file.
del os.environ["DJANGO_SETTINGS_MODULE"]

# How long an example takes says nothing about whether it holds.
hypothesis_settings.register_profile("product", deadline=None)
hypothesis_settings.load_profile("product")

pytest_plugins = ["tests.fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("cov_source", None) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(CoverageGate())
    if os.environ.get("SMARKETING_REQUIRE_BROWSER") == "1" and find_chromium() is None:
        raise pytest.UsageError(
            "SMARKETING_REQUIRE_BROWSER=1, and no Chromium was found. Install the package `chromium`."
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are left out, which the summary says; they are not skipped one by one."""
    if find_chromium() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.write_line("No Chromium here: tests marked `browser` were left out.")


@pytest.fixture(autouse=True)
def _rows_of_migrations(request: pytest.FixtureRequest) -> None:
    """Brings back rows that migrations made: a test that really commits empties every table when it ends."""
    marker = request.node.get_closest_marker("django_db")
    if "_django_db_helper" not in request.fixturenames or marker is None:
        return
    if "default" not in marker.kwargs.get("databases", ["default"]):
        return
    request.getfixturevalue("_django_db_helper")
    from django.apps import apps

    if not apps.get_model("leads", "RejectionReason").objects.exists():
        import_module("leads.migrations.0002_rejection_reasons").add(apps, None)
    if not apps.get_model("leads", "LossReason").objects.exists():
        import_module("leads.migrations.0014_loss_reasons").add(apps, None)
