"""What makes a row of each kind whole: values that follow from others, what contradicts itself, what it is known by.

A rule completes the values of a row, adds what speaks against it under the field it speaks of, and returns the
identity of the record.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

from leads.domain.channels import Channel, channel_of

Values = dict[str, Any]
Reasons = dict[str, str]
Rule = Callable[[Values, Reasons], tuple[str, ...]]


def _digest(*parts: object) -> str:
    """A short stable name for a combination of values, for recognising the same fact again."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return blake2b(joined.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _company(values: Values, reasons: Reasons) -> tuple[str, ...]:
    name, domain, external_id = values.get("name"), values.get("domain"), values.get("external_id")
    if not name:
        if domain:
            values["name"] = name = domain
        elif "name" not in reasons and "domain" not in reasons:
            reasons["name"] = "A company needs a name or a domain."
    if external_id:
        return "external_id", external_id
    if domain:
        return "domain", domain
    return "name", (name or "").casefold()


def _campaign(values: Values, reasons: Reasons) -> tuple[str, ...]:
    start, end = values.get("start_on"), values.get("end_on")
    if start and end and end < start:
        reasons["end_on"] = f"The campaign ends on {end} before it starts on {start}."
    if "channel" in values and values["channel"] is None:
        values["channel"] = Channel.UNKNOWN
    if values.get("external_id"):
        return "external_id", values["external_id"]
    return "name", values["name"].casefold() if values.get("name") else ""


def _derive_channel(values: Values) -> None:
    if values.get("channel") is None and ("channel" in values or "source" in values):
        values["channel"] = channel_of(values.get("source") or "")


def _lead(values: Values, reasons: Reasons) -> tuple[str, ...]:
    _derive_channel(values)
    if "full_name" in values:
        full_name = values.pop("full_name")
        first, last = values.get("first_name") or "", values.get("last_name") or ""
        if full_name and not first and not last:
            first, _, last = full_name.rpartition(" ")
            if len(first) > 100 or len(last) > 100:
                reasons["full_name"] = "The name is too long to be divided into first and last name."
        values["first_name"], values["last_name"] = first, last
    if values.get("external_id"):
        return "external_id", values["external_id"]
    if values.get("email"):
        return "email", values["email"].casefold()
    if "external_id" not in reasons and "email" not in reasons:
        reasons["email"] = "A lead needs an external id or an e-mail address; this row has neither."
    return ("none",)


def _lead_of(values: Values, reasons: Reasons, what: str) -> tuple[str, ...]:
    if values.get("lead_external_id"):
        return "lead_external_id", values["lead_external_id"]
    if values.get("lead_email"):
        return "lead_email", values["lead_email"].casefold()
    if "lead_external_id" not in reasons and "lead_email" not in reasons:
        reasons["lead_external_id"] = f"{what} needs the external id or the e-mail address of its lead."
    return ("none",)


def _touchpoint(values: Values, reasons: Reasons) -> tuple[str, ...]:
    _derive_channel(values)
    lead = _lead_of(values, reasons, "A touchpoint")
    if values.get("external_id"):
        return "external_id", values["external_id"]
    about = (values.get(name) for name in ("content", "campaign", "source", "url"))
    occurred_at = values.get("occurred_at")
    when = occurred_at.isoformat() if occurred_at else None
    return "fact", _digest(*lead, values.get("kind"), when, *about)


def _deal(values: Values, reasons: Reasons) -> tuple[str, ...]:
    _settle_end(values, reasons)
    if values.get("external_id"):
        return "external_id", values["external_id"]
    if not values.get("lead_external_id") and not values.get("lead_email"):
        if not {"external_id", "lead_external_id", "lead_email"} & reasons.keys():
            reasons["external_id"] = "A deal needs an external id, or the external id or e-mail address of its lead."
        return ("none",)
    lead = _lead_of(values, reasons, "A deal")
    for name in ("opened_at", "won_at", "lost_at"):
        if values.get(name) is not None:
            return (*lead, name, values[name].isoformat())
    if not reasons:
        reasons["opened_at"] = "A deal without an external id needs the date on which it was opened, won or lost."
    return ("none",)


def _settle_end(values: Values, reasons: Reasons) -> None:
    """The stage of a deal (blank where the row says none) and the dates of its end, which have to say the same."""
    stage = values.get("stage") or ""
    won_at, lost_at = values.get("won_at"), values.get("lost_at")
    closed_at = values.pop("closed_at", None)
    expected_on = None
    if not stage:
        stage = "won" if won_at else "lost" if lost_at else ""
    if stage == "won":
        won_at = won_at or closed_at
        if not won_at and not reasons:
            reasons["won_at"] = "A won deal needs the date on which it was won."
    elif stage == "lost":
        lost_at = lost_at or closed_at
        if not lost_at and not reasons:
            reasons["lost_at"] = "A lost deal needs the date on which it was lost."
    elif closed_at:
        expected_on = closed_at.date()
    if won_at and lost_at:
        reasons.setdefault("stage", "A deal is either won or lost; this row has a date for both.")
    elif stage and ((won_at and stage != "won") or (lost_at and stage != "lost")):
        reasons.setdefault("stage", f"The stage is “{stage}”, but the row has a date on which the deal ended.")
    values.update(stage=stage, won_at=won_at, lost_at=lost_at, expected_close_on=expected_on)


def _spend(values: Values, reasons: Reasons) -> tuple[str, ...]:
    return "campaign_day", (values.get("campaign") or "").casefold(), str(values.get("spent_on"))


def _visit(values: Values, reasons: Reasons) -> tuple[str, ...]:
    source = values.setdefault("source", "")
    if values.get("channel") is None:
        values["channel"] = channel_of(source or "")
    return (
        "day_origin",
        str(values.get("visited_on")),
        str(values["channel"]),
        source or "",
        (values.get("campaign") or "").casefold(),
    )


RULES: Final[dict[str, Rule]] = {
    "companies": _company,
    "campaigns": _campaign,
    "leads": _lead,
    "touchpoints": _touchpoint,
    "deals": _deal,
    "spend": _spend,
    "visits": _visit,
}
