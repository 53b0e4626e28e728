import json
import math
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.domain import scoring as s
from leads.domain.criteria import Op, Predicate
from leads.domain.scoring import (
    Bands,
    Crossing,
    EngagementRule,
    EngagementState,
    Expiry,
    Exponential,
    FitRule,
    Group,
    GroupKind,
    Linear,
    ModelError,
    NoDecay,
    Part,
    ScoreModel,
    Signals,
    StateMismatch,
    Sum,
    Times,
    Touch,
    absorb,
    band,
    crossed,
    default_model,
    inside,
    next_change_at,
    rule_sentence,
    score_from_state,
    totals_from_state,
)
from leads.domain.touchpoints import TouchpointKind

# Timing of generated examples says nothing on a busy machine.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FORM = TouchpointKind.FORM_SUBMITTED


def day(n):
    return START + timedelta(days=n)


def model_of(*rules, low=-100, high=100, kind=GroupKind.ENGAGEMENT):
    return ScoreModel("Test", (Group("g", "Group", kind, low, high, rules),))


def form(points=10, **rest):
    return EngagementRule("form", "Form", points, FORM, **rest)


def engagement(model, touches, now):
    return s.score(Signals({}, touches), model, now).engagement


def forms(*days_):
    return [Touch("form_submitted", day(n)) for n in days_]


# -- worked tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_days", "points"),
    # HubSpot's guide to lead scoring: 10 points losing 50 % a month are 5 after one month and 0 after two.
    [(0, 10), (29.999, 10), (30, 5), (59.999, 5), (60, 0), (900, 0)],
)
def test_linear_decay_in_steps(age_days, points):
    model = model_of(form(decay=Linear(50, 30)))
    assert engagement(model, forms(0), day(age_days)) == points


@pytest.mark.parametrize(
    ("age_days", "points"),
    [(0, 40), (7, 28), (14, 20), (28, 10), (42, 5), (56, 3), (70, 1), (84, 1), (98, 0)],
    # 40 · 2^(−1/2) = 28.28; 2.5 rounds to 3, 0.625 to 1, 0.3125 to 0.
)
def test_exponential_decay_halves(age_days, points):
    for counted in (1, None):
        model = model_of(form(40, decay=Exponential(14), max_counted=counted))
        assert engagement(model, forms(0), day(age_days)) == points


@pytest.mark.parametrize(("age_days", "points"), [(0, 10), (29.9999, 10), (30, 0)])
def test_expiry_and_time_frame_end_at_the_instant(age_days, points):
    assert engagement(model_of(form(decay=Expiry(30))), forms(0), day(age_days)) == points
    assert engagement(model_of(form(within_days=30)), forms(0), day(age_days)) == points


@pytest.mark.parametrize(
    ("touches", "counted", "points"),
    [((0, 1, 2, 3), 1, 10), ((0, 1, 2, 3), 3, 30), ((0,), 3, 10), ((), 3, 0)],
)
def test_once_or_per_occurrence_with_a_maximum(touches, counted, points):
    assert engagement(model_of(form(max_counted=counted)), forms(*touches), day(3)) == points


def test_the_newest_occurrences_count():
    model = model_of(form(max_counted=2, decay=Linear(50, 30)))
    assert engagement(model, forms(0, 40, 70), day(75)) == 5 + 10


def test_a_rule_rounds_its_sum_once_halves_away_from_zero():
    model = model_of(form(5, max_counted=3, decay=Linear(50, 30)))
    assert engagement(model, forms(0, 0, 0), day(30)) == 8  # 7.5, not 3 · 3
    bad = ScoreModel("Test", (Group("g", "G", GroupKind.ENGAGEMENT, -100, 100, (form(-5, decay=Linear(50, 30)),)),))
    assert s.score(Signals({}, forms(0)), bad, day(30)).lines[0].decayed == -3


