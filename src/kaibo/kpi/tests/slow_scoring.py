"""Scoring in the most obvious way, off a card as its file says it: no rule object, no table, no shortcut.

A line is a dictionary as `[[card.line]]` writes it, a card has the tables of docs/cards.md. `values`: of each KPI the
exact number, or in words why there is none. Gives Fractions, None for what waits, OUT for what counts for nobody.
"""

from fractions import Fraction
from math import ceil, floor
from typing import Any

OUT, GIVES = "counts for nobody", "does not apply"
LESS_IS_BETTER = frozenset({"refund_rate", "spend_rate", "late_times", "first_reply"})
Number = Fraction | None


def attained(kpi: str, number: Fraction, target: Fraction) -> Number:
    """None: beyond any."""
    if kpi not in LESS_IS_BETTER:
        return number / target
    return target / number if number > 0 else None


def lies_in(stretch: dict[str, Any], number: Fraction) -> bool:
    tests = {
        "at_least": lambda edge: number >= edge, "above": lambda edge: number > edge,
        "below": lambda edge: number < edge, "at_most": lambda edge: number <= edge,
    }  # fmt: skip
    return all(test(Fraction(stretch[word])) for word, test in tests.items() if stretch.get(word) is not None)


def figure_of(table: dict[str, Any], month: str, keys: dict[str, dict[str, int]]) -> tuple[Number, bool]:
    """The mean by time of the figures of what somebody had any time with; whether some of these have one."""

    def at(key: str) -> Number:
        said = {(one.get("key", ""), one.get("month", "")): Fraction(one["value"]) for one in table["figures"]}
        for place in ((key, month), (key, ""), ("", month), ("", "")):
            if place in said:
                return said[place]
        return None

    mine = {key: time for key, time in keys.get(table.get("by") or "nothing", {}).items() if time}
    if not mine:
        return at(""), False
    found = [(at(key), time) for key, time in mine.items()]
    if any(figure is None for figure, _ in found):
        return None, any(figure is not None for figure, _ in found)
    return sum((figure * time for figure, time in found if figure is not None), Fraction(0)) / sum(mine.values()), False


def points_of_rule(
    line: dict[str, Any], rule: dict[str, Any], number: Fraction, target: Number, values: dict[str, Any],
    month: str, keys: dict[str, dict[str, int]],
) -> Number:  # fmt: skip
    kpi, form, told = line["kpi"], rule["form"], {k: Fraction(v) for k, v in rule.items() if _is_number(v)}
    if form == "linear":
        if not target:
            return None
        reached, cap = attained(kpi, number, target), told.get("cap", Fraction(6, 5))
        share = cap if reached is None else max(Fraction(0), min(reached, cap))
        return share * Fraction(line["weight"])
    if form in ("bands", "benchmark"):
        return _by_bands(line, rule, number, target, month, keys)
    if form == "per_occurrence":
        return max(told["floor"], min(told["start"] + told["each"] * number, told["cap"]))
    assert form == "step"
    return _by_steps(kpi, rule, told, number, target)


def _by_bands(line: dict, rule: dict, number: Fraction, target: Number, month: str, keys: dict) -> Number:
    place: Number = number
    if rule["form"] == "benchmark" or rule.get("on") == "attainment":
        against = figure_of(rule["benchmark"], month, keys)[0] if rule["form"] == "benchmark" else target
        if not against:
            return None
        place = attained(line["kpi"], number, against)
    for one in rule["bands"]:
        open_above = one.get("below") is None and one.get("at_most") is None
        if (place is None and open_above) or (place is not None and lies_in(one, max(Fraction(0), place))):
            return Fraction(one["points"])
    return None


def _by_steps(kpi: str, rule: dict, told: dict[str, Fraction], number: Fraction, target: Number) -> Number:
    base = told.get("base")
    place: Number = number
    if rule.get("on") == "attainment":
        if not target:
            return None
        place, base = attained(kpi, number, target), Fraction(1) if base is None else base
        if place is None:
            return told["cap"]
    elif base is None:
        base = target
    if not base and rule.get("base") is None:
        return None
    assert place is not None
    assert base is not None
    counts = {"whole": floor, "begun": ceil, "part": Fraction}[rule.get("counted", "whole")]
    points = told["start"]
    if place > base:
        points += told.get("above", Fraction(0)) * counts((place - base) / told["step"])
    elif place < base:
        points += told.get("below", Fraction(0)) * counts((base - place) / told["step"])
    return max(told["floor"], min(points, told["cap"]))


def _is_number(said: object) -> bool:
    try:
        Fraction(str(said))
    except ValueError:
        return False
    return said is not None


def score_line(
    line: dict[str, Any], values: dict[str, Any], given: Number, month: str, keys: dict[str, dict[str, int]], *,
    protected: bool,
) -> Any:  # fmt: skip
    """Points, None where it waits, OUT or GIVES."""
    rule, target, part = line["rule"], _target(line, given, month, keys), Fraction(1)
    if protected and "newcomer" in line:
        other: dict[str, Any] | None = line["newcomer"]
    else:
        other = next((one for one in line.get("variants", ()) if _mainly(keys, one["by"]) == one.get("key", "")), None)
    if other is not None:
        if not other.get("counts", True):
            return OUT
        part, rule = Fraction(str(other.get("part", 1))), other.get("rule") or rule
        if other.get("target") is not None:
            target = Fraction(other["target"])
    target = None if target is None else target * part
    value = values[line["kpi"]]
    if isinstance(value, str) and value in line.get("not_applicable", ()):
        return GIVES
    if rule["form"] == "together":
        return _together(rule, values)
    if isinstance(value, str):
        return None
    return points_of_rule(line, rule, value, target, values, month, keys)


