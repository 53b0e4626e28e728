"""What an installation can have wrong that Django cannot know. `up` asks before it starts, `check` whenever wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host
from redis import Redis
from redis.exceptions import RedisError

LOCAL = {"localhost", "127.0.0.1", "::1"}
EVICTS_NOTHING = "noeviction"


@register()
def base_url_is_answered(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Mails and redirects lead to BASE_URL, so that its host has to be one that is answered."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    if validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"The host of BASE_URL, {host}, is not among ALLOWED_HOSTS, so that every link of a mail is refused.",
            hint=f"Add {host} to ALLOWED_HOSTS, or leave ALLOWED_HOSTS out.",
            id="smarketing.E001",
        )
    ]


@register()
def https_is_seen(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The web process itself speaks HTTP: whether a reader came by HTTPS it learns from the proxy before it."""
    if not settings.SECURE or settings.TRUSTED_PROXY_COUNT:
        return []
    return [
        Error(
            "BASE_URL begins with https, but no proxy is trusted to say so: every page would lead to itself again.",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies before Smarketing, which is 1 in most places.",
            id="smarketing.E002",
        )
    ]


@register()
def uploads_can_be_kept(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Files to import wait in MEDIA_ROOT until a worker reads them."""
    wanted = Path(settings.MEDIA_ROOT)
    place = next(folder for folder in (wanted, *wanted.parents) if folder.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"Uploaded files cannot be kept in MEDIA_ROOT: {place} is no folder that this user may write into.",
            hint="Give the user that runs Smarketing that folder, or set MEDIA_ROOT to another one.",
            id="smarketing.E003",
        )
    ]


@register(Tags.security, deploy=True)
def mail_leaves(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a mail server, warnings of promises that run out stay in files that nobody reads."""
    if settings.EMAIL_URL or urlsplit(settings.BASE_URL).hostname in LOCAL:
        return []
    return [
        Warning(
            "No mail leaves this installation: invitations, warnings and minutes are written to files.",
            hint="Set EMAIL_URL to a mail server.",
            id="smarketing.W001",
        )
    ]


@register(Tags.security, deploy=True)
def broker_keeps_messages(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Redis carries what the pages order; with a limit of memory and an eviction policy it drops some of that."""
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3) as broker:
            broker.ping()
            memory = broker.info("memory")
    except RedisError as error:
        return [
            Error(
                f"Redis does not answer: {error}.",
                hint="See that REDIS_URL is right and that Redis runs. No work is lost, but none is done either.",
                id="smarketing.E004",
            )
        ]
    policy = str(memory.get("maxmemory_policy", EVICTS_NOTHING))
    if not memory.get("maxmemory") or policy == EVICTS_NOTHING:
        return []
    return [
        Warning(
            f"Redis drops what it holds once its memory is full (maxmemory-policy {policy}), orders of work among it.",
            hint=f"Set maxmemory-policy to {EVICTS_NOTHING}. What is dropped is found again by sweeps, but late.",
            id="smarketing.W002",
        )
    ]
