"""The criteria language: one small declarative way to say which leads are meant.

Criteria are JSON: ``all``, ``any`` and ``not`` over predicates on fields and over behaviour::

    {"all": [
        {"field": "lead.country", "op": "in", "value": ["AT", "DE"]},
        {"not": {"field": "company.employees", "op": "lt", "value": 50}},
        {"behaviour": {"kind": "form_submitted", "content": null, "campaign": null,
                       "within_days": 30, "at_least": 2}}]}

and ``{"always": true}`` for every lead. `parse` turns them into a tree of frozen dataclasses, which is
rendered as a sentence here and compiled to one SQL condition elsewhere; there is no second evaluator of a
tree.

What the predicates mean, for everybody who compiles or explains them:

- Logic has two values. An unset field (null, or a text of blanks) satisfies only ``is_not_set``, ``ne`` and
  ``not_in``; ``ne`` and ``not_in`` are the exact complements of ``eq`` and ``in``, and ``not`` is of its
  part.
- Text is compared without regard to case; a choice exactly.
- A date field is compared by its calendar date in UTC. ``between`` includes both ends. ``within_days`` n holds
  from the moment itself until n times 24 hours have passed, and not for the future.
- A lead may have several deals: a deal predicate holds when at least one deal satisfies it; ``ne``, ``not_in``
  and ``is_not_set`` hold when none satisfies the opposite.
- Behaviour counts touchpoints of the lead that match kind, content and campaign (null: any) and whose age is
  less than ``within_days`` times 24 hours (null: ever), and holds when there are ``at_least`` so many.
"""

from leads.domain.criteria.language import (
    DEAL_STAGES,
    FIELDS,
    MAX_AT_LEAST,
    MAX_DAYS,
    MAX_DEPTH,
    MAX_ID,
    All,
    Always,
    AnyOf,
    Behaviour,
    Criteria,
    CriteriaError,
    Field,
    Kind,
    Not,
    Op,
    Predicate,
    Shape,
    walk,
)
from leads.domain.criteria.matching import Attribute, matches
from leads.domain.criteria.parsing import parse, parse_predicate
from leads.domain.criteria.published import schema
from leads.domain.criteria.words import OP_WORDS, Names, behaviour_words, op_words, predicate_words, sentence
from leads.domain.criteria.writing import canonical, content_hash, to_json

__all__ = [
    "DEAL_STAGES",
    "FIELDS",
    "MAX_AT_LEAST",
    "MAX_DAYS",
    "MAX_DEPTH",
    "MAX_ID",
    "OP_WORDS",
    "All",
    "Always",
    "AnyOf",
    "Attribute",
    "Behaviour",
    "Criteria",
    "CriteriaError",
    "Field",
    "Kind",
    "Names",
    "Not",
    "Op",
    "Predicate",
    "Shape",
    "behaviour_words",
    "canonical",
    "content_hash",
    "matches",
    "op_words",
    "parse",
    "parse_predicate",
    "predicate_words",
    "schema",
    "sentence",
    "to_json",
    "walk",
]
