import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.domain import criteria as c
from leads.domain.criteria import (
    All,
    Always,
    AnyOf,
    Behaviour,
    CriteriaError,
    Kind,
    Not,
    Op,
    Predicate,
    Shape,
)
from leads.domain.touchpoints import CHOICES as KIND_CHOICES
from leads.domain.touchpoints import TouchpointKind

# Timing of generated examples says nothing on a busy machine.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def p(field, op, *value):
    return {"field": field, "op": op} | ({"value": value[0]} if value else {})


def behaviour(**parts):
    return {"behaviour": parts}


# -- generated criteria -----------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(
    lambda text: 1 <= len(text.strip()) <= 20
)
numbers = st.integers(-(10**9), 10**9) | st.integers(-(10**9), 10**9).map(lambda n: n / 100)
days = st.integers(1, c.MAX_DAYS)


def scalars(field):
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return numbers
    if field.kind is Kind.DATE:
        return st.dates().map(date.isoformat)
    if field.kind is Kind.BOOLEAN:
        return st.booleans()
    if field.choices:
        return st.sampled_from([value for value, _ in field.choices])
    return texts


@st.composite
def predicates(draw):
    field = draw(st.sampled_from(list(c.FIELDS.values())))
    op = draw(st.sampled_from(field.ops))
    one = scalars(field)
    if op.takes is Shape.NOTHING:
        return p(field.name, op.value)
    value = {
        Shape.ONE: one,
        Shape.LIST: st.lists(one, min_size=1, max_size=4),
        Shape.PAIR: st.lists(one, min_size=2, max_size=2).map(sorted),
        Shape.DAYS: days,
    }[op.takes]
    return p(field.name, op.value, draw(value))


ids = st.none() | st.integers(1, c.MAX_ID)
behaviours = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.none() | st.sampled_from([kind.value for kind in TouchpointKind]),
        "content": ids,
        "campaign": ids,
        "within_days": st.none() | days,
        "at_least": st.integers(1, c.MAX_AT_LEAST),
    },
).map(lambda parts: {"behaviour": parts})
leaves = predicates() | behaviours | st.just({"always": True})


def nested(depth):
    if depth == 0:
        return leaves
    inner = nested(depth - 1)
    parts = st.lists(inner, min_size=1, max_size=3)
    return (
        leaves
        | parts.map(lambda found: {"all": found})
        | parts.map(lambda found: {"any": found})
        | inner.map(lambda found: {"not": found})
    )


documents = nested(3)


@relaxed
@given(documents)
def test_the_canonical_text_reads_back_as_the_same_tree(document):
    tree = c.parse(document)
    text = c.canonical(tree)
    again = c.parse(json.loads(text))
    assert again == tree
    assert c.canonical(again) == text
    assert c.content_hash(again) == c.content_hash(tree)
    assert len(c.content_hash(tree)) == 64
    assert hash(again) == hash(tree)


@relaxed
@given(documents)
def test_what_is_parsed_is_valid_by_the_published_schema_and_can_be_said(document):
    VALIDATOR.validate(document)
    tree = c.parse(document)
    VALIDATOR.validate(c.to_json(tree))
    said = c.sentence(tree)
    assert said.endswith(".")
    assert said[0] == said[0].upper()


VALIDATOR = jsonschema.Draft202012Validator(c.schema())


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(c.schema())
    assert json.loads(json.dumps(c.schema())) == c.schema()


# -- errors -----------------------------------------------------------------------------------------

DEEP = {"always": True}
for _ in range(c.MAX_DEPTH):
    DEEP = {"not": DEEP}

