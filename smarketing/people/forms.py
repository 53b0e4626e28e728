"""The shape of what people post about people. Services hold the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from smarketing.accounts.models import Organisation, Side, Team, User
from smarketing.activity.events import REGISTRY
from smarketing.lib.zones import zone_names
from smarketing.notifications.models import Topic
from smarketing.notifications.selectors import mail_topics
from smarketing.web.asking import EditForm, Form
from smarketing.web.forms import DateInput, LongSelect, SearchInput

NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


def zone_choices(empty: str = "") -> list[tuple[str, str]]:
    """Every IANA zone; first, where given, what an empty choice means."""
    names = sorted(name for name in zone_names() if "/" in name and not name.startswith("Etc/"))
    return ([("", empty)] if empty else []) + [("UTC", "UTC")] + [(name, name.replace("_", " ")) for name in names]


class PeopleFilterForm(forms.Form):
    """What narrows the list of people."""

    q = forms.CharField(label="Search", required=False, widget=SearchInput)
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="All teams")
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Active"), ("invited", "Invited"), ("deactivated", "Deactivated"), ("all", "All")],
    )


class InviteForm(Form):
    """Whom to invite."""

    refusal_fields = {"memberships": "team"}

    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="No team")
    is_manager = forms.BooleanField(label="Manages the team", required=False)
    is_admin = forms.BooleanField(label="Administrator: users, teams, settings, audit trail", required=False)
    is_executive = forms.BooleanField(label="Executive: reads every summary, changes nothing", required=False)

    def values(self) -> dict[str, Any]:
        """As `invite_user` takes them."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "email": given["email"],
            "teams": [(given["team"].pk, given["is_manager"])] if given["team"] else [],
            "is_admin": given["is_admin"],
            "is_executive": given["is_executive"],
        }


class RightsForm(EditForm):
    """Rights beside those of the teams."""

    is_admin = forms.BooleanField(label="Administrator: users, teams, settings, audit trail", required=False)
    is_executive = forms.BooleanField(label="Executive: reads every summary, changes nothing", required=False)


class MembershipForm(Form):
    """A place in a team."""

    team = forms.ModelChoiceField(Team.objects.all(), empty_label=None)
    is_manager = forms.ChoiceField(label="As", choices=[("", "Member"), ("1", "Manager")], required=False)


class TeamForm(Form):
    """A new team."""

    name = forms.CharField(max_length=100)
    side = forms.ChoiceField(choices=Side.choices, widget=forms.RadioSelect)


class TeamNameForm(EditForm):
    """Another name for a team; its side stays."""

    name = forms.CharField(max_length=100)


class OrganisationForm(EditForm):
    """The company's settings."""

    name = forms.CharField(max_length=200)
    timezone = forms.ChoiceField(
        label="Time zone",
        widget=LongSelect,
        help_text="Days, weeks and months of reports begin by this zone's clock.",
    )
    currency = forms.CharField(
        max_length=3, min_length=3, help_text="Three letters, such as EUR. What is booked already keeps its currency."
    )

    def __init__(self, organisation: Organisation, data: Any = None) -> None:
        initial = {"name": organisation.name, "timezone": organisation.timezone, "currency": organisation.currency}
        super().__init__(data, initial=initial)
        self.fields["timezone"].choices = _with_current(zone_choices(), organisation.timezone)


class ProfileForm(EditForm):
    """What a person says of themself."""

    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    timezone = forms.ChoiceField(
        label="Time zone", required=False, widget=LongSelect, help_text="Times on your screens are in this zone."
    )
    theme = forms.ChoiceField(
        label="Colours", required=False, choices=[("", "As the device"), ("light", "Light"), ("dark", "Dark")]
    )
    mail_topics = forms.MultipleChoiceField(
        label="Mail me about",
        required=False,
        choices=Topic.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="The bell tells you of everything; this is what comes by e-mail too, in your working hours.",
    )

    def __init__(self, user: User, data: Any = None) -> None:
        initial = {"name": user.name, "timezone": user.timezone, "theme": user.theme, "mail_topics": mail_topics(user)}
        super().__init__(data, initial=initial)
        usual = f"The company's ({Organisation.current().timezone})"
        self.fields["timezone"].choices = _with_current(zone_choices(usual), user.timezone)


class EmailForm(Form):
    """Another e-mail address."""

    email = forms.EmailField(
        label="New e-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class TokenForm(Form):
    """A new API token."""

    name = forms.CharField(max_length=100, label="What it is for", help_text="For example: the nightly export.")
    days = forms.TypedChoiceField(
        label="Ends",
        choices=[("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), ("0", "never")],
        coerce=int,
        initial="90",
    )


class AcceptForm(Form):
    """The first sign-in of an invited person."""

    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        widget=NEW_PASSWORD, strip=False, help_text="At least ten characters, and not one that others would guess."
    )


class FirstAdminForm(AcceptForm):
    """The first administrator of an installation."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )

    field_order = ("name", "email", "password")


class AuditFilterForm(forms.Form):
    """What narrows the audit trail."""

    verb = forms.ChoiceField(label="What", required=False)
    actor = forms.ModelChoiceField(User.objects.all(), label="Who", required=False, empty_label="Everybody")
    from_on = forms.DateField(label="From", required=False, widget=DateInput)
    to_on = forms.DateField(label="To", required=False, widget=DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verb"].choices = verb_choices()


def verb_choices() -> list[Any]:
    """Every kind of event, grouped by the app that tells of it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for verb in sorted(REGISTRY):
        app, _, rest = verb.partition(".")
        groups.setdefault(app, [(app, f"All of {_APPS.get(app, app)}")]).append((verb, rest.replace("_", " ")))
    return [("", "Everything"), *((_APPS.get(app, app.capitalize()), choices) for app, choices in groups.items())]


_APPS = {"sla": "SLA", "api": "API"}


def _with_current(choices: list[tuple[str, str]], current: str) -> list[tuple[str, str]]:
    """A zone that is stored stays choosable, whatever name it has."""
    return choices if any(value == current for value, _ in choices) else [*choices, (current, current)]