def test_filters():
    rule = form(3, content=7)
    anything = EngagementRule("any", "Any", 1, None, campaign=4, max_counted=9)
    model = model_of(rule, anything)
    touches = [
        Touch("form_submitted", START, content=7),
        Touch("form_submitted", START, content=8, campaign=4),
        Touch("page_view", START, campaign=4),
        Touch("page_view", START, campaign=5),
        Touch("dreamt of us", START, campaign=4),
    ]
    found = s.score(Signals({}, touches), model, START)
    assert [(line.rule, line.counted, line.decayed, line.latest) for line in found.lines] == [
        ("form", 1, 3, START),
        ("any", 2, 2, START),
    ]


def test_what_has_not_happened_yet_does_not_count():
    model = model_of(form())
    assert engagement(model, forms(1), day(1) - SECOND) == 0
    assert engagement(model, forms(1), day(1)) == 10


def test_fit_matches_attributes():
    model = model_of(
        FitRule("de", "Germany", 15, Predicate("lead.country", Op.IN, ("DE",))),
        FitRule("free", "Private", -5, Predicate("lead.email", Op.CONTAINS, "@gmail.")),
        kind=GroupKind.FIT,
    )
    attributes = {"lead.country": "de", "lead.email": "a@gmail.example"}
    found = s.score(Signals(attributes), model, START)
    assert (found.fit, found.engagement, found.total) == (10, 0, 10)
    assert s.score(Signals({}), model, START).fit == 0


# -- limits and explanation -------------------------------------------------------------------------


def test_limits_of_a_group_are_shared_by_the_rules_that_gave_too_much():
    model = ScoreModel(
        "Test",
        (
            Group(
                "g",
                "G",
                GroupKind.ENGAGEMENT,
                -10,
                20,
                (
                    form(20),
                    EngagementRule("page", "Page", 10, TouchpointKind.PAGE_VIEW),
                    EngagementRule("off", "Unsubscribed", -3, TouchpointKind.UNSUBSCRIBED),
                ),
            ),
        ),
    )
    touches = [Touch(kind, START) for kind in ("form_submitted", "page_view", "unsubscribed")]
    found = s.score(Signals({}, touches), model, START)
    assert [(line.raw, line.decayed, line.capped) for line in found.lines] == [(20, 20, 15), (10, 10, 8), (-3, -3, -3)]
    assert found.engagement == found.total == 20


def test_a_group_has_a_least_too():
    rules = [EngagementRule(key, key, -7, kind) for key, kind in (("a", FORM), ("b", TouchpointKind.PAGE_VIEW))]
    model = ScoreModel(
        "Test",
        (
            Group("bad", "Bad", GroupKind.ENGAGEMENT, -10, 0, tuple(rules)),
            Group("fit", "Fit", GroupKind.FIT, 0, 80, (FitRule("e", "E", 80, Predicate("lead.email", Op.IS_SET)),)),
        ),
    )
    touches = [Touch("form_submitted", START), Touch("page_view", START)]
    found = s.score(Signals({"lead.email": "a@b.example"}, touches), model, START)
    assert [line.capped for line in found.lines] == [-5, -5, 80]
    assert (found.fit, found.engagement, found.total) == (80, 0, 70)
    assert found.parts(GroupKind.ENGAGEMENT) == (Part("a", -5), Part("b", -5), Part("A score starts at 0", 10))
    assert found.parts() == (Part("a", -5), Part("b", -5), Part("E", 80))


def test_a_score_ends_at_100():
    rules = [FitRule("a", "A", 70, Predicate("lead.email", Op.IS_NOT_SET))]
    model = ScoreModel(
        "Test",
        (
            Group("x", "X", GroupKind.FIT, 0, 100, tuple(rules)),
            Group("y", "Y", GroupKind.ENGAGEMENT, 0, 60, (form(60),)),
        ),
    )
    found = s.score(Signals({}, forms(0)), model, START)
    assert (found.fit, found.engagement, found.total) == (70, 60, 100)
    assert found.parts()[-1] == Part("A score ends at 100", -30)


@pytest.mark.parametrize(
    ("fit", "engaged", "expected"),
    [(100, 100, "A1"), (35, 30, "A1"), (34, 29, "B2"), (20, 12, "B2"), (19, 11, "C3"), (0, 0, "C3"), (0, 99, "C1")],
)
def test_bands(fit, engaged, expected):
    assert band(fit, engaged, Bands()) == expected