BAD = [
    (None, "", "Expected an object with one of all, any, not, field, behaviour, always."),
    ([], "", "Expected an object with one of all, any, not, field, behaviour, always."),
    ({}, "", "Expected exactly one of all, any, not, field, behaviour, always in this object."),
    ({"all": [], "any": []}, "", "Expected exactly one of"),
    ({"all": []}, "/all", "“all” needs a list with at least one part."),
    ({"any": {"always": True}}, "/any", "“any” needs a list with at least one part."),
    ({"all": [{"always": True}], "x/y~": 1}, "/x~1y~0", "“x/y~” is not known here."),
    ({"always": False}, "/always", 'Write {"always": true}; for no lead at all, negate it.'),
    ({"all": [{"always": True}, {"not": 3}]}, "/all/1/not", "Expected an object with one of"),
    (p("lead.shoe", "eq", 1), "/field", "There is no field “lead.shoe”."),
    (p(["x"], "eq", 1), "/field", "There is no field"),
    ({"field": "lead.email"}, "", "Say how e-mail is compared: “op” is missing."),
    (p("lead.email", "gt", "a"), "/op", "“gt” cannot be used with e-mail; use one of eq, ne, in, not_in,"),
    (p("lead.email", {}, "a"), "/op", "“{}” cannot be used with e-mail"),
    (p("lead.email", "eq"), "", "Say what e-mail is compared with: “value” is missing."),
    (p("lead.email", "is_set", None), "/value", "“is_set” takes no value."),
    (p("lead.email", "eq", 5), "/value", "Expected a text."),
    (p("lead.email", "eq", "  "), "/value", "Expected a text of 1 to 200 characters."),
    (p("lead.email", "eq", "x" * 201), "/value", "Expected a text of 1 to 200 characters."),
    (p("lead.email", "eq", "a\x00b"), "/value", "The text contains a control character."),
    (p("lead.email", "eq", "a\ud800"), "/value", "The text contains a control character."),
    (p("lead.email", "in", "a"), "/value", "“in” takes a list of values."),
    (p("lead.email", "in", []), "/value", "The list takes 1 to 200 values."),
    (p("lead.email", "in", ["a"] * 201), "/value", "The list takes 1 to 200 values."),
    (p("lead.email", "in", ["a", 1]), "/value/1", "Expected a text."),
    (p("lead.stage", "eq", "hot"), "/value", "“hot” is not one of the choices of stage."),
    (p("company.employees", "eq", "50"), "/value", "Expected a number."),
    (p("company.employees", "eq", True), "/value", "Expected a number."),
    (p("company.employees", "eq", float("nan")), "/value", "The number is out of range."),
    (p("company.employees", "eq", 10**13), "/value", "The number is out of range."),
    (p("deal.amount", "gte", 1.005), "/value", "A number has at most two decimal places."),
    (p("deal.amount", "between", [1]), "/value", "“between” takes two values, the lower and the higher."),
    (p("deal.amount", "between", [2, 1]), "/value", "The lower value comes first."),
    (p("lead.created_at", "gt", "31.01.2026"), "/value", "Expected a date such as 2026-01-31."),
    (p("lead.created_at", "gt", "2026-02-30"), "/value", "Expected a date such as 2026-01-31."),
    (p("lead.created_at", "gt", "2026-W01-1"), "/value", "Expected a date such as 2026-01-31."),
    (p("lead.created_at", "within_days", 0), "/value", "Expected a whole number of days from 1 to 3650."),
    (p("lead.consent", "eq", "yes"), "/value", "Expected true or false."),
    ({"behaviour": 1}, "/behaviour", "Expected an object that describes the behaviour."),
    (behaviour(what=1), "/behaviour/what", "“what” is not known here."),
    (behaviour(kind="danced"), "/behaviour/kind", "There is no kind of touchpoint “danced”."),
    (behaviour(content="7"), "/behaviour/content", "Expected the content's id or null."),
    (behaviour(campaign=0), "/behaviour/campaign", "Expected the campaign's id or null."),
    (behaviour(within_days=1.5), "/behaviour/within_days", "Expected a whole number of days from 1 to 3650."),
    (behaviour(at_least=0), "/behaviour/at_least", "Expected a whole number of touchpoints from 1 to 1000."),
    (DEEP, "/not" * c.MAX_DEPTH, "Criteria may be nested 6 levels deep, not more."),
    ({"all": [{"always": True}] * 100}, "/all/99", "Criteria may have 100 parts, not more."),
    ({"all": [{"always": True}] * 101}, "/all", "Criteria may have 100 parts, not more."),
]


