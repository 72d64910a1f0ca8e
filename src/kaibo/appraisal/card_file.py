"""Cards as one readable file (TOML): read with every fault named, written so that reading gives the same again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import tomli_w
from django.utils.translation import gettext

from kaibo.appraisal import card_shape
from kaibo.appraisal.card import PERSONS_TARGET, ROOMS_TARGET, DefaultCard, LaterLine, RatedLine
from kaibo.appraisal.roles import handbook_keys
from kaibo.kpi import rule_data
from kaibo.kpi.card_parts import gate, grade
from kaibo.kpi.catalog import Route
from kaibo.kpi.rule_data import (
    band_as_data,
    bands_from_data,
    exact_text,
    newcomer_from_data,
    number,
    rule_as_data,
    rule_from_data,
)
from kaibo.kpi.rules import (
    Card,
    Gate,
    Grade,
    Line,
    Newcomer,
    On,
    Outside,
    Rater,
    RaterShare,
    Section,
    Table,
    TeamPart,
)
from kaibo.message import Message

MOST_CARDS = 50


class WrongCard(Exception):
    """What no card can be, with its place and what to do. In a card that comes with Kaibo: our fault, loud at start."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message

    @property
    def text(self) -> str:
        """In the reader's language."""
        return gettext(self.message.text) % self.message.values


def read(text: str, file: str = "cards.toml") -> tuple[DefaultCard, ...]:
    """Every card, older versions of a role first.

    Raises WrongCard naming the file, the card, the line, the fault and what to do.
    """
    cards = read_loosely(text, file)
    for card in cards:
        if card.role not in handbook_keys():
            values = {"card": f"{file}, {card.role} v{card.version}", "names": ", ".join(sorted(handbook_keys()))}
            raise WrongCard(Message("%(card)s: there is no such position. Use one of these: %(names)s.", values))
        if card.faults:
            found = " ".join(str(fault) for fault in card.faults)
            values = {"card": f"{file}, {card.role} v{card.version}", "faults": found}
            raise WrongCard(Message("%(card)s: %(faults)s", values))
    return tuple(sorted(cards, key=lambda card: (card.role, card.version)))


def read_loosely(text: str, file: str) -> list[DefaultCard]:
    """Every card as it stands there, though it may contradict itself. Raises WrongCard for what no card can say."""
    return [card_from_data(data, f"{file}, card {place}") for place, data in enumerate(tables(text, file), 1)]


def tables(text: str, file: str) -> Sequence[Mapping[str, Any]]:
    """The cards of a file as they stand there. Raises WrongCard for what is no TOML or no list of cards."""
    found = card_shape.parsed(text, file)
    if isinstance(found, Message):
        raise WrongCard(found)
    every = found.get("card", [])
    if unknown := sorted(found.keys() - {"card"}):
        values = {"file": file, "words": ", ".join(unknown)[:200]}
        text_ = Message("%(file)s: no such word: %(words)s; a file of cards holds [[card]]. Take it out.", values)
        raise WrongCard(text_)
    if not isinstance(every, list) or not all(isinstance(one, dict) for one in every):
        text_ = Message("%(file)s: “card” is no list of cards. Begin each of them with [[card]].", {"file": file})
        raise WrongCard(text_)
    if len(every) > MOST_CARDS:
        many = {"file": file, "count": len(every), "most": MOST_CARDS}
        raise WrongCard(Message("%(file)s: it has %(count)s cards; %(most)s are the most.", many))
    return every


def card_from_data(data: Mapping[str, Any], where: str) -> DefaultCard:
    """A card as `card_as_data` wrote it. Raises WrongCard naming the place, the fault and what to do."""
    where = f"{where} ({str(data.get('role', '?'))[:40]} v{str(data.get('version', '?'))[:10]})"
    if message := card_shape.wrong(data, card_shape.CARD, where):
        raise WrongCard(message)
    with _said(where):
        lines = data.get("line", [])
        return DefaultCard(
            role=data["role"],
            version=int(data["version"]),
            card=_parts(data, tuple(_line(line) for line in lines)),
            later=tuple(LaterLine(line["key"], number(line, "weight")) for line in data.get("later", ())),
            by_person=frozenset(line["kpi"] for line in lines if line.get("target") == PERSONS_TARGET),
            by_days=frozenset(line["kpi"] for line in lines if line.get("target") == ROOMS_TARGET),
            since=date.fromisoformat(f"{data['since']}-01") if "since" in data else None,
            rated=tuple(_rated(line) for line in data.get("rated", ())),
        )


