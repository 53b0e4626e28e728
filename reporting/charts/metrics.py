"""One metric, as a line over time or as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting.domain.metrics import Metric, Unit
from reporting.selectors.metrics import MetricRow

SHOWN = 15
OVER_TIME = ("day", "week", "month")
_FORMATS = {Unit.SHARE: ".0%", Unit.MONEY: ",.0f", Unit.COUNT: ",d"}


def metric_figure(metric: Metric, rows: Sequence[MetricRow], by: str) -> dict[str, Any]:
    """The rows as people compare them; rows without data leave a gap."""
    values = [None if row.value is None else float(row.value) for row in rows]
    axis: dict[str, Any] = {"rangemode": "tozero"}
    if metric.unit in _FORMATS:
        axis["tickformat"] = _FORMATS[metric.unit]
    if by in OVER_TIME:
        return {
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": metric.label,
                    "x": [row.label.removeprefix("Week of ") for row in rows],
                    "y": values,
                    "line": {"color": metric.side, "width": 2},
                    "marker": {"color": metric.side, "size": 5},
                    "customdata": [row.records for row in rows],
                }
            ],
            "layout": {"yaxis": axis, "xaxis": {"type": "category", "nticks": 8, "tickangle": 0}},
        }
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": metric.label,
                "x": values[:SHOWN],
                "y": [row.label for row in rows[:SHOWN]],
                "marker": {"color": metric.side},
                "customdata": [row.records for row in rows[:SHOWN]],
            }
        ],
        "layout": {
            "xaxis": axis,
            "yaxis": {"autorange": "reversed", "showgrid": False},
            "hovermode": "closest",
        },
    }
