"""A model to start with."""

from __future__ import annotations

from typing import Any

from leads.domain.criteria import Op, parse_predicate
from leads.domain.scoring.model import (
    Decay,
    EngagementRule,
    Expiry,
    Exponential,
    FitRule,
    Group,
    GroupKind,
    Linear,
    ScoreModel,
)
from leads.domain.touchpoints import TouchpointKind


def default_model() -> ScoreModel:
    """A first model for a company that sells to companies: up to 50 points for fit and 50 for engagement."""

    def fit(key: str, label: str, points: int, field: str, op: Op, value: Any = None) -> FitRule:
        when = {"field": field, "op": op.value} | ({} if value is None else {"value": value})
        return FitRule(key, label, points, parse_predicate(when))

    def engagement(key: str, points: int, decay: Decay, counted: int | None = 1) -> EngagementRule:
        kind = TouchpointKind(key)
        return EngagementRule(key, kind.label, points, kind, max_counted=counted, decay=decay)

    month = Exponential(30)
    fortnight = Exponential(14)
    return ScoreModel(
        "Standard B2B model",
        (
            Group(
                "company",
                "The company",
                GroupKind.FIT,
                -20,
                30,
                (
                    fit("size_core", "50 to 5,000 employees", 20, "company.employees", Op.BETWEEN, [50, 5000]),
                    fit("size_small", "10 to 49 employees", 8, "company.employees", Op.BETWEEN, [10, 49]),
                    fit("size_large", "More than 5,000 employees", 10, "company.employees", Op.GT, 5000),
                    fit("size_tiny", "Fewer than 10 employees", -10, "company.employees", Op.LT, 10),
                    fit("industry", "Industry known", 5, "company.industry", Op.IS_SET),
                    fit("domain", "Company domain known", 5, "company.domain", Op.IS_SET),
                ),
            ),
            Group(
                "person",
                "The person",
                GroupKind.FIT,
                -20,
                20,
                (
                    fit(
                        "decides",
                        "Decides about purchases",
                        12,
                        "lead.seniority",
                        Op.IN,
                        ["owner", "founder", "c-level", "executive", "vp", "director", "head"],
                    ),
                    fit("manages", "Manages a team", 7, "lead.seniority", Op.IN, ["manager", "lead"]),
                    fit("title", "Job title known", 4, "lead.job_title", Op.IS_SET),
                    fit("consent", "Agreed to be contacted", 4, "lead.consent", Op.EQ, True),
                    fit("student", "Student", -15, "lead.job_title", Op.CONTAINS, "student"),
                    fit("free_mail", "Private e-mail address", -6, "lead.email", Op.CONTAINS, "@gmail."),
                ),
            ),
            Group(
                "intent",
                "Signs of buying",
                GroupKind.ENGAGEMENT,
                0,
                30,
                (
                    engagement("demo_requested", 22, month),
                    engagement("meeting", 12, month, 2),
                    engagement("pricing_viewed", 7, fortnight, 3),
                    engagement("form_submitted", 10, Linear(50, 30), 2),
                    engagement("chat", 5, fortnight, 2),
                    engagement("referred", 8, Expiry(90)),
                ),
            ),
            Group(
                "learning",
                "Learning about the subject",
                GroupKind.ENGAGEMENT,
                0,
                14,
                (
                    engagement("webinar_attended", 7, month, 2),
                    engagement("event_attended", 7, month, 2),
                    engagement("content_downloaded", 5, month, 3),
                ),
            ),
            Group(
                "attention",
                "Attention",
                GroupKind.ENGAGEMENT,
                0,
                6,
                (
                    engagement("email_clicked", 2, fortnight, 5),
                    engagement("email_opened", 1, Expiry(14), 3),
                    engagement("ad_clicked", 2, Expiry(30), 2),
                    engagement("page_view", 1, Exponential(7), None),
                ),
            ),
            Group(
                "turning_away",
                "Turning away",
                GroupKind.ENGAGEMENT,
                -30,
                0,
                (engagement("unsubscribed", -30, Expiry(180)),),
            ),
        ),
    )
