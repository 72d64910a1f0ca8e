"""What is wrong with a scorecard, one rule a function; all are run, each finding names its line and the fault."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from kaibo.kpi.band import ZERO, Edge, by_start
from kaibo.kpi.card_checks import CARD_CHECKS
from kaibo.kpi.catalog import KPIS, Direction, Route
from kaibo.kpi.form_checks import FORM_CHECKS
from kaibo.kpi.measures import Unit
from kaibo.kpi.problem import Kpis, Limit, Problem, Span, plain
from kaibo.kpi.rules import Band, Bands, Benchmarked, Card, Line, Linear, On, PerOccurrence, Rated, Step
from kaibo.message import Message

BANDED = (Bands, Benchmarked)


def problems(card: Card, kpis: Kpis = KPIS) -> list[Problem]:
    """Every fault; empty where the card may be saved. `kpis`: the catalog that the card was made for."""
    found = [problem for check in CARD_CHECKS for problem in check(card, kpis)]
    for number, line in enumerate(card.lines, 1):
        found += [problem for check in LINE_CHECKS for problem in check(number, line, kpis)]
    return found


def known_kpi(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if line.kpi not in kpis and not isinstance(line.rule, Rated):
        text = Message("Item %(line)s: there is no KPI “%(kpi)s”.", {"line": number, "kpi": line.kpi})
        yield Problem(text, number, "kpi")


def route_fits(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    kpi = kpis.get(line.kpi)
    if line.route is not None and (kpi is None or line.route not in kpi.routes):
        values = {"line": number, "kpi": line.kpi, "route": line.route.value}
        text = Message("Item %(line)s: “%(kpi)s” cannot be credited by “%(route)s”.", values)
        yield Problem(text, number, "route")
    elif line.duty and line.by is not Route.ACCOUNT:
        values = {"line": number, "route": Route.ACCOUNT.value}
        text = Message("Item %(line)s: a duty belongs to the route “%(route)s” only.", values)
        yield Problem(text, number, "duty")


def weight_above_zero(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if line.weight <= 0:
        yield Problem(Message("Item %(line)s: the weight must be above 0.", {"line": number}), number, "weight")


def target_above_zero(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if line.target is not None and line.target <= 0 and line.needs_target:
        yield Problem(Message("Item %(line)s: the target must be above 0.", {"line": number}), number, "target")


def cap_reaches_target(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if isinstance(line.rule, Linear) and line.rule.cap < 1:
        text = Message("Item %(line)s: the cap must be at least 100 %%.", {"line": number})
        yield Problem(text, number, "cap")


def bands_exist(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if isinstance(line.rule, BANDED) and not line.rule.bands:
        yield Problem(Message("Item %(line)s has no bands.", {"line": number}), number, "bands")


def bands_not_empty(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """A band that ends where it begins, or before, holds nothing."""
    for band in line.rule.bands if isinstance(line.rule, BANDED) else ():
        if band.empty:
            values = {"line": number, **_ends(line, band.start, band.end)}
            text = Message("Item %(line)s: the band from %(from)s to %(to)s is empty.", values)
            yield _problem(text, number, "empty", band.start, band.end)


def points_not_negative(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    for band in line.rule.bands if isinstance(line.rule, BANDED) else ():
        if band.points < 0:
            text = Message("Item %(line)s: a band takes points off without a floor.", {"line": number})
            yield Problem(text, number, "floor")


def points_within_weight(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    for band in line.rule.bands if isinstance(line.rule, BANDED) else ():
        if band.points > line.weight:
            values = {"line": number, "points": plain(band.points), "weight": plain(line.weight)}
            text = Message("Item %(line)s: a band gives %(points)s points, more than the weight %(weight)s.", values)
            yield Problem(text, number, "points")


def anchors_within_weight(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    for anchor in line.rule.anchors if isinstance(line.rule, Rated) else ():
        if anchor.points > line.weight:
            values = {"line": number, "points": plain(anchor.points), "weight": plain(line.weight)}
            text = Message("Item %(line)s: an anchor gives %(points)s points, more than the weight %(weight)s.", values)
            yield Problem(text, number, "points")


def bands_open_at_both_ends(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """KPIs start at 0, so a lowest band from 0 covers everything below as well."""
    bands = _sorted(line)
    if not bands:
        return
    first, last = bands[0].start, _highest(bands)
    if first is not None and first > ZERO:
        values = {"line": number, **_ends(line, ZERO, first)}
        text = Message("Item %(line)s gives no points below %(to)s.", values)
        if first.after:
            text = Message("Item %(line)s gives no points up to %(to)s, nor at %(to)s itself.", values)
        if first.number == 0:
            text = Message("Item %(line)s gives no points at exactly %(to)s.", values)
        yield _problem(text, number, "gap", None, first)
    if last is not None:
        values = {"line": number, **_ends(line, last, last)}
        text = Message("Item %(line)s gives no points from %(from)s up.", values)
        if last.after:
            text = Message("Item %(line)s gives no points above %(from)s.", values)
        yield _problem(text, number, "gap", last, None)


def bands_without_gap_or_overlap(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    reach: Edge | None = None
    for lower, upper in pairwise(_sorted(line)):
        # how far the bands so far reach: an early wide one may cover several later ones
        reach = lower.end if reach is None or (lower.end or reach) > reach else reach
        start = upper.start
        if lower.end is None or start is None or (reach is not None and start < reach):
            end = reach if lower.end else upper.end
            yield _problem(_twice(number, line, start, end), number, "overlap", start, end)
        elif reach is not None and start > reach:
            yield _problem(_nothing(number, line, reach, start), number, "gap", reach, start)


def _twice(number: int, line: Line, start: Edge | None, end: Edge | None) -> Message:
    values = {"line": number, **_ends(line, start, end)}
    if _exactly(start, end):
        return Message("Item %(line)s gives points twice at exactly %(from)s.", values)
    if _half_open(start, end):
        return Message("Item %(line)s gives points twice from %(from)s to %(to)s.", values)
    return Message("Item %(line)s gives points twice for what is %(stretch)s.", {**values, **_signed(line, start, end)})


def _nothing(number: int, line: Line, start: Edge, end: Edge) -> Message:
    values = {"line": number, **_ends(line, start, end)}
    if _exactly(start, end):
        return Message("Item %(line)s gives no points at exactly %(from)s.", values)
    if _half_open(start, end):
        return Message("Item %(line)s gives no points from %(from)s to %(to)s.", values)
    return Message("Item %(line)s gives no points for what is %(stretch)s.", {**values, **_signed(line, start, end)})


def _exactly(start: Edge | None, end: Edge | None) -> bool:
    """One number and nothing beside it."""
    return start is not None and end is not None and start.number == end.number and end.after > start.after


def _half_open(start: Edge | None, end: Edge | None) -> bool:
    return not (start and start.after) and not (end and end.after)


def bands_within_reach(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """What is counted is never below 0, so a band that ends there gives its points to nobody."""
    for band in line.rule.bands if isinstance(line.rule, BANDED) else ():
        if band.end is not None and band.end <= ZERO and not band.empty:
            values = {"line": number, **_ends(line, band.start, band.end)}
            text = Message("Item %(line)s: nobody can reach the band below %(to)s.", values)
            yield _problem(text, number, "unreachable", band.start, band.end)


def points_follow_direction(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """Where more is better no higher band gives less, and the other way round; on attainment more is always better."""
    if line.kpi not in kpis or not isinstance(line.rule, BANDED):
        return
    down = kpis[line.kpi].direction is Direction.DOWN and line.rule.on is On.VALUE
    for lower, upper in pairwise(_sorted(line)):
        if (lower.points < upper.points) if down else (lower.points > upper.points):
            values = {"line": number, **_ends(line, upper.start, None), "points": plain(upper.points)}
            text = (
                Message("Item %(line)s: less is better, but from %(from)s up it gives more: %(points)s points.", values)
                if down
                else Message("Item %(line)s: more is better, but from %(from)s up it gives only %(points)s.", values)
            )
            yield _problem(text, number, "direction", upper.start, upper.end)


def full_points_within_reach(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    best = line.max_points
    empty = isinstance(line.rule, BANDED) and not line.rule.bands
    if best < line.weight and not isinstance(line.rule, Linear) and not empty:
        values = {"line": number, "points": plain(best), "weight": plain(line.weight)}
        text = Message("Item %(line)s: the most it gives is %(points)s, less than its weight %(weight)s.", values)
        yield Problem(text, number, "most")


def limits_in_order(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """0 ≤ floor < cap, and it starts between them."""
    rule = line.rule
    if not isinstance(rule, Step | PerOccurrence):
        return
    if rule.floor < 0:
        values = {"line": number, "floor": plain(rule.floor)}
        yield Problem(Message("Item %(line)s: the floor %(floor)s is below 0.", values), number, "floor")
    if not rule.floor <= rule.start <= rule.cap or rule.floor == rule.cap:
        limits = {name: plain(getattr(rule, name)) for name in ("floor", "start", "cap")}
        text = Message(
            "Item %(line)s: it must start between its floor and its cap; it starts at %(start)s, between %(floor)s "
            "and %(cap)s.", {"line": number, **limits},
        )  # fmt: skip
        yield Problem(text, number, "limits")


def steps_lead_somewhere(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    rule = line.rule
    if not isinstance(rule, Step):
        return
    if rule.step <= 0:
        text = Message("Item %(line)s: the step must be above 0.", {"line": number})
        yield Problem(text, number, "step")
    if not rule.above and not rule.below:
        text = Message("Item %(line)s: no step changes the points.", {"line": number})
        yield Problem(text, number, "step")
    down = line.kpi in kpis and kpis[line.kpi].direction is Direction.DOWN and rule.on is On.VALUE
    better, worse = (rule.below, rule.above) if down else (rule.above, rule.below)
    if better < 0 or worse > 0:
        text = (
            Message("Item %(line)s: less is better, but its steps reward more.", {"line": number})
            if down
            else Message("Item %(line)s: more is better, but its steps reward less.", {"line": number})
        )
        yield Problem(text, number, "direction")


def occurrences_can_be_counted(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    rule = line.rule
    if not isinstance(rule, PerOccurrence) or line.kpi not in kpis:
        return
    kpi = kpis[line.kpi]
    if kpi.unit is not Unit.COUNT or kpi.denominator:
        text = Message("Item %(line)s: “%(kpi)s” is no number of occurrences.", {"line": number, "kpi": line.kpi})
        yield Problem(text, number, "kpi")
    if not rule.each:
        text = Message("Item %(line)s: an occurrence changes nothing.", {"line": number})
        yield Problem(text, number, "each")
    elif (rule.each > 0) == (kpi.direction is Direction.DOWN):
        text = (
            Message("Item %(line)s: less is better, but each one adds points.", {"line": number})
            if rule.each > 0
            else Message("Item %(line)s: more is better, but each one takes points off.", {"line": number})
        )
        yield Problem(text, number, "direction")


def anchors_say_what_points_mean(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    if not isinstance(line.rule, Rated):
        return
    anchors = line.rule.anchors
    if len(anchors) < 2:
        text = Message("Item %(line)s needs at least two anchors: the best and the worst.", {"line": number})
        yield Problem(text, number, "anchors")
    if len({anchor.points for anchor in anchors}) < len(anchors) or any(a.points < 0 for a in anchors):
        text = Message("Item %(line)s: each anchor has points of its own, none below 0.", {"line": number})
        yield Problem(text, number, "anchors")
    if not all(anchor.zh.strip() or anchor.en.strip() for anchor in anchors):
        text = Message("Item %(line)s: an anchor without words says nothing.", {"line": number})
        yield Problem(text, number, "anchors")


def newcomers_are_eased(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """A part of the target above 0 and below all of it; another rule is checked like the line's own."""
    eased = line.newcomer
    if eased is None:
        return
    yield from _part(number, line, eased.part)
    if eased.rule is not None:
        yield from _other(number, replace(line, rule=eased.rule, newcomer=None, variants=()), kpis)