def _line(data: Mapping[str, Any]) -> Line:
    target = data.get("target", PERSONS_TARGET)
    return Line(
        kpi=data["kpi"],
        weight=number(data, "weight"),
        rule=rule_from_data(data["rule"]),
        target=None if target in (PERSONS_TARGET, ROOMS_TARGET) else Fraction(number(data, "target")),
        route=Route(data["route"]) if "route" in data else None,
        duty=data.get("duty", ""),
        newcomer=_newcomer(data),
        targets=_targets(data),
        variants=tuple(rule_data.variant_from_data(one) for one in data.get("variants", ())),
        **_among(data),
    )


def _targets(data: Mapping[str, Any]) -> Table | None:
    """A table that says nothing is none."""
    found = rule_data.table_from_data(data.get("targets", {}))
    return None if found == Table(()) else found


def _newcomer(data: Mapping[str, Any]) -> Newcomer | None:
    """What changes nothing is not said."""
    found = newcomer_from_data(data.get("newcomer", {}))
    return None if found == Newcomer() else found


def _rated(data: Mapping[str, Any]) -> RatedLine:
    rule = rule_from_data({"form": "rated", "anchors": data.get("anchors", ())})
    raters = tuple(RaterShare(Rater(one["rater"]), number(one, "weight")) for one in data.get("raters", ()))
    line = Line(data["key"], number(data, "weight"), rule, raters=raters, **_among(data))
    return RatedLine(line, data.get("zh", ""), data.get("en", ""))


def _among(data: Mapping[str, Any]) -> dict[str, Any]:
    """Where a line stands among the others, and what becomes of its weight."""
    return {
        "section": data.get("section", ""), "not_applicable": frozenset(data.get("not_applicable", ())),
        "gives_to": tuple(data.get("gives_to", ())),
    }  # fmt: skip


def _parts(data: Mapping[str, Any], lines: tuple[Line, ...]) -> Card:
    """The lines with what a card has besides them."""
    return Card(
        lines,
        sections=tuple(Section(one["key"], number(one, "weight"), **_words(one)) for one in data.get("section", ())),
        outside=tuple(
            Outside(one["key"], number(one, "each"), number(one, "floor"), number(one, "cap"), **_words(one))
            for one in data.get("outside", ())
        ),
        grades=tuple(
            grade(
                one["key"],
                number(one, "coefficient"),
                _open(one, "at_least"),
                above=_open(one, "above"),
                below=_open(one, "below"),
                at_most=_open(one, "at_most"),
                **_words(one),
            )
            for one in data.get("grade", ())
        ),
        gates=tuple(
            gate(one["key"], _open(one, "at_least"), one["grade"], above=_open(one, "above"), **_words(one))
            for one in data.get("gate", ())
        ),
        team=_team(data["team"]) if "team" in data else None,
        outside_floor=_open(data, "outside_floor"),
        outside_cap=_open(data, "outside_cap"),
    )


def _team(data: Mapping[str, Any]) -> TeamPart:
    target = _open(data, "target")
    on = On(data.get("on", "value"))
    return TeamPart(data["kpi"], bands_from_data(data), on, None if target is None else Fraction(target))


def _words(data: Mapping[str, Any]) -> dict[str, str]:
    return {"zh": str(data.get("zh", "")), "en": str(data.get("en", ""))}


def _open(data: Mapping[str, Any], name: str) -> Decimal | None:
    return None if data.get(name) in (None, "") else number(data, name)


def written(cards: Sequence[DefaultCard]) -> str:
    """The cards as one file that `read` reads as the same cards."""
    return tomli_w.dumps({"card": [card_as_data(card) for card in cards]}, multiline_strings=False)


