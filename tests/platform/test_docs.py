"""What the documents say is what the code does: variables, make targets, commands, metrics."""

import os
import re
import subprocess
import sys
from html import unescape

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import reverse

from reporting.domain.metrics import REGISTRY
from smarketing.activity.events import REGISTRY as EVENTS

README = (settings.BASE_DIR / "README.md").read_text()
# Read by Compose, not by the product.
OF_COMPOSE = {"POSTGRES_PASSWORD"}


def variables_read():
    """Every environment variable that the settings read."""
    source = (settings.BASE_DIR / "smarketing" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))


def variables_in_readme():
    """Those of the table."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", README, flags=re.MULTILINE))


def test_every_variable_is_in_the_readme_and_in_the_example():
    example = (settings.BASE_DIR / ".env.example").read_text()
    assert variables_read() == variables_in_readme()
    assert variables_read() == set(re.findall(r"^#([A-Z_]+)=", example, flags=re.MULTILINE))


def test_every_event_is_in_the_description_of_the_api(client):
    """Programs that read the audit trail find there what its verbs say."""
    activity = client.get("/api/schema/?format=json").json()["paths"]["/api/v1/activity/"]["get"]
    (told,) = (each["description"] for each in activity["parameters"] if each["name"] == "verb")
    ours = {verb: event for verb, event in EVENTS.items() if not event.__module__.startswith("tests")}
    missing = [verb for verb, event in ours.items() if f"- `{verb}`: {event.__doc__.splitlines()[0]}" not in told]
    assert missing == []


def test_every_process_knows_every_event():
    """Also those that only a worker records: the web tells of them in the audit trail."""
    asked = "import django; django.setup(); from smarketing.activity.events import REGISTRY; print(*REGISTRY)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "smarketing.settings", "SECRET_KEY": "known-" * 10}
    known = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env=environment,
    ).stdout.split()
    written = {
        found
        for path in settings.BASE_DIR.glob("*/**/events.py")
        if path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts and "tests" not in path.parts
        for found in re.findall(r'verb: ClassVar\[str\] = "([a-z._]+)"', path.read_text())
    }
    assert set(known) == written


def test_compose_sets_only_variables_that_are_read():
    compose = (settings.BASE_DIR / "docker-compose.yml").read_text()
    named = set(re.findall(r"^\s+([A-Z][A-Z_]+):", compose, flags=re.MULTILINE))
    of_images = {name for name in named if name.startswith("POSTGRES_")}
    assert named - of_images <= variables_read()


def test_every_make_target_and_command_named_in_the_readme_exists():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=[ `\n])", README)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", README)) <= set(get_commands())


@pytest.mark.django_db
def test_every_metric_is_in_the_glossary_with_its_formula(executive, login):
    page = unescape(login(executive).get(reverse("reporting:metric-list")).content.decode())
    missing = [each.name for each in REGISTRY.values() if each.label not in page or each.formula not in page]
    assert missing == []
