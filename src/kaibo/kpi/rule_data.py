"""The forms of a rule to and from JSON or TOML: numbers as text, so that no decimal is lost."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from kaibo.kpi.band import Band, band
from kaibo.kpi.rules import (
    Anchor,
    Bands,
    Benchmarked,
    By,
    Counted,
    Linear,
    Newcomer,
    On,
    PerOccurrence,
    Rated,
    Rule,
    Rung,
    Step,
    Table,
    Together,
    Variant,
    condition,
)
from kaibo.kpi.standing import Figure

# a number beyond that many places is a slip of the hand
MOST_DIGITS = 18


def rule_as_data(rule: Rule) -> dict[str, Any]:
    """JSON: numbers as text, so that no decimal is lost."""
    if isinstance(rule, Linear):
        return {"form": "linear", "cap": str(rule.cap)}
    if isinstance(rule, Bands):
        return {"form": "bands", "on": rule.on.value, "bands": [band_as_data(one) for one in rule.bands]}
    if isinstance(rule, Benchmarked):
        bands = [band_as_data(one) for one in rule.bands]
        return {"form": "benchmark", "benchmark": table_as_data(rule.benchmark), "bands": bands}
    if isinstance(rule, Together):
        rungs = [
            {"points": str(one.points), "conditions": [{"kpi": c.kpi, **_edges_as_data(c)} for c in one.conditions]}
            for one in rule.rungs
        ]
        return {"form": "together", "otherwise": str(rule.otherwise), "rungs": rungs}
    if isinstance(rule, Step):
        return {"form": "step", "on": rule.on.value, "counted": rule.counted.value, **_texts(rule, STEP)}
    if isinstance(rule, PerOccurrence):
        return {"form": "per_occurrence", **_texts(rule, OCCURRENCE)}
    return {"form": "rated", "anchors": [{**_texts(a, ("points",)), "zh": a.zh, "en": a.en} for a in rule.anchors]}


EDGES, OTHER_EDGES = ("at_least", "below"), ("above", "at_most")
STEP = ("step", "start", "cap", "floor", "above", "below", "base")
OCCURRENCE = ("each", "start", "cap", "floor")


def band_as_data(one: Band) -> dict[str, str | None]:
    return {**_edges_as_data(one), "points": str(one.points)}


def _edges_as_data(of: object) -> dict[str, str | None]:
    """What includes its upper or leaves out its lower number is written only where a card says so."""
    other = {name: str(edge) for name in OTHER_EDGES if (edge := getattr(of, name, None)) is not None}
    return {**_texts(of, EDGES), **other}


def rule_from_data(data: Mapping[str, Any]) -> Rule:
    """The rule that `rule_as_data` wrote.

    Raises ValueError for an unknown form, choice or number and KeyError for a lacking part; both name it.
    """
    form = data["form"]
    if form not in _READ:
        raise ValueError(f"no such form: {form}; there are {', '.join(_READ)}")
    return _READ[form](data)


def newcomer_from_data(data: Mapping[str, Any]) -> Newcomer:
    """How a card eases a line: {counts = false}, {part = "0.8"} or {rule = {…}}. Raises as rule_from_data."""
    unknown = sorted(data.keys() - {"counts", "part", "rule"})
    if unknown:
        raise ValueError(f"newcomer: no such word: {', '.join(unknown)}; there are counts, part, rule")
    rule = rule_from_data(data["rule"]) if "rule" in data else None
    return Newcomer(bool(data.get("counts", True)), number(data, "part", "1"), rule)


def newcomer_as_data(eased: Newcomer) -> dict[str, Any]:
    found: dict[str, Any] = {} if eased.counts else {"counts": False}
    if eased.part != 1:
        found["part"] = str(eased.part)
    return found | ({"rule": rule_as_data(eased.rule)} if eased.rule is not None else {})


def variant_as_data(one: Variant) -> dict[str, Any]:
    found: dict[str, Any] = {"by": one.by.value, "key": one.key}
    found |= newcomer_as_data(Newcomer(one.counts, one.part, one.rule))
    return found if one.target is None else found | {"target": exact_text(one.target)}


def table_as_data(table: Table) -> dict[str, Any]:
    figures = [{"value": exact_text(one.value), "key": one.key, "month": one.month} for one in table.figures]
    return {"by": table.by.value if table.by else "", "figures": figures}


def table_from_data(data: Mapping[str, Any]) -> Table:
    """Figures by month and key. Raises as rule_from_data."""
    told = data.get("figures", ())
    figures = tuple(Figure(Fraction(number(one, "value")), one.get("key", ""), one.get("month", "")) for one in told)
    return Table(figures, By(data["by"]) if data.get("by") else None)


def variant_from_data(data: Mapping[str, Any]) -> Variant:
    """{by, key} and what is different: {counts = false}, {part = …}, {target = …}, {rule = {…}}. Raises likewise."""
    return Variant(
        By(data["by"]), data.get("key", ""), bool(data.get("counts", True)), number(data, "part", "1"),
        Fraction(number(data, "target")) if data.get("target") not in (None, "") else None,
        rule_from_data(data["rule"]) if data.get("rule") else None,
    )  # fmt: skip


def exact_text(exact: Fraction | Decimal) -> str:
    """A decimal as it was written; raises ValueError for what no decimal is."""
    if isinstance(exact, Decimal):
        return str(exact)
    text = Decimal(exact.numerator) / Decimal(exact.denominator)
    if Fraction(text) != exact:
        raise ValueError(f"{exact} is no decimal")
    return f"{text.normalize():f}"


def _benchmark(data: Mapping[str, Any]) -> Rule:
    return Benchmarked(bands_from_data(data), table_from_data(data["benchmark"]))


def _together(data: Mapping[str, Any]) -> Rule:
    rungs = tuple(
        Rung(
            number(one, "points"),
            tuple(condition(c["kpi"], **_edges(c)) for c in one.get("conditions", ())),
        )
        for one in data.get("rungs", ())
    )
    return Together(rungs, number(data, "otherwise", "0"))


def _linear(data: Mapping[str, Any]) -> Rule:
    return Linear(number(data, "cap", "1.2"))


def _bands(data: Mapping[str, Any]) -> Rule:
    return Bands(bands_from_data(data), On(data.get("on", "value")))


def bands_from_data(data: Mapping[str, Any]) -> tuple[Band, ...]:
    """The bands that `band_as_data` wrote. Raises as rule_from_data."""
    return tuple(band(number(one, "points"), **_edges(one)) for one in data.get("bands", ()))


def _edges(data: Mapping[str, Any]) -> dict[str, Decimal | None]:
    return {name: _limit(data, name) for name in (*EDGES, *OTHER_EDGES)}


def _step(data: Mapping[str, Any]) -> Rule:
    return Step(
        step=number(data, "step"), start=number(data, "start"), cap=number(data, "cap"),
        floor=number(data, "floor"), above=number(data, "above", "0"), below=number(data, "below", "0"),
        base=_limit(data, "base"), on=On(data.get("on", "value")), counted=Counted(data.get("counted", "whole")),
    )  # fmt: skip


def _per_occurrence(data: Mapping[str, Any]) -> Rule:
    return PerOccurrence(number(data, "each"), number(data, "start"), number(data, "cap"), number(data, "floor"))


def _rated(data: Mapping[str, Any]) -> Rule:
    return Rated(tuple(Anchor(number(a, "points"), a.get("zh", ""), a.get("en", "")) for a in data.get("anchors", ())))


_READ: Mapping[str, Callable[[Mapping[str, Any]], Rule]] = {
    "bands": _bands,
    "benchmark": _benchmark,
    "together": _together,
    "linear": _linear,
    "step": _step,
    "per_occurrence": _per_occurrence,
    "rated": _rated,
}


def _texts(of: object, names: Sequence[str]) -> dict[str, str | None]:
    limits = {name: getattr(of, name) for name in names}
    return {name: None if limit is None else str(limit) for name, limit in limits.items()}


def number(data: Mapping[str, Any], name: str, default: str | None = None) -> Decimal:
    """A finite decimal. Raises ValueError and KeyError naming it."""
    text = data.get(name, default) if default is not None else data[name]
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        raise ValueError(f"{name}: {str(text)[:40]!r} is no number") from None
    places = found.as_tuple()
    too_fine = found.is_finite() and (len(places.digits) > MOST_DIGITS + 6 or int(places.exponent) < -MOST_DIGITS - 6)
    if not found.is_finite() or too_fine or (found and not -MOST_DIGITS <= found.adjusted() <= MOST_DIGITS):
        raise ValueError(f"{name}: {str(text)[:40]!r} is no number")
    return found


def _limit(data: Mapping[str, Any], name: str) -> Decimal | None:
    return None if data.get(name) in (None, "") else number(data, name)
