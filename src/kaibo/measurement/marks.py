"""What lies over the ribbon and its panels: outages and breaks as bands, what happened as marks above them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from kaibo.live.models import Outage, Session, SessionNote
from kaibo.live.spans import Break
from kaibo.look import numbers
from kaibo.measurement.crew import percent

# what a mark's words take of the session's width, so that the next one in its row does not lie on them
WIDE = 17.0
# letters of a note beside its mark
SHORT = 10


@dataclass(frozen=True)
class Band:
    """A stretch over all panels. `kind`: outage or break."""

    kind: str
    left: str
    width: str
    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True)
class Mark:
    """A moment in the row of events. `kind`: outage, or a review note's. `row`: from above, so that none overlap."""

    kind: str
    left: str
    text: str
    title: str
    href: str = ""
    row: int = 0
    # near the right edge the words stand at the left of the line
    turned: bool = False


def bands(session: Session, outages: Iterable[Outage], breaks: Iterable[Break]) -> list[Band]:
    """Cut to the session's time, in order."""
    stretches = [("outage", one.start, one.end, str(one.get_cause_display())) for one in outages]
    stretches += [("break", start, end, _("Off air")) for start, end in breaks]
    found = []
    for kind, begin, finish, text in sorted(stretches, key=lambda one: one[1]):
        start, end = max(begin, session.start), min(finish, session.end)
        if start < end:
            left, right = percent(session, start), percent(session, end)
            width = f"{float(right) - float(left):.3f}"
            found.append(Band(kind, left, width, start, end, f"{text} {numbers.minutes(_ms(start, end))}"))
    return found


def _ms(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() * 1000)


def marks_of_bands(found: Iterable[Band]) -> list[Mark]:
    """The word above each outage: when, what, how long."""
    return [
        Mark(
            band.kind, band.left, f"{numbers.clock(band.start)} {band.text}", numbers.clock_range(band.start, band.end)
        )
        for band in found
    ]


def marks_of_notes(session: Session, notes: Iterable[SessionNote]) -> list[Mark]:
    """Those that speak of a moment or a stretch, where they begin; the words lead to the note."""
    found = []
    for one in notes:
        if one.start is not None:
            times = numbers.clock_range(one.start, one.end) if one.end else numbers.clock(one.start)
            words = one.text.replace("\n", " ")
            short = words if len(words) <= SHORT else f"{words[:SHORT]}…"
            text, title = f"{numbers.clock(one.start)} {short}", f"{times} {one.get_kind_display()}: {words}"
            found.append(Mark(one.kind, percent(session, one.start), text, title, f"#note-{one.pk}"))
    return found


def in_rows(marks: Iterable[Mark]) -> list[Mark]:
    """Each in the first row that is free there."""
    ends: list[float] = []
    placed: list[Mark] = []
    for mark in sorted(marks, key=lambda one: float(one.left)):
        left = float(mark.left)
        turned = left > 100 - WIDE
        begin, end = (left - WIDE, left + 1) if turned else (left, left + WIDE)
        row = next((number for number, taken in enumerate(ends) if taken <= begin), len(ends))
        ends[row : row + 1] = [end]
        placed.append(replace(mark, row=row, turned=turned))
    return placed


def rows_high(marks: Sequence[Mark]) -> int:
    return max((mark.row + 1 for mark in marks), default=0)
