"""How a line's numbers, rule and waiting are said, in the reader's language."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaibo.appraisal.limits import limit, per_cent, stretch_text
from kaibo.appraisal.month_lines import NO_DEPARTMENT, NO_ROOM, NO_SHIFT, NO_TEAM_ROOM, NOT_COMPUTED, MonthLine
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.kpi.catalog import KPIS, PLANNED, PLANS, Kpi
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import (
    Anchor,
    Band,
    Bands,
    Benchmarked,
    Condition,
    On,
    PerOccurrence,
    Rung,
    Step,
    Together,
)
from kaibo.kpi.scoring import CARD_FAULT, NO_BENCHMARK, NOT_APPLICABLE, NOT_COUNTED, LineScore
from kaibo.kpi.team_people import TEAM_NOT_NAMED
from kaibo.kpi.values import NO_PLAN, Value
from kaibo.look import numbers
from kaibo.org.models import ProtectionReason
from kaibo.org.protection import Protected
from kaibo.sources.registry import SOURCES

Exact = Fraction | Decimal | int


@dataclass(frozen=True)
class Waiting:
    """Why a line has no points yet, and what to do; `view`: the page where it is done."""

    why: str
    todo: str = ""
    view: str = ""


def title(kpi: Kpi | str) -> str:
    """A closed month's KPI brings its words along; its key means today's."""
    return with_days(_((KPIS[kpi] if isinstance(kpi, str) else kpi).title))


def short(kpi: Kpi | str) -> str:
    return with_days(_((KPIS[kpi] if isinstance(kpi, str) else kpi).short))


def with_days(text: str) -> str:
    """The catalog speaks of T+N and N days; here N is the installation's."""
    return re.sub(r"\bN\b", str(settings.REFUND_DAYS), text)


def figure(unit: Unit, number: Exact | None, *, tile: bool = False) -> str:
    """A number of this unit; `tile`: in three figures."""
    if number is None:
        return numbers.MISSING
    exact = Fraction(number)
    if unit is Unit.RATIO:
        return numbers.rate(exact)
    if unit is Unit.MULTIPLE:
        return numbers.fixed(exact, 2)
    if unit is Unit.DURATION:
        return numbers.hours(exact)
    if unit is Unit.TIME:
        return numbers.length(exact)
    whole = round(exact)
    if unit is Unit.MONEY:
        return numbers.money_tile(whole) if tile else numbers.money(whole)
    return numbers.count_tile(whole) if tile else numbers.count(whole)


def sessions(count: int) -> str:
    return ngettext("%(count)s session", "%(count)s sessions", count) % {"count": numbers.count(count)}


def partial(counted: int, of: int, in_part: int = 0) -> str:
    """That a value is made of some sessions only; of `in_part` more of those of their segments that files tell."""
    counts = {"n": numbers.count(counted), "all": numbers.count(of), "part": numbers.count(in_part)}
    if not in_part:
        return _("from %(n)s of %(all)s sessions") % counts
    return _("from %(n)s of %(all)s sessions and a part of %(part)s more") % counts


def against_plan(kpi: Kpi) -> bool:
    return any(term.measure in PLANS for term in kpi.denominator)


def plan_text(measure: str, amount: int) -> str:
    """What was planned, in hours or in broadcasts."""
    return numbers.hours(amount) if measure == PLANNED else numbers.count(amount)


def of_plan_text(kpi: Kpi, amount: int | None) -> str:
    """The same of a KPI, or what was reached of it: 120 h, 24 sessions."""
    return numbers.hours(amount) if PLANNED in kpi.measures else sessions(amount or 0)


def value_text(value: Value, *, tile: bool = True) -> str:
    """The value as it stands on a page: hours for what is measured against a plan; small shares as two counts."""
    if value.missing:
        return numbers.MISSING
    kpi = value.declared
    if against_plan(kpi):
        return of_plan_text(kpi, value.top)
    if kpi.unit is Unit.RATIO:
        counts = "minor" not in kpi.numerator[0].measure
        if counts and value.bottom is not None and value.bottom < numbers.SMALL_N:
            return numbers.share(value.top, value.bottom)
        return numbers.rate(value.number)
    return figure(kpi.unit, value.number, tile=tile)