def card_as_data(card: DefaultCard) -> dict[str, Any]:
    """JSON or TOML: numbers as text, nothing that is not said."""
    parts = card.card
    found: dict[str, Any] = _said_only({
        "role": card.role, "version": card.version, "since": f"{card.since:%Y-%m}" if card.since else None,
        "outside_floor": _text(parts.outside_floor), "outside_cap": _text(parts.outside_cap),
        "section": [
            {"key": one.key, "weight": _text(one.weight), "zh": one.zh, "en": one.en} for one in parts.sections
        ],
        "line": [_line_as_data(card, line) for line in parts.lines],
        "rated": [_rated_as_data(one) for one in card.rated],
        "later": [{"key": one.key, "weight": _text(one.weight)} for one in card.later],
        "outside": [
            {"key": one.key, "each": _text(one.each), "floor": _text(one.floor), "cap": _text(one.cap), "zh": one.zh,
             "en": one.en} for one in parts.outside
        ],
        "grade": [
            {"key": one.key, "at_least": _text(one.at_least), **_other_edges(one),
             "coefficient": _text(one.coefficient), "zh": one.zh, "en": one.en} for one in parts.grades
        ],
        "gate": [
            {"key": one.key, "at_least": _text(one.at_least), **_other_edges(one), "grade": one.grade, "zh": one.zh,
             "en": one.en} for one in parts.gates
        ],
        "team": _team_as_data(parts.team),
    })  # fmt: skip
    return found


def _line_as_data(card: DefaultCard, line: Line) -> dict[str, Any]:
    target: str | None = None if line.target is None else exact_text(line.target)
    if line.kpi in card.by_days:
        target = ROOMS_TARGET
    elif line.kpi in card.by_person:
        target = PERSONS_TARGET
    return {
        "kpi": line.kpi, "weight": _text(line.weight), "target": target,
        "targets": rule_data.table_as_data(line.targets) if line.targets else None,
        "route": line.route.value if line.route else None, "duty": line.duty, **_place(line),
        "newcomer": rule_data.newcomer_as_data(line.newcomer) if line.newcomer else None,
        "variants": [rule_data.variant_as_data(one) for one in line.variants], "rule": rule_as_data(line.rule),
    }  # fmt: skip


def _rated_as_data(one: RatedLine) -> dict[str, Any]:
    raters = [{"rater": share.rater.value, "weight": _text(share.weight)} for share in one.line.raters]
    return {
        "key": one.line.kpi, "weight": _text(one.line.weight), "zh": one.zh, "en": one.en, **_place(one.line),
        "raters": raters, "anchors": rule_as_data(one.line.rule)["anchors"],
    }  # fmt: skip


def _place(line: Line) -> dict[str, Any]:
    return {
        "section": line.section, "not_applicable": sorted(line.not_applicable), "gives_to": list(line.gives_to),
    }  # fmt: skip


def _team_as_data(part: TeamPart | None) -> dict[str, Any] | None:
    if part is None:
        return None
    target = None if part.target is None else exact_text(part.target)
    bands = [band_as_data(one) for one in part.bands]
    return {"kpi": part.kpi, "on": part.on.value, "target": target, "bands": bands}


def _other_edges(one: Grade | Gate) -> dict[str, str | None]:
    """The edges that only some grades and gates have."""
    return {name: _text(getattr(one, name, None)) for name in ("above", "below", "at_most")}


def _text(exact: Decimal | None) -> str | None:
    return None if exact is None else str(exact)


def _said_only(value: Any) -> Any:
    """Without what is empty: TOML knows no null."""
    if isinstance(value, dict):
        return {key: _said_only(one) for key, one in value.items() if one is not None and one not in ("", [], {})}
    return [_said_only(one) for one in value] if isinstance(value, list) else value


@contextmanager
def _said(where: str) -> Iterator[None]:
    """What cannot be read is said with its place and what to do."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise WrongCard(
            Message("%(where)s: %(why)s. Correct it.", {"where": where, "why": str(error)[:200]})
        ) from error
