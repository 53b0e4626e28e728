from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from smarketing.accounts.models import User
from smarketing.accounts.services.first_admin import check_first_admin_token


@pytest.mark.django_db
def test_first_admin_link_is_printed_while_there_is_no_admin() -> None:
    out = StringIO()
    call_command("first_admin_link", stdout=out)
    check_first_admin_token(out.getvalue().strip().rstrip("/").rpartition("/")[2])


def test_first_admin_link_is_refused_once_there_is_one(admin: User) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="has an administrator"):
        call_command("first_admin_link", stdout=out)
    assert out.getvalue() == ""
