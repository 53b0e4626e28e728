"""Figures in Plotly's schema, as plain values: importing the plotting library would cost each web process 40 MB.

Colours are named after the product's tokens; the page's script puts in the values of the reader's theme.
"""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from sla.selectors.board import Course, Distribution


def course_figure(course: Course) -> dict[str, Any]:
    """Qualified leads and first attempts in time, cumulative by day, with pace, today and the forecast's band."""
    days = [day.isoformat() for day in course.days]
    data: list[dict[str, Any]] = []
    if course.forecast is not None and course.today < course.days[-1]:
        data += _band(course, days)
    data.append(_line(days, course.pace, "Pace of qualified leads", "ink-3", dash="dash", width=1))
    if course.target is not None:
        data.append(_line(days, course.qualified, "Qualified leads", "marketing"))
    data.append(_line(days, course.in_time, "First attempts in time", "sales"))
    layout: dict[str, Any] = {
        "xaxis": {"type": "date", "tickformat": "%-d %b", "range": [days[0], days[-1]]},
        "yaxis": {"rangemode": "tozero", "tickformat": ",d"},
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
    }
    if course.days[0] <= course.today <= course.days[-1]:
        today = course.today.isoformat()
        layout["shapes"] = [
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": today,
                "x1": today,
                "y0": 0,
                "y1": 1,
                "line": {"color": "ink-3", "width": 1, "dash": "dot"},
            }
        ]
        layout["annotations"] = [
            {"x": today, "y": 1, "yref": "paper", "text": "today", "showarrow": False, "xanchor": "left", "xshift": 4}
        ]
    return {"data": data, "layout": layout}


def response_figure(found: Distribution) -> dict[str, Any]:
    """How many first attempts took how long; each bar opens its records."""
    labels = [label for label, _, _ in found.buckets]
    return {
        "data": [
            {
                "type": "bar",
                "x": labels,
                "y": [count for _, count, _ in found.buckets],
                "customdata": [url for _, _, url in found.buckets],
                "marker": {"color": "sales"},
                "hovertemplate": "%{y} in %{x}<extra></extra>",
                "name": "First attempts",
            }
        ],
        "layout": {
            # On a phone a bar is as wide as six letters.
            "xaxis": {
                "type": "category",
                "tickangle": 0,
                "tickvals": labels,
                "ticktext": ["<br>".join(wrap(label, 6)) for label in labels],
            },
            "yaxis": {"rangemode": "tozero", "tickformat": ",d"},
            "showlegend": False,
            "bargap": 0.25,
        },
    }


def _line(
    days: list[str], values: tuple[Any, ...], name: str, color: str, *, dash: str = "solid", width: float = 2.25
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": [round(value, 1) if isinstance(value, float) else value for value in values],
        "name": name,
        "line": {"color": color, "dash": dash, "width": width},
    }


def _band(course: Course, days: list[str]) -> list[dict[str, Any]]:
    now = next((value for value in reversed(course.qualified) if value is not None), 0)
    x = [max(course.today, course.days[0]).isoformat(), days[-1]]
    low, high = course.forecast.low, course.forecast.high  # type: ignore[union-attr]
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    return [
        {**edge, "y": [now, round(low, 1)], "name": "Forecast, low"},
        {**edge, "y": [now, round(high, 1)], "name": "Forecast", "fill": "tonexty", "fillcolor": "marketing-tint"},
    ]
