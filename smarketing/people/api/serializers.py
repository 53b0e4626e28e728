"""What programs see and send about people."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from smarketing.accounts.models import Membership, Organisation, Role, Side, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.api.models import ApiToken
from smarketing.api.serializing import Asked
from smarketing.notifications.models import Notification, Topic
from smarketing.notifications.selectors import mail_topics


class TeamOut(serializers.ModelSerializer[Team]):
    """A team."""

    class Meta:
        model = Team
        fields = ("id", "name", "side")


class TeamIn(Asked):
    """A team's name and side."""

    shown = TeamOut
    replaces = True

    name = serializers.CharField(max_length=100)
    side = serializers.ChoiceField(choices=Side.choices)


class MembershipOut(serializers.ModelSerializer[Membership]):
    """A place in a team."""

    team = TeamOut()

    class Meta:
        model = Membership
        fields = ("team", "is_manager")


class UserOut(serializers.ModelSerializer[User]):
    """A person, as colleagues see them."""

    roles = serializers.SerializerMethodField()
    memberships = MembershipOut(many=True)

    class Meta:
        model = User
        fields: ClassVar[tuple[str, ...]] = ("id", "name", "email", "is_active", "roles", "memberships")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Role.choices)))
    def get_roles(self, user: User) -> list[str]:
        """Derived from memberships; sorted."""
        return sorted(user.roles)


class InvitedOut(UserOut):
    """A person who was invited. Where no mail takes the link to join by, it is told here, this once."""

    invitation_link = serializers.CharField(read_only=True, default="")

    class Meta(UserOut.Meta):
        fields: ClassVar[tuple[str, ...]] = (*UserOut.Meta.fields, "invitation_link")


class OrganisationOut(serializers.ModelSerializer[Organisation]):
    """The company."""

    class Meta:
        model = Organisation
        fields = ("name", "timezone", "currency")


class MeOut(UserOut):
    """The person that the token or session belongs to."""

    organisation = serializers.SerializerMethodField()
    mail_topics = serializers.SerializerMethodField(help_text="What the person is mailed about.")

    class Meta(UserOut.Meta):
        fields = (*UserOut.Meta.fields, "timezone", "theme", "mail_topics", "organisation")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Topic.choices)))
    def get_mail_topics(self, user: User) -> list[str]:
        """All topics but those opted out of."""
        return mail_topics(user)

    @extend_schema_field(OrganisationOut)
    def get_organisation(self, user: User) -> dict[str, Any]:
        """The one organisation."""
        return dict(OrganisationOut(Organisation.current()).data)


class ProfileIn(Asked):
    """What a person may change about themself."""

    shown = MeOut

    name = serializers.CharField(max_length=150, required=False)
    timezone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    theme = serializers.ChoiceField(choices=["", "light", "dark"], required=False)
    mail_topics = serializers.ListField(
        child=serializers.ChoiceField(choices=Topic.choices), required=False, help_text="Mailed about exactly these."
    )


class MembershipIn(Asked):
    """A place in a team, by the team's id."""

    team = serializers.IntegerField(min_value=1)
    is_manager = serializers.BooleanField(default=False)


class InvitationIn(Asked):
    """Whom to invite, into which role."""

    email = serializers.EmailField()
    name = serializers.CharField(max_length=150)
    memberships = MembershipIn(many=True, required=False)
    is_admin = serializers.BooleanField(default=False)
    is_executive = serializers.BooleanField(default=False)


class RightsIn(Asked):
    """Rights beside those of the teams."""

    is_admin = serializers.BooleanField()
    is_executive = serializers.BooleanField()


class EmailIn(Asked):
    """Another e-mail address."""

    email = serializers.EmailField(max_length=254)


class OrganisationIn(Asked):
    """The company's settings."""

    shown = OrganisationOut
    replaces = True

    name = serializers.CharField(max_length=200)
    timezone = serializers.CharField(max_length=64)
    currency = serializers.CharField(max_length=3)


class ActivityOut(serializers.ModelSerializer[ActivityEntry]):
    """One entry of the audit trail."""

    sentence = serializers.CharField(read_only=True)

    class Meta:
        model = ActivityEntry
        fields = (
            "id",
            "occurred_at",
            "verb",
            "sentence",
            "actor",
            "actor_label",
            "subject_kind",
            "subject_id",
            "lead_id",
            "data",
            "correlation_id",
        )


class TokenMade(serializers.ModelSerializer[ApiToken]):
    """A token without its text."""

    class Meta:
        model = ApiToken
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "name",
            "prefix",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        )


class NewToken(Asked):
    """What a token is for, and until when."""

    name = serializers.CharField(max_length=100)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class TokenShown(TokenMade):
    """A new token with its text, shown this once."""

    token = serializers.CharField()

    class Meta(TokenMade.Meta):
        fields = (*TokenMade.Meta.fields, "token")


class NotificationOut(serializers.ModelSerializer[Notification]):
    """One thing that the person is told."""

    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "body", "url", "created_at", "read_at")
