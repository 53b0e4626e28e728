"""A rule as a sentence that people read."""

from __future__ import annotations

from leads.domain.criteria import Behaviour, Names, Op, behaviour_words, predicate_words
from leads.domain.scoring.model import Decay, Expiry, Exponential, FitRule, Linear, Rule


def rule_sentence(rule: Rule, names: Names | None = None) -> str:
    """A rule as one plain sentence. `names` gives names of content and campaigns."""
    points = f"{'+' if rule.points > 0 else '−'}{abs(rule.points)} {'point' if abs(rule.points) == 1 else 'points'}"
    if isinstance(rule, FitRule):
        words = predicate_words(rule.when)
        who = "the lead " if rule.when.op is Op.EQ and isinstance(rule.when.value, bool) else ""
        return f"{points} when {who}{words}."
    behaviour = Behaviour(rule.kind, rule.content, rule.campaign, rule.within_days)
    did = behaviour_words(behaviour, names or {})
    if rule.max_counted is None:
        often = ", each time"
    elif rule.max_counted == 1:
        often = ", once"
    else:
        often = f", each time up to {rule.max_counted}"
    return f"{points} when the lead has {did}{often}{_decay_words(rule.decay)}."


def _decay_words(decay: Decay) -> str:
    if isinstance(decay, Linear):
        return f", losing {decay.percent} % every {_days(decay.period_days)}"
    if isinstance(decay, Exponential):
        return f", halving every {_days(decay.half_life_days)}"
    return f", gone after {_days(decay.days)}" if isinstance(decay, Expiry) else ""


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"