@pytest.mark.parametrize(
    ("previous", "score", "expected"),
    [
        (False, 49, None),
        (False, 50, Crossing.UP),
        (True, 50, None),
        (True, 40, None),
        (True, 39, Crossing.DOWN),
        (False, 45, None),
    ],
)
def test_hysteresis(previous, score, expected):
    assert crossed(previous, score, 50, 40) is expected


def test_leaving_above_entering_is_refused():
    with pytest.raises(ValueError, match="must not be above"):
        inside(True, 1, 40, 50)


@given(st.lists(st.integers(0, 100)), st.integers(0, 100), st.integers(0, 100))
@relaxed
def test_each_crossing_is_seen_once_per_direction(scores, a, b):
    leave, enter = sorted((a, b))
    side, seen = False, []
    for value in scores:
        crossing = crossed(side, value, enter, leave)
        if crossing:
            seen.append(crossing)
            side = crossing is Crossing.UP
    assert seen == [Crossing.UP, Crossing.DOWN] * (len(seen) // 2) + [Crossing.UP] * (len(seen) % 2)


# -- laws -------------------------------------------------------------------------------------------

KINDS = ["form_submitted", "page_view", "email_opened"]

decays = st.one_of(
    st.just(NoDecay()),
    st.builds(Linear, percent=st.integers(1, 100), period_days=st.integers(1, 60)),
    st.builds(Exponential, half_life_days=st.integers(1, 60)),
    st.builds(Expiry, days=st.integers(1, 120)),
)


@st.composite
def engagement_rules(draw, points, key):
    decay = draw(decays)
    unlimited = isinstance(decay, Exponential) and draw(st.booleans())
    return EngagementRule(
        key,
        key.title(),
        draw(points),
        draw(st.none() | st.sampled_from([TouchpointKind(kind) for kind in KINDS])),
        content=draw(st.none() | st.integers(1, 2)),
        campaign=draw(st.none() | st.integers(1, 2)),
        within_days=None if unlimited else draw(st.none() | st.integers(1, 90)),
        max_counted=None if unlimited else draw(st.integers(1, 4)),
        decay=decay,
    )


any_points = st.integers(-60, 60).filter(bool)


@st.composite
def models(draw, points=any_points):
    groups = []
    for i in range(draw(st.integers(1, 3))):
        rules = [draw(engagement_rules(points, f"r{i}{j}")) for j in range(draw(st.integers(1, 3)))]
        low, high = draw(st.integers(-100, 0)), draw(st.integers(0, 100))
        groups.append(Group(f"g{i}", f"G{i}", GroupKind.ENGAGEMENT, low, high, tuple(rules)))
    fits = tuple(
        FitRule(f"f{j}", f"F{j}", draw(points), Predicate("lead.country", Op.EQ, value))
        for j, value in enumerate(["DE", "FR"])
    )
    groups.append(Group("fit", "Fit", GroupKind.FIT, draw(st.integers(-100, 0)), draw(st.integers(0, 100)), fits))
    return ScoreModel("Law", tuple(groups))


touches = st.builds(
    Touch,
    kind=st.sampled_from(KINDS),
    at=st.integers(0, 200 * 24 * 4).map(lambda quarter: START + timedelta(minutes=15 * quarter)),
    content=st.none() | st.integers(1, 2),
    campaign=st.none() | st.integers(1, 2),
)
histories = st.lists(touches, max_size=15)
later = st.integers(200 * 24, 400 * 24).map(lambda hours: START + timedelta(hours=hours))
countries = st.sampled_from([None, "DE", "FR"])


@given(models(), histories, later, countries, st.randoms(use_true_random=False))
@relaxed
def test_the_order_of_signals_is_irrelevant(model, history, now, country, random):
    shuffled = list(history)
    random.shuffle(shuffled)
    attributes = {"lead.country": country}
    assert s.score(Signals(attributes, shuffled), model, now) == s.score(Signals(attributes, history), model, now)


@given(models(), histories, later, countries)
@relaxed
def test_the_parts_sum_to_each_score_and_stay_in_range(model, history, now, country):
    found = s.score(Signals({"lead.country": country}, history), model, now)
    for kind, value in ((None, found.total), (GroupKind.FIT, found.fit), (GroupKind.ENGAGEMENT, found.engagement)):
        assert 0 <= value <= 100
        assert sum(part.points for part in found.parts(kind)) == value
    for group in model.groups:
        lines = [line for line in found.lines if line.group == group.key]
        assert sum(line.capped for line in lines) == max(group.min, min(group.max, sum(line.decayed for line in lines)))
        for line in lines:
            assert abs(line.decayed) <= abs(line.raw)
            assert abs(line.capped) <= abs(line.decayed)
            assert line.capped * line.decayed >= 0


@given(models(points=st.integers(1, 60)), histories, later, st.integers(0, 200 * 24), countries)
@relaxed
def test_decay_never_raises_a_score(model, history, now, hours, country):
    before = s.score(Signals({"lead.country": country}, history), model, now)
    after = s.score(Signals({"lead.country": country}, history), model, now + timedelta(hours=hours))
    assert after.engagement <= before.engagement
    assert after.total <= before.total
    assert after.fit == before.fit


@given(models(), histories, later, countries, st.data())
@relaxed
def test_the_kept_state_gives_the_score_of_the_whole_history(model, history, now, country, data):
    state = EngagementState.empty(model)
    rest = data.draw(st.permutations(history))
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        state = absorb(state, rest[:size], model)
        state = EngagementState.from_json(json.loads(json.dumps(state.to_json(), sort_keys=True)))
        rest = rest[size:]
    attributes = {"lead.country": country}
    assert score_from_state(state, attributes, model, now) == s.score(Signals(attributes, history), model, now)


@given(models(), histories, later, st.lists(countries, min_size=1, max_size=4))
@relaxed
def test_what_is_stored_is_what_is_explained(model, history, now, of_leads):
    state = absorb(EngagementState.empty(model), history, model)
    for country in of_leads:
        attributes = {"lead.country": country}
        found = score_from_state(state, attributes, model, now)
        stored, change = totals_from_state(state, attributes, model, now)
        assert stored == (found.fit, found.engagement, found.total, found.band)
        assert change == next_change_at(state, model, now)


def test_a_model_forgets_for_which_values_its_rules_hold_before_they_are_too_many(monkeypatch):
    monkeypatch.setattr("leads.domain.scoring.model.MAX_REMEMBERED", 3)
    model = default_model()
    rule = next(rule for rule in model.fit_rules if rule.key == "manages")
    held = [model.fits(rule, value, START) for value in ("Lead", "x", "y", "z", "manager", "Lead", None)]
    assert held == [True, False, False, False, True, True, False]


def plainly(rule, history, now):
    """What one rule gives, written down from its definition with exact fractions where they exist."""
    ages = sorted(
        (now - touch.at)
        for touch in history
        if (rule.kind is None or rule.kind.value == touch.kind)
        and rule.content in (None, touch.content)
        and rule.campaign in (None, touch.campaign)
        and (rule.within_days is None or now - touch.at < timedelta(days=rule.within_days))
    )[: rule.max_counted]
    total = Fraction(0)
    for age in ages:
        if isinstance(rule.decay, Linear):
            steps = age // timedelta(days=rule.decay.period_days)
            total += max(Fraction(0), 1 - Fraction(rule.decay.percent, 100) * steps)
        elif isinstance(rule.decay, Exponential):
            total += Fraction(2 ** (-age / timedelta(days=rule.decay.half_life_days)))
        elif isinstance(rule.decay, NoDecay) or age < timedelta(days=rule.decay.days):
            total += 1
    size = math.floor(Fraction(round(abs(rule.points) * total * 10**6), 10**6) + Fraction(1, 2))
    return len(ages), size if rule.points > 0 else -size


@given(models(), histories, later)
@relaxed
def test_each_line_is_what_the_definition_says(model, history, now):
    lines = {line.rule: (line.counted, line.decayed) for line in s.score(Signals({}, history), model, now).lines}
    for rule in model.engagement_rules:
        assert lines.get(rule.key, (0, 0)) == plainly(rule, history, now)


@given(models(), histories, later, st.integers(0, 10**6))
@relaxed
def test_nothing_changes_before_the_next_change(model, history, now, share):
    state = absorb(EngagementState.empty(model), history, model)
    change = next_change_at(state, model, now)

    def decayed(at):
        lines = score_from_state(state, {}, model, at).lines
        return {line.rule: line.decayed for line in lines if line.decayed}

    before = decayed(now)
    if change is None:
        assert decayed(now + timedelta(days=4000)) == before
        return
    assert change > now
    # An exponential rule turns up to seconds before the instant given (see next_change_at).
    nearly = max(now, change - timedelta(minutes=1))
    assert decayed(now + (nearly - now) * share / 10**6) == before
    assert decayed(change) != before


# -- state ------------------------------------------------------------------------------------------


def test_the_state_is_bounded_and_small():
    model = model_of(form(max_counted=3), EngagementRule("all", "All", 1, max_counted=None, decay=Exponential(7)))
    state = EngagementState.empty(model)
    for n in range(400):
        state = absorb(state, forms(n), model)
    assert len(state.rules["form"].at) == 3
    assert state.rules["all"].count == 400
    assert len(json.dumps(state.to_json())) < 250


def test_the_state_as_data():
    model = model_of(
        form(max_counted=2), EngagementRule("all", "All", 1, max_counted=None, decay=Exponential(1)), low=0
    )
    at = datetime(2020, 1, 2, tzinfo=UTC)
    state = absorb(EngagementState.empty(model), [Touch("form_submitted", at)] * 2, model)
    us = 86_400_000_000
    assert state.to_json() == {
        "model": model.state_key,
        "rules": {"form": {"t": [us, us]}, "all": {"s": 2.0, "k": 1, "n": 2, "at": us}},
    }
    assert EngagementState.from_json({**state.to_json()}).rules == {"form": Times((us, us)), "all": Sum(2.0, 1, 2, us)}


def test_a_sum_neither_overflows_nor_forgets():
    model = model_of(EngagementRule("all", "All", 100, max_counted=None, decay=Exponential(1)))
    state = absorb(EngagementState.empty(model), forms(-30_000, 0, 2_000), model)
    assert score_from_state(state, {}, model, day(2_000)).engagement == 100
    assert score_from_state(state, {}, model, day(2_001)).engagement == 50
    late = absorb(state, forms(1_999), model)
    assert score_from_state(late, {}, model, day(2_001)).engagement == 75


def test_a_clock_that_lags_behind_gives_full_points_only():
    for counted in (1, None):
        model = model_of(form(40, max_counted=counted, decay=Exponential(1)))
        state = absorb(EngagementState.empty(model), forms(1), model)
        assert score_from_state(state, {}, model, day(0)).engagement == 40


def test_a_state_of_another_model_is_refused():
    model, other = model_of(form()), model_of(form(11))
    state = EngagementState.empty(model)
    for act in (
        lambda: absorb(state, [], other),
        lambda: score_from_state(state, {}, other, START),
        lambda: next_change_at(state, other, START),
    ):
        with pytest.raises(StateMismatch, match="rebuild it"):
            act()


def test_times_of_any_zone_are_the_same_instant():
    model = model_of(form(decay=Expiry(1)))
    tokyo = START.astimezone(timezone(timedelta(hours=9)))
    state = absorb(EngagementState.empty(model), [Touch("form_submitted", tokyo)], model)
    assert state == absorb(EngagementState.empty(model), [Touch("form_submitted", START)], model)
    assert next_change_at(state, model, tokyo) == START + timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (form(decay=Linear(50, 30)), 30),
        (form(decay=Linear(1, 30), points=1), 51 * 30),  # 0.5 still rounds to 1
        (form(decay=Expiry(5)), 5),
        (form(within_days=8), 8),
        (form(within_days=8, decay=Expiry(90)), 8),
        (form(), None),
        (form(points=1, decay=Exponential(10)), 10),  # 1 stays 1 down to 0.5
    ],
)
def test_next_change(rule, change):
    model = model_of(rule)
    state = absorb(EngagementState.empty(model), forms(0), model)
    found = next_change_at(state, model, day(0))
    if change is None:
        assert found is None
    else:
        assert timedelta(0) <= found - day(change) < timedelta(seconds=10)
        assert next_change_at(state, model, found) is None or rule.decay == Linear(50, 30)


