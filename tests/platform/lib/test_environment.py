"""What an environment variable may say, and the sentence that a wrong one is answered with."""

import subprocess
import sys

import pytest
from django.conf import settings

from smarketing.lib.environment import Environment, WrongVariable


def env(value):
    return Environment({"IT": value})


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_set_to_nothing_counts_as_not_set(value):
    assert env(value).text("IT", "default") == "default"
    assert env(value).flag("IT", default=True) is True
    assert env(value).whole("IT", 7) == 7
    assert env(value).names("IT", ["a"]) == ["a"]
    assert env(value).address("IT", "redis://here", schemes=("redis",)) == "redis://here"


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda env: env.flag("IT", default=False), "True", True),
        (lambda env: env.flag("IT", default=True), "off", False),
        (lambda env: env.whole("IT", 1), "0", 0),
        (lambda env: env.choice("IT", "INFO", ("INFO", "DEBUG")), "debug", "DEBUG"),
        (lambda env: env.names("IT", ()), "a.example, b.example,", ["a.example", "b.example"]),
        (lambda env: env.address("IT", "", schemes=("redis", "rediss")), "rediss://:x@h:1/0", "rediss://:x@h:1/0"),
        (lambda env: env.rate("IT", ""), "10/second", "10/second"),
        (lambda env: env.sender("IT", ""), "Us <us@example.com>", "Us <us@example.com>"),
        (lambda env: env.secret("IT", why=""), "0123456789" * 5, "0123456789" * 5),
    ],
)
def test_a_right_value_is_read(read, value, expected):
    assert read(env(value)) == expected


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda env: env.flag("IT", default=False), "maybe", "IT=maybe cannot be used: it has to be true or false."),
        (
            lambda env: env.whole("IT", 1, least=1),
            "0",
            "IT=0 cannot be used: it has to be a whole number of 1 or more.",
        ),
        (lambda env: env.whole("IT", 1), "-1", "IT=-1 cannot be used: it has to be a whole number of 0 or more."),
        (
            lambda env: env.choice("IT", "INFO", ("INFO", "DEBUG")),
            "LOUD",
            "IT=LOUD cannot be used: it has to be one of INFO, DEBUG.",
        ),
        (
            lambda env: env.address("IT", "", schemes=("redis", "rediss")),
            "http://:password@h",
            "IT cannot be used: it has to begin with redis:// or rediss://.",
        ),
        (
            lambda env: env.address("IT", "", schemes=("redis",)),
            "redis://h:99999",
            "IT cannot be used: its port has to be a number from 1 to 65535.",
        ),
        (
            lambda env: env.address("IT", "", schemes=("redis",)),
            "redis:///0",
            "IT cannot be used: it names no host.",
        ),
        (
            lambda env: env.address("IT", "", schemes=("postgres",), path_names="database"),
            "postgres://h",
            "IT cannot be used: it names no database: write it after the host, as in postgres://host/name.",
        ),
        (
            lambda env: env.rate("IT", ""),
            "fast",
            "IT=fast cannot be used: it has to be a number for a time, such as 600/min or 10/second.",
        ),
        (
            lambda env: env.sender("IT", ""),
            "nobody",
            "IT=nobody cannot be used: it has to be an e-mail address, alone or as Name <name@example.com>.",
        ),
        (
            lambda env: env.secret("IT", why=""),
            "short",
            "IT is too easy to guess: use 50 or more random characters.",
        ),
        (lambda env: env.secret("IT", why="it signs."), "", "IT is not set: it signs."),
    ],
)
def test_a_wrong_value_is_answered_with_which_and_why(read, value, sentence):
    with pytest.raises(WrongVariable) as refused:
        read(env(value))
    assert str(refused.value) == sentence


def test_a_command_with_a_wrong_variable_ends_with_the_sentence_alone():
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={"API_RATE": "fast", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert (
        ended.stderr
        == "API_RATE=fast cannot be used: it has to be a number for a time, such as 600/min or 10/second.\n"
    )