def attainment_text(score: LineScore) -> str:
    """Actual ÷ target, or the band that was hit; empty where the line waits."""
    if score.points is None:
        return ""
    if score.band is not None:
        return band_text(score, score.band)
    if isinstance(score.line.rule, PerOccurrence):
        return _occurrences(score, score.line.rule)
    if isinstance(score.line.rule, Together):
        return rung_text(score.rung) if score.rung else _("no row of conditions holds")
    if score.steps is not None:
        return _steps(score)
    if score.attainment is None:
        return _("beyond the cap")
    return numbers.percent(score.attainment, 1)


def _occurrences(score: LineScore, rule: PerOccurrence) -> str:
    """“2 × −3 pts = −6”."""
    times = score.value.number or Fraction(0)
    return f"{plain(times)} × {_signed(rule.each)} = {_signed(times * Fraction(rule.each))}"


def _steps(score: LineScore) -> str:
    """How many steps above or below the base count."""
    steps = score.steps or Fraction(0)
    if not steps:
        return _("at the base")
    count = numbers.fixed(abs(steps), 0 if steps.denominator == 1 else 1)
    plural = int(abs(steps)) if steps.denominator == 1 else 2
    if steps > 0:
        return ngettext("%(count)s step above the base", "%(count)s steps above the base", plural) % {"count": count}
    return ngettext("%(count)s step below the base", "%(count)s steps below the base", plural) % {"count": count}


def band_text(score: LineScore, band: Band) -> str:
    """A band's edges: 20 %–35 %, below 20 %, at least 50 %, at most 35 s, > 35 s and ≤ 40 s."""
    return stretch_text(band, lambda edge: edge_text(score, edge))


def edge_text(score: LineScore, edge: Decimal | None) -> str:
    if edge is None:
        return ""
    rule = score.line.rule
    unit = score.value.declared.unit
    if unit is Unit.RATIO or (isinstance(rule, Bands | Benchmarked | Step) and rule.on is On.ATTAINMENT):
        return per_cent(Fraction(edge))
    return limit(unit, edge)


def target_text(line: MonthLine) -> str:
    """What full points need: the target, or the best band."""
    score = line.score
    kpi = line.kpi
    if against_plan(kpi):
        if line.value.missing:
            return _("nothing planned")
        return _("%(hours)s planned so far") % {"hours": of_plan_text(kpi, line.value.bottom)}
    if isinstance(score.line.rule, Bands) and score.line.rule.on is On.VALUE:
        best = max(score.line.rule.bands, key=lambda band: band.points)
        return _("%(band)s gives %(points)s points") % {
            "band": band_text(score, best),
            "points": plain(best.points),
        }
    rule = score.line.rule
    if isinstance(rule, Together):
        top = max(rule.rungs, key=lambda rung: rung.points)
        return _("%(band)s gives %(points)s points") % {"band": rung_text(top), "points": plain(top.points)}
    if isinstance(rule, Benchmarked):
        if score.benchmark is None:
            return _("no benchmark yet")
        return _("benchmark %(number)s") % {"number": figure(kpi.unit, score.benchmark, tile=True)}
    if isinstance(rule, PerOccurrence):
        return _("%(points)s points each time") % {"points": _signed(rule.each)}
    if isinstance(rule, Step) and rule.on is On.VALUE and rule.base is not None:
        return _("base %(base)s") % {"base": edge_text(score, rule.base)}
    if score.target is None:
        return _("no target yet")
    text = figure(kpi.unit, score.target, tile=True)
    if line.target and line.target.amount_minor != line.target.to_date_minor:
        return _("%(target)s target so far") % {"target": text}
    return _("target %(target)s") % {"target": text}


def rung_text(rung: Rung) -> str:
    """“Interaction rate at least 5 % and Mean stay at least 60 s”."""
    return _(" and ").join(f"{_named(one.kpi)} {_condition(one)}" for one in rung.conditions)


def _named(key: str) -> str:
    kpi = _known(key)
    return short(kpi) if kpi else key


def _known(key: str) -> Kpi | None:
    """The catalog's, or the team's own; None of one that there is not any more."""
    from kaibo.appraisal.own_cards.store import published  # which reads cards, whose words stand here

    return KPIS.get(key) or published().kpis.get(key)


