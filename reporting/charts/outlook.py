"""The month against the month before, day by day."""

from __future__ import annotations

from typing import Any

from reporting.selectors.outlook import MonthOutlook, OutlookLine


def month_figure(month: MonthOutlook, name: str) -> dict[str, Any]:
    """One number of the month, summed up day by day, over the same days of the month before."""
    line = next(line for line in month.lines if line.metric.name == name)
    return {"data": _traces(month, line), "layout": {"yaxis": {"rangemode": "tozero"}, "xaxis": {"dtick": 7}}}


def _traces(month: MonthOutlook, line: OutlookLine) -> list[dict[str, Any]]:
    days = max(month.period.days, month.before.days)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": month.before.label,
            "x": list(range(1, len(line.before_running) + 1)),
            "y": [float(value) for value in line.before_running],
            "line": {"color": "ink-3", "width": 1, "dash": "dash"},
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": month.period.label,
            "x": list(range(1, len(line.running) + 1)),
            "y": [float(value) for value in line.running],
            "line": {"color": line.metric.side, "width": 2},
        },
    ]
    if line.outlook.forecast is not None and len(line.running) < month.period.days:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "If it goes on like this",
                "x": [len(line.running), min(month.period.days, days)],
                "y": [float(line.running[-1]), round(float(line.outlook.forecast), 2)],
                "line": {"color": line.metric.side, "width": 1, "dash": "dot"},
            }
        )
    return traces
