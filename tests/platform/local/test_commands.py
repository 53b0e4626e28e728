"""Containers and configuration say the same as the code does."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from smarketing.local import commands
from smarketing.local.places import CHECKOUT

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_compose_runs_the_commands_that_up_runs() -> None:
    said = {name: shlex.split(SERVICES[name]["command"]) for name in ("web", "worker", "beat")}
    assert said == {
        "web": commands.web(8000, "0.0.0.0", python="python"),
        "worker": commands.worker(python="python"),
        "beat": commands.beat(Path("/tmp/celerybeat-schedule"), python="python"),
    }


def test_image_runs_the_web_command() -> None:
    text = (CHECKOUT / "Dockerfile").read_text()
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert json.loads(command) == commands.web(8000, "0.0.0.0", python="python")
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)


def test_compose_has_every_part_and_publishes_the_proxy_only() -> None:
    assert set(SERVICES) == {"migrate", "web", "worker", "beat", "postgres", "redis", "proxy"}
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    for name, service in SERVICES.items():
        for needed in service.get("depends_on", {}):
            assert needed in SERVICES, name
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in COMPOSE["volumes"], name
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"web"}  # the image's own


def test_image_holds_all_that_the_program_reads() -> None:
    allowed = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert {
        "manage.py",
        "requirements.lock",
        "smarketing",
        "leads",
        "sla",
        "reporting",
        "meetings",
        "templates",
    } <= allowed
    assert [name for name in allowed if not (CHECKOUT / name).exists()] == []


def variables(text: str) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", text, re.MULTILINE))


def test_env_example_names_every_variable_that_settings_read() -> None:
    settings = (CHECKOUT / "smarketing" / "settings.py").read_text()
    read = set(re.findall(r"(?:\benv(?:\.\w+)?|required)\(\s*\"([A-Z_]+)\"", settings))
    assert variables((CHECKOUT / ".env.example").read_text()) == read


def test_compose_sets_only_variables_that_settings_read() -> None:
    assert set(SERVICES["web"]["environment"]) <= variables((CHECKOUT / ".env.example").read_text())


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_holds_a_hash_for_every_package_and_no_address_of_an_index(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    for block in re.split(r"\n(?=\S)", text):
        assert block.startswith("#") or "--hash=sha256:" in block, block
    assert "http" not in text


def test_development_lock_contains_the_lock_of_the_program() -> None:
    pins, more = (
        set(re.findall(r"^(\S+==\S+)", (CHECKOUT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert pins - more == set()
