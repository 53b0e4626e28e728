"""What meetings hear of others."""

from leads.events import DefinitionVersionDrafted
from meetings.services.drafts import follow_draft
from smarketing.activity.bus import in_transaction


def register() -> None:
    """Called when the app is ready."""
    in_transaction(DefinitionVersionDrafted, follow_draft)