def _together(rule: dict[str, Any], values: dict[str, Any]) -> Number:
    asked = {one["kpi"] for rung in rule["rungs"] for one in rung["conditions"]}
    if any(isinstance(values[kpi], str) for kpi in asked):
        return None
    reached = [
        Fraction(rung["points"]) for rung in rule["rungs"]
        if all(lies_in(one, values[one["kpi"]]) for one in rung["conditions"])
    ]  # fmt: skip
    return max(reached, default=Fraction(rule.get("otherwise", 0)))


def _mainly(keys: dict[str, dict[str, int]], by: str) -> str:
    found = keys.get(by, {})
    most = max(found.values(), default=0)
    return min((key for key, time in found.items() if time == most), default="")


def _target(line: dict[str, Any], given: Number, month: str, keys: dict[str, dict[str, int]]) -> Number:
    own = None if line.get("target") is None else Fraction(line["target"])
    if given is not None:
        return given
    if "targets" not in line:
        return own
    found, in_part = figure_of(line["targets"], month, keys)
    return own if found is None and not in_part else found


def weights_of(card: dict[str, Any], gone: set[str]) -> dict[str, Fraction]:
    """Line → its weight, after what does not apply gave its own away, bit by bit."""
    own = {}
    for line in card["line"]:
        section = next((one for one in card.get("section", ()) if one["key"] == line.get("section")), None)
        own[line["kpi"]] = Fraction(line["weight"])
        if section is not None:
            among = sum(Fraction(one["weight"]) for one in card["line"] if one.get("section") == section["key"])
            own[line["kpi"]] *= Fraction(section["weight"]) / 100 if among == 100 else 1
    gives = {line["kpi"]: [one for one in line.get("gives_to", ()) if one in own] for line in card["line"]}

    def can_take(name: str) -> bool:
        return name not in gone or any(can_take(one) for one in gives[name])

    found = dict(own)

    def hand(amount: Fraction, name: str) -> None:
        if name not in gone:
            found[name] += amount
            return
        takers = [one for one in gives[name] if can_take(one)]
        whole = sum(own[one] for one in takers)
        for one in takers:
            hand(amount * own[one] / whole, one)

    for name in gone:
        if can_take(name):
            found[name] -= own[name]
            hand(own[name], name)
    return found


def result(
    card: dict[str, Any], points: dict[str, Any], told: dict[str, Number], team: Number
) -> tuple[Number, str | None, Number]:
    """(score, grade, coefficient) of the lines' points."""
    gone = {name for name, one in points.items() if one is GIVES}
    weights = weights_of(card, gone)
    own = {line["kpi"]: Fraction(line["weight"]) for line in card["line"]}
    here = [name for name, one in points.items() if one is not OUT and one is not GIVES]
    waits = any(points[name] is None for name in here)
    known = [name for name in here if points[name] is not None]
    extra = Fraction(0)
    for one in card.get("outside", ()):
        times = told.get(one["key"])
        waits = waits or times is None
        if times is not None:
            extra += max(Fraction(one["floor"]), min(Fraction(one["each"]) * times, Fraction(one["cap"])))
    waits = waits or any(told.get(gate["key"]) is None for gate in card.get("gate", ()))
    if card.get("outside_floor") is not None:
        extra = max(extra, Fraction(card["outside_floor"]))
    if card.get("outside_cap") is not None:
        extra = min(extra, Fraction(card["outside_cap"]))
    whole = sum(weights[name] for name in known)
    if waits or not whole:
        return None, None, None
    score = sum(points[name] * weights[name] / own[name] for name in known) * 100 / whole + extra
    return score, *_paid(card, score, told, team)


def _paid(card: dict[str, Any], score: Fraction, told: dict[str, Number], team: Number) -> tuple[str | None, Number]:
    # from the worst grade to the best: what asks for more stands later, of one number the one that excludes it
    ladder = sorted(
        card.get("grade", ()),
        key=lambda one: (
            ("at_least" in one) or ("above" in one), Fraction(one.get("at_least", one.get("above", 0))), "above" in one,
        ),
    )  # fmt: skip
    reached = [one for one in ladder if lies_in({k: v for k, v in one.items() if k in ("at_least", "above")}, score)]
    if not reached:
        return None, None
    best = ladder.index(reached[-1])
    for gate in card.get("gate", ()):
        times = told[gate["key"]]
        if times is not None and lies_in({k: v for k, v in gate.items() if k in ("at_least", "above")}, times):
            best = min(best, next(i for i, one in enumerate(ladder) if one["key"] == gate["grade"]))
    coefficient: Number = Fraction(ladder[best]["coefficient"])
    if "team" in card:
        factor = _of_team(card["team"], team)
        coefficient = None if factor is None or coefficient is None else coefficient * factor
    return ladder[best]["key"], coefficient


def _of_team(part: dict[str, Any], value: Number) -> Number:
    if value is None:
        return None
    line = {"kpi": part["kpi"], "weight": 1}
    target = None if part.get("target") is None else Fraction(part["target"])
    return _by_bands(line, {"form": "bands", "on": part.get("on"), "bands": part["bands"]}, value, target, "", {})
