"""Prints, as JSON, what a prepared installation says of every person and place; run in a process of its own."""

import json
import sys
from collections import defaultdict
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Count, Sum

from kaibo.appraisal import named, named_team, sums
from kaibo.appraisal.explaining import faults as explanation_faults
from kaibo.appraisal.explaining import whole_of
from kaibo.appraisal.models import Assessment, Cycle, Invitation, KeptScore, KeptState, RaterKind, ReviewLine
from kaibo.appraisal.month import MyMonth, month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.rows import tabs_of
from kaibo.imports.models import Batch, Reject
from kaibo.live.models import Account, Session, Shift
from kaibo.measurement import finders
from kaibo.measurement.models import Computation, ComputationState, Credit
from kaibo.measurement.person_values import kpi_values
from kaibo.org.models import Person
from kaibo.sample.team_cards import RATED


def credited() -> dict[str, dict[str, int]]:
    """`month person role` → `measure basis` → sum; nobody is "".

    Not live does not count as unassigned, nor does a peak of a session that several people held.
    """
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = Credit.objects.filter(computation__state=ComputationState.CURRENT).order_by()
    rows = rows.exclude(reason__in=["not_live", "only_total"])
    grouped = rows.values("date", "person__name", "role", "measure", "basis").annotate(sum=Sum("amount"))
    for row in grouped:
        key = f"{row['date']:%Y-%m}|{row['person__name'] or ''}|{row['role']}"
        kind = f"{row['measure']}|{row['basis']}"
        found[key][kind] = found[key].get(kind, 0) + row["sum"]
    return dict(found)


def shown(months: list[date]) -> dict[str, dict[str, list[int | None]]]:
    """What pages ask for: `month person role` → KPI → [numerator, denominator]."""
    names = dict(Person.objects.values_list("pk", "name"))
    return {
        f"{month:%Y-%m}|{names[person]}|{role}": {key: [v.top, v.bottom] for key, v in values.items()}
        for month in months
        for (person, role), values in kpi_values(Person.objects.all(), month).items()
    }


def elsewhere() -> dict[str, int]:
    """`month place kind` → minor units that no segment has."""
    found: dict[str, int] = defaultdict(int)
    rows = finders.current_facts().filter(measure="paid_minor").exclude(place__in=["segment", "report"]).order_by()
    for row in rows.values("date", "place", "kind").annotate(sum=Sum("amount")):
        found[f"{row['date']:%Y-%m}|{row['place']}|{row['kind']}"] += row["sum"]
    return dict(found)


