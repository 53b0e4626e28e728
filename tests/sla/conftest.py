"""An agreement in force, signed by both sides, by which the tests of this folder measure."""

from __future__ import annotations

import pytest

from sla.models import AgreementVersion, WorkingCalendar
from smarketing.accounts.models import User
from smarketing.notifications.models import Notification, OutboxMessage
from tests.sla import factories


@pytest.fixture
def calendar(admin: User) -> WorkingCalendar:
    """Monday to Friday, nine to five, UTC."""
    return factories.make_calendar(admin)


@pytest.fixture
def agreement(calendar: WorkingCalendar, marketing_manager: User, sales_manager: User) -> AgreementVersion:
    """Version 1, in force since long ago; what people were told of its signing is forgotten."""
    version = factories.make_agreement(marketing_manager, sales_manager)
    Notification.objects.all().delete()
    OutboxMessage.objects.all().delete()
    return version
