"""Any card with any month is scored as the slow scorer reads it off the file."""

import os
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from kaibo.kpi.card_parts import gate, grade
from kaibo.kpi.card_result import result
from kaibo.kpi.catalog import KPIS, Kpi, Unit
from kaibo.kpi.rule_data import newcomer_from_data, rule_from_data, table_from_data, variant_from_data
from kaibo.kpi.rules import By, Card, Line, On, Outside, Section, Standing, TeamPart
from kaibo.kpi.scoring import NOT_APPLICABLE, NOT_COUNTED, LineScore, as_newcomer, score
from kaibo.kpi.tests import generated_cards, slow_scoring
from kaibo.kpi.tests.effort import many
from kaibo.kpi.values import Value


def line_of(said: dict[str, Any]) -> Line:
    return Line(
        said["kpi"], Decimal(said["weight"]), rule_from_data(said["rule"]),
        target=Fraction(said["target"]) if "target" in said else None,
        targets=table_from_data(said["targets"]) if "targets" in said else None,
        newcomer=newcomer_from_data(said["newcomer"]) if "newcomer" in said else None,
        variants=tuple(variant_from_data(one) for one in said.get("variants", ())), section=said.get("section", ""),
        not_applicable=frozenset(said.get("not_applicable", ())), gives_to=tuple(said.get("gives_to", ())),
    )  # fmt: skip


def _limit(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)


def card_of(said: dict[str, Any]) -> Card:
    team = said.get("team")
    bands = rule_from_data({"form": "bands", "bands": team["bands"]}) if team else None
    return Card(
        tuple(line_of(one) for one in said["line"]),
        sections=tuple(Section(one["key"], Decimal(one["weight"])) for one in said["section"]),
        outside=tuple(
            Outside(one["key"], Decimal(one["each"]), Decimal(one["floor"]), Decimal(one["cap"]))
            for one in said.get("outside", ())
        ),
        grades=tuple(
            grade(
                one["key"], Decimal(one["coefficient"]), _limit(one.get("at_least")), above=_limit(one.get("above"))
            )
            for one in said["grade"]
        ),
        gates=tuple(
            gate(one["key"], _limit(one.get("at_least")), one["grade"], above=_limit(one.get("above")))
            for one in said.get("gate", ())
        ),
        team=TeamPart(team["kpi"], bands.bands, On(team["on"]), Fraction(team["target"])) if team and bands else None,
        outside_floor=_limit(said.get("outside_floor")), outside_cap=_limit(said.get("outside_cap")),
    )  # fmt: skip


def value_of(kpi: str, said: Any) -> Value:
    """A KPI of one number as a number, whatever it is made of."""
    if isinstance(said, str):
        return Value(kpi, missing=said)
    declared = KPIS[kpi]
    plain = Kpi(
        kpi, declared.title, declared.short, Unit.RATIO, KPIS["view_order_rate"].numerator, "", "", "", (),
        denominator=KPIS["view_order_rate"].denominator, direction=declared.direction,
    )  # fmt: skip
    return Value(kpi, {"measured": said[0]}, {"measured": said[1]}, definition=plain)


def told(found: LineScore) -> Any:
    if found.waiting == NOT_COUNTED:
        return slow_scoring.OUT
    return slow_scoring.GIVES if found.waiting == NOT_APPLICABLE else found.points


def agree(seed: int) -> None:
    rng = Random(seed)
    said, keys, raw = generated_cards.card(rng), generated_cards.standing(rng), generated_cards.values(rng)
    card, where = card_of(said), Standing(generated_cards.MONTH, {By(by): found for by, found in keys.items()})
    values = {kpi: value_of(kpi, one) for kpi, one in raw.items()}
    exact = {kpi: one if isinstance(one, str) else Fraction(*one) for kpi, one in raw.items()}
    protected, scores, slow = rng.random() < 0.3, [], {}
    for line, data in zip(card.lines, said["line"], strict=True):
        given = rng.choice([None, None, Fraction(40, 3)])
        by = as_newcomer if protected else score
        scores.append(by(line, values[line.kpi], given, standing=where, others=values))
        slow[line.kpi] = slow_scoring.score_line(data, exact, given, generated_cards.MONTH, keys, protected=protected)
        assert told(scores[-1]) == slow[line.kpi], (line.kpi, data)
    counts: dict[str, Fraction | None] = {
        key: rng.choice([None, Fraction(0), Fraction(1), Fraction(2), Fraction(3), Fraction(9)])
        for key in ("praised", "complained", "injured")
    }
    team = exact[card.team.kpi] if card.team else None
    reached = None if isinstance(team, str) else team
    found = result(card, scores, counts, reached)
    expected = slow_scoring.result(said, slow, counts, reached)
    assert (found.score, found.grade.key if found.grade else None, found.coefficient) == expected, said


def test_generated_cards_give_what_the_slow_scorer_gives() -> None:
    seen = 0
    for seed in range(400):
        agree(seed)
        seen += 1
    assert seen == 400


@pytest.mark.slow
def test_many_generated_cards_do() -> None:
    # the CI the same ones each time, everybody else others
    start = (Random(20261130) if "CI" in os.environ else Random()).randrange(2**40)
    for seed in range(start, start + many(3_000, 100_000)):
        try:
            agree(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
