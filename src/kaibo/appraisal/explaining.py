"""A line taken apart for kpi.explanation: what each segment held, whoever was there, and what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from django.db.models import Q

from kaibo.appraisal import room_path
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath, counted_measures
from kaibo.facts.left_out_rows import left_out_within
from kaibo.kpi.explanation import Explanation, Fault, SegmentPart
from kaibo.kpi.measures import is_peak
from kaibo.kpi.values import Amounts
from kaibo.live.instants import to_ms
from kaibo.measurement.finders import current_facts, fact_sums
from kaibo.measurement.tags_page import list_words

PLACE = ("session", "segment")
# tag or `unpaid`, the list, its reason
LeftOut = tuple[str, str, str]


@dataclass(frozen=True)
class Whole:
    """`facts`: (session, segment) → what fell into it, by (measure, basis), of every segment of the path's sessions.

    `pieces`: (session, segment) → (measure, amount) of each fact, since each is shared out by itself.
    `left_out`: tag or `unpaid`, with name and reason of the list that says so ("" and "" where none does) → order lines
    of the time of the person's own segments that count nowhere.
    """

    facts: Mapping[tuple[int, int], Amounts]
    left_out: Mapping[LeftOut, int]
    pieces: Mapping[tuple[int, int], Sequence[tuple[str, int]]] = field(default_factory=dict)

    def of_session(self, session: int) -> dict[int, Amounts]:
        """Segment number → its amounts."""
        return {number: amounts for (pk, number), amounts in self.facts.items() if pk == session}


def whole_of(path: NumberPath, mine: MyMonth, line: MonthLine) -> Whole:
    """One query, and a look into the placed rows of each computation that the path touches."""
    if path.by_room:
        return Whole(room_path.facts_of(mine, line), _left_out(path))
    ids = [step.session.pk for step in path.sessions]
    counted = Q(place="segment", measure__in=counted_measures(path.kpi))
    facts: dict[tuple[int, int], dict[tuple[str, str], int]] = {}
    pieces: dict[tuple[int, int], list[tuple[str, int]]] = {}
    found = fact_sums(current_facts().filter(counted, session__in=ids), *PLACE, "kind")
    for (session, number, _kind), amounts in found.items():
        of_segment = facts.setdefault((session, number), {})
        for key, amount in amounts.items():
            of_segment[key] = together(key[0], of_segment.get(key), amount)
            pieces.setdefault((session, number), []).append((key[0], amount))
    return Whole(facts, _left_out(path), pieces)


def together(measure: str, one: int | None, other: int) -> int:
    """What two facts of a measure come to: of two peaks the higher."""
    if one is None:
        return other
    return max(one, other) if is_peak(measure) else one + other


def _left_out(path: NumberPath) -> dict[LeftOut, int]:
    """A line that counts nowhere is in no segment; it was ordered in the time of one."""
    stretches: dict[FilePath, list[tuple[int, int, int]]] = {}
    for one in path.segments:
        if one.start is not None and one.end is not None:
            stretches.setdefault(one.rows_path, []).append((one.session, to_ms(one.start), to_ms(one.end)))
    found = [row for rows, of in stretches.items() if rows.is_file() for row in left_out_within(rows, of)]
    names = list_words(batch for _place, _kind, batch, lines_of in found if batch is not None)
    left_out: dict[LeftOut, int] = {}
    for place, kind, batch, lines in found:
        what = kind if place == "tagged" else place
        key = (what, *names.get(batch, ("", ""))) if place == "tagged" and batch is not None else (what, "", "")
        left_out[key] = left_out.get(key, 0) + lines
    return left_out


def faults(line: MonthLine, path: NumberPath, whole: Whole, person: int) -> list[Fault]:
    """Everything made again from the segments: value, points and each segment's share. Empty: it is as shown."""
    parts = [
        SegmentPart(
            session=segment.session,
            segment=segment.number,
            credited=segment.amounts,
            facts=whole.facts.get((segment.session, segment.number), {}),
            crew=[(member["person"], member["weight"]) for member in segment.crew],
            pieces=whole.pieces.get((segment.session, segment.number), ()),
        )
        for segment in path.segments
    ]
    return Explanation(line.score, person, parts).check()