def _condition(one: Condition) -> str:
    kpi = _known(one.kpi)
    unit = kpi.unit if kpi else Unit.COUNT
    return stretch_text(one, lambda edge: limit(unit, edge))


def anchor_text(anchor: Anchor) -> str:
    return numbers.either(anchor.zh, anchor.en)


def not_rated() -> str:
    return _("not rated yet")


def rated_rule() -> str:
    return _("A person rates it by the anchors below")


def _signed(number: Exact) -> str:
    text = plain(-number if number < 0 else number)
    return f"{numbers.MINUS}{text}" if number < 0 else f"+{text}" if number else "0"


def plain(number: Exact) -> str:
    """A weight or points of a card as they stand there: 20, 7.5."""
    exact = Decimal(number) if not isinstance(number, Fraction) else Decimal(number.numerator) / number.denominator
    return f"{exact.normalize():f}"


# why a line waits, in a few words, where more than its code need not be known
WHY: Mapping[str, str | Promise] = {
    NOT_COMPUTED: gettext_lazy("Nothing computed for this month yet"),
    "no_orders": gettext_lazy("No orders imported"),
    "no_after_sales": gettext_lazy("No after-sales imported"),
    "no_report": gettext_lazy("No session reports imported"),
    NO_PLAN: gettext_lazy("No shifts planned"),
    "no_service": gettext_lazy("No service results imported"),
    "no_cases": gettext_lazy("No cases imported"),
    "no_ad_spend": gettext_lazy("No ad reports imported"),
    "no_clock_in": gettext_lazy("No clock-in imported"),
    "not_named": gettext_lazy("No row of the files names this person"),
    NO_ROOM: gettext_lazy("Answers for no room in this duty"),
    NO_TEAM_ROOM: gettext_lazy("No room belongs to their department in this month"),
    NO_DEPARTMENT: gettext_lazy("Is in no department in this month"),
    TEAM_NOT_NAMED: gettext_lazy("No row of the files names anybody of their team"),
    NO_SHIFT: gettext_lazy("On no shift in this position this month"),
    "not_said": gettext_lazy("The imported files do not tell this"),
    "no_target": gettext_lazy("no target yet"),
}


def why_waiting(code: str) -> str:
    """“No orders imported”; "" where it takes more than the code to say."""
    return str(WHY.get(code, ""))


def waiting(line: MonthLine, platforms: Collection[str] = ()) -> Waiting | None:
    """Why the line waits and what to do about it; None where it has points.

    `platforms`: of the rooms it is about, so that the file that lacks is called by its own name.
    """
    code = line.score.waiting
    if not code:
        return None
    upload = "home:upload"
    known = {
        NOT_COMPUTED: Waiting(why_waiting(NOT_COMPUTED), _("Upload the month's files."), upload),
        "no_orders": Waiting(why_waiting("no_orders"), _upload_of(ORDER_LINE, platforms), upload),
        "no_after_sales": Waiting(why_waiting("no_after_sales"), _upload_of(AFTER_SALE, platforms), upload),
        "no_report": Waiting(why_waiting("no_report"), _upload_of(SESSION_REPORT, platforms), upload),
        NO_PLAN: Waiting(why_waiting(NO_PLAN), _("Hours are compared with the roster; it has no shift for this role.")),
        "no_service": Waiting(why_waiting("no_service"), _("Upload the service platform's results."), upload),
        "no_cases": Waiting(why_waiting("no_cases"), _("Upload the list of cases."), upload),
        "no_ad_spend": Waiting(why_waiting("no_ad_spend"), _("Upload the ad reports by the hour."), upload),
        "no_clock_in": Waiting(why_waiting("no_clock_in"), _("Upload the clock-in report."), upload),
        "not_named": Waiting(
            why_waiting("not_named"),
            _("Add the name that the files use to the person."),
            "org:people",
        ),
        NO_ROOM: Waiting(why_waiting(NO_ROOM), _("Say on the room's page who answers for it."), "live:rooms"),
        NO_TEAM_ROOM: Waiting(
            why_waiting(NO_TEAM_ROOM), _("Say on the rooms' pages to which department they belong."), "live:rooms"
        ),
        NO_DEPARTMENT: Waiting(
            why_waiting(NO_DEPARTMENT), _("Say on the person's page which position they hold, and where."), "org:people"
        ),
        TEAM_NOT_NAMED: Waiting(
            why_waiting(TEAM_NOT_NAMED),
            _("Add the names that the files use to the people of the department."),
            "org:people",
        ),
        NO_SHIFT: Waiting(why_waiting(NO_SHIFT)),
        "not_said": Waiting(why_waiting("not_said"), _("See which file tells it."), "home:sources"),
        "no_rate": _no_rate(line),
        "zero_denominator": _nothing_to_divide_by(line),
        "no_target": _no_target(line),
        CARD_FAULT: Waiting(_("The card contradicts itself"), _("Correct the card; nobody is scored by it.")),
        NOT_APPLICABLE: Waiting(_("Not applicable this month"), _("Its weight goes to the items that the card names.")),
        NO_BENCHMARK: Waiting(
            _("The card has no benchmark for where this person works"), _("Add it to the card, or one for every place.")
        ),
        NOT_COUNTED: Waiting(_("Does not count for newcomers")),
        "no_band": Waiting(_("The card gives no points at this value")),
    }
    return known.get(code) or Waiting(_("Waiting for data"))


