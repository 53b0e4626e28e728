"""Six months of the demo company, event by event, through the services that people use, with the time of each event."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q

from leads.domain.handoffs import MarketingAnswer
from leads.models import Campaign, ContentAsset, Handoff, Lead
from leads.services.attempts import log_attempt
from leads.services.campaigns import archive_campaign, book_spend, log_campaign, log_content
from leads.services.deals import lose_deal, move_deal, open_deal, win_deal
from leads.services.feedback import give_feedback
from leads.services.handoffs import (
    Brief,
    accept_handoff,
    answer_handoff,
    create_handoff,
    qualify_lead,
    reject_handoff,
)
from leads.services.leads import create_lead, record_touchpoint
from leads.services.qualification import qualify_changed, qualify_leads
from leads.services.scoring import rescore_stale, score_leads, score_pending
from sla.domain.worktime import WorkCalendar
from sla.models import Clock
from sla.services.notices import send_notices
from sla.services.sweep import sweep
from smarketing.accounts.models import Team, User
from smarketing.management.demo import company
from smarketing.notifications.services import deliver_notices

DAYS = 182
SWEEP_EVERY = timedelta(hours=3)
REPS = ("rep", "tobias", "ines")
# The rep of the printed account is quick; one of the three is often late, so that there is something to talk about.
PACE = {"rep": 0.8, "tobias": 1.0, "ines": 1.9}


@dataclass(order=True)
class _Event:
    at: datetime
    order: int
    act: Callable[[datetime], object] = field(compare=False)


def _anything_due(now: datetime) -> bool:
    """Whether a sweep would find something: in most of the hours that are told, nothing fell due."""
    running = Q(state=Clock.State.RUNNING)
    falls_due, warns = running & Q(due_at__lt=now), running & Q(warned_at__isnull=True, warn_at__lte=now)
    return Clock.objects.filter(falls_due | warns | Q(next_step_at__lte=now)).exists()


class History:
    """Plays events in order of time, from DAYS ago to `now`; what lies after `now` has not happened yet."""

    def __init__(self, people: dict[str, User], now: datetime, calendar: WorkCalendar) -> None:
        self.people, self.now, self.calendar = people, now, calendar
        self.chance = random.Random(20_26)
        self.start = (now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.team = Team.objects.get(name="Sales North")
        self.campaigns: list[tuple[Campaign, date, date]] = []
        self.contents: dict[str, ContentAsset] = {}
        self.unscored: set[int] = set()
        self._events: list[_Event] = []
        self._count = itertools.count()
        self._emails: set[str] = set()

    # -- time ------------------------------------------------------------------------------------------

    def at(self, moment: datetime, act: Callable[[datetime], object]) -> None:
        """Plans an event."""
        if moment <= self.now:
            heapq.heappush(self._events, _Event(moment, next(self._count), act))

    def worked(self, since: datetime, hours: float) -> datetime:
        """The instant after so much working time, a little off the full minute."""
        due = self.calendar.due(since, timedelta(hours=max(hours, 0.02)))
        return (due or since) + timedelta(seconds=self.chance.randrange(1, 50))

    def play(self) -> None:
        """Plays everything up to `now`, sweeping the clocks as the worker would."""
        swept = self.start
        while self._events:
            event = heapq.heappop(self._events)
            while event.at - swept > SWEEP_EVERY:
                swept += SWEEP_EVERY
                self._tick(swept)
            event.act(event.at)
        self._tick(self.now)
        self._settle(self.now)

    def _settle(self, now: datetime) -> None:
        """Brings every score up to date, as the worker would within the hour: points have decayed meanwhile."""
        for chunk in itertools.chain(score_pending(now), rescore_stale(now)):
            qualify_leads(chunk, now)
        sum(qualify_changed(now))

    def _tick(self, now: datetime) -> None:
        if self.unscored:
            ids, self.unscored = sorted(self.unscored), set()
            score_leads(ids, now)
            qualify_leads(ids, now)
            for lead in Lead.objects.filter(pk__in=ids, stage="mql", handoffs__isnull=True):
                self._plan_handoff(lead.pk, now)
        if _anything_due(now):
            sweep(now=now)
        send_notices(now=now)
        deliver_notices(now=now)

    # -- marketing -------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Content and campaigns with their spend, then leads on every working day."""
        marketer, began = self.people["marketer"], self.start
        for title, kind, stage in company.CONTENT:
            asset = {"title": title, "kind": kind, "journey_stage": stage}
            self.contents[title] = log_content(asset, actor=marketer, now=began)
        owners = itertools.cycle([self.people["marketer"], self.people["mads"]])
        today = self.now.date()
        for name, channel, first, last, budget, audience, stage in company.CAMPAIGNS:
            start_on = today - timedelta(days=first)
            end_on = today - timedelta(days=last) if last is not None else None
            days = ((end_on or today) - start_on).days
            values: dict[str, Any] = {
                "name": name,
                "channel": channel,
                "start_on": start_on,
                "end_on": end_on,
                "budget": Decimal(budget * days // 30),
                "audience": audience,
                "journey_stage": stage,
                "owner_id": next(owners).pk,
            }
            campaign = log_campaign(values, actor=marketer, now=began)
            self.campaigns.append((campaign, start_on, end_on or today))
            self._book_spend(campaign, start_on, end_on or today, budget)
            if end_on and (today - end_on).days > 75:
                archive_campaign(campaign.pk, actor=marketer, now=self.now - timedelta(days=60))
        day = self.start
        while day < self.now:
            if day.weekday() < 5 or self.chance.random() < 0.25:
                growth = 1 + (day - self.start).days / DAYS
                for _ in range(self.chance.randrange(1, 5) if day.weekday() < 5 else 1):
                    if self.chance.random() < 0.75 * growth:
                        self.at(day + timedelta(minutes=self.chance.randrange(6 * 60, 19 * 60)), self._lead_comes)
            day += timedelta(days=1)

    def _book_spend(self, campaign: Campaign, first: date, last: date, monthly: int) -> None:
        """Spend on Mondays, a week's worth each."""
        day = first + timedelta(days=(7 - first.weekday()) % 7)
        while day <= min(last, self.now.date()):
            amount = Decimal(monthly * self.chance.uniform(0.19, 0.27)).quantize(Decimal("0.01"))
            clicks = int(amount / Decimal("2.4")) if campaign.channel in ("paid_search", "paid_social") else None
            at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
            book_spend(
                campaign.pk,
                spent_on=day,
                amount=amount,
                clicks=clicks,
                impressions=clicks * 38 if clicks else None,
                actor=self.people["marketer"],
                now=max(at, self.start + timedelta(hours=1)),
            )
            day += timedelta(days=7)

    def _lead_comes(self, now: datetime) -> None:
        chance = self.chance
        running = [each for each in self.campaigns if each[1] <= now.date() <= each[2]]
        campaign = chance.choice(running)[0] if running and chance.random() < 0.85 else None
        first, last = chance.choice(company.FIRST), chance.choice(company.LAST)
        employer = f"{chance.choice(company.COMPANY_WORDS)} {chance.choice(company.COMPANY_FORMS)}"
        domain = employer.lower().replace(" ", "-").replace("/", "").replace("è", "e") + ".example"
        email = f"{first}.{last}@{domain}".lower()
        if email in self._emails:
            return
        self._emails.add(email)
        title, seniority = chance.choices(company.TITLES, weights=(4, 3, 4, 3, 5, 3, 2, 2))[0]
        anonymous = chance.random() < 0.04
        values: dict[str, Any] = {
            "external_id": f"web-{len(self._emails):05d}",
            "email": None if anonymous else email,
            "first_name": "" if anonymous else first,
            "last_name": "" if anonymous else last,
            "job_title": title,
            "seniority": seniority,
            "country": chance.choices(company.COUNTRIES, weights=(5, 4, 3, 4, 2, 2, 2, 2))[0],
            "company_name": employer,
            "company_domain": domain,
            "source": campaign.name if campaign else "direct",
            "channel": campaign.channel if campaign else "direct",
            "campaign_id": campaign.pk if campaign else None,
            "consent": True if chance.random() < 0.8 else None,
        }
        lead = create_lead(values, actor=self.people["marketer"], now=now)
        self._describe_company(lead)
        interest = chance.choices((1, 3, 6), weights=(5, 4, 4))[0]
        at = now
        for number in range(chance.randrange(1, 1 + interest)):
            self._plan_touch(lead.pk, at, campaign, interest, number)
            at += timedelta(hours=chance.uniform(3, 90))
        self.unscored.add(lead.pk)

    def _describe_company(self, lead: Lead) -> None:
        known = lead.company
        if known and not known.industry:
            known.industry = self.chance.choices(company.INDUSTRIES, weights=(6, 5, 3, 1, 1, 2))[0]
            known.employees = int(self.chance.lognormvariate(5.4, 1.3)) + 4
            known.country = lead.country
            known.save(update_fields=["industry", "employees", "country"])

    def _plan_touch(self, lead_id: int, at: datetime, campaign: Campaign | None, interest: int, number: int) -> None:
        kinds = (
            ("page_view", "Guide to feeder automation", 3),
            ("content_downloaded", "What an outage costs", 3),
            ("email_clicked", "Case study: two hours less outage", 2),
            ("webinar_attended", "Load balancing in practice", 2 if interest > 1 else 0.4),
            ("form_submitted", "Grid cost calculator", 2 if interest > 1 else 0.6),
            ("pricing_viewed", "Pricing", 1.5 if interest > 1 else 0.2),
            ("demo_requested", "Product tour", 1.4 if interest > 3 and number > 0 else 0.03),
        )
        kind, content, _ = self.chance.choices(kinds, weights=[weight for _, _, weight in kinds])[0]

        def touch(now: datetime) -> None:
            values = {
                "kind": kind,
                "occurred_at": now,
                "channel": campaign.channel if campaign else "direct",
                "campaign_id": campaign.pk if campaign else None,
                "content_id": self.contents[content].pk,
            }
            record_touchpoint(lead_id, values, actor=self.people["marketer"], now=now)
            self.unscored.add(lead_id)

        self.at(at + timedelta(minutes=self.chance.randrange(1, 40)), touch)

    def _plan_handoff(self, lead_id: int, since: datetime) -> None:
        by = self.people[self.chance.choice(("marketer", "mads"))]

        def hand_off(now: datetime) -> None:
            lead = Lead.objects.get(pk=lead_id)
            if lead.stage != "mql" or lead.handoffs.exists():
                return
            rep = self.chance.choice(REPS)
            owner = None if self.chance.random() < 0.1 else self.people[rep]
            self._plan_decision(self._create_handoff(lead_id, owner, by, now), rep, now)

        self.at(self.worked(since, self.chance.expovariate(1 / 2.5)), hand_off)

    def fill_inbox(self) -> None:
        """Handoffs of the last open hours that nobody has decided: an inbox opened at any hour has work in it."""
        opened = self.calendar.windows(self.now - timedelta(days=10), self.now)[-1]
        for number, rep in enumerate(("rep", "rep", "tobias", "rep", "ines", "rep", "rep")):
            age = timedelta(minutes=7 + 26 * number)
            moment = max(opened[1] - age, opened[0])
            self.at(moment - timedelta(minutes=20), partial(self._come_back, rep, moment))

    def _come_back(self, rep: str, handed_at: datetime, now: datetime) -> None:
        """Of those who fit but had done too little the best comes back, and is handed over while it is warm."""
        waiting = Lead.objects.filter(stage__in=["lead", "mql"], handoffs=None, email__isnull=False)
        best = waiting.with_score().order_by("-current_score__fit", "pk").first()
        if best is None:
            return
        for kind, content in (("pricing_viewed", "Pricing"), self.chance.choice(company.COMING_BACK)):
            values = {"kind": kind, "occurred_at": now, "channel": "direct", "content_id": self.contents[content].pk}
            record_touchpoint(best.pk, values, actor=self.people["marketer"], now=now)
        score_leads([best.pk], now)
        qualify_leads([best.pk], now)
        self.at(handed_at, partial(self._hand_over, best.pk, rep))

    def _hand_over(self, lead_id: int, rep: str, now: datetime) -> None:
        if Lead.objects.filter(pk=lead_id, stage="mql", handoffs=None).exists():
            self._create_handoff(lead_id, self.people[rep], self.people["marketer"], now)

    def _create_handoff(self, lead_id: int, owner: User | None, by: User, now: datetime) -> Handoff:
        return create_handoff(
            lead_id,
            team_id=self.team.pk,
            owner_id=owner.pk if owner else None,
            next_steps=self.chance.choice(company.NEXT_STEPS),
            messaging=self.chance.choice(company.MESSAGING),
            pain_points=self.chance.choice(company.PAINS),
            actor=by,
            now=now,
        )

    # -- sales -----------------------------------------------------------------------------------------

    def _plan_decision(self, handoff: Handoff, rep: str, since: datetime) -> None:
        actor, pk = self.people[rep], handoff.pk
        hours = PACE[rep] * self.chance.lognormvariate(0.1, 0.8)
        rejects = self.chance.random() < 0.22

        def decide(now: datetime) -> None:
            if rejects:
                code = self.chance.choices(
                    ("not-icp", "wrong-person", "not-now", "no-budget", "unreachable"),
                    weights=(5, 3, 3, 2, 1),
                )[0]
                reject_handoff(pk, reason_code=code, note="", actor=actor, now=now)
                self._plan_answer(pk, now)
            else:
                accept_handoff(pk, actor=actor, now=now)
                self._plan_follow_up(pk, rep, since, now)

        fresh = self.calendar.elapsed(since, self.now) < timedelta(hours=10)
        if not (fresh and self.chance.random() < 0.7):  # what came in last is still in the inbox
            self.at(self.worked(since, hours), decide)

    def _plan_answer(self, pk: int, since: datetime) -> None:
        by = self.people["marketer"]

        def answer(now: datetime) -> None:
            roll = self.chance.random()
            if roll < 0.25:
                rep = self.chance.choice(REPS)
                brief = Brief(
                    self.team.pk, self.people[rep].pk, next_steps="Looked at again with them: the time is right now."
                )
                again = answer_handoff(pk, answer=MarketingAnswer.REQUALIFY, again=brief, actor=by, now=now)
                self._plan_decision(again, rep, now)
            elif roll < 0.8:
                answer_handoff(
                    pk, answer=MarketingAnswer.RECYCLE, note="Back to the newsletter until spring.", actor=by, now=now
                )
            else:
                answer_handoff(
                    pk, answer=MarketingAnswer.DISQUALIFY, note="Too small for what we sell.", actor=by, now=now
                )

        self.at(self.worked(since, self.chance.lognormvariate(1.7, 0.8)), answer)

    def _plan_follow_up(self, pk: int, rep: str, handed: datetime, accepted: datetime) -> None:
        actor = self.people[rep]
        first = max(accepted, self.worked(handed, PACE[rep] * self.chance.lognormvariate(0.25, 0.7)))
        good = self.chance.random() < 0.55
        tries = self.chance.randrange(1, 4)

        def attempt(last: bool) -> Callable[[datetime], None]:
            kind = self.chance.choice(("call", "email", "call"))
            missed = "sent" if kind == "email" else "no_answer"

            def act(now: datetime) -> None:
                log_attempt(pk, kind=kind, outcome="reached" if last else missed, actor=actor, now=now)

            return act

        at = first + timedelta(minutes=self.chance.randrange(2, 30))
        for number in range(tries):
            self.at(at, attempt(number == tries - 1))
            at = self.worked(at, self.chance.uniform(3, 14))
        if self.chance.random() < 0.8:
            rating = self.chance.choices((5, 4, 3, 2, 1), weights=(3, 4, 2, 1, 0) if good else (0, 1, 3, 3, 2))[0]
            words = self.chance.choice(company.WORDS_GOOD if rating > 3 else company.WORDS_BAD)
            self.at(
                self.worked(at, 2),
                lambda now: give_feedback(pk, rating=rating, words=words, actor=actor, now=now),
            )
        if good:
            self.at(self.worked(at, self.chance.uniform(2, 30)), lambda now: self._qualified(pk, rep, now))

    def _qualified(self, pk: int, rep: str, now: datetime) -> None:
        qualify_lead(pk, actor=self.people[rep], now=now)
        lead_id = Handoff.objects.values_list("lead_id", flat=True).get(pk=pk)
        if self.chance.random() < 0.85:
            amount = Decimal(round(self.chance.lognormvariate(10.1, 0.55), -2))
            self.at(self.worked(now, self.chance.uniform(4, 40)), lambda at: self._deal(lead_id, rep, amount, at))

    def _move(self, deal_id: int, stage: str, actor: User, now: datetime) -> None:
        move_deal(deal_id, stage=stage, actor=actor, now=now)

    def _deal(self, lead_id: int, rep: str, amount: Decimal, now: datetime) -> None:
        actor = self.people[rep]
        deal = open_deal(
            lead_id=lead_id,
            amount=amount,
            expected_close_on=(now + timedelta(days=50)).date(),
            product=self.chance.choice(("Pilot", "One region", "Whole grid")),
            actor=actor,
            now=now,
        )
        at = now
        for stage in ("proposal", "negotiation"):
            at = self.worked(at, self.chance.uniform(16, 70))
            self.at(at, partial(self._move, deal.pk, stage, actor))
        at = self.worked(at, self.chance.uniform(8, 60))
        if self.chance.random() < 0.46:
            self.at(at, lambda when: win_deal(deal.pk, amount=amount, actor=actor, now=when))
        else:
            reason = self.chance.choice(company.LOST)
            self.at(at, lambda when: lose_deal(deal.pk, reason=reason, actor=actor, now=when))
