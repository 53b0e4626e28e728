"""What a person likes for themself; no fact for the log."""

from smarketing.accounts.models import User
from smarketing.lib.errors import Invalid

THEMES = dict(User._meta.get_field("theme").choices or ())


def choose_theme(theme: str, *, actor: User) -> None:
    """Keeps how the person wants the pages drawn. Raises Invalid for an unknown theme."""
    if theme not in THEMES:
        raise Invalid(f"There is no theme “{theme}”.")
    User.objects.filter(pk=actor.pk).update(theme=theme)