# -- JSON -------------------------------------------------------------------------------------------


@given(models())
@relaxed
def test_a_model_reads_back_from_its_json(model):
    text = s.canonical(model)
    again = s.parse(json.loads(text))
    assert again == model
    assert s.canonical(again) == text
    assert again.content_hash == model.content_hash
    assert all(rule_sentence(rule).endswith(".") for group in model.groups for rule in group.rules)


def test_the_default_model():
    model = default_model()
    assert s.parse(s.model_to_json(model)) == model
    assert (model.most(GroupKind.FIT), model.most(GroupKind.ENGAGEMENT)) == (50, 50)
    assert len(model.fit_rules) == 12
    best = {
        "company.employees": 400,
        "company.industry": "Software",
        "company.domain": "acme.example",
        "lead.seniority": "VP",
        "lead.job_title": "VP Marketing",
        "lead.consent": True,
        "lead.email": "vp@acme.example",
    }
    keen = [Touch(kind.value, START) for kind in TouchpointKind if kind is not TouchpointKind.UNSUBSCRIBED] * 5
    found = s.score(Signals(best, keen), model, START)
    assert (found.fit, found.engagement, found.total, found.band) == (50, 50, 100, "A1")
    nobody = s.score(Signals({}), model, START)
    assert (nobody.fit, nobody.engagement, nobody.total, nobody.band) == (0, 0, 0, "C3")
    asked = s.score(Signals({**best, "lead.seniority": None}, [Touch("demo_requested", START)]), model, day(30))
    assert (asked.fit, asked.engagement, asked.band) == (38, 11, "A3")