def sessions() -> dict[str, dict[str, int]]:
    """`handle start` → measure → sum over the segments, of all bases."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = finders.current_facts().filter(place="segment").order_by()
    for row in rows.values("session__account__handle", "session__start", "measure", "basis").annotate(
        sum=Sum("amount")
    ):
        key = f"{row['session__account__handle']}|{int(row['session__start'].timestamp()) * 1000}"
        found[key][f"{row['measure']}|{row['basis']}"] = row["sum"]
    return dict(found)


def explained(months: list[date]) -> dict[str, Any]:
    """How many lines people were shown, and where the explanation of one is not the number shown.

    Everyone's lines of the fullest month, and of the months around every sixth person's: all would take long.
    """
    lines, wrong = 0, []
    fullest = max(months, key=lambda month: finders.credits_of_month(month).count())
    everyone = list(Person.objects.order_by("pk"))
    for month in months:
        for person in everyone if month == fullest else everyone[::6]:
            for role in month_of(person, month).roles:
                shown = month_of(person, month, role=role)
                for line in shown.lines:
                    lines += 1
                    wrong += [f"{month:%Y-%m} {person} {role} {line.line.kpi}: {said}" for said in faults(shown, line)]
    return {"lines": lines, "wrong": wrong}


def kept(months: list[date]) -> dict[str, Any]:
    """How many scores are kept for the team's table, and which of them are not what the person's page says."""
    rows = KeptScore.objects.filter(state=KeptState.CURRENT).select_related("person").prefetch_related("lines")
    by_key = {(row.month, row.person_id, row.role): row for row in rows}
    wrong, seen = [], 0
    # who holds a position without shifts has a month also where nothing was broadcast
    for month in sorted({*months, *(month for month, _person, _role in by_key)}):
        for person in Person.objects.all():
            for role in month_of(person, month).roles:
                mine = month_of(person, month, role=role)
                row = by_key.get((month, person.pk, role))
                seen += 1
                if row is None or said_of(row) != said_of_page(mine):
                    wrong.append(f"{month:%Y-%m} {person} {role}")
    return {"scores": len(by_key), "seen": seen, "wrong": wrong}


def said_of(row: KeptScore) -> list[Any]:
    lines = [
        (one.kpi, one.numerator, one.denominator, one.missing, one.target, one.points, one.waiting)
        for one in row.lines.all()
    ]
    return [row.points, row.weights, row.waiting_weights, row.provisional, row.immature_until, sorted(lines, key=str)]


def said_of_page(mine: MyMonth) -> list[Any]:
    lines = [
        (one.line.kpi, dict(one.value.numerator), dict(one.value.denominator), one.value.missing, one.score.target,
         one.score.points, one.score.waiting)
        for one in mine.lines
    ]  # fmt: skip
    total, waiting = mine.total, mine.waiting_weight
    return [total.points, total.weights, waiting, mine.provisional, mine.immature_until, sorted(lines, key=str)]


def faults(shown: MyMonth, line: MonthLine) -> list[str]:
    """What does not add up of a line: the whole, any segment's share, or the rows under some of its segments."""
    if line.kpi.is_direct:
        # as the page chooses: of a team those who belong to it
        path_of = named.path_of if line.people is None else partial(named_team.path_of, seen=None)
        return [] if path_of(shown, line).holds else ["its rows do not make it"]
    path = path_of_line(shown, line)
    whole = whole_of(path, shown, line)
    feet = [sums.of_sessions(path), *(sums.of_segments(path.kpi, session) for session in path.sessions)]
    # reading the rows of every segment of everyone would take minutes
    for segment in path.segments[::5]:
        facts = whole.of_session(segment.session)
        feet += [sums.of_records(tab, segment, facts, True) for tab in tabs_of(path.kpi, segment)]
    found = [f"{foot.text} differs by {foot.difference}" for foot in feet if not foot.holds]
    return found + [str(fault) for fault in explanation_faults(line, path, whole, shown.person.pk)]


def reviewed() -> dict[str, Any]:
    """By month: who was invited and handed in, how many rated from below and whether that counts, what is outside."""
    found: dict[str, Any] = {}
    for cycle in Cycle.objects.order_by("month"):
        forms = Assessment.objects.filter(review__cycle=cycle).exclude(submitted_at=None)
        handed = {(one.review_id, one.kind, one.rater_id) for one in forms}
        invited = Invitation.objects.filter(review__cycle=cycle).select_related("review__person", "rater")
        below = forms.filter(kind=RaterKind.UPWARD).values("review__person__name", "review__from_below_at")
        counts = below.annotate(n=Count("pk")).order_by("review__person__name")
        graded = cycle.reviews.filter(dropped_at=None).exclude(terms=None).order_by("person__name")
        found[f"{cycle.month:%Y-%m}"] = {
            "invited": sorted(
                [one.review.person.name, one.rater.name, one.kind, (one.review_id, one.kind, one.rater_id) in handed]
                for one in invited
            ),
            "below": [[row["review__person__name"], row["n"], bool(row["review__from_below_at"])] for row in counts],
            "outside": {
                one.person.name: [one.role, str(one.outside_points), one.grade, one.written, one.beside["counts"]]
                for one in graded if (one.beside or {}).get("counts") is not None
            },
            "rated": {
                one.review.person.name: None if one.points is None else str(one.points)
                for one in ReviewLine.objects.filter(review__cycle=cycle, key=RATED, raters__has_key="upward")
            },
        }  # fmt: skip
    return found


def main() -> None:
    months = finders.computed_months()
    said: dict[str, Any] = {
        "credited": credited(),
        "shown": shown(months),
        "elsewhere": elsewhere(),
        "sessions": sessions(),
        "explained": explained(months),
        "kept": kept(months),
        "kinds": {f"{s.account.handle}|{int(s.start.timestamp()) * 1000}": s.air_kind for s in Session.objects.all()},
        "batches": list(Batch.objects.values("source", "accepted", "rejected", "held").order_by("pk")),
        "rejects": list(Reject.objects.values_list("column", "value")),
        "people": list(Person.objects.values_list("name", flat=True)),
        "rooms": list(Account.objects.values_list("handle", flat=True)),
        "shifts": Shift.objects.count(),
        "computations": Computation.objects.count(),
        "reviewed": reviewed(),
    }
    json.dump(said, sys.stdout, ensure_ascii=False)


main()