@pytest.mark.parametrize(("document", "path", "said"), BAD)
def test_errors_point_at_the_part_and_say_what_to_do(document, path, said):
    with pytest.raises(CriteriaError) as error:
        c.parse(document)
    assert error.value.path == path
    assert str(error.value).startswith(said)


def test_an_error_shows_little_of_what_was_given():
    with pytest.raises(CriteriaError) as error:
        c.parse(p("x" * 5000 + "\ud800", "eq", 1))
    assert len(str(error.value)) < 100
    str(error.value).encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@relaxed
@given(st.dictionaries(st.sampled_from(["all", "any", "not", "field", "op", "value", "behaviour"]), json_values))
def test_nonsense_is_refused_with_an_error_and_nothing_else(document):
    with contextlib.suppress(CriteriaError):
        c.parse(document)


# -- meaning of the tree ----------------------------------------------------------------------------


def test_parse_gives_plain_trees():
    assert c.parse(p("lead.country", "in", ["DE", " AT ", "DE"])) == Predicate("lead.country", Op.IN, ("AT", "DE"))
    assert c.parse(p("deal.amount", "between", [-0.0, 12.5])) == Predicate(
        "deal.amount", Op.BETWEEN, (Decimal("0.00"), Decimal("12.50"))
    )
    assert c.parse(behaviour()) == Behaviour()
    assert c.parse({"all": [{"always": True}, {"not": {"any": [p("lead.email", "is_set")]}}]}) == All(
        (Always(), Not(AnyOf((Predicate("lead.email", Op.IS_SET),))))
    )


def test_equal_meaning_gives_one_hash():
    one = c.parse(p("company.employees", "gte", 50))
    other = c.parse(p("company.employees", "gte", 50.0))
    assert c.content_hash(one) == c.content_hash(other)
    assert c.canonical(one) == '{"field":"company.employees","op":"gte","value":50}'
    assert c.content_hash(one) != c.content_hash(c.parse(p("company.employees", "gt", 50)))


def test_walking():
    tree = c.parse(
        {
            "all": [
                p("lead.email", "is_set"),
                {"not": behaviour(kind="unsubscribed")},
                {"any": [p("score.fit", "gt", 1)]},
            ]
        }
    )
    assert [type(node) for node in c.walk(tree)] == [All, Predicate, Not, Behaviour, AnyOf, Predicate]


@pytest.mark.parametrize(
    ("document", "names", "said"),
    [
        ({"always": True}, None, "Every lead."),
        ({"not": {"always": True}}, None, "No lead."),
        (p("lead.country", "in", ["DE", "AT", "CH"]), None, "Country is one of “AT”, “CH” or “DE”."),
        (p("lead.stage", "not_in", ["customer"]), None, "Stage is none of Customer."),
        (p("lead.email", "is_set"), None, "E-mail is known."),
        (p("deal.amount", "gte", 12500.5), None, "Amount of a deal is at least 12,500.50."),
        (p("company.employees", "between", [50, 5000]), None, "Number of employees is between 50 and 5,000."),
        (p("lead.created_at", "gte", "2026-01-05"), None, "Date of creation is on or after 5 January 2026."),
        (p("lead.created_at", "within_days", 1), None, "Date of creation is within the last 1 day."),
        (p("lead.consent", "eq", False), None, "Has refused consent."),
        (p("deal.is_open", "eq", True), None, "Has an open deal."),
        (behaviour(), None, "Has had any touchpoint."),
        (
            {"not": behaviour(kind="email_opened", within_days=30)},
            None,
            "Has not opened an e-mail within the last 30 days.",
        ),
        (
            {
                "all": [
                    p("score.fit", "gte", 20),
                    {"any": [p("score.engagement", "gte", 40), behaviour(kind="demo_requested")]},
                    {"not": p("lead.email", "contains", "@gmail.")},
                    behaviour(kind="form_submitted", content=7, campaign=3, within_days=30, at_least=2),
                ]
            },
            {("content", 7): "Pricing guide"},
            "Fit score is at least 20, and (engagement score is at least 40, or has requested a demo), "
            "and it is not true that e-mail contains “@gmail.”, and has submitted a form "
            "(content “Pricing guide”) (campaign 3) at least 2 times within the last 30 days.",
        ),
    ],
)
def test_sentences(document, names, said):
    assert c.sentence(c.parse(document), names) == said


