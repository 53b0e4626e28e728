"""How an installation without people gets its first administrator: by a link that only its owner can make."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound

SALT = "smarketing.first-admin"
LIVES_FOR_SECONDS = 24 * 3600


def has_admin() -> bool:
    """Whether somebody can administer the installation."""
    return User.objects.filter(is_admin=True, is_active=True).exists()


def first_admin_link() -> str | None:
    """A link, good for a day, that lets one person become the first administrator; None where there is one.

    The link says nothing but that it comes from this installation: it ends with its first use, because it is good
    only as long as there is no administrator.
    """
    if has_admin():
        return None
    return f"{settings.BASE_URL}/first-admin/{signing.dumps('first', salt=SALT)}/"


def check_first_admin_token(token: str) -> None:
    """Raises NotFound unless `token` comes from a link that is still good."""
    try:
        signing.loads(token, salt=SALT, max_age=LIVES_FOR_SECONDS)
    except signing.BadSignature as error:
        raise NotFound("This link is not valid, or older than a day. Start Smarketing again for a new one.") from error
    if has_admin():
        raise NotFound("This link was used: the installation has an administrator, who can invite you.")
