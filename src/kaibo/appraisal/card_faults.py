"""What contradicts itself on a card, in words, and what to do: nobody is scored by such a card."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from kaibo.appraisal.own_cards.keys import KEY, places_called
from kaibo.appraisal.own_cards.scale import PER_CENT, scale_of
from kaibo.appraisal.roles import has_shifts
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.checks import problems
from kaibo.kpi.measures import Unit
from kaibo.kpi.problem import Limit, Span
from kaibo.kpi.rules import Benchmarked, Card, Gate, Grade, Line
from kaibo.live.models import RoomDuty
from kaibo.look import numbers
from kaibo.look.numbers import in_chinese
from kaibo.message import Message

if TYPE_CHECKING:
    from kaibo.appraisal.card import DefaultCard

# by the code of kpi.checks
WHAT_TO_DO: Mapping[str, Message] = {
    "kpi": Message("Use a key of the catalog."),
    "gap": Message("Give that stretch points, or move the edge of a band beside it."),
    "overlap": Message("Move the edge of one of the two bands."),
    "unreachable": Message("Take that band out."),
    "direction": Message("Exchange the points, or choose another KPI."),
    "most": Message("Give its best result the whole weight, or lower the weight."),
    "target": Message("Write a target above 0."),
    "section": Message("Change the section, or the weights in it."),
    "gives": Message("Name other items of this card, in no ring."),
    "outside": Message("Correct that item outside the 100."),
    "grade": Message("Correct the table of grades."),
    "reach": Message("Correct the table of grades."),
    "gate": Message("Correct the gate."),
    "team": Message("Correct the bands of the team's coefficient."),
    "figures": Message("Correct that figure."),
    "rungs": Message("Change the conditions, or take that row out."),
    "raters": Message("Change the raters' weights, so that they make 100."),
}
ELSE = Message("Correct it on the card.")
# the names under which sentences hold ways of credit
WAYS = ("route", "other_route")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Edge:
    """A number in a sentence; on pages as people write it for this KPI."""

    limit: Limit
    kpi: Kpi | None

    def __str__(self) -> str:
        return str(self.limit)

    @property
    def text(self) -> str:
        number, kpi = self.limit.number, self.kpi
        if number is None:
            return str(self.limit)
        if self.limit.attainment:
            return f"{PER_CENT.written(number)}{numbers.THIN}%"
        if kpi and kpi.unit is Unit.MONEY and number == int(number):
            return numbers.money(int(number))
        scale = scale_of(kpi)
        gap = numbers.THIN if scale.sign == PER_CENT.sign else numbers.GAP
        return f"{scale.written(number)}{gap}{scale.sign}" if scale.sign else scale.written(number)


@dataclass(frozen=True)
class Stretch:
    """What lies between two edges, in a sentence; on pages each as people write it for this KPI."""

    span: Span
    kpi: Kpi | None

    def __str__(self) -> str:
        return str(self.span)

    @property
    def text(self) -> str:
        return self.span.said(Edge(self.span.start, self.kpi).text, Edge(self.span.end, self.kpi).text)


@dataclass(frozen=True)
class Named:
    """A KPI in a sentence: for who writes files its key, on pages its name."""

    kpi: Kpi

    def __str__(self) -> str:
        return self.kpi.key

    @property
    def text(self) -> str:
        from kaibo.appraisal import wording  # which reads cards, whose faults stand here

        return wording.title(self.kpi)


@dataclass(frozen=True)
class Called:
    """A grade or a gate in a sentence: for who writes files its key, on pages what it is called."""

    part: Grade | Gate

    def __str__(self) -> str:
        return self.part.key

    @property
    def text(self) -> str:
        return numbers.either(self.part.zh, self.part.en) or self.part.key


@dataclass(frozen=True)
class Way:
    """A way of credit in a sentence: for who writes files its key, on pages the words of the form."""

    route: Route

    def __str__(self) -> str:
        return self.route.value

    @property
    def text(self) -> str:
        from kaibo.appraisal.own_cards.line_form import ROUTE  # which makes forms of cards, whose faults stand here

        return str(dict(ROUTE)[self.route])


@dataclass(frozen=True)
class Names:
    """All that a figure may hang on: in files their keys, on pages what they are called."""

    by: str

    def __str__(self) -> str:
        return ", ".join(places_called(self.by))

    @property
    def text(self) -> str:
        return ", ".join(places_called(self.by).values())


@dataclass(frozen=True)
class Fault:
    """`line`: which item, counted from 1; None for the card as a whole."""

    message: Message
    todo: Message = ELSE
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.todo}"

    @property
    def text(self) -> str:
        """In the reader's language."""
        said = [gettext(one.text) % _on_pages(one.values) for one in (self.message, self.todo)]
        return ("" if in_chinese() else " ").join(said)


def _on_pages(values: Mapping[str, Any]) -> dict[str, Any]:
    worded = (Edge, Stretch, Named, Names, Way, Called)
    return {name: one.text if isinstance(one, worded) else one for name, one in values.items()}


