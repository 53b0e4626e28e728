"""What a person wants mailed; no fact for the log."""

from collections.abc import Collection

from django.db import transaction

from smarketing.accounts.models import User
from smarketing.lib.errors import Invalid
from smarketing.notifications.models import MailOptOut, Topic


@transaction.atomic
def choose_mails(topics: Collection[str], *, actor: User) -> None:
    """The person is mailed about exactly these topics from now on. Raises Invalid for an unknown one."""
    unknown = set(topics) - set(Topic.values)
    if unknown:
        text = f"There is no topic “{min(unknown)}”."
        raise Invalid(text, fields={"mail_topics": [text]})
    MailOptOut.objects.filter(user=actor, topic__in=topics).delete()
    MailOptOut.objects.bulk_create(
        [MailOptOut(user=actor, topic=topic) for topic in Topic.values if topic not in topics], ignore_conflicts=True
    )
