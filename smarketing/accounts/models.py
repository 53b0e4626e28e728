"""The company, its people, its two sides."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.timezone import now

from smarketing.accounts.remembered import remembered
from smarketing.lib.zones import zone_names


def validate_timezone(name: str) -> None:
    """Refuses a name that is not an IANA time zone."""
    if name not in zone_names():
        raise ValidationError(f"“{name}” is not a time zone; use a name such as Europe/Berlin.")


class Side(models.TextChoices):
    """The two sides of the agreement."""

    MARKETING = "marketing", "Marketing"
    SALES = "sales", "Sales"


class Role(models.TextChoices):
    """What a person may do; derived from memberships and two flags, never stored."""

    MARKETER = "marketer", "Marketer"
    REP = "rep", "Sales rep"
    MARKETING_MANAGER = "marketing_manager", "Marketing manager"
    SALES_MANAGER = "sales_manager", "Sales manager"
    ADMIN = "admin", "Admin"
    EXECUTIVE = "executive", "Executive"


class Organisation(models.Model):
    """The one company that this installation serves."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="organisation_only_one"),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="organisation_currency_is_iso_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Organisation:
        """The organisation; created unnamed on first use, so that no screen needs a set-up step to open."""
        return remembered("organisation", cls._read)

    @classmethod
    def _read(cls) -> Organisation:
        # Every page asks for it, and to build the query takes longer than to run it.
        for found in cls.objects.raw("SELECT * FROM accounts_organisation WHERE id = 1"):
            return found
        return cls.objects.get_or_create(id=1, defaults={"name": "Our company"})[0]


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who signs in with `email` (kept in lower case); without a password, only by invitation."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The person who signs in with this e-mail, in whatever case it is typed. Raises User.DoesNotExist."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. Never deleted, only deactivated: facts name them."""

    email = models.EmailField("e-mail", max_length=254)
    name = models.CharField(max_length=150)
    timezone = models.CharField(
        max_length=64, blank=True, validators=[validate_timezone], help_text="Empty: the organisation's."
    )
    theme = models.CharField(
        max_length=5, blank=True, choices=[("", "As the device"), ("light", "Light"), ("dark", "Dark")]
    )
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    is_executive = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_ci")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def places(self) -> list[tuple[int, str, bool]]:
        """Each team's id and side and whether the person manages it; one query, unless whoever read the person did."""
        if "memberships" in getattr(self, "_prefetched_objects_cache", {}):
            return [(each.team_id, each.team.side, each.is_manager) for each in self.memberships.all()]
        # Every request asks for it, and to build the query takes longer than to run it.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT m.team_id, t.side, m.is_manager FROM accounts_membership m"
                " JOIN accounts_team t ON t.id = m.team_id WHERE m.user_id = %s",
                [self.pk],
            )
            return list(cursor.fetchall())

    @cached_property
    def roles(self) -> frozenset[str]:
        """The person's roles, from memberships and flags; kept for the life of the instance."""
        if not self.is_active:
            return frozenset()
        found = {_ROLE_OF[Side(side), manages] for _, side, manages in self.places}
        # A manager may do what the members of the team may.
        if Role.MARKETING_MANAGER in found:
            found.add(Role.MARKETER)
        if Role.SALES_MANAGER in found:
            found.add(Role.REP)
        if self.is_admin:
            found.add(Role.ADMIN)
        if self.is_executive:
            found.add(Role.EXECUTIVE)
        return frozenset(found)

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """Ids of the teams the person belongs to."""
        return frozenset(team_id for team_id, _, _ in self.places)

    @property
    def role_label(self) -> str:
        """The most telling role, in words."""
        for role in (
            Role.ADMIN,
            Role.MARKETING_MANAGER,
            Role.SALES_MANAGER,
            Role.MARKETER,
            Role.REP,
            Role.EXECUTIVE,
        ):
            if role in self.roles:
                return str(role.label)
        return "No role"

    @property
    def side(self) -> str:
        """`marketing`, `sales` or empty where the person is of both or neither."""
        sides = {side for role, side in ((Role.MARKETER, Side.MARKETING), (Role.REP, Side.SALES)) if role in self.roles}
        return str(sides.pop().value) if len(sides) == 1 else ""

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        parts = self.name.split() or [self.email]
        return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()


_ROLE_OF = {
    (Side.MARKETING, False): Role.MARKETER,
    (Side.MARKETING, True): Role.MARKETING_MANAGER,
    (Side.SALES, False): Role.REP,
    (Side.SALES, True): Role.SALES_MANAGER,
}


class Team(models.Model):
    """A group of people on one side."""

    name = models.CharField(max_length=100)
    side = models.CharField(max_length=9, choices=Side.choices)

    class Meta:
        ordering = ["side", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="team_name_unique_ci"),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="team_side_valid"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in a team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    is_manager = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="membership_once_per_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Invitation(models.Model):
    """A link by which one invited person chooses a password, once. Only a digest of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open_per_user",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="invitation_expires_after_creation"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(revoked_at__isnull=True),
                name="invitation_accepted_or_revoked",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.user}"


class Signature(models.Model):
    """One side's signature under exactly one content, named by its hash."""

    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    content_hash = models.CharField(max_length=64)
    side = models.CharField(max_length=9, choices=Side.choices)
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "content_hash", "side"], name="signature_once_per_side"
            ),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="signature_side_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.signer} for {self.side}"
