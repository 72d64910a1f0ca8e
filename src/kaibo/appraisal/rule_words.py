"""A line's rule in one sentence, in the reader's language."""

from decimal import Decimal

from django.utils.translation import gettext as _

from kaibo.appraisal.limits import limit
from kaibo.appraisal.wording import edge_text, plain, rated_rule, rung_text
from kaibo.kpi.catalog import Direction
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import Benchmarked, Counted, Linear, On, PerOccurrence, Rated, Step, Together
from kaibo.kpi.scoring import LineScore
from kaibo.look import numbers


def rule_text(score: LineScore) -> str:
    """The rule in one sentence."""
    rule, weight = score.line.rule, plain(score.line.weight)
    if isinstance(rule, Linear):
        cap = numbers.percent(rule.cap, 0)
        if rule.cap == 1:
            return _("Attainment × %(weight)s points, at most %(weight)s") % {"weight": weight}
        return _("Attainment × %(weight)s points, capped at %(cap)s") % {"weight": weight, "cap": cap}
    if isinstance(rule, PerOccurrence):
        return _occurrence_rule(rule)
    if isinstance(rule, Step):
        return _step_rule(score, rule)
    if isinstance(rule, Rated):
        return rated_rule()
    if isinstance(rule, Benchmarked):
        return _("Points by band of the value against its benchmark")
    if isinstance(rule, Together):
        return _together_rule(rule)
    if rule.on is On.ATTAINMENT:
        return _("Points by band of attainment")
    if score.value.declared.direction is Direction.DOWN:
        return _("Points by band; lower is better")
    return _("Points by band")


def _together_rule(rule: Together) -> str:
    """“8 points where at least 60 % … and …; 6 points where …; else 0.”"""
    stop = "；" if numbers.in_chinese() else "; "
    rungs = sorted(rule.rungs, key=lambda rung: -rung.points)
    said = [
        _("%(points)s points where %(conditions)s") % {"points": plain(one.points), "conditions": rung_text(one)}
        for one in rungs
    ]
    return stop.join([*said, _("else %(points)s") % {"points": plain(rule.otherwise)}])


def _occurrence_rule(rule: PerOccurrence) -> str:
    words = {"start": plain(rule.start), "each": plain(abs(rule.each)), "floor": plain(rule.floor),
             "cap": plain(rule.cap)}  # fmt: skip
    if rule.each < 0:
        return _("Starts at %(start)s points; each time takes %(each)s off, down to %(floor)s at the least") % words
    return _("Starts at %(start)s points; each time adds %(each)s, up to %(cap)s at the most") % words


def _step_rule(score: LineScore, rule: Step) -> str:
    """“8 points at 15 %. Each 1 pp above adds 1; …; at least 0, at most 10. Only whole steps count.”"""
    size = _step_size(score, rule)
    comma, stop = ("，", "；") if numbers.in_chinese() else (", ", "; ")
    said = [_("%(points)s points at %(base)s") % {"points": plain(rule.start), "base": _base(score, rule)}]
    if rule.above:
        said.append(_change(rule.above, _("each %(step)s above adds %(points)s"),
                            _("each %(step)s above takes %(points)s off"), size))  # fmt: skip
    if rule.below:
        said.append(_change(rule.below, _("each %(step)s below adds %(points)s"),
                            _("each %(step)s below takes %(points)s off"), size))  # fmt: skip
    limits = [_("at least %(points)s") % {"points": plain(rule.floor)},
              _("at most %(points)s") % {"points": plain(rule.cap)}]  # fmt: skip
    counted = {
        Counted.WHOLE: _("only whole steps count"),
        Counted.BEGUN: _("every step that has begun counts"),
        Counted.PART: _("parts of a step count in proportion"),
    }[rule.counted]
    return stop.join([comma.join(said), comma.join(limits), counted])


def _change(points: Decimal, adds: str, takes: str, size: str) -> str:
    return (adds if points > 0 else takes) % {"step": size, "points": plain(abs(points))}


def _base(score: LineScore, rule: Step) -> str:
    if rule.base is None and rule.on is On.VALUE:
        return _("the target")
    return edge_text(score, Decimal(1) if rule.base is None else rule.base)


def _step_size(score: LineScore, rule: Step) -> str:
    """A step of a share is said in percentage points, any other in the KPI's unit."""
    unit = score.value.declared.unit
    if unit is Unit.RATIO or rule.on is On.ATTAINMENT:
        points = plain(rule.step * 100)
        return _("%(points)s percentage points") % {"points": points}
    return limit(unit, rule.step)
