"""The tables of leads, one aggregate a file."""

from leads.models.campaigns import Campaign, ContentAsset, JourneyStage, Spend, Visit
from leads.models.companies import Company
from leads.models.deals import Deal, DealStage, LossReason
from leads.models.definitions import Definition, DefinitionStanding, DefinitionVersion
from leads.models.handoffs import Assignment, Attempt, Feedback, Handoff, RejectionReason
from leads.models.imports import ImportReject, ImportRun
from leads.models.leads import Delivery, LateQualification, Lead, StageReached, StageTransition, Touchpoint
from leads.models.scoring import CompanyChange, Score, ScoreChange, ScoreModelVersion, ScoreQueue, ScoreState

__all__ = [
    "Assignment",
    "Attempt",
    "Campaign",
    "Company",
    "CompanyChange",
    "ContentAsset",
    "Deal",
    "DealStage",
    "Definition",
    "DefinitionStanding",
    "DefinitionVersion",
    "Delivery",
    "Feedback",
    "Handoff",
    "ImportReject",
    "ImportRun",
    "JourneyStage",
    "LateQualification",
    "Lead",
    "LossReason",
    "RejectionReason",
    "Score",
    "ScoreChange",
    "ScoreModelVersion",
    "ScoreQueue",
    "ScoreState",
    "Spend",
    "StageReached",
    "StageTransition",
    "Touchpoint",
    "Visit",
]
