"""A company of any size: people and an agreement through the services, facts by statements that the server runs.

The rows are made where they are kept: nothing is quicker than not sending them. Times lie within eighteen months before
now. The same size gives the same company, up to the moment at which it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from leads.domain.lifecycle import FUNNEL
from reporting.services.rollups import rebuild
from sla.services import sums
from sla.services.agreements import CommitmentDraft, StepDraft, bring_into_force, sign_version, start_agreement
from sla.services.calendars import Hours, create_calendar
from smarketing.accounts.models import Membership, Organisation, Side, Team, User

Tell = Callable[[str], None]

LEADS_PER_REP = 5_000
TEAM_SIZE = 10
CHANNELS = ("organic_search", "paid_search", "organic_social", "paid_social", "email", "referral", "direct", "event")
KINDS = (
    *("page_view",) * 8,
    *("email_opened",) * 5,
    *("email_clicked",) * 2,
    *("ad_clicked",) * 2,
    *("content_downloaded", "form_submitted", "webinar_attended", "pricing_viewed", "demo_requested"),
)


def _words(text: str) -> list[str]:
    return text.split("|")


FIRST_NAMES = _words(
    "Ada|Aino|Alba|Amir|Anika|Aron|Bela|Bruno|Carla|Chiara|Clara|Daria|David|Elena|Elif|Emil|Enzo|Eva|Farid|Felix|"
    "Frida|Greta|Hana|Hugo|Ida|Ines|Ivan|Jana|Jonas|Julia|Karim|Klara|Lea|Leon|Lina|Luca|Lucia|Magnus|Maja|Malik|"
    "Marta|Max|Mila|Mina|Nadia|Nico|Nina|Noah|Nora|Olga|Omar|Paula|Petra|Rafael|Rosa|Samir|Sara|Selma|Sofia|Theo|"
    "Tim|Vera|Viktor|Yara|Yusuf|Zoe"
)
LAST_BEGIN = _words(
    "Al|Ander|Bach|Berg|Blom|Brand|Carl|Dahl|Eben|Eich|Falk|Feld|Gram|Haas|Hald|Holm|Jans|Kal|Kest|Kron|Lang|Lind|"
    "Mark|Mol|Nord|Oster|Pauls|Quist|Rasm|Rein|Sand|Sol|Stein|Sund|Thor|Vall|Vest|Wall|Wein|Zim"
)
LAST_END = _words(
    "aner|bauer|berg|by|dal|dorf|en|er|feld|gaard|gren|haug|heim|hof|horn|ing|ke|lund|mann|ner|sen|strom|stad|thal|vik"
)
TITLES = _words(
    "Head of Operations|Marketing Manager|Buyer|Managing Director|IT Manager|Student|Consultant|Sales Director|"
    "Product Manager|Engineer"
)
COUNTRIES = _words("Germany|Austria|Switzerland|France|Italy|Spain|Norway|Poland|Netherlands|Sweden")
INDUSTRIES = _words("Logistics|Machinery|Retail|Software|Health|Energy|Food|Chemicals|Building|Media")

# Tables that grow with the company; their indexes are built once they are full.
LARGE = (
    "leads_company",
    "leads_lead",
    "leads_score",
    "leads_stagetransition",
    "leads_stagereached",
    "leads_touchpoint",
    "leads_handoff",
    "leads_assignment",
    "leads_attempt",
    "leads_deal",
    "sla_clock",
    "sla_breach",
    "activity_activityentry",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the company is."""

    leads: int
    touchpoints_per_lead: int = 10

    @property
    def reps(self) -> int:
        """How many people sell."""
        return max(TEAM_SIZE, self.leads // LEADS_PER_REP)

    @property
    def pending(self) -> int:
        """How many handoffs wait for sales."""
        return min(self.leads // 50 + 1, 10 * self.reps)


def populate(size: Size, *, now: datetime, tell: Tell) -> None:
    """Fills the empty database that the process is connected to."""
    people = _people(size)
    _agreement(people, now)
    _facts(size, now, tell)
    tell("Summing the funnel and the board …")
    rebuild()
    sums.rebuild()


def _people(size: Size) -> dict[str, User]:
    Organisation.objects.update_or_create(
        id=1, defaults={"name": "Benchmark", "timezone": "Europe/Berlin", "currency": "EUR"}
    )
    marketing = Team.objects.create(name="Growth", side=Side.MARKETING)
    people = {
        "admin": _person("admin", is_admin=True),
        "executive": _person("executive", is_executive=True),
        "marketing_manager": _person("marketing.manager"),
        "marketer": _person("marketer"),
    }
    Membership.objects.create(user=people["marketing_manager"], team=marketing, is_manager=True)
    Membership.objects.create(user=people["marketer"], team=marketing)
    for first in range(0, size.reps, TEAM_SIZE):
        team = Team.objects.create(name=f"Sales {first // TEAM_SIZE + 1}", side=Side.SALES)
        manager = _person(f"sales.manager.{team.pk}")
        people.setdefault("sales_manager", manager)
        Membership.objects.create(user=manager, team=team, is_manager=True)
        for number in range(first, min(first + TEAM_SIZE, size.reps)):
            Membership.objects.create(user=_person(f"rep.{number + 1}"), team=team)
    return people


def _person(name: str, **flags: bool) -> User:
    return User.objects.create_user(
        f"{name}@bench.example", name=name.replace(".", " ").title(), password=None, **flags
    )


def _agreement(people: dict[str, User], now: datetime) -> None:
    """An agreement in force since before the first fact, on a calendar of usual hours."""
    since = now - timedelta(days=600)
    hours = Hours(timezone="Europe/Berlin", hours={str(day): [["09:00", "17:00"]] for day in range(5)})
    create_calendar(name="Office", content=hours, actor=people["admin"], now=since)
    version = start_agreement(
        name="Marketing and sales",
        parts={"summary": "What we owe each other."},
        commitments=(
            CommitmentDraft(kind="qualified_leads", target_count=150),
            CommitmentDraft(kind="accepted_share", target_share=Decimal("0.6")),
            CommitmentDraft(kind="accept", allowed=timedelta(hours=8), target_share=Decimal("0.9")),
            CommitmentDraft(kind="first_response", allowed=timedelta(hours=10), target_share=Decimal("0.9")),
            CommitmentDraft(kind="win_rate", target_share=Decimal("0.2")),
        ),
        ladder=(StepDraft(after=timedelta(hours=8), notify="manager"),),
        actor=people["sales_manager"],
        now=since,
    )
    sign_version(version.pk, side=Side.SALES, actor=people["sales_manager"], now=since)
    sign_version(version.pk, side=Side.MARKETING, actor=people["marketing_manager"], now=since)
    bring_into_force(version.pk, actor=people["sales_manager"], now=since)


# --- Facts ------------------------------------------------------------------------------------------------

_COMPANIES = """
INSERT INTO leads_company (id, name, domain, industry, employees, country, city, created_at)
SELECT n, (%(last)s::text[])[1 + n %% %(lasts)s] || ' ' || (%(industries)s::text[])[1 + n %% 10] || ' ' || n,
    'company-' || n || '.example', (%(industries)s::text[])[1 + n %% 10], (10 * exp(6 * random()))::int,
    (%(countries)s::text[])[1 + n %% 10], '', %(now)s - interval '600 days'
FROM generate_series(1, %(companies)s) AS n
"""

_CAMPAIGNS = """
INSERT INTO leads_campaign (id, name, channel, objective, audience, journey_stage, start_on, currency, created_at)
SELECT n, 'Campaign ' || n, (%(channels)s::text[])[1 + n %% 8], '', '', '',
    %(now)s::date - (n * 540 / 200), 'EUR', %(now)s - interval '600 days'
FROM generate_series(1, 200) AS n
"""

_CONTENT = """
INSERT INTO leads_contentasset (id, title, kind, url, journey_stage, created_at)
SELECT n, 'Guide ' || n, 'guide', '', '', %(now)s - interval '600 days' FROM generate_series(1, 100) AS n
"""

_LEADS = """
INSERT INTO leads_lead (id, external_id, email, first_name, last_name, phone, job_title, seniority, department, country,
    company_id, source, channel, campaign_id, landing_page, consent, owner_id, created_at, stage, stage_changed_at,
    last_touch_at)
SELECT n, 'L' || n, lower(first || '.' || last || n || '@company-' || company || '.example'), first, last, '',
    (%(titles)s::text[])[1 + n %% 10], '', '', (%(countries)s::text[])[1 + company %% 10], company,
    (%(channels)s::text[])[1 + origin] || ' / ' || origin, (%(channels)s::text[])[1 + origin],
    CASE WHEN n %% 3 > 0 THEN 1 + (n * 7) %% 200 END, '', n %% 4 > 0,
    CASE WHEN stage IN ('sal', 'sql', 'opportunity', 'customer') THEN rep.user_id END,
    came, stage, came + (%(now)s - came) * (0.1 + 0.8 * r_moved), came + (%(now)s - came) * (0.5 + 0.5 * r_moved)
FROM (
    SELECT n, 1 + floor(random() * %(companies)s)::int AS company, floor(8 * random() ^ 1.5)::int AS origin,
        (%(first)s::text[])[1 + floor(random() * %(firsts)s)::int] AS first,
        (%(last)s::text[])[1 + floor(random() * %(lasts)s)::int] AS last,
        %(now)s - interval '540 days' * (0.002 + 0.998 * random() ^ 1.3) AS came,
        (ARRAY['inquiry', 'lead', 'mql', 'sal', 'sql', 'opportunity', 'customer', 'recycled', 'disqualified'])[
            1 + width_bucket(random(), ARRAY[0.2, 0.65, 0.75, 0.76, 0.77, 0.78, 0.83, 0.92]::float8[])] AS stage,
        random() AS r_moved
    FROM generate_series(1, %(leads)s) AS n
) AS drawn JOIN bench_rep AS rep ON rep.number = drawn.n %% %(reps)s
"""

# What triggers keep, where they were not at work.
_SCORES = """
INSERT INTO leads_score (lead_id, stage, fit, engagement, score, band)
SELECT id, stage, 0, 0, 0, 'C3' FROM leads_lead ON CONFLICT DO NOTHING
"""

_TRANSITIONS = """
INSERT INTO leads_stagetransition (lead_id, from_stage, to_stage, occurred_at, why, imputed)
SELECT l.id, CASE WHEN step = 1 THEN '' ELSE path[step - 1] END, path[step],
    l.created_at + (l.stage_changed_at - l.created_at) * (step - 1) / greatest(cardinality(path) - 1, 1), '', false
FROM leads_lead AS l
JOIN (VALUES
    ('inquiry', ARRAY['inquiry']), ('lead', ARRAY['inquiry', 'lead']), ('mql', ARRAY['inquiry', 'lead', 'mql']),
    ('sal', ARRAY['inquiry', 'lead', 'mql', 'sal']), ('sql', ARRAY['inquiry', 'lead', 'mql', 'sal', 'sql']),
    ('opportunity', ARRAY['inquiry', 'lead', 'mql', 'sal', 'sql', 'opportunity']),
    ('customer', ARRAY['inquiry', 'lead', 'mql', 'sal', 'sql', 'opportunity', 'customer']),
    ('recycled', ARRAY['inquiry', 'lead', 'mql', 'recycled']),
    ('disqualified', ARRAY['inquiry', 'lead', 'disqualified'])
) AS paths (stage, path) USING (stage)
CROSS JOIN LATERAL generate_series(1, cardinality(path)) AS step
"""

_RANKS = ", ".join(f"('{stage.value}', {rank})" for rank, stage in enumerate(FUNNEL))
_REACHED = f"""
INSERT INTO leads_stagereached (lead_id, stage, reached_at)
SELECT t.lead_id, past.stage, min(t.occurred_at)
FROM leads_stagetransition AS t
JOIN (VALUES {_RANKS}) AS own (stage, rank) ON own.stage = t.to_stage
JOIN (VALUES {_RANKS}) AS past (stage, rank) ON past.rank <= own.rank
GROUP BY 1, 2
ON CONFLICT DO NOTHING
"""  # noqa: S608

# A round gives every lead one touchpoint, so that those of one lead lie apart, as they do when they come in over time.
_TOUCHPOINTS = """
INSERT INTO leads_touchpoint (lead_id, kind, occurred_at, channel, source, campaign_id, content_id, url, note)
SELECT id, (%(kinds)s::text[])[1 + floor(random() * %(n_kinds)s)::int],
    CASE WHEN %(round)s = 1 THEN last_touch_at ELSE created_at + (last_touch_at - created_at) * random() ^ 1.5 END,
    channel, source, campaign_id, CASE WHEN id %% 4 = 0 THEN 1 + floor(random() * 100)::int END, '', ''
FROM leads_lead
"""

_HANDOFFS = """
INSERT INTO leads_handoff (lead_id, status, team_id, owner_id, created_by_id, created_at, next_steps, messaging,
    pain_points, why_now, score, band, decided_at, decided_by_id, rejection_reason_id, note, returned_at,
    first_attempt_at, qualified_at, answered_at, round)
SELECT lead_id, status, team_id, user_id, %(marketer)s, made, 'Call about the demo.', 'Less waste in planning.', '',
    '{}', 40 + lead_id %% 60, 'B2', decided, CASE WHEN decided IS NOT NULL THEN user_id END,
    CASE WHEN status = 'rejected' THEN %(reason)s END, '', NULL,
    CASE WHEN status = 'accepted' THEN decided + interval '20 hours' * r_tried ^ 3 END,
    CASE WHEN stage IN ('sql', 'opportunity', 'customer') THEN decided + interval '2 days' END,
    CASE WHEN status = 'rejected' THEN decided + interval '1 day' END, 1
FROM (
    SELECT id AS lead_id, stage, team_id, user_id, status, r_tried,
        CASE WHEN status = 'pending' THEN %(now)s - interval '20 hours' * r_made ELSE made END AS made,
        CASE WHEN status <> 'pending' THEN made + interval '36 hours' * r_decided ^ 3 END AS decided
    FROM (
        SELECT l.id, l.stage, rep.team_id, rep.user_id,
            CASE l.stage WHEN 'mql' THEN 'pending' WHEN 'recycled' THEN 'rejected' WHEN 'disqualified' THEN 'rejected'
                ELSE 'accepted' END AS status,
            least(l.stage_changed_at, %(now)s - interval '3 days') AS made,
            random() AS r_made, random() AS r_decided, random() AS r_tried
        FROM leads_lead AS l JOIN bench_rep AS rep ON rep.number = l.id %% %(reps)s
        WHERE l.stage IN ('sal', 'sql', 'opportunity', 'customer', 'recycled')
            OR (l.stage = 'disqualified' AND l.id %% 2 = 0)
            OR l.id = ANY (ARRAY(SELECT id FROM leads_lead WHERE stage = 'mql' ORDER BY id LIMIT %(pending)s))
    ) AS drawn
) AS timed
"""

_ASSIGNMENTS = """
INSERT INTO leads_assignment (handoff_id, owner_id, assigned_at, why)
SELECT id, owner_id, created_at, '' FROM leads_handoff
"""

_ATTEMPTS = """
INSERT INTO leads_attempt (handoff_id, lead_id, kind, outcome, outbound, occurred_at, by_id, note)
SELECT id, lead_id, 'call', 'reached', true, first_attempt_at, owner_id, ''
FROM leads_handoff WHERE first_attempt_at IS NOT NULL
"""

_CLOCKS = """
INSERT INTO sla_clock (handoff_id, commitment_id, kind, scope, calendar_revision_id, state, started_at, allowed, due_at,
    warn_at, stopped_at, cancelled_at, cancelled_why, breached_at, response_seconds, late_seconds)
SELECT handoff_id, commitment_id, kind, 'team', %(revision)s,
    CASE WHEN cancelled IS NOT NULL THEN 'cancelled' WHEN stopped IS NULL THEN 'running'
        WHEN stopped > due THEN 'breached' ELSE 'met' END,
    created_at, allowed, due, due - interval '2 hours', stopped, cancelled,
    CASE WHEN cancelled IS NULL THEN '' ELSE 'rejected' END, CASE WHEN stopped > due THEN due END,
    extract(epoch FROM stopped - created_at) / 3, CASE WHEN stopped > due THEN extract(epoch FROM stopped - due) / 3 END
FROM (
    SELECT h.id AS handoff_id, h.created_at, c.id AS commitment_id, c.kind, c.allowed,
        CASE WHEN h.status = 'pending' THEN greatest(h.created_at, %(now)s) + interval '1 day' * (1 + h.id %% 3)
            ELSE h.created_at + 3 * c.allowed END AS due,
        CASE WHEN c.kind = 'accept' THEN h.decided_at ELSE h.first_attempt_at END AS stopped,
        CASE WHEN c.kind = 'first_response' AND h.status = 'rejected' THEN h.decided_at END AS cancelled
    FROM leads_handoff AS h CROSS JOIN sla_commitment AS c WHERE c.kind IN ('accept', 'first_response')
) AS timed
"""

_BREACHES = """
INSERT INTO sla_breach (clock_id, breached_at, contest_reason)
SELECT id, breached_at, '' FROM sla_clock WHERE state = 'breached'
"""

_DEALS = """
INSERT INTO leads_deal (name, company_id, lead_id, owner_id, amount, currency, stage, opened_at, won_at, lost_at,
    lost_reason, segment, product)
SELECT 'Deal ' || l.id, l.company_id, l.id, rep.user_id, (500 * exp(4 * random()))::numeric(14, 2), 'EUR',
    CASE l.stage WHEN 'customer' THEN 'won' WHEN 'disqualified' THEN 'lost'
        ELSE (ARRAY['discovery', 'proposal', 'negotiation'])[1 + l.id %% 3] END,
    l.created_at + (l.stage_changed_at - l.created_at) * 0.8,
    CASE WHEN l.stage = 'customer' THEN l.stage_changed_at END,
    CASE WHEN l.stage = 'disqualified' THEN l.stage_changed_at END,
    CASE WHEN l.stage = 'disqualified' THEN 'Price' ELSE '' END, '', ''
FROM leads_lead AS l JOIN bench_rep AS rep ON rep.number = l.id %% %(reps)s
WHERE l.stage IN ('opportunity', 'customer') OR (l.stage = 'disqualified' AND l.id %% 4 = 0)
"""

_LOG = """
INSERT INTO activity_activityentry (occurred_at, verb, actor_label, subject_kind, subject_id, lead_id, data,
    correlation_id)
SELECT created_at, 'leads.lead_created', 'Smarketing', 'lead', id, id,
    jsonb_build_object('lead_id', id, 'label', first_name || ' ' || last_name, 'source', source, 'channel', channel),
    gen_random_uuid()
FROM leads_lead WHERE id %% 2 = 0
"""


def _facts(size: Size, now: datetime, tell: Tell) -> None:
    last_names = [begin + end for begin in LAST_BEGIN for end in LAST_END]
    with connection.cursor() as cursor:
        given = {
            "now": now,
            "leads": size.leads,
            "companies": max(20, size.leads // 5),
            "reps": _number_reps(cursor),
            "pending": size.pending,
            "channels": list(CHANNELS),
            "titles": TITLES,
            "countries": COUNTRIES,
            "industries": INDUSTRIES,
            "first": FIRST_NAMES,
            "firsts": len(FIRST_NAMES),
            "last": last_names,
            "lasts": len(last_names),
            "kinds": list(KINDS),
            "n_kinds": len(KINDS),
            "marketer": _only(cursor, "SELECT id FROM accounts_user WHERE email = 'marketer@bench.example'"),
            "reason": _only(cursor, "SELECT min(id) FROM leads_rejectionreason"),
            "revision": _only(cursor, "SELECT min(id) FROM sla_calendarrevision"),
        }
        cursor.execute("SELECT setseed(0.42)")
        with quick_loading(cursor, LARGE, tell):
            for statement in (_COMPANIES, _CAMPAIGNS, _CONTENT):
                cursor.execute(statement, given)
            tell(f"Making {size.leads:,} leads …")
            for statement in (_LEADS, _SCORES, _TRANSITIONS, _REACHED):
                cursor.execute(statement, given)
            for number in range(1, size.touchpoints_per_lead + 1):
                tell(f"Making touchpoints, {number * size.leads:,} …")
                cursor.execute(_TOUCHPOINTS, {**given, "round": number})
            tell("Making handoffs, clocks, deals and the log …")
            for statement in (_HANDOFFS, _ASSIGNMENTS, _ATTEMPTS, _CLOCKS, _BREACHES, _DEALS, _LOG):
                cursor.execute(statement, given)
        for table in ("leads_company", "leads_campaign", "leads_contentasset", "leads_lead"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table}))", [table])  # noqa: S608
        tell("Gathering statistics …")
        cursor.execute("VACUUM ANALYZE")


def _number_reps(cursor: Any) -> int:
    """Numbers those who sell from 0 in a table that this connection alone sees; returns how many there are."""
    cursor.execute(
        "CREATE TEMP TABLE bench_rep AS SELECT row_number() OVER (ORDER BY m.id) - 1 AS number, m.user_id, m.team_id"
        " FROM accounts_membership m JOIN accounts_team t ON t.id = m.team_id "
        " WHERE t.side = 'sales' AND NOT m.is_manager"
    )
    cursor.execute("ANALYZE bench_rep")
    return int(_only(cursor, "SELECT count(*) FROM bench_rep"))


def _only(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()[0]


@contextmanager
def quick_loading(cursor: Any, tables: Sequence[str], tell: Tell) -> Iterator[None]:
    """Tables without secondary indexes and, where the account may, without triggers; both are back afterwards."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY (%s::regclass[])"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [list(tables)],
    )
    indexes: Sequence[tuple[str, str]] = cursor.fetchall()
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone()[0]:
        cursor.execute("SET session_replication_role = replica")
    with transaction.atomic():
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("RESET session_replication_role")
    tell(f"Building {len(indexes)} indexes …")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        cursor.execute(definition)
    cursor.execute("RESET maintenance_work_mem")
