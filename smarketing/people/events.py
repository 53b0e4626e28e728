"""What happens to people, teams and the organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smarketing.activity.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(Event):
    """Somebody was asked to join, or asked again."""

    verb: ClassVar[str] = "people.user_invited"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "invited {name} ({email})"
    user_id: int
    name: str
    email: str
    teams: list[str]
    is_admin: bool
    is_executive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserJoined(Event):
    """Somebody accepted the invitation."""

    verb: ClassVar[str] = "people.user_joined"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "joined"
    user_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdminCreated(Event):
    """The installation got its first administrator, by the link printed where it runs."""

    verb: ClassVar[str] = "people.first_admin_created"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "became the first administrator"
    user_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRightsChanged(Event):
    """Somebody became, or ceased to be, an administrator or executive."""

    verb: ClassVar[str] = "people.user_rights_changed"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "changed the rights of {name}"
    user_id: int
    name: str
    old: dict[str, bool]
    new: dict[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailChanged(Event):
    """Somebody signs in with another address: by their own proof of it, or set by an administrator."""

    verb: ClassVar[str] = "people.user_email_changed"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "changed the e-mail of {name} from {old} to {new}"
    user_id: int
    name: str
    old: str
    new: str
    by_administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeactivated(Event):
    """Somebody can no longer sign in."""

    verb: ClassVar[str] = "people.user_deactivated"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "deactivated {name}"
    user_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReactivated(Event):
    """Somebody can sign in again."""

    verb: ClassVar[str] = "people.user_reactivated"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "reactivated {name}"
    user_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdated(Event):
    """Somebody changed their own name or zone."""

    verb: ClassVar[str] = "people.profile_updated"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "changed their profile"
    user_id: int
    old: dict[str, str]
    new: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipSet(Event):
    """Somebody joined a team, or became or ceased to be its manager; `old` is empty for a new member."""

    verb: ClassVar[str] = "people.membership_set"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "made {name} {new} of {team}"
    user_id: int
    name: str
    team_id: int
    team: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRemoved(Event):
    """Somebody left a team."""

    verb: ClassVar[str] = "people.membership_removed"
    subject_kind: ClassVar[str] = "user"
    subject_field: ClassVar[str | None] = "user_id"
    template: ClassVar[str] = "took {name} out of {team}"
    user_id: int
    name: str
    team_id: int
    team: str
    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSaved(Event):
    """A team was formed or renamed; `old` is empty for a new one."""

    verb: ClassVar[str] = "people.team_saved"
    subject_kind: ClassVar[str] = "team"
    subject_field: ClassVar[str | None] = "team_id"
    template: ClassVar[str] = "saved the team {name}"
    team_id: int
    name: str
    side: str
    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationUpdated(Event):
    """Name, zone or currency of the organisation changed."""

    verb: ClassVar[str] = "people.organisation_updated"
    subject_kind: ClassVar[str] = "organisation"
    template: ClassVar[str] = "changed the organisation's settings"
    old: dict[str, str]
    new: dict[str, str]
