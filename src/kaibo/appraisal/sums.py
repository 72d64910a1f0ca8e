"""The checks under the columns of a path: what stands there must make exactly what was chosen at its left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.path import Credited, NumberPath, SegmentStep, SessionStep, add
from kaibo.appraisal.rows import Tab
from kaibo.appraisal.told_by_events import EventsHere
from kaibo.facts.schema import AD_SPEND, MINUTE, READING
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import AIR, BROADCASTS, MEASURES, OF_SESSION, ONLINE, ONLINE_KNOWN, PEAK, Unit
from kaibo.kpi.values import MEASURED, Amounts
from kaibo.look import numbers

ALLOCATED = "allocated"
# segment number → what fell into it, by (measure, basis), whoever was there
FactsOfSession = Mapping[int, Amounts]


@dataclass(frozen=True)
class Check:
    """`text`: the sum in words; `difference`: how far the parts are from the whole, where they are."""

    holds: bool
    text: str
    difference: str = ""


def measure_text(measure: str, amount: int | Fraction) -> str:
    """An amount of a measure, exact: what is added up on a page is not rounded."""
    unit = MEASURES[measure].unit
    if unit is Unit.DURATION:
        short = abs(Fraction(amount)) < 10 * numbers.HOUR_MS
        return numbers.minutes(amount) if short else numbers.hours(amount)
    if unit is Unit.LEVEL:
        return _("%(hours)s viewer hours") % {"hours": numbers.fixed(Fraction(amount) / numbers.HOUR_MS, 1)}
    if unit is Unit.WEIGHED:
        return numbers.fixed(Fraction(amount, 1_000_000), 1)
    return wording.figure(unit, amount)


def pair_text(kpi: Kpi, credited: Credited) -> str:
    """178 / 4,952, or the one figure of a KPI without a denominator."""
    top = measure_text(kpi.numerator[0].measure, credited.top)
    if credited.bottom is None:
        return top
    return f"{top} / {measure_text(kpi.denominator[0].measure, credited.bottom)}"


def of_sessions(path: NumberPath) -> Check:
    """All sessions together are the value of the month."""
    return _sum(path.kpi, [s.credited for s in path.sessions], path.whole)


def of_segments(kpi: Kpi, session: SessionStep) -> Check:
    """The segments of a session are what the session gave."""
    return _sum(kpi, [s.credited for s in session.segments], session.credited)


def _sum(kpi: Kpi, parts: Sequence[Credited], whole: Credited) -> Check:
    found = add(parts, kpi)
    text = _("Total %(sum)s") % {"sum": pair_text(kpi, found)}
    if (found.top, found.bottom) == (whole.top, whole.bottom):
        return Check(True, text)
    bottom = None if whole.bottom is None else (found.bottom or 0) - whole.bottom
    return Check(False, text, pair_text(kpi, Credited(found.top - whole.top, bottom, scale=kpi.scale)))


def of_records(tab: Tab, segment: SegmentStep, facts: FactsOfSession, share_holds: bool) -> Check:
    """The records of a measure make the segment's fact, and the person's part of it is what was credited.

    `share_holds`: the credit is the share that the split of the fact gives (kpi.explanation found no fault).
    """
    credited = _amount(segment.amounts, tab.measure)
    if tab.measure == AIR:
        return _of_air(credited, segment, share_holds)
    if tab.measure == BROADCASTS:
        return Check(share_holds and credited == 1, _("The broadcast counts once, where one's time in it began"))
    fact = _amount(facts.get(segment.number, {}), tab.measure)
    if tab.measure in OF_SESSION:
        return _of_session(tab, segment, facts, credited, share_holds)
    else:
        made = fact if tab.table == AD_SPEND else facts.get(segment.number, {}).get((tab.measure, MEASURED), 0)
        text = _records_text(tab, made, fact)
    if tab.sum != made:
        return Check(False, text, measure_text(tab.measure, tab.sum - made))
    if segment.shared:
        text = f"{text} {share_text(tab, segment, credited)}"
    return Check(share_holds, text, "" if share_holds else measure_text(tab.measure, credited - fact))


def share_text(tab: Tab, segment: SegmentStep, credited: int) -> str:
    """× 7 ÷ 10 = 125"""
    return f"× {segment.weight} ÷ {segment.weights} = {measure_text(tab.measure, credited)}"


def _records_text(tab: Tab, own: int, fact: int) -> str:
    text = _("%(rows)s rows make %(sum)s") % {
        "rows": numbers.count(tab.rows - tab.shared),
        "sum": measure_text(tab.measure, own),
    }
    if tab.shared:
        text += " " + _("+ %(part)s of %(rows)s rows that other sessions claim too") % {
            "part": measure_text(tab.measure, fact - own),
            "rows": numbers.count(tab.shared),
        }
    return text


def _of_session(tab: Tab, segment: SegmentStep, facts: FactsOfSession, credited: int, share_holds: bool) -> Check:
    """What only a session's files tell: its minutes here, or the total of the whole session that was shared out."""
    fact = _amount(facts.get(segment.number, {}), tab.measure)
    part = measure_text(tab.measure, fact)
    if tab.events:
        return _of_events(tab, tab.events, segment, facts, credited, share_holds)
    if tab.table == MINUTE:
        own = facts.get(segment.number, {}).get((tab.measure, MEASURED), 0)
        # a minute on the boundary is split by seconds, so between its whole and nothing of it is here
        holds = tab.sum <= own <= tab.sum + tab.most
        text = _("%(rows)s minutes make %(sum)s") % {
            "rows": numbers.count(tab.rows), "sum": measure_text(tab.measure, own),
        }  # fmt: skip
        if fact != own:
            text += " " + _("+ %(part)s of the session's rest") % {"part": measure_text(tab.measure, fact - own)}
    elif tab.table == READING:
        own = facts.get(segment.number, {}).get((tab.measure, MEASURED), 0)
        holds = tab.sum == own
        text = _("%(rows)s readings make %(sum)s") % {
            "rows": numbers.count(tab.rows - tab.shared), "sum": measure_text(tab.measure, own),
        }  # fmt: skip
        if fact != own:
            text += " " + _("+ %(part)s of the session's rest") % {"part": measure_text(tab.measure, fact - own)}
    elif tab.measure in (ONLINE, ONLINE_KNOWN, PEAK):
        holds, text = True, part
    else:
        whole = sum(_amount(amounts, tab.measure) for amounts in facts.values())
        # readings at handovers measure some of it, and the rest is shared out
        mixed = len({basis for amounts in facts.values() for name, basis in amounts if name == tab.measure}) > 1
        holds = tab.sum == whole or tab.more or mixed
        if len(facts) <= 1:
            text = _("%(sum)s of the session") % {"sum": measure_text(tab.measure, whole)}
        else:
            values = {"part": part, "whole": measure_text(tab.measure, whole)}
            text = _("%(part)s of the session's %(whole)s") % values
    if not holds:
        return Check(False, text, measure_text(tab.measure, tab.sum - fact))
    if segment.shared and tab.measure != PEAK:
        text = f"{text} {share_text(tab, segment, credited)}"
    return Check(share_holds, text, "" if share_holds else measure_text(tab.measure, credited - fact))


