"""The theme's switch."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from smarketing.accounts.services.preferences import choose_theme
from smarketing.web import themes


@login_not_required
@require_POST
def theme_choose(request: HttpRequest) -> HttpResponse:
    """Keeps light, dark or as the device has it, and returns to where the switch was."""
    theme = request.POST.get("theme", "")
    theme = theme if theme in themes.THEMES else ""
    if request.user.is_authenticated:
        choose_theme(theme, actor=request.user)
    back = request.POST.get("next", "")
    response = redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
    themes.remember(response, theme, secure=request.is_secure())
    return response
