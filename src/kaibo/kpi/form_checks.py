"""What is wrong with a line that stands against a benchmark, asks several things at once, or has several raters."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations

from kaibo.kpi.problem import WHOLE, Kpis, Problem, plain
from kaibo.kpi.rules import Benchmarked, Condition, Line, Rated, Rung, Table, Together
from kaibo.message import Message

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def figures_are_sound(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """Forms 3 and 18: above 0, each month and key once, months as YYYY-MM."""
    tables = [line.targets, line.rule.benchmark if isinstance(line.rule, Benchmarked) else None]
    for table in tables:
        if table is not None:
            yield from _figures(number, table)


def _figures(number: int, table: Table) -> Iterator[Problem]:
    said = {"line": number}
    if not table.figures:
        yield Problem(Message("Item %(line)s: the table of its figures is empty.", said), number, "figures")
    places = [(one.key, one.month) for one in table.figures]
    for one in table.figures:
        where = {**said, "where": " ".join(filter(None, (one.key, one.month))) or "–"}
        if one.value <= 0:
            text = Message("Item %(line)s: the figure of “%(where)s” must be above 0.", where)
            yield Problem(text, number, "figures")
        if one.month and not MONTH.fullmatch(one.month):
            text = Message("Item %(line)s: “%(where)s” is no month; write it as 2026-11.", where)
            yield Problem(text, number, "figures")
        if one.key and table.by is None:
            text = Message("Item %(line)s: “%(where)s” is named, and the card does not say what it is.", where)
            yield Problem(text, number, "figures")
    for place in sorted(one for one, times in Counter(places).items() if times > 1):
        text = Message(
            "Item %(line)s: there are two figures for “%(where)s”.", {**said, "where": " ".join(place).strip() or "–"}
        )
        yield Problem(text, number, "figures")


def conditions_are_a_ladder(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """Form 8: known KPIs, conditions that can hold, and no rung that a better one swallows."""
    rule = line.rule
    if not isinstance(rule, Together):
        return
    said = {"line": number}
    if not rule.rungs or not all(rung.conditions for rung in rule.rungs):
        yield Problem(Message("Item %(line)s: a row without any condition holds for everybody.", said), number, "rungs")
    for kpi in sorted(rule.kpis - kpis.keys()):
        text = Message("Item %(line)s: there is no KPI “%(kpi)s”.", {**said, "kpi": kpi})
        yield Problem(text, number, "kpi")
    for kpi in sorted(rule.kpis & kpis.keys()):
        if line.by_room and line.by not in kpis[kpi].routes:
            text = Message("Item %(line)s: “%(kpi)s” cannot be credited by “%(route)s”.",
                           {**said, "kpi": kpi, "route": line.by.value})  # fmt: skip
            yield Problem(text, number, "route")
    for rung in rule.rungs:
        yield from _rung(number, line, rule, rung)
    for one, other in combinations(sorted(rule.rungs, key=lambda rung: -rung.points), 2):
        values = {**said, "points": plain(other.points), "more": plain(one.points)}
        if one.points == other.points:
            yield Problem(Message("Item %(line)s: two rows give %(points)s points.", values), number, "rungs")
        elif _implies(other, one):
            text = Message(
                "Item %(line)s: nobody can reach %(points)s points: whoever meets that meets what gives %(more)s.",
                values,
            )
            yield Problem(text, number, "unreachable")


def _rung(number: int, line: Line, rule: Together, rung: Rung) -> Iterator[Problem]:
    said = {"line": number, "points": plain(rung.points), "weight": plain(line.weight)}
    if rung.points > line.weight:
        text = Message("Item %(line)s: a row gives %(points)s points, more than the weight %(weight)s.", said)
        yield Problem(text, number, "points")
    if rung.points <= rule.otherwise or rule.otherwise < 0:
        text = Message("Item %(line)s: %(points)s points are no more than what everybody else gets.", said)
        yield Problem(text, number, "direction")
    for one in rung.conditions:
        if (one.start is None and one.end is None) or one.empty:
            text = Message(
                "Item %(line)s: the condition on “%(kpi)s” says nothing that can hold.", {**said, "kpi": one.kpi}
            )
            yield Problem(text, number, "rungs")


def _implies(rung: Rung, better: Rung) -> bool:
    """Whether everything that the better one asks is asked by this one as well."""
    return all(any(_within(mine, theirs) for mine in rung.conditions) for theirs in better.conditions)


def _within(mine: Condition, theirs: Condition) -> bool:
    return (
        mine.kpi == theirs.kpi
        and (theirs.start is None or (mine.start is not None and mine.start >= theirs.start))
        and (theirs.end is None or (mine.end is not None and mine.end <= theirs.end))
    )


def raters_make_a_hundred(number: int, line: Line, kpis: Kpis) -> Iterator[Problem]:
    """Form 10."""
    if not line.raters:
        return
    said = {"line": number}
    if not isinstance(line.rule, Rated):
        text = Message("Item %(line)s has raters, but a value scores it.", said)
        yield Problem(text, number, "raters")
    whole = sum((one.weight for one in line.raters), start=0 * WHOLE)
    if whole != WHOLE or any(one.weight <= 0 for one in line.raters):
        text = Message(
            "Item %(line)s: its raters' weights add up to %(total)s, not to 100.", {**said, "total": plain(whole)}
        )
        yield Problem(text, number, "raters")
    if len({one.rater for one in line.raters}) < len(line.raters):
        yield Problem(Message("Item %(line)s names a kind of rater twice.", said), number, "raters")


FORM_CHECKS: tuple[Callable[[int, Line, Kpis], Iterator[Problem]], ...] = (
    figures_are_sound,
    conditions_are_a_ladder,
    raters_make_a_hundred,
)
