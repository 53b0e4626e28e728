"""What is registered fits together: events have sentences, tasks and schedule have each other."""

import ast
import re
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest
from django.conf import settings

from smarketing.activity.events import REGISTRY, Event
from smarketing.celery import app

EVENTS = sorted(REGISTRY.values(), key=lambda event: event.verb)


def every_event_class() -> set[type[Event]]:
    found, waiting = set(), [Event]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            found.add(each)
    return found


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.verb)
def test_every_event_tells_what_happened(event):
    names = {field.name for field in fields(event)}
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", event.verb)
    assert event.verb.split(".")[0] in event.__module__.split("."), "the verb begins with its app"
    assert event.subject_kind
    assert event.subject_field is None or event.subject_field in names
    named = {name for _, name, _, _ in Formatter().parse(event.template) if name is not None}
    assert event.template
    assert named <= names, "the sentence names only fields that the event has"
    assert event.__doc__


def test_no_event_is_without_a_verb_or_shares_one():
    # dataclass(slots=True) leaves the class before it behind; both carry one verb and one name.
    verbs: dict[str, set[str]] = {}
    for event in every_event_class():
        if not event.__module__.startswith("tests"):
            verbs.setdefault(event.verb, set()).add(f"{event.__module__}.{event.__qualname__}")
    assert "" not in verbs
    assert {verb: names for verb, names in verbs.items() if len(names) > 1} == {}


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted - set(app.tasks) == set()


def product_files():
    """Every Python file of the product, with what it says."""
    for app_name in ("smarketing", "leads", "sla", "reporting", "meetings"):
        for path in Path(settings.BASE_DIR, app_name).rglob("*.py"):
            yield path, path.read_text()


def test_tasks_are_enqueued_by_subscribers_only():
    """Work that needs committed rows is never queued inside the transaction that writes them."""
    wrong = [
        f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}"
        for path, text in product_files()
        if path.name != "subscribers.py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task")
    ]
    assert wrong == []


def test_every_task_is_scheduled_or_enqueued():
    """A task that nothing starts is work that a lost message loses for good."""
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    enqueued = "".join(text for path, text in product_files() if path.name == "subscribers.py")
    tasks = {name: task for name, task in app.tasks.items() if not name.startswith(("celery.", "tests."))}
    idle = {name for name, task in tasks.items() if f"{task.__name__}.delay(" not in enqueued} - scheduled
    assert idle == set()


def test_tasks_survive_a_lost_worker_and_end_in_time():
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert (conf.accept_content, conf.task_serializer) == (["json"], "json")