def newcomer_note(line: MonthLine, *, protected: bool) -> str:
    """How a line is eased for who is protected; empty where it is not, or does not count at all."""
    eased = line.line.newcomer
    if not protected or eased is None or not eased.counts:
        return ""
    if eased.rule is not None:
        return _("by the newcomers' rule")
    return _("newcomers' target: %(part)s of it") % {"part": numbers.percent(eased.part, 0)}


def protection_text(one: Protected) -> str:
    """“Protected as new in the team from 12 Oct to before 11 Dec.”"""
    days = {"start": numbers.day_year(one.start), "end": numbers.day_year(one.end)}
    if one.reason == ProtectionReason.BACK:
        return _("Protected after a long absence, from %(start)s to before %(end)s.") % days
    return _("Protected as new in the team, from %(start)s to before %(end)s.") % days


def _upload_of(table: str, platforms: Collection[str]) -> str:
    """“Upload 抖店订单（订单明细）”: these platforms' files that tell it; in general words where none is known."""
    files = [_(source.title) for source in SOURCES if source.table == table and source.platform in platforms]
    if not files:
        return {
            ORDER_LINE: _("Upload the orders of the room's platform."),
            AFTER_SALE: _("Upload the after-sales of the room's platform."),
        }.get(table, _("Upload the session reports."))
    named = _(" or ").join(sorted(files))
    return _("Upload %(files)s.") % {"files": named}


def _no_rate(line: MonthLine) -> Waiting:
    lacking = line.value.lacking
    if not lacking or not lacking[0][1]:
        return Waiting(_("An amount whose currency cannot be converted"))
    currency, day = lacking[0]
    title = _("No rate for %(currency)s on %(day)s") % {"currency": currency, "day": day}
    return Waiting(title, _("Add the rate of that day."), "measurement:rates")


def _nothing_to_divide_by(line: MonthLine) -> Waiting:
    if against_plan(line.kpi):
        return Waiting(_("No planned shift has begun yet"))
    return Waiting(_("Nothing to divide by yet"))


def _no_target(line: MonthLine) -> Waiting:
    target = line.target
    if target is None or not target.parts:
        return Waiting(_("No shifts planned"), _("Only planned shifts carry a part of the room's target."))
    without_rate = sorted({part.account.currency for part in target.parts if part.lacks_rate})
    if without_rate:
        why = _("No exchange rate for %(currencies)s") % {"currencies": ", ".join(without_rate)}
        return Waiting(
            why, _("Enter a rate of this month: the room's target is in that currency."), "measurement:rates"
        )
    if target.missing:
        rooms = numbers.listed(room.name for room in target.missing)
        why = _("No month target for %(rooms)s") % {"rooms": rooms}
        return Waiting(why, _("Set the room's month target."), "live:rooms")
    if target.amount_minor == 0:
        why = _("The month target is 0: nothing can be attained")
        return Waiting(why, _("Set the room's month target."), "live:rooms")
    return Waiting(_("No planned shift has begun yet"))
