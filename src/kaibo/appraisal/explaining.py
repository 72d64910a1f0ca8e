"""A line taken apart for kpi.explanation: what each segment held, whoever was there, and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from kaibo.appraisal.month import MonthLine
from kaibo.appraisal.path import NumberPath, credited_measures
from kaibo.kpi.explanation import Explanation, Fault, SegmentPart
from kaibo.kpi.values import Amounts
from kaibo.measurement.finders import current_facts, fact_sums

LEFT_OUT = ("tagged", "unpaid")


@dataclass(frozen=True)
class Whole:
    """`facts`: (session, segment) → what fell into it, by (measure, basis), of every segment of the path's sessions.

    `left_out`: tag or `unpaid` → order lines in the person's own segments that count nowhere.
    """

    facts: Mapping[tuple[int, int], Amounts]
    left_out: Mapping[str, int]

    def of_session(self, session: int) -> dict[int, Amounts]:
        """Segment number → its amounts."""
        return {number: amounts for (pk, number), amounts in self.facts.items() if pk == session}


def whole_of(path: NumberPath) -> Whole:
    """One query."""
    ids = [step.session.pk for step in path.sessions]
    counted = Q(place="segment", measure__in=credited_measures(path.kpi))
    wanted = current_facts().filter(counted | Q(place__in=LEFT_OUT, measure="orders"), session__in=ids)
    mine = {(segment.session, segment.number) for segment in path.segments}
    facts: dict[tuple[int, int], dict[tuple[str, str], int]] = {}
    left_out: dict[str, int] = {}
    for (place, kind, session, number), amounts in fact_sums(wanted, "place", "kind", "session", "segment").items():
        if place == "segment":
            of_segment = facts.setdefault((session, number), {})
            for key, amount in amounts.items():
                of_segment[key] = of_segment.get(key, 0) + amount
        elif (session, number) in mine:
            name = kind if place == "tagged" else place
            left_out[name] = left_out.get(name, 0) + sum(amounts.values())
    return Whole(facts, left_out)


def faults(line: MonthLine, path: NumberPath, whole: Whole, person: int) -> list[Fault]:
    """Everything made again from the segments: value, points and each segment's share. Empty: it is as shown."""
    parts = [
        SegmentPart(
            session=segment.session,
            segment=segment.number,
            credited=segment.amounts,
            facts=whole.facts.get((segment.session, segment.number), {}),
            crew=[(member["person"], member["weight"]) for member in segment.crew],
        )
        for segment in path.segments
    ]
    return Explanation(line.score, person, parts).check()
