"""The migrations of each app are one line: no branches, no merges, one at the end, numbered as they follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

LOADER = MigrationLoader(None)
OURS = sorted(
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).is_relative_to(settings.BASE_DIR)
    and not Path(config.path).is_relative_to(settings.BASE_DIR / ".venv")
    and config.label in LOADER.migrated_apps
)


def test_our_apps_are_found() -> None:
    assert {"accounts", "activity", "leads", "sla", "reporting", "meetings"} <= set(OURS)


@pytest.mark.parametrize("app", OURS)
def test_migrations_are_one_line(app: str) -> None:
    names = sorted(name for label, name in LOADER.disk_migrations if label == app)
    assert [name.partition("_")[0] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]
    before = {
        name: [of for label, of in LOADER.disk_migrations[app, name].dependencies if label == app] for name in names
    }
    assert before == {name: names[i - 1 : i] if i else [] for i, name in enumerate(names)}
    assert LOADER.graph.leaf_nodes(app) == [(app, names[-1])]


@pytest.mark.parametrize("app", OURS)
def test_no_migration_replaces_or_merges_others(app: str) -> None:
    found = {name: migration.replaces for (label, name), migration in LOADER.disk_migrations.items() if label == app}
    assert [name for name, replaces in found.items() if replaces or "merge" in name] == []
