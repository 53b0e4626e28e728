"""Light, dark or as the device has it: kept with the person, and in a cookie for those who are not signed in."""

from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
THEMES = ("", "light", "dark")
_YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """The theme to draw in; empty where the device decides."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.theme)
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


def remember(response: HttpResponse, theme: str, *, secure: bool) -> None:
    """Keeps the choice in the browser for a year, for the pages before signing in."""
    response.set_cookie(COOKIE, theme, max_age=_YEAR, samesite="Lax", secure=secure, httponly=True)