RULE = {"key": "form", "label": "Form", "points": 5, "kind": "form_submitted"}
FIT = {"key": "x", "label": "X", "points": 5, "when": {"field": "lead.country", "op": "eq", "value": "DE"}}


def doc(rule=RULE, kind="engagement", **change):
    group = {"key": "g", "label": "G", "kind": kind, "min": -5, "max": 10, "rules": [rule]} | change
    return {"name": "M", "groups": [group]}


def without(data, key):
    return {name: value for name, value in data.items() if name != key}


BAD = [
    ([], "", "Expected an object with name, groups, bands."),
    ({**doc(), "x": 1}, "", "“x” is not known here; expected name, groups, bands."),
    ({"name": "M", "groups": []}, "/groups", "A scoring model has 1 to 20 groups."),
    ({**doc(), "name": " "}, "/name", "Expected a text of 1 to 100 characters on one line."),
    ({**doc(), "name": "a\nb"}, "/name", "Expected a text of 1 to 100 characters on one line."),
    ({**doc(), "bands": {"fit_a": 101}}, "/bands/fit_a", "Expected a whole number from 0 to 100."),
    ({**doc(), "bands": {"fit_a": 10, "fit_b": 11}}, "/bands/fit_b", "Fit B starts"),
    ({**doc(), "bands": {"engagement_1": 1}}, "/bands/engagement_2", "Engagement 2 starts"),
    (doc(kind="luck"), "/groups/0/kind", "A group is of kind fit or engagement."),
    (doc(rules=[]), "/groups/0/rules", "A group has 1 to 100 rules."),
    (doc(key="G G"), "/groups/0/key", "A key is 1 to 40 small letters"),
    (doc(min=1), "/groups/0/min", "Expected a whole number from -100 to 0."),
    (doc(max=1.5), "/groups/0/max", "Expected a whole number from 0 to 100."),
    (doc({**RULE, "points": 0}), "/groups/0/rules/0/points", "A rule gives or takes at least one point."),
    (doc({**RULE, "points": True}), "/groups/0/rules/0/points", "Expected a whole number"),
    (doc({**RULE, "kind": "dance"}), "/groups/0/rules/0/kind", "Expected a kind of touchpoint, or null for any."),
    (doc({**RULE, "content": 0}), "/groups/0/rules/0/content", "Expected a whole number from 1 to"),
    (doc({**RULE, "max_counted": 51}), "/groups/0/rules/0/max_counted", "Expected a whole number from 1 to 50."),
    (doc({**RULE, "max_counted": None}), "/groups/0/rules/0/max_counted", "Say how many times"),
    (
        doc({**RULE, "max_counted": None, "within_days": 9, "decay": {"kind": "exponential", "half_life_days": 3}}),
        "/groups/0/rules/0/max_counted",
        "Say how many times",
    ),
    (doc({**RULE, "decay": {"kind": "sudden"}}), "/groups/0/rules/0/decay", "Expected an object whose kind"),
    (doc({**RULE, "decay": 5}), "/groups/0/rules/0/decay", "Expected an object whose kind"),
    (doc({**RULE, "decay": {"kind": "expiry"}}), "/groups/0/rules/0/decay/days", "Expected a whole number"),
    (doc({**RULE, "decay": {"kind": "expiry", "days": 1, "x": 1}}), "/groups/0/rules/0/decay", "“x” is not known"),
    (doc(without(FIT, "when"), kind="fit"), "/groups/0/rules/0/when", "A predicate is an object"),
    (
        doc({**FIT, "when": {"field": "lead.stage", "op": "eq", "value": "mql"}}, kind="fit"),
        "/groups/0/rules/0/when/field",
        "A fit rule looks at what the person and the company are",
    ),
    (doc({**FIT, "when": {"field": "lead.shoe"}}, kind="fit"), "/groups/0/rules/0/when/field", "There is no field"),
    (doc(rules=[RULE, RULE]), "/groups/0/rules/1/key", "The key “form” is used twice."),
    ({"name": "M", "groups": doc()["groups"] * 2}, "/groups/1/key", "The key “g” is used twice."),
    (
        {
            "name": "M",
            "groups": [
                {**doc()["groups"][0], "key": f"g{i}", "rules": [{**RULE, "key": f"r{i}-{j}"} for j in range(51)]}
                for i in range(2)
            ],
        },
        "/groups",
        "A scoring model has at most 100 rules.",
    ),
]