def _of_events(
    tab: Tab, here: EventsHere, segment: SegmentStep, facts: FactsOfSession, credited: int, share_holds: bool
) -> Check:
    """Rows of viewers' events, or what was counted of them before the rule erased them."""
    amounts = facts.get(segment.number, {})
    fact, shared = _amount(amounts, tab.measure), amounts.get((tab.measure, ALLOCATED), 0)
    own = fact - shared
    values = {"rows": numbers.count(here.counted.rows if here.counted else here.lines)}
    values["sum"] = measure_text(tab.measure, own)
    if here.is_people:
        text = _("%(rows)s events of %(sum)s viewers") % values
        if credited != fact and credited <= fact:
            text += " " + _("(%(met)s of them met here first)") % {"met": numbers.count(credited)}
    elif here.is_level:
        text = _("%(sum)s from %(rows)s enters and leaves") % values
    else:
        text = _("%(rows)s events make %(sum)s") % values
    if shared:
        text += " " + _("+ %(part)s of the session's rest") % {"part": measure_text(tab.measure, shared)}
    if here.erased_on:
        days = _(", ").join(numbers.day_year(day) for day in here.erased_on)
        text += " · " + _("from counts; rows erased on %(days)s by rule") % {"days": days}
    if tab.sum != own:
        return Check(False, text, measure_text(tab.measure, tab.sum - own))
    if segment.shared and not here.is_people and tab.measure != PEAK:
        text = f"{text} {share_text(tab, segment, credited)}"
    return Check(share_holds, text, "" if share_holds else measure_text(tab.measure, credited - fact))


def _of_air(credited: int, segment: SegmentStep, holds: bool) -> Check:
    """An hour in two rooms counts once, so a segment may give less than its length, never more."""
    if segment.start is None or segment.end is None:
        return Check(False, _("The segment is gone; the month is being recomputed."))
    length = (segment.end - segment.start).total_seconds() * 1000
    text = _("%(time)s on air") % {"time": measure_text(AIR, credited)}
    if credited < length:
        text += " " + _("(the rest counts in another room)")
    return Check(holds and 0 <= credited <= length, text, measure_text(AIR, credited - round(length)))


def _amount(amounts: Amounts, measure: str) -> int:
    return sum(amount for (name, _basis), amount in amounts.items() if name == measure)