def variants_fit(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """Form 15: each for somebody else, with a rule that is checked like the line's own."""
    whom = [(one.by, one.key) for one in line.variants]
    for by, key in sorted({one for one in whom if whom.count(one) > 1}):
        text = Message("Item %(line)s has two variants for “%(key)s”.", {"line": number, "key": f"{by} {key}"})
        yield Problem(text, number, "variant")
    for one in line.variants:
        yield from _part(number, line, one.part)
        if one.rule is not None or one.target is not None:
            yield from _other(number, replace(line.varied(one), newcomer=None), kpis)


def _part(number: int, line: Line, part: Decimal) -> Iterator[Problem]:
    if not 0 < part <= 1:
        values = {"line": number, "part": plain(part)}
        text = Message("Item %(line)s: a newcomer's part of the target is above 0 and at most 1, not %(part)s.", values)
        yield Problem(text, number, "newcomer")
    if part != 1 and not line.needs_target:
        text = Message("Item %(line)s has no target of which a newcomer could need a part.", {"line": number})
        yield Problem(text, number, "newcomer")


def _other(number: int, other: Line, kpis: Kpis) -> Iterator[Problem]:
    yield from (problem for check in LINE_CHECKS for problem in check(number, other, kpis))


LINE_CHECKS: tuple[Callable[[int, Line, Kpis], Iterator[Problem]], ...] = (
    known_kpi,
    route_fits,
    weight_above_zero,
    target_above_zero,
    cap_reaches_target,
    bands_exist,
    bands_not_empty,
    points_not_negative,
    points_within_weight,
    anchors_within_weight,
    bands_open_at_both_ends,
    bands_without_gap_or_overlap,
    bands_within_reach,
    points_follow_direction,
    full_points_within_reach,
    limits_in_order,
    steps_lead_somewhere,
    occurrences_can_be_counted,
    anchors_say_what_points_mean,
    newcomers_are_eased,
    variants_fit,
    *FORM_CHECKS,
)


def _sorted(line: Line) -> list[Band]:
    """From the lowest up; empty bands have their own finding."""
    if not isinstance(line.rule, BANDED):
        return []
    return sorted((band for band in line.rule.bands if not band.empty), key=by_start)


def _highest(bands: list[Band]) -> Edge | None:
    ends = [band.end for band in bands]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _ends(line: Line, start: Edge | None, end: Edge | None) -> dict[str, Limit]:
    return {"from": _limit(line, start), "to": _limit(line, end)}


def _signed(line: Line, start: Edge | None, end: Edge | None) -> dict[str, Span]:
    return {"stretch": Span(_limit(line, start), _limit(line, end), bool(start and start.after),
                            bool(end and end.after))}  # fmt: skip


def _limit(line: Line, edge: Edge | None) -> Limit:
    attained = isinstance(line.rule, BANDED) and line.rule.on is On.ATTAINMENT
    return Limit(edge.number if edge else None, attained)


def _problem(text: Message, number: int, code: str, start: Edge | None, end: Edge | None) -> Problem:
    return Problem(text, number, code, start.number if start else None, end.number if end else None)