@pytest.mark.parametrize(("document", "path", "said"), BAD)
def test_errors_point_at_the_part(document, path, said):
    with pytest.raises(ModelError) as error:
        s.parse(document)
    assert error.value.path == path
    assert str(error.value).startswith(said)


def test_what_may_be_left_out():
    rule = s.parse(doc()).engagement_rules[0]
    assert (rule.max_counted, rule.decay, rule.within_days, rule.content) == (1, NoDecay(), None, None)
    assert s.parse(doc()).bands == Bands()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (form(), "+10 points when the lead has submitted a form, once."),
        (
            form(-1, max_counted=3, decay=Linear(50, 30), within_days=90, content=7),
            "−1 point when the lead has submitted a form (content “Pricing guide”) within the last 90 days, "
            "each time up to 3, losing 50 % every 30 days.",
        ),
        (
            EngagementRule("a", "A", 2, max_counted=None, decay=Exponential(1)),
            "+2 points when the lead has had any touchpoint, each time, halving every day.",
        ),
        (form(decay=Expiry(5)), "+10 points when the lead has submitted a form, once, gone after 5 days."),
        (
            FitRule("de", "Germany", 15, Predicate("lead.country", Op.IN, ("AT", "DE"))),
            "+15 points when country is one of “AT” or “DE”.",
        ),
        (
            FitRule("c", "Consent", 4, Predicate("lead.consent", Op.EQ, True)),
            "+4 points when the lead has given consent.",
        ),
    ],
)
def test_rules_in_words(rule, said):
    assert rule_sentence(rule, {("content", 7): "Pricing guide"}) == said
