"""The funnel as bars, and its rows side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leads.domain.lifecycle import LABELS, LifecycleStage
from reporting.domain.funnel import Step
from reporting.selectors.funnel import STAGES, FunnelRow

SHOWN = 12
MARKETING = ("inquiry", "lead", "mql")
OVER_TIME = ("day", "week", "month")


def side_of(stage: str) -> str:
    """The team that brings leads to a stage."""
    return "marketing" if stage in MARKETING else "sales"


def funnel_figure(row: FunnelRow) -> dict[str, Any]:
    """How many reached each stage, as one bar a stage, first stage on top."""
    steps = list(row.steps)
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [step.reached for step in steps],
                "y": [LABELS[LifecycleStage(step.stage)] for step in steps],
                "text": [_words(step) for step in steps],
                "textposition": "outside",
                "cliponaxis": False,
                "hoverinfo": "skip",
                "marker": {"color": [side_of(step.stage) for step in steps]},
                "customdata": [row.stage_records[step.stage] for step in steps],
            }
        ],
        "layout": {
            "yaxis": {"autorange": "reversed", "showgrid": False},
            "xaxis": {"visible": False, "range": [0, max([step.reached for step in steps] + [1]) * 1.45]},
            "hovermode": "closest",
        },
    }


def _words(step: Step) -> str:
    if step.from_previous_share is None:
        return f"{step.reached:,}"
    percent = f"{step.from_previous_share * 100:.1f}".removesuffix(".0")
    return f"{step.reached:,}  {percent} %"


def rows_figure(rows: Sequence[FunnelRow], by: str) -> dict[str, Any]:
    """Over time: lines of leads, qualified leads and customers. Else: leads and customers of the largest rows."""
    if by in OVER_TIME:
        return trend_figure(rows)
    largest = list(rows[:SHOWN])
    return {
        "data": [
            _bars(largest, "lead", "Leads"),
            _bars(largest, "mql", "MQL"),
            _bars(largest, "customer", "Customers"),
        ],
        "layout": {
            "barmode": "group",
            "showlegend": True,
            "yaxis": {"autorange": "reversed", "showgrid": False},
            "hovermode": "closest",
        },
    }


def _bars(rows: Sequence[FunnelRow], stage: str, name: str) -> dict[str, Any]:
    colours = {"lead": "ink-3", "mql": "marketing", "customer": "sales"}
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [row.values[stage] for row in rows],
        "y": [row.label for row in rows],
        "marker": {"color": colours[stage]},
        "customdata": [row.stage_records[stage] for row in rows],
    }


def trend_figure(rows: Sequence[FunnelRow]) -> dict[str, Any]:
    """Leads, qualified leads and customers, row by row in time."""
    colours = {"lead": ("Leads", "ink-3"), "mql": ("MQL", "marketing"), "customer": ("Customers", "sales")}
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": [row.label.removeprefix("Week of ") for row in rows],
                "y": [row.values[stage] for row in rows],
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "size": 5},
                "customdata": [row.stage_records[stage] for row in rows],
            }
            for stage, (name, colour) in colours.items()
            if stage in STAGES
        ],
        "layout": {
            "showlegend": True,
            "yaxis": {"rangemode": "tozero"},
            "xaxis": {"type": "category", "nticks": 8, "tickangle": 0},
        },
    }
