"""The rules and the tables use the same words."""

from leads.domain import criteria, handoffs, touchpoints
from leads.models import RejectionReason, Touchpoint
from leads.models.deals import DealStage


def test_kinds_of_touchpoint():
    assert list(touchpoints.CHOICES) == Touchpoint.Kind.choices


def test_stages_of_a_deal():
    assert list(criteria.DEAL_STAGES) == DealStage.choices


def test_grounds_of_a_rejection():
    grounds = [(ground.value, ground.label) for ground in handoffs.RejectionGround]
    assert grounds == RejectionReason.Ground.choices
