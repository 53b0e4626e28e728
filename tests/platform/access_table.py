"""Who gets in where: one line for every address of the product.

A line is `"<url name>": to(<roles>, <keyword>=<thing>)`. The roles are those that get in by any method; everybody else
is refused (sign-in page, 401, 403 or 404). `<thing>` names a row of `world()` in `test_access.py`, whose id fills the
address; `"=text"` is that text itself. Where a method differs, it has a line of its own, the method put before the
name: `"POST lead-list": to(…)`. A line may send a body: `to(…).sending(name="x", team="@north")`; `@` again names a
row. The API asks the role before it criticises a body; what is named in a body decides who gets in where it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

ANONYMOUS = "anonymous"
NOBODY = "nobody"

MARKETING = frozenset({"marketer", "marketing_manager"})
NORTH = frozenset({"rep", "teammate", "sales_manager"})
SALES = NORTH | {"stranger"}
#: The rep to whom a handoff or a deal belongs, and the manager of the team.
OWNER = frozenset({"rep", "sales_manager"})
MANAGERS = frozenset({"marketing_manager", "sales_manager"})
ADMIN = frozenset({"admin"})
EXECUTIVE = frozenset({"executive"})
#: Anybody with a role.
EVERYBODY = MARKETING | SALES | ADMIN | EXECUTIVE
#: Sees every lead; reps see those of their team and their own.
SEES_ALL = MARKETING | {"sales_manager"} | ADMIN | EXECUTIVE
SIGNED_IN = EVERYBODY | {NOBODY}
ANYONE = SIGNED_IN | {ANONYMOUS}
NO_ONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Line:
    """Roles that get in, what fills the address, and what is sent."""

    roles: frozenset[str]
    things: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    def sending(self, **body: Any) -> Line:
        """The same line with a body."""
        return replace(self, body=body)


def to(roles: frozenset[str] | set[str], **things: str) -> Line:
    """A line."""
    return Line(frozenset(roles), things)


#: Those who take part in the meeting, and those who see every meeting.
WRITERS = MANAGERS | {"marketer", "rep"}
INVITED = WRITERS | ADMIN | EXECUTIVE

TABLE: dict[str, Line] = {
    # The frame
    "healthz": to(ANYONE),
    "readyz": to(ANYONE),
    "web:theme": to(ANYONE),
    "web:style": to(ADMIN),
    "web:style-dialog": to(ADMIN),
    "web:style-figure": to(ADMIN),
    "web:style-answer": to(ADMIN, kind="=success"),
    # Signing in
    "account_login": to(ANYONE),
    "account_logout": to(ANYONE),
    "account_inactive": to(ANYONE),
    "account_signup": to(ANYONE),
    "account_reauthenticate": to(SIGNED_IN),
    "account_email": to(SIGNED_IN),
    "account_email_verification_sent": to(ANYONE),
    "account_change_password": to(SIGNED_IN),
    "account_set_password": to(SIGNED_IN),
    "account_reset_password": to(ANYONE),
    "account_confirm_login_code": to(SIGNED_IN),
    "account_confirm_email": to(ANYONE, key="=x"),
    # There is no such key, so that nothing is confirmed.
    "POST account_confirm_email": to(NO_ONE, key="=x"),
    "account_reset_password_from_key": to(ANYONE, uidb36="=1", key="=x"),
    "account_reset_password_from_key_done": to(ANYONE),
    "account_reset_password_done": to(ANYONE),
    "mfa_index": to(SIGNED_IN),
    "mfa_authenticate": to(SIGNED_IN),
    "mfa_reauthenticate": to(SIGNED_IN),
    # Nobody here has a second factor yet, so these are not there.
    "mfa_deactivate_totp": to(NO_ONE),
    "mfa_view_recovery_codes": to(NO_ONE),
    "mfa_download_recovery_codes": to(NO_ONE),
    "mfa_activate_totp": to(SIGNED_IN),
    "mfa_generate_recovery_codes": to(SIGNED_IN),
    # Notifications
    "notifications:list": to(SIGNED_IN),
    "notifications:bell": to(SIGNED_IN),
    "notifications:read-all": to(SIGNED_IN),
    "notifications:open": to({"rep"}, pk="notification"),
    # People
    "people:person-list": to(ADMIN),
    "people:person-invite": to(ADMIN),
    "people:person-detail": to(ADMIN, pk="rep"),
    "people:person-rights": to(ADMIN, pk="rep"),
    "people:person-email": to(ADMIN, pk="rep"),
    "people:person-deactivate": to(ADMIN, pk="rep"),
    "people:person-reactivate": to(ADMIN, pk="rep"),
    "people:person-invite-again": to(ADMIN, pk="invited"),
    "people:membership-set": to(ADMIN, pk="rep"),
    "people:membership-remove": to(ADMIN, pk="rep", team_pk="north"),
    "people:team-list": to(ADMIN),
    "people:team-create": to(ADMIN),
    "people:team-edit": to(ADMIN, pk="north"),
    "people:organisation": to(ADMIN),
    "people:audit": to(ADMIN),
    "people:profile": to(SIGNED_IN),
    "people:email": to(SIGNED_IN),
    "people:tokens": to(SIGNED_IN),
    "people:token-revoke": to({"rep", "admin"}, pk="token"),
    # Links that are not guessed open nothing for anybody.
    "people:invitation": to(NO_ONE, token="=guess"),
    "people:email-confirm": to(NO_ONE, token="=guess"),
    "people:first-admin": to(NO_ONE, token="=guess"),
    # Leads, campaigns, content
    "leads:lead-list": to(EVERYBODY),
    "leads:lead-export": to(MARKETING | {"sales_manager"} | ADMIN),
    "leads:lead-create": to(MARKETING | SALES | ADMIN),
    "leads:lead-detail": to(SEES_ALL | NORTH, pk="lead"),
    "leads:lead-edit": to(MARKETING | NORTH | ADMIN, pk="lead"),
    "leads:lead-touchpoint": to(MARKETING | NORTH | ADMIN, pk="lead"),
    "leads:campaign-list": to(EVERYBODY),
    "leads:campaign-create": to(MARKETING | ADMIN),
    "leads:campaign-detail": to(EVERYBODY, pk="campaign"),
    "leads:campaign-edit": to(MARKETING | ADMIN, pk="campaign"),
    "leads:campaign-archive": to(MARKETING | ADMIN, pk="campaign"),
    "leads:campaign-spend": to(MARKETING | ADMIN, pk="campaign"),
    "leads:spend-remove": to(MARKETING | ADMIN, pk="spend").sending(),
    "leads:content-list": to(EVERYBODY),
    "leads:content-create": to(MARKETING | ADMIN),
    "leads:content-edit": to(MARKETING | ADMIN, pk="content"),
    # Numbers
    "home": to(SIGNED_IN),
    "search": to(SIGNED_IN),
    "reporting:wallboard": to(EVERYBODY),
    "reporting:month-figure": to(EVERYBODY, name="=leads"),
    "reporting:funnel": to(EVERYBODY),
    "reporting:funnel-figure": to(EVERYBODY),
    "reporting:funnel-rows-figure": to(EVERYBODY),
    "reporting:funnel-export": to(MARKETING | {"sales_manager"} | ADMIN),
    "reporting:campaign-results": to(EVERYBODY),
    "reporting:campaign-results-figure": to(EVERYBODY),
    "reporting:campaign-results-export": to(MARKETING | {"sales_manager"} | ADMIN),
    "reporting:content-results": to(EVERYBODY),
    "reporting:metric-list": to(EVERYBODY),
    "reporting:metric-detail": to(EVERYBODY, name="=leads"),
    "reporting:metric-figure": to(EVERYBODY, name="=leads"),
    "reporting:metric-export": to(MARKETING | {"sales_manager"} | ADMIN, name="=leads"),
    "reporting:metric-records": to(EVERYBODY, name="=deals_won"),
    "leads:import-list": to(MARKETING | {"sales_manager"} | ADMIN),
    "leads:import-upload": to(MARKETING | {"sales_manager"} | ADMIN),
    "leads:import-detail": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    "leads:import-preview": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    "leads:import-start": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    "leads:import-cancel": to(MARKETING | {"sales_manager"} | ADMIN, pk="running_import"),
    "leads:import-rejects": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    # Definitions and scoring
    "leads:definition-list": to(EVERYBODY),
    "leads:definition-detail": to(EVERYBODY, stage="=mql"),
    "leads:definition-draft": to(MANAGERS, stage="=mql"),
    "leads:definition-leads": to(EVERYBODY, pk="definition_version"),
    "leads:definition-discard": to(MANAGERS, pk="definition_version").sending(),
    "leads:definition-sign": to({"sales_manager"}, pk="definition_version").sending(side="sales"),
    "leads:score-model": to(EVERYBODY),
    # The agreed lists of reasons
    "leads:reason-list": to(EVERYBODY),
    "leads:reason-add": to(MANAGERS | ADMIN, kind="=loss"),
    "leads:reason-edit": to(MANAGERS | ADMIN, kind="=rejection", pk="reason"),
    "leads:reason-place": to(MANAGERS | ADMIN, kind="=rejection", pk="reason").sending(place="1"),
    "leads:reason-retire": to(MANAGERS | ADMIN, kind="=loss", pk="loss_reason"),
    "leads:reason-take-up": to(MANAGERS | ADMIN, kind="=loss", pk="loss_reason"),
    # SLA: board, clocks, agreement, calendars
    "sla:board": to(EVERYBODY),
    "sla:board-figure": to(EVERYBODY),
    "sla:response-figure": to(EVERYBODY),
    "sla:board-records": to(EVERYBODY, kind="=win_rate"),
    "sla:clock-list": to(EVERYBODY),
    "sla:clock-detail": to(SEES_ALL | NORTH, pk="clock"),
    "sla:clock-pause": to(MANAGERS, pk="clock"),
    "sla:clock-resume": to(MANAGERS, pk="clock"),
    "sla:breach-list": to(EVERYBODY),
    "sla:breach-contest": to({"rep", "sales_manager"}, pk="breach"),
    "sla:breach-waive": to({"marketing_manager"}, pk="breach"),
    "sla:agreement": to(EVERYBODY),
    "sla:agreement-draft": to(MANAGERS),
    "sla:agreement-version": to(EVERYBODY, pk="version"),
    "sla:agreement-edit": to(MANAGERS, pk="next_version"),
    "sla:agreement-sign": to(MANAGERS, pk="version"),
    "sla:agreement-discard": to(MANAGERS, pk="next_version"),
    "sla:agreement-start": to(MANAGERS, pk="version"),
    "sla:agreement-terminate": to(MANAGERS, pk="version"),
    "sla:calendar-list": to(EVERYBODY),
    "sla:calendar-create": to(ADMIN),
    "sla:team-calendar": to({"admin", "sales_manager"}, pk="north"),
    "sla:calendar-edit": to(ADMIN, pk="calendar"),
    # Handoffs and deals
    "leads:inbox": to(SALES),
    "leads:handoff-list": to(EVERYBODY),
    "leads:handoff-create": to(MARKETING),
    "leads:handoff-detail": to(SEES_ALL | NORTH, pk="handoff"),
    "leads:handoff-accept": to(NORTH, pk="handoff"),
    "leads:handoff-reject": to(NORTH, pk="handoff"),
    "leads:handoff-return": to(OWNER, pk="accepted"),
    "leads:handoff-qualify": to(OWNER, pk="accepted"),
    "leads:handoff-attempt": to(OWNER, pk="accepted"),
    "leads:handoff-feedback": to(OWNER, pk="accepted"),
    "leads:handoff-reassign": to({"sales_manager"}, pk="accepted"),
    "leads:handoff-withdraw": to(MARKETING, pk="handoff"),
    "leads:handoff-answer": to(MARKETING, pk="handoff"),
    "leads:deal-board": to(EVERYBODY),
    "leads:deal-list": to(EVERYBODY),
    "leads:deal-create": to(SALES),
    "leads:deal-detail": to(SEES_ALL | NORTH, pk="deal"),
    "leads:deal-edit": to(OWNER, pk="deal"),
    "leads:deal-move": to(OWNER, pk="deal"),
    "leads:deal-win": to(OWNER, pk="deal"),
    "leads:deal-lose": to(OWNER, pk="deal"),
    # Meetings
    "meetings:meeting-list": to(EVERYBODY),
    "meetings:series-create": to(MANAGERS),
    "meetings:series-detail": to(INVITED, pk="series"),
    "meetings:series-edit": to(MANAGERS, pk="series"),
    "meetings:series-archive": to(MANAGERS, pk="series"),
    "meetings:series-plan": to(MANAGERS, pk="series"),
    "meetings:meeting-detail": to(INVITED, pk="meeting"),
    "meetings:meeting-open": to(MANAGERS, pk="meeting"),
    "meetings:meeting-close": to(MANAGERS, pk="meeting"),
    "meetings:meeting-reopen": to(MANAGERS, pk="meeting"),
    "meetings:meeting-next": to(MANAGERS, pk="meeting"),
    "meetings:meeting-read": to(INVITED, pk="meeting"),
    "meetings:minutes": to(INVITED, pk="meeting"),
    "meetings:topic-create": to(WRITERS, pk="meeting"),
    "meetings:topic-note": to(WRITERS, pk="topic"),
    # By whoever wrote it; nobody brought this topic.
    "meetings:note-take-back": to({"rep"}, pk="note"),
    "meetings:decision-take-back": to({"rep"}, pk="decision"),
    "meetings:action-take-back": to({"rep"}, pk="action"),
    "meetings:topic-take-back": to(NO_ONE, pk="topic"),
    "meetings:topic-tick": to(WRITERS, pk="topic"),
    "meetings:topic-decide": to(WRITERS, pk="topic"),
    "meetings:topic-action": to(WRITERS, pk="topic"),
    "meetings:decision-draft": to(MANAGERS, pk="decision"),
    "meetings:evidence-detail": to(INVITED, pk="evidence"),
    "meetings:action-list": to(EVERYBODY),
    "meetings:action-complete": to(MANAGERS | {"rep"}, pk="action"),
    # The API: platform
    "schema": to(ANYONE),
    "docs": to(ANYONE),
    "token": to(ANYONE),
    "me": to(SIGNED_IN),
    "user-list": to(SIGNED_IN),
    "user-detail": to(EVERYBODY, pk="rep"),
    "team-list": to(SIGNED_IN),
    "team-detail": to(EVERYBODY, pk="north"),
    "POST user-list": to(ADMIN).sending(email="nina@example.com", name="Nina"),
    "user-rights": to(ADMIN, pk="rep").sending(is_admin=False, is_executive=False),
    "user-email": to(ADMIN, pk="rep").sending(email="new@example.com"),
    "user-deactivate": to(ADMIN, pk="rep"),
    "user-reactivate": to(ADMIN, pk="rep"),
    "user-invite-again": to(ADMIN, pk="invited"),
    "user-memberships": to(ADMIN, pk="rep").sending(team="@south"),
    "user-membership": to(ADMIN, pk="rep", team="north"),
    "POST team-list": to(ADMIN).sending(name="Sales East", side="sales"),
    "PUT team-detail": to(ADMIN, pk="north").sending(name="Sales Far North", side="sales"),
    "organisation": to(EVERYBODY),
    "PUT organisation": to(ADMIN).sending(name="Acme", timezone="UTC", currency="EUR"),
    "activity-list": to(SIGNED_IN),
    "activity-detail": to(ADMIN, pk="entry"),
    "token-list": to(SIGNED_IN),
    "DELETE token-detail": to({"rep", "admin"}, pk="token"),
    "notification-list": to(SIGNED_IN),
    "notification-read-all": to(SIGNED_IN),
    "notification-detail": to({"rep"}, pk="notification"),
    "notification-read": to({"rep"}, pk="notification"),
    # The API: numbers
    "snapshot-list": to(SIGNED_IN),
    "snapshot-detail": to(EVERYBODY, pk="snapshot"),
    "metric-list": to(EVERYBODY),
    "metric-detail": to(EVERYBODY, name="=leads"),
    "funnel": to(EVERYBODY),
    # The API: leads
    "lead-list": to(SIGNED_IN),
    "POST lead-list": to(MARKETING | SALES | ADMIN),
    "lead-detail": to(SEES_ALL | NORTH, pk="lead"),
    "PATCH lead-detail": to(MARKETING | NORTH | ADMIN, pk="lead"),
    "lead-timeline": to(SEES_ALL | NORTH, pk="lead"),
    "lead-score": to(SEES_ALL | NORTH, pk="lead"),
    "criteria-schema": to(SIGNED_IN),
    "definition-list": to(EVERYBODY),
    "definition-version-list": to(SIGNED_IN),
    "POST definition-version-list": to(MANAGERS).sending(stage="mql", criteria={"always": True}),
    "definition-version-detail": to(EVERYBODY, pk="definition_version"),
    "definition-version-meeting": to(EVERYBODY, pk="definition_version"),
    "definition-version-moves": to(EVERYBODY, pk="definition_version"),
    "definition-version-discard": to(MANAGERS, pk="definition_version").sending(),
    "definition-version-sign": to({"sales_manager"}, pk="definition_version").sending(side="sales", content_hash="x"),
    "score-model-list": to(SIGNED_IN),
    "POST score-model-list": to(MANAGERS).sending(content={"name": "x"}),
    "score-model-detail": to(EVERYBODY, pk="score_model"),
    "lead-touchpoints": to(MARKETING | NORTH | ADMIN, pk="lead").sending(
        kind="chat", occurred_at="2026-03-01T10:00:00Z"
    ),
    "import-list": to(SIGNED_IN),
    "POST import-list": to(MARKETING | {"sales_manager"} | ADMIN),
    "import-detail": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    "import-cancel": to(MARKETING | {"sales_manager"} | ADMIN, pk="running_import"),
    "import-rejects": to(MARKETING | {"sales_manager"} | ADMIN, pk="import"),
    "company-list": to(SIGNED_IN),
    "company-detail": to(EVERYBODY, pk="company"),
    "touchpoint-list": to(SIGNED_IN),
    "touchpoint-detail": to(SEES_ALL | NORTH, pk="touchpoint"),
    "campaign-list": to(SIGNED_IN),
    "POST campaign-list": to(MARKETING | ADMIN).sending(name="Spring", channel="email"),
    "campaign-detail": to(EVERYBODY, pk="campaign"),
    "PATCH campaign-detail": to(MARKETING | ADMIN, pk="campaign"),
    "campaign-spend": to(MARKETING | ADMIN, pk="campaign").sending(spent_on="2026-03-01", amount="10.00"),
    "spend-list": to(SIGNED_IN),
    "DELETE spend-detail": to(MARKETING | ADMIN, pk="spend"),
    "content-list": to(SIGNED_IN),
    "POST content-list": to(MARKETING | ADMIN).sending(title="Guide to grids", kind="guide"),
    "content-detail": to(EVERYBODY, pk="content"),
    "PATCH content-detail": to(MARKETING | ADMIN, pk="content"),
    # The API: handoffs and deals
    "handoff-list": to(SIGNED_IN),
    "POST handoff-list": to(MARKETING).sending(lead="@lead", team="@north", next_steps="Call."),
    "handoff-bulk": to(MARKETING).sending(leads=[1], team="@north", next_steps="Call."),
    "handoff-detail": to(SEES_ALL | NORTH, pk="handoff"),
    "handoff-accept": to(NORTH, pk="handoff"),
    "handoff-reject": to(NORTH, pk="handoff").sending(reason="no-such-reason"),
    "handoff-return": to(OWNER, pk="accepted").sending(note="Left the firm."),
    "handoff-qualify": to(OWNER, pk="accepted"),
    "handoff-attempts": to(SEES_ALL | NORTH, pk="accepted"),
    "POST handoff-attempts": to(OWNER, pk="accepted").sending(kind="call", outcome="reached"),
    "handoff-feedback": to(SEES_ALL | NORTH, pk="accepted"),
    "POST handoff-feedback": to(OWNER, pk="accepted").sending(rating=4),
    "handoff-reassign": to({"sales_manager"}, pk="accepted").sending(owner="@teammate"),
    "handoff-withdraw": to(MARKETING, pk="handoff"),
    "handoff-answer": to(MARKETING, pk="handoff").sending(answer="requalify"),
    "loss-reason-list": to(SIGNED_IN),
    "POST loss-reason-list": to(MANAGERS | ADMIN).sending(label="Bad timing"),
    "loss-reason-detail": to(EVERYBODY, pk="loss_reason"),
    "PATCH loss-reason-detail": to(MANAGERS | ADMIN, pk="loss_reason"),
    "loss-reason-place": to(MANAGERS | ADMIN, pk="loss_reason").sending(place=1),
    "loss-reason-retire": to(MANAGERS | ADMIN, pk="loss_reason"),
    "loss-reason-take-up": to(MANAGERS | ADMIN, pk="loss_reason"),
    "rejection-reason-list": to(SIGNED_IN),
    "POST rejection-reason-list": to(MANAGERS | ADMIN).sending(label="Bad timing", ground="timing"),
    "rejection-reason-detail": to(EVERYBODY, pk="reason"),
    "PATCH rejection-reason-detail": to(MANAGERS | ADMIN, pk="reason"),
    "rejection-reason-place": to(MANAGERS | ADMIN, pk="reason").sending(place=1),
    "rejection-reason-retire": to(MANAGERS | ADMIN, pk="reason"),
    "rejection-reason-take-up": to(MANAGERS | ADMIN, pk="reason"),
    "deal-list": to(SIGNED_IN),
    "POST deal-list": to(SALES).sending(name="Grid"),
    "deal-detail": to(SEES_ALL | NORTH, pk="deal"),
    "PATCH deal-detail": to(OWNER, pk="deal"),
    "deal-move": to(OWNER, pk="deal").sending(stage="proposal"),
    "deal-win": to(OWNER, pk="deal"),
    "deal-lose": to(OWNER, pk="deal").sending(reason="No budget."),
    # The API: meetings
    "meeting-series-list": to(SIGNED_IN),
    "POST meeting-series-list": to(MANAGERS).sending(name="Monthly", weekday=2, local_time="09:00"),
    "meeting-series-detail": to(INVITED, pk="series"),
    "PATCH meeting-series-detail": to(MANAGERS, pk="series"),
    "meeting-series-archive": to(MANAGERS, pk="series"),
    "meeting-series-plan": to(MANAGERS, pk="series"),
    "meeting-list": to(SIGNED_IN),
    "meeting-detail": to(INVITED, pk="meeting"),
    "meeting-open": to(MANAGERS, pk="meeting"),
    "meeting-close": to(MANAGERS, pk="meeting"),
    "meeting-reopen": to(MANAGERS, pk="meeting"),
    "meeting-read": to(INVITED, pk="meeting"),
    "meeting-next": to(MANAGERS, pk="meeting"),
    "meeting-topics": to(WRITERS, pk="meeting").sending(title="Prices"),
    "DELETE meeting-topic-detail": to(NO_ONE, pk="topic"),
    "meeting-topic-tick": to(WRITERS, pk="topic"),
    "meeting-topic-decide": to(WRITERS, pk="topic").sending(text="Go on."),
    "meeting-note-list": to(SIGNED_IN),
    "POST meeting-note-list": to(WRITERS).sending(topic="@topic", text="Hello"),
    "meeting-note-detail": to(INVITED, pk="note"),
    "DELETE meeting-note-detail": to({"rep"}, pk="note"),
    "decision-list": to(SIGNED_IN),
    "decision-detail": to(INVITED, pk="decision"),
    "DELETE decision-detail": to({"rep"}, pk="decision"),
    "decision-draft": to(MANAGERS, pk="decision").sending(target="definition-mql"),
    "action-item-list": to(SIGNED_IN),
    "POST action-item-list": to(WRITERS).sending(meeting="@meeting", owner="@rep", text="Ask", due_on="2026-03-01"),
    "action-item-detail": to(INVITED, pk="action"),
    "DELETE action-item-detail": to({"rep"}, pk="action"),
    "action-item-complete": to(MANAGERS | {"rep"}, pk="action"),
    # The API: SLA
    "sla-board": to(EVERYBODY),
    "agreement-version-list": to(SIGNED_IN),
    "POST agreement-version-list": to(MANAGERS).sending(
        name="For the north", team="@north", commitments=[{"kind": "customers_won", "target_count": 1}]
    ),
    "agreement-version-detail": to(EVERYBODY, pk="version"),
    "PUT agreement-version-detail": to(MANAGERS, pk="next_version").sending(
        commitments=[{"kind": "customers_won", "target_count": 1}]
    ),
    "agreement-version-sign": to({"sales_manager"}, pk="version").sending(side="sales", content_hash="x"),
    "agreement-version-discard": to(MANAGERS, pk="next_version"),
    "agreement-version-start": to(MANAGERS, pk="version"),
    "agreement-version-terminate": to(MANAGERS, pk="version").sending(why="Sales moves abroad."),
    "commitment-list": to(SIGNED_IN),
    "commitment-detail": to(EVERYBODY, pk="commitment"),
    "clock-list": to(SIGNED_IN),
    "clock-detail": to(SEES_ALL | NORTH, pk="clock"),
    "clock-pause": to(MANAGERS, pk="clock").sending(reason="They asked for it."),
    "clock-resume": to(MANAGERS, pk="clock"),
    "calendar-list": to(SIGNED_IN),
    "POST calendar-list": to(ADMIN).sending(name="Short", timezone="UTC", hours={"0": [["09:00", "12:00"]]}),
    "calendar-detail": to(EVERYBODY, calendar="calendar"),
    "PUT calendar-detail": to(ADMIN, calendar="calendar").sending(
        timezone="UTC", hours={"0": [["09:00", "12:00"]]}, why="Shorter"
    ),
    "team-calendars": to(EVERYBODY),
    "team-calendar": to(EVERYBODY, team="north"),
    "PUT team-calendar": to({"admin", "sales_manager"}, team="north").sending(calendar=None),
    "breach-list": to(SIGNED_IN),
    "breach-contest": to({"rep", "sales_manager"}, pk="breach").sending(reason="They were away."),
    "breach-waive": to({"marketing_manager"}, pk="breach").sending(reason="Our fault."),
}
