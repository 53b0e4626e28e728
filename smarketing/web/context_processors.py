"""What every page may ask for."""

from typing import Any

from django.http import HttpRequest

from smarketing.web.navigation import Shell
from smarketing.web.themes import theme_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`: navigation, drawn lazily; `theme`: `light`, `dark`, or empty where the device decides."""
    return {"shell": Shell(request), "theme": theme_of(request)}