def test_the_registry_is_complete():
    assert set(c.FIELDS) == {
        "lead.email", "lead.first_name", "lead.last_name", "lead.job_title", "lead.seniority",
        "lead.department", "lead.country", "lead.source", "lead.channel", "lead.stage",
        "lead.created_at",
        "lead.consent", "company.name", "company.domain", "company.industry", "company.employees",
        "company.country", "deal.stage", "deal.amount", "deal.is_open", "score.fit", "score.engagement",
        "score.total",
    }  # fmt: skip
    assert {field.entity for field in c.FIELDS.values()} == {"lead", "company", "deal", "score"}
    assert c.op_words(Op.LT, Kind.DATE) == "is before"
    assert c.op_words(Op.LT, Kind.NUMBER) == "is less than"
    assert ("form_submitted", "Form submitted") in KIND_CHOICES
    assert all(kind.did for kind in TouchpointKind)


# -- one value --------------------------------------------------------------------------------------

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("predicate", "value", "holds"),
    [
        (("lead.country", "eq", "de"), "DE", True),
        (("lead.country", "eq", "de"), None, False),
        (("lead.country", "ne", "de"), None, True),
        (("lead.country", "ne", "de"), " De ", False),
        (("lead.country", "not_in", ["de", "at"]), "fr", True),
        (("lead.country", "in", ["de", "at"]), "AT", True),
        (("lead.country", "is_set"), "  ", False),
        (("lead.country", "is_not_set"), "  ", True),
        (("lead.country", "is_set"), "x", True),
        (("lead.email", "contains", "@ACME."), "a@acme.example", True),
        (("lead.email", "starts_with", "info@"), "Info@acme.example", True),
        (("lead.email", "starts_with", "acme"), "info@acme.example", False),
        (("lead.stage", "eq", "mql"), "MQL", False),
        (("lead.stage", "eq", "mql"), "mql", True),
        (("company.employees", "gte", 50), 50, True),
        (("company.employees", "gt", 50), 50, False),
        (("company.employees", "lt", 50), 49.5, True),
        (("company.employees", "lte", 50), Decimal(50), True),
        (("company.employees", "eq", 50), 50, True),
        (("company.employees", "ne", 50), 51, True),
        (("company.employees", "between", [1, 50]), 50, True),
        (("company.employees", "between", [1, 50]), 0, False),
        (("company.employees", "is_set"), 0, True),
        (("lead.consent", "eq", False), False, True),
        (("lead.consent", "eq", False), None, False),
        (("lead.created_at", "eq", "2026-03-01"), MIDNIGHT + timedelta(hours=23), True),
        (("lead.created_at", "gt", "2026-03-01"), MIDNIGHT + timedelta(hours=23), False),
        (("lead.created_at", "lte", "2026-03-01"), date(2026, 3, 1), True),
        (("lead.created_at", "within_days", 1), NOW - timedelta(days=1), False),
        (("lead.created_at", "within_days", 1), NOW - timedelta(hours=23), True),
        (("lead.created_at", "within_days", 1), NOW, True),
        (("lead.created_at", "within_days", 1), NOW + timedelta(seconds=1), False),
        (("lead.created_at", "within_days", 2), date(2026, 3, 1), True),
    ],
)
def test_one_value(predicate, value, holds):
    assert c.matches(c.parse_predicate(p(*predicate)), value, NOW) is holds


def test_a_date_field_takes_dates_only():
    with pytest.raises(TypeError, match="not a date"):
        c.matches(c.parse_predicate(p("lead.created_at", "eq", "2026-03-01")), 5, NOW)


def test_one_predicate_is_not_a_group():
    with pytest.raises(CriteriaError, match="A predicate is an object"):
        c.parse_predicate([])
    with pytest.raises(CriteriaError, match="not known here") as error:
        c.parse_predicate({"all": []}, "/groups/0/when")
    assert error.value.path == "/groups/0/when/all"