def faults(card: "DefaultCard", known_later: Collection[str], kpis: Mapping[str, Kpi] = KPIS) -> list[Fault]:
    """All of them; the weights are those of all lines, waiting ones too. `known_later`: keys of lines that may wait;
    `kpis`: the catalog that the card was made for.
    """
    every = card.whole
    found = [
        Fault(problem.message, WHAT_TO_DO.get(problem.code, ELSE), problem.line)
        for problem in problems(every, kpis)
        # a card that is still being written reaches no grade yet: what lacks is said once, below
        if problem.code != "weights" and not (problem.code == "reach" and card.weight < HUNDRED)
    ]
    found += [*_of_card(card, known_later), *_of_lines(card, every), *_of_keys(card)]
    return [replace(fault, message=_readable(fault, every, kpis)) for fault in found]


def _readable(fault: Fault, every: Card, kpis: Mapping[str, Kpi]) -> Message:
    """The sentence with limits that know their KPI's unit and KPIs that know their name."""
    kpi = kpis.get(every.lines[fault.line - 1].kpi) if fault.line else None
    said: dict[str, Any] = {}
    parts = {"gate": every.gates, "grade": every.grades, "other": every.grades}
    for name, value in fault.message.values.items():
        known = kpis.get(value) if name == "kpi" else None
        part = next((one for one in parts.get(name, ()) if one.key == value), None)
        said[name] = (
            Called(part)
            if part
            else Named(known)
            if known
            else Way(Route(value))
            if name in WAYS
            else _written(value, kpi)
        )
    return Message(fault.message.text, said)


def _written(value: Any, kpi: Kpi | None) -> Any:
    if isinstance(value, Limit):
        return Edge(value, kpi)
    return Stretch(value, kpi) if isinstance(value, Span) else value


def _of_card(card: "DefaultCard", known_later: Collection[str]) -> Iterator[Fault]:
    if card.weight != 100:
        text = Message("The weights add up to %(total)s, not to 100.", {"total": _plain(card.weight)})
        todo = Message("Change a weight, so that all of them make 100.")
        if card.weight < HUNDRED:
            lacking = {"lacking": _plain(HUNDRED - card.weight)}
            todo = Message("%(lacking)s are still to be given: add an item, or change a weight.", lacking)
        yield Fault(text, todo)
    for later in card.later:
        if not later.named and later.key not in known_later:
            text = Message("A waiting line “%(key)s” has no name.", {"key": later.key})
            yield Fault(text, Message("Use one of these: %(names)s.", {"names": ", ".join(known_later)}))


def _of_keys(card: "DefaultCard") -> Iterator[Fault]:
    """What addresses and months cannot hold, or nobody could ever stand at."""
    for number, one in enumerate(card.rated, len(card.card.lines) + 1):
        if not KEY.fullmatch(one.line.kpi):
            text = Message("Item %(line)s: the key “%(key)s” is none.", {"line": number, "key": one.line.kpi[:40]})
            yield Fault(text, Message("A key holds letters a–z, digits and _ only, 40 at most."), number)
    for number, line in enumerate(card.card.lines, 1):
        for by, key in sorted(_places(line)):
            known = places_called(by)
            if known and key not in known:
                text = Message("Item %(line)s: “%(key)s” is nothing that somebody could be at.",
                               {"line": number, "key": key[:40]})  # fmt: skip
                yield Fault(text, Message("Use one of these: %(names)s.", {"names": Names(by)}), number)


def _places(line: Line) -> set[tuple[str, str]]:
    """(by, key) of every variant and figure of a line."""
    tables = [line.targets, *(rule.benchmark for rule in line.rules if isinstance(rule, Benchmarked))]
    figures = {(table.by, one.key) for table in tables if table and table.by for one in table.figures if one.key}
    return {(by.value, key) for by, key in {*figures, *((one.by, one.key) for one in line.variants)}}


def _of_lines(card: "DefaultCard", every: Card) -> Iterator[Fault]:
    for number, line in enumerate(card.card.lines, 1):
        said = {"line": number, "kpi": line.kpi}
        own = line.target is not None or line.targets is not None
        if line.needs_target and not own and line.kpi not in card.by_person | card.by_days:
            yield Fault(Message("Item %(line)s: “%(kpi)s” has no target.", said), WHAT_TO_DO["target"], number)
        if line.by is Route.SHIFT and not has_shifts(card.role):
            text = Message("Item %(line)s: “%(kpi)s” goes by shift, and nobody is on shift in this position.", said)
            todo = Message(
                "Credit it by the rooms one answers for or by the department's rooms, or choose another KPI."
            )
            yield Fault(text, todo, number)
        if line.kpi in card.by_days and not line.by_room:
            ways = {"route": Route.ACCOUNT.value, "other_route": Route.TEAM.value}
            text = Message(
                "Item %(line)s: what rooms aim at belongs to the routes “%(route)s” and “%(other_route)s”.",
                {**said, **ways},
            )
            yield Fault(text, line=number)
        if line.kpi in card.by_person and line.by_room:
            yield Fault(Message("Item %(line)s: a target by hours due belongs to shifts.", said), line=number)
        if line.duty and line.duty not in RoomDuty.values:
            text = Message("Item %(line)s: there is no duty “%(duty)s”.", {**said, "duty": line.duty})
            yield Fault(text, Message("Use one of these: %(names)s.", {"names": ", ".join(RoomDuty.values)}), number)
    kpis = [line.kpi for line in every.lines]
    for kpi in sorted({kpi for kpi in kpis if kpis.count(kpi) > 1}):
        text = Message("“%(kpi)s” stands on the card twice: a line is named by its KPI.", {"kpi": kpi})
        yield Fault(text, Message("Take one of the two out."))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
