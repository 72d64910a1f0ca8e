"""What viewers did in a broadcast, from their events: who came and stayed, who clicked and ordered, who was new.

Everyone is counted once a broadcast, in the segment of the first event of the kind, so that segments add up to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kaibo.kpi.crowd import ACTIVE, BEHAVIOUR, CAME_BACK, CARRIED_IN, COUNTED, FEW, FIRST
from kaibo.kpi.inputs import Settings
from kaibo.kpi.measures import MEASURES
from kaibo.kpi.values import Amounts
from kaibo.live.models import Session
from kaibo.look import numbers
from kaibo.measurement.crew import percent
from kaibo.measurement.finders import total
from kaibo.measurement.models import Segment

FACES, CLICKED, BOUGHT = FIRST["viewers"], FIRST["product_click_users"], FIRST["buyers"]
COMMENTED = FIRST["comment_users"]
# field of a Row → its measure
ROW = {
    "came": "came", "could_5": "could_stay_5", "stayed_5": "stayed_5", "could_30": "could_stay_30",
    "stayed_30": "stayed_30", "clicked": CLICKED, "bought": BOUGHT, "commented": COMMENTED, "came_back": CAME_BACK,
}  # fmt: skip
HEIGHT = 112


@dataclass(frozen=True)
class Bar:
    """`width`: in percent of the widest; `share`: of what stands before it. `number` None: unknown, and `why`."""

    title: str
    number: int | None
    width: str
    share: str = ""
    why: str = ""


@dataclass(frozen=True)
class Column:
    """A segment in the picture: who was there already, and who is new to the broadcast; heights in pixels."""

    number: int
    left: str
    width: str
    names: str
    times: str
    before: int | None
    fresh: int
    before_px: int
    fresh_px: int

    @property
    def said(self) -> str:
        text = _("Segment %(number)s, %(times)s") % {"number": self.number, "times": self.times}
        return f"{text} {self.names}".rstrip()


@dataclass(frozen=True)
class Row:
    """Of a segment, of a host, or of all; None: not told."""

    title: str
    who: str
    fresh: int | None
    carried_in: int | None
    came: int | None
    could_5: int | None
    stayed_5: int | None
    could_30: int | None
    stayed_30: int | None
    clicked: int | None
    bought: int | None
    commented: int | None
    came_back: int | None
    number: int = 0


@dataclass(frozen=True)
class Behaviour:
    """`enters`: whether entering is told: else only who did something can be counted. `columns` empty: a plain person,
    who does not see what colleagues' segments gave.
    """

    whole: Row
    enters: bool
    leaves: bool
    funnel: Sequence[Bar]
    stays: Sequence[Bar]
    faces: Sequence[Bar]
    columns: Sequence[Column]
    rows: Sequence[Row]
    hosts: Sequence[Row]
    unknown: Sequence[str]

    @property
    def said(self) -> str:
        """What the picture shows, in a sentence."""
        most = max(self.columns, key=lambda one: one.fresh)
        return _("%(people)s people in the broadcast; most of them, %(most)s, first in segment %(number)s.") % {
            "people": numbers.count(self.whole.fresh), "most": numbers.count(most.fresh), "number": most.number,
        }  # fmt: skip


def behaviour(
    session: Session, segments: Sequence[Segment], amounts: Mapping[int | None, Amounts], viewer: int | None
) -> Behaviour | None:
    """`amounts`: segment number → its facts. None: no events of viewers are used for this broadcast."""
    told = {measure for of in amounts.values() for measure, _basis in of if measure in BEHAVIOUR}
    enters = FACES in told
    if not enters and ACTIVE not in told:
        return None
    seen = [one for one in segments if viewer is None or viewer in _people(one)]
    rest = [one for one in segments if one not in seen]
    rows = [_row(_times(one), _hosts(one), [amounts.get(one.number, {})], told, one.number) for one in seen]
    if rest:
        rows.append(_row(_("Other colleagues"), "", _of(rest, amounts), told, apart=False))
    whole = _row(_("Whole broadcast"), "", _of(segments, amounts), told, apart=False)
    return Behaviour(
        whole=whole,
        enters=enters,
        leaves=CARRIED_IN in told,
        funnel=_funnel(whole, enters),
        stays=_stays(whole),
        faces=_faces(whole, enters),
        columns=_columns(session, segments, amounts, carried=CARRIED_IN in told, enters=enters)
        if viewer is None
        else [],
        rows=rows,
        hosts=_by_host(segments, amounts, told, viewer),
        unknown=_unknown(whole, enters, CARRIED_IN in told),
    )


def events_left_out(report: Amounts, amounts: Amounts) -> list[str]:
    """A sentence for each kind of event of which there are too few, so that none is used.

    `report`: what stands beside the segments (place "report"); `amounts`: what stands in them, made without the events.
    """
    found = []
    for measure in COUNTED:
        told = total(report, f"{FEW}{measure}")
        if told is None:
            continue
        counted = total(report, f"report_{measure}")
        counted = total(amounts, measure) if counted is None else counted
        found.append(
            _(
                "%(what)s: the imported events tell %(told)s, the platform counts %(counted)s. Fewer than %(share)d of "
                "100 are a sample and are not used; the platform's figures stand instead."
            )
            % {
                "what": _(MEASURES[measure].title),
                "told": numbers.count(told),
                "counted": numbers.count(counted),
                "share": Settings.events_whole,
            }
        )
    return found


def _people(segment: Segment) -> set[int]:
    return {member["person"] for members in segment.crew.values() for member in members}


def _hosts(segment: Segment) -> str:
    return "、".join(member["name"] for member in segment.crew.get("host", []))


def _times(segment: Segment) -> str:
    return numbers.clock_range(segment.start, segment.end)


def _of(segments: Iterable[Segment], amounts: Mapping[int | None, Amounts]) -> list[Amounts]:
    return [amounts.get(one.number, {}) for one in segments]


def _row(
    title: str, who: str, parts: Sequence[Amounts], told: set[str], number: int = 0, *, apart: bool = True
) -> Row:  # fmt: skip
    """`apart`: one segment; who was carried into several is no sum."""

    def sum_of(measure: str) -> int | None:
        return sum(total(of, measure) or 0 for of in parts) if measure in told else None

    return Row(
        title=title,
        who=who,
        number=number,
        fresh=sum_of(FACES if FACES in told else ACTIVE),
        carried_in=sum_of(CARRIED_IN) if apart else None,
        **{name: sum_of(measure) for name, measure in ROW.items()},
    )


def _by_host(
    segments: Sequence[Segment], amounts: Mapping[int | None, Amounts], told: set[str], viewer: int | None
) -> list[Row]:
    """In the order in which they were first on; a plain person sees the own row alone."""
    own: dict[int, tuple[str, list[Segment]]] = {}
    for segment in segments:
        for member in segment.crew.get("host", []):
            own.setdefault(member["person"], (member["name"], []))[1].append(segment)
    return [
        _row(name, "", _of(theirs, amounts), told, apart=False)
        for person, (name, theirs) in own.items()
        if viewer in (None, person)
    ]


def _funnel(whole: Row, enters: bool) -> list[Bar]:
    """Each step is a share of the one before it; without enters each is one of those who did something."""
    steps = [
        (_("Came in") if enters else _("Did something"), whole.fresh, ""),
        *([] if enters else [(_("Commented"), whole.commented, _("the events tell no comments"))]),
        (_("Clicked a product"), whole.clicked, _("the events tell no clicks")),
        (_("Ordered"), whole.bought, _("the events tell no orders")),
    ]
    bars: list[Bar] = []
    before: int | None = None
    for title, number, why in steps:
        share = numbers.share(number, before) if bars and number is not None and before else ""
        bars.append(Bar(title, number, _width(number, whole.fresh), share, why if number is None else ""))
        if enters or before is None:
            before = number if number is not None else before
    return bars


def _stays(whole: Row) -> list[Bar]:
    why = _("the events tell no leaving")
    return [
        Bar(title, stayed, _width(stayed, could), numbers.share(stayed, could) if could else "",
            why if stayed is None else "")
        for title, stayed, could in (
            (_("5 minutes"), whole.stayed_5, whole.could_5), (_("30 minutes"), whole.stayed_30, whole.could_30),
        )
    ]  # fmt: skip


def _faces(whole: Row, enters: bool) -> list[Bar]:
    back, every = whole.came_back, whole.fresh
    why = _("no events of broadcasts before")
    fresh = None if back is None or every is None else every - back
    return [
        Bar(title, number, _width(number, every), numbers.share(number, every) if every and number is not None else "",
            why if number is None else "")
        for title, number in ((_("New in 30 days"), fresh), (_("Came back"), back))
    ]  # fmt: skip


def _width(number: int | None, most: int | None) -> str:
    return f"{min(100.0, (number or 0) * 100 / most):.1f}" if most else "0"


def _columns(
    session: Session, segments: Sequence[Segment], amounts: Mapping[int | None, Amounts], *, carried: bool, enters: bool
) -> list[Column]:
    found = []
    for one in segments:
        of = amounts.get(one.number, {})
        fresh = total(of, FACES) or total(of, ACTIVE) or 0
        there = total(of, CARRIED_IN) if carried else None
        if there is None:
            people = total(of, "viewers") if enters else total(of, "comment_users")
            there = max(0, people - fresh) if people is not None else None
        found.append((one, there, fresh))
    most = max(((there or 0) + fresh for _one, there, fresh in found), default=0) or 1
    return [
        Column(
            one.number, percent(session, one.start), _share_of(session, one.start, one.end), _hosts(one), _times(one),
            there, fresh, _px(there or 0, most), _px(fresh, most),
        )
        for one, there, fresh in found
    ]  # fmt: skip


def _px(number: int, most: int) -> int:
    return max(2, round(number * HEIGHT / most)) if number else 0


def _share_of(session: Session, start: datetime, end: datetime) -> str:
    return f"{(end - start) * 100 / (session.end - session.start):.3f}"


def _unknown(whole: Row, enters: bool, leaves: bool) -> list[str]:
    found = []
    if not enters:
        found.append(
            _(
                "These events tell no entering, as a recording of chat does: who only watched is not in them, and "
                "nobody knows who stayed."
            )
        )
    elif not leaves:
        found.append(_("These events tell no leaving: how long anyone stayed is not known."))
    if whole.came_back is None:
        found.append(_("Who was here before is known once events of a broadcast of the last 30 days are imported."))
    return found
