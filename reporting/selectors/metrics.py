"""Values of metrics: the one registry that dashboards, agenda, evidence and API read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from leads.selectors.delivered import COUNTED
from reporting.domain.metrics import REGISTRY, STAGE_OF, Metric, Unit
from reporting.domain.periods import Period, steps
from reporting.querysets.facts import grouped
from reporting.selectors.funnel import funnel_rows, labels, reached_records
from smarketing.accounts.models import Organisation
from smarketing.lib.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric's value for one key; None is "no data". `of` is the denominator of a ratio."""

    key: str
    label: str
    value: Decimal | None
    records: str = ""
    of: Decimal | None = None


def metric_named(name: str) -> Metric:
    """The metric; NotFound where there is none of this name."""
    try:
        return REGISTRY[name]
    except KeyError as error:
        raise NotFound(f"There is no metric “{name}”.") from error


def metric_rows(name: str, period: Period, *, by: str = "total", basis: str | None = None) -> list[MetricRow]:
    """Rows of a metric over a period, largest first (by time: in order).

    `basis` defaults to as-of. Raises NotFound for an unknown metric, Invalid for a dimension or basis that
    the metric does not have.
    """
    metric = metric_named(name)
    basis = basis or metric.bases[-1]
    if by not in metric.dimensions:
        allowed = ", ".join(metric.dimensions)
        raise Invalid(f"{metric.label} can be shown by {allowed}.", fields={"by": ["Not a dimension of this metric."]})
    if basis not in metric.bases:
        allowed = " or ".join(metric.bases)
        raise Invalid(f"{metric.label} is counted {allowed}.", fields={"basis": ["Not a basis of this metric."]})
    if metric.is_ratio:
        rows = _ratio_rows(metric, period, by, basis)
    else:
        rows = _value_rows(metric.name, period, by, basis)
        if by == "total" and not rows:
            rows = [MetricRow("all", "Everything", _nothing(metric), _nothing_behind(metric.name, period))]
    if by in ("day", "week", "month"):
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0), row.label))


def metric_value(name: str, period: Period, *, basis: str | None = None) -> MetricRow:
    """A metric's one value over a period."""
    return metric_rows(name, period, by="total", basis=basis)[0]


def _value_rows(name: str, period: Period, by: str, basis: str) -> list[MetricRow]:
    if name in STAGE_OF:
        stage = STAGE_OF[name]
        return [
            MetricRow(row.key, row.label, Decimal(row.values[stage]), row.stage_records[stage])
            for row in funnel_rows(period, by=by, basis=basis)
        ]
    values: dict[str, Decimal | None] = dict(grouped(name, period, by, Organisation.current().currency))
    if by in ("day", "week", "month") and values:
        for step in steps(date.fromisoformat(min(values)), date.fromisoformat(max(values)), by):
            values.setdefault(step.isoformat(), _nothing(metric_named(name)))
    names = labels(by, list(values))
    return [
        MetricRow(key, names.get(key, key), value, records_of(name, period, by, key)) for key, value in values.items()
    ]


def _ratio_rows(metric: Metric, period: Period, by: str, basis: str) -> list[MetricRow]:
    above = {row.key: row for row in _value_rows(metric.numerator, period, by, basis)}
    below = {row.key: row for row in _value_rows(metric.denominator, period, by, basis)}
    rows = []
    for key in [*dict.fromkeys([*above, *below])] or (["all"] if by == "total" else []):
        top = above[key].value if key in above else Decimal(0)
        bottom = below[key].value if key in below else Decimal(0)
        known = above.get(key) or below.get(key)
        rows.append(
            MetricRow(
                key=key,
                label=known.label if known else "Everything",
                value=top / bottom if bottom and top is not None else None,
                records=below[key].records if key in below else "",
                of=bottom,
            )
        )
    return rows


def _nothing(metric: Metric) -> Decimal | None:
    """Counts and sums of nothing are zero; medians and means of nothing are no data."""
    return Decimal(0) if metric.adds_up else None


def records_of(name: str, period: Period, by: str = "total", key: str = "all") -> str:
    """The address of the list of facts behind a value of a metric that is no stage of the funnel."""
    if name == "qualified_leads":
        return f"{reached_records(period, 'mql', by=by, key=key)}&delivered={COUNTED}"
    query = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    if by != "total":
        query |= {"by": by, "key": key}
    return f"{reverse('reporting:metric-records', args=[name])}?{urlencode(query)}"


def currency_of(metric: Metric) -> str:
    """The currency of a metric of money; empty for others."""
    return Organisation.current().currency if metric.unit is Unit.MONEY else ""


def _nothing_behind(name: str, period: Period) -> str:
    return "" if name in STAGE_OF else records_of(name, period)


def registry() -> list[Metric]:
    """Every metric, in the order in which screens list them."""
    return list(REGISTRY.values())
