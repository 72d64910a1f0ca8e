"""The duty matrix as pages and exports show it: rows of processes, columns of positions, and what does not add up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.org.access import holding
from kaibo.org.describing import Asked, order, positions
from kaibo.org.models import WEIGHT, Appointment, Letters, Person, Position, Process, ProcessPart

ACCOUNTABLE = (Letters.ACCOUNTABLE, Letters.BOTH)
RESPONSIBLE = (Letters.RESPONSIBLE, Letters.BOTH)


@dataclass(frozen=True)
class Row:
    """`cells`: (position, its letters or empty) in the order of the columns. `faults`: what does not add up, in words.

    `before`: the cells as they were shown, for a form to compare with.
    """

    process: Process
    cells: list[tuple[Position, str]]
    faults: list[str]

    @property
    def before(self) -> str:
        return ";".join(f"{position.pk}:{letters}" for position, letters in self.cells if letters)


@dataclass(frozen=True)
class Matrix:
    """`hidden`: how many positions the filter leaves out."""

    columns: list[Position]
    rows: list[Row]
    hidden: int

    @property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.faults]


def matrix(asked: Asked, on: date) -> Matrix:
    """The columns of the filter and every row; faults look at all positions, whatever the filter. Four queries."""
    every = sorted(positions(Asked(), on).prefetch_related(None), key=order)
    wanted = [one for one in every if _fits(one, asked)]
    letters: dict[int, dict[int, str]] = {}
    for process, position, said in ProcessPart.objects.values_list("process", "position", "letters"):
        letters.setdefault(process, {})[position] = said
    rows = []
    for one in Process.objects.order_by("pk"):
        there = letters.get(one.pk, {})
        parts = [(position, there[position.pk]) for position in every if position.pk in there]
        rows.append(Row(one, [(position, there.get(position.pk, "")) for position in wanted], faults(parts)))
    return Matrix(wanted, rows, len(every) - len(wanted))


def _fits(position: Position, asked: Asked) -> bool:
    if asked.department is not None and position.department_id != (asked.department or None):
        return False
    if asked.level and position.level != asked.level:
        return False
    return not asked.text or asked.text.casefold() in f"{position.name} {position.name_en}".casefold()


def faults(parts: Sequence[tuple[Position, str]]) -> list[str]:
    """What does not add up in a process; `parts` are those of all positions, with how many hold each."""
    found = []
    answer = [position for position, letters in parts if letters in ACCOUNTABLE]
    if not answer:
        found.append(_("Nobody is accountable: name one position that answers for it."))
    elif len(answer) > 1:
        text = _("%(count)s positions are accountable (%(names)s): keep one.")
        found.append(text % {"count": len(answer), "names": _joined(answer)})
    doing = [position for position, letters in parts if letters in RESPONSIBLE]
    if not doing:
        found.append(_("Nobody is responsible: who carries it out?"))
    elif not any(_held(one) for one in doing):
        text = _("Nobody holds %(names)s, so nobody carries it out.")
        found.append(text % {"names": _joined(doing)})
    if len(answer) == 1 and not _held(answer[0]):
        found.append(_("Nobody holds %(name)s, who answers for it.") % {"name": answer[0].title})
    return found


def _held(position: Position) -> int:
    return int(getattr(position, "holders", 1))


def _joined(found: Iterable[Position]) -> str:
    return numbers.listed(one.title for one in found)


@dataclass(frozen=True)
class Part:
    """A process and who else is in it, for the page of one's own duties."""

    process: Process
    accountable: list[Position]
    responsible: list[Position]


@dataclass(frozen=True)
class Mine:
    """A person's positions today and the processes in which they have a part, by letter."""

    appointments: list[Appointment]
    groups: list[tuple[str, str, list[Part]]]


def mine(person: Person, on: date) -> Mine:
    """Where several positions of one person have a part in a process, the strongest counts. Four queries."""
    held = list(
        person.appointments.filter(holding(on))
        .select_related("position", "position__department", "department")
        .prefetch_related("position__texts")
        .order_by(WEIGHT.desc(), "start")
    )
    own = {one.position_id for one in held}
    parts: dict[int, list[ProcessPart]] = {}
    for part in ProcessPart.objects.filter(process__parts__position__in=own).distinct().select_related("position"):
        parts.setdefault(part.process_id, []).append(part)
    groups: dict[str, list[Part]] = {}
    for process in Process.objects.filter(pk__in=parts).order_by("pk"):
        there = parts[process.pk]
        letters = {part.letters for part in there if part.position_id in own}
        groups.setdefault(_strongest(letters), []).append(
            Part(
                process,
                [part.position for part in there if part.letters in ACCOUNTABLE],
                [part.position for part in there if part.letters in RESPONSIBLE],
            )
        )
    return Mine(held, [(key, title, groups[key]) for key, title in _titles() if key in groups])


def _strongest(letters: Iterable[str]) -> str:
    """A before R before C before I; both together stand under A."""
    said = "".join(letters)
    return next(letter for letter in "ARCI" if letter in said)


def _titles() -> list[tuple[str, str]]:
    return [
        ("A", _("You answer for")),
        ("R", _("You carry out")),
        ("C", _("You are asked before")),
        ("I", _("You are told after")),
    ]
