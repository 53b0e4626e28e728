"""The tables of leads, one aggregate a file."""

from leads.models.campaigns import Campaign, ContentAsset, JourneyStage, Spend, Visit
from leads.models.companies import Company
from leads.models.deals import Deal, DealStage
from leads.models.definitions import Definition, DefinitionVersion
from leads.models.handoffs import Assignment, Attempt, Feedback, Handoff, RejectionReason
from leads.models.imports import ImportReject, ImportRun
from leads.models.leads import Lead, StageTransition, Touchpoint
from leads.models.scoring import ScoreChange, ScoreModelVersion, ScoreState

__all__ = [
    "Assignment",
    "Attempt",
    "Campaign",
    "Company",
    "ContentAsset",
    "Deal",
    "DealStage",
    "Definition",
    "DefinitionVersion",
    "Feedback",
    "Handoff",
    "ImportReject",
    "ImportRun",
    "JourneyStage",
    "Lead",
    "RejectionReason",
    "ScoreChange",
    "ScoreModelVersion",
    "ScoreState",
    "Spend",
    "StageTransition",
    "Touchpoint",
    "Visit",
]
