"""The way of a number that is credited by room: its sessions ← segments, whoever was there, and what was off air.

The same steps as a shift's (appraisal.path), each whole: what was ordered after a broadcast stands as a segment of its
own at the end of its session, a room's ad spend off air as a session of its own with a segment for each day.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kaibo.appraisal import path
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import (
    NumberPath,
    SegmentStep,
    SessionStep,
    counted_measures,
    credited,
)
from kaibo.facts.segment_rows import AFTER, OFF_AIR
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rooms import Held
from kaibo.kpi.values import Amounts, Piece, counted_of, merged, pieces_of, speaks_of
from kaibo.live.models import Account, Session
from kaibo.measurement.finders import fact_sums, segments_of
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.months import next_month
from kaibo.measurement.room_values import facts_of_rooms

# session or OFF_AIR + room, segment number, AFTER or the day of the month
Place = tuple[int, int]
COLUMNS = ("account", "session", "segment", "date", "computation__folder")


def path_of_line(mine: MyMonth, line: MonthLine) -> NumberPath:
    """The way of the line's number, by the person's shifts or by the rooms that they answer for."""
    return path_of(mine, line) if line.line.by_room else path.path_of(mine, line.value)


def path_of(mine: MyMonth, line: MonthLine) -> NumberPath:
    """The sessions of the rooms and days that the line counts, newest first; four queries.

    Two more where some sessions are no part of the number.
    """
    kpi = line.value.declared
    places = _counted(mine, line, _places(mine, line))
    folders = {place: folder for place, (_account, _day, folder, _amounts) in places.items()}
    accounts = Account.everyone.in_bulk({account for account, *_rest in places.values()})
    ids = sorted({session for session, _ in places if session < OFF_AIR})
    times = {(one.session_id, one.number): one for one in segments_of(ids)}
    sessions: dict[int, Session] = dict(Session.objects.select_related("account").in_bulk(ids))
    of_session: dict[int, list[SegmentStep]] = defaultdict(list)
    crew = [{"person": mine.person.pk, "name": mine.person.name, "weight": 1}]
    for (session, number), (account, day, _folder, amounts) in sorted(places.items()):
        segment = times.get((session, number))
        start, end = (segment.start, segment.end) if segment else (None, None)
        if session >= OFF_AIR:
            start = _midnight(day)
            sessions.setdefault(session, Session(pk=session, account=accounts[account], start=start, end=start))
        elif number == AFTER:
            start = sessions[session].end
        of_session[session].append(
            SegmentStep(
                session=session,
                number=number,
                start=start,
                end=end,
                credited=credited(kpi, amounts),
                amounts=amounts,
                weight=1,
                weights=1,
                provisional=False,
                crew=crew,
                folder=folders[session, number],
                place="outside" if session >= OFF_AIR else "after" if number == AFTER else "segment",
            )
        )
    told = _told(mine, line, sessions, of_session)
    partly = {pk for pk, segments in of_session.items() if told.get(pk) and any(_untold(kpi, one) for one in segments)}
    steps = [
        SessionStep(
            sessions[pk], _counting(kpi, segments, pk in partly), credited(kpi, told[pk]), off_air=pk >= OFF_AIR
        )
        for pk, segments in of_session.items()
        if told.get(pk)
    ]
    steps.sort(key=lambda step: (step.off_air, -step.session.start.timestamp(), step.session.pk))
    in_part = [step.session for step in reversed(steps) if step.session.pk in partly]
    found = NumberPath(kpi, path.whole_of_steps(line.value, steps), steps, by_room=True, in_part=in_part)
    if not line.value.is_partial or line.value.lacks_files:
        return found
    return path.leaving_out(found, mine, _sessions(mine, line, [step.session.pk for step in steps]))


def _told(
    mine: MyMonth, line: MonthLine, sessions: Mapping[int, Session], steps: Mapping[int, Sequence[SegmentStep]]
) -> dict[int, Amounts]:
    """Session or OFF_AIR + room → what it gave, of those that are part of the number; as kpi.rooms puts them together:
    each session by itself, and what was off air as one. Where there is no number for want of files, those that wait.
    """
    kpi = line.value.declared
    there = {
        pk: merged(step.amounts for step in of)
        for pk, of in steps.items()
        if pk >= OFF_AIR or line.value.lacks_files or mine.lacking(sessions[pk]).isdisjoint(kpi.needs)
    }
    off_air = speaks_of(kpi, merged(amounts for pk, amounts in there.items() if pk >= OFF_AIR))
    spent = {pk: of for pk, of in there.items() if pk >= OFF_AIR and off_air}
    counted = {pk: counted_of(kpi, of, pieces=_pieces(steps[pk])) for pk, of in there.items() if pk < OFF_AIR}
    return {pk: of for pk, of in counted.items() if of is not None} | spent


def _pieces(steps: Sequence[SegmentStep]) -> tuple[Piece, ...]:
    """The segments by themselves; what was ordered after the broadcast is of none."""
    return pieces_of(step.amounts for step in steps if step.number != AFTER)


def _untold(kpi: Kpi, step: SegmentStep) -> bool:
    return path.is_in_part(kpi, step.amounts)


def _counting(kpi: Kpi, steps: Sequence[SegmentStep], partly: bool) -> Sequence[SegmentStep]:
    """Of a broadcast that counts in part the segments that do."""
    return [one for one in steps if not (one.number == AFTER or _untold(kpi, one))] if partly else steps


def _counted(
    mine: MyMonth, line: MonthLine, places: Mapping[Place, tuple[int, date, str, Amounts]]
) -> Mapping[Place, tuple[int, date, str, Amounts]]:
    """Without the days off air of which a file lacks: what was spent there stands against sales that nobody knows."""
    off_air = {account for (session, _number), (account, *_rest) in places.items() if session >= OFF_AIR}
    if line.value.lacks_files or not off_air:
        return places
    rooms = Account.everyone.in_bulk(off_air)
    needs = line.value.declared.needs
    return {
        place: told
        for place, told in places.items()
        if place[0] < OFF_AIR or mine.lacking_on(rooms[told[0]], told[1]).isdisjoint(needs)
    }


def _sessions(mine: MyMonth, line: MonthLine, without: Collection[int]) -> QuerySet[SegmentFact, Any]:
    """The other sessions of the rooms and days that the line counts; one query of theirs."""
    first, after = mine.month, next_month(mine.month)
    facts = facts_of_rooms(first, after, {one.account for one in line.answers}, mine.closed_months)
    days = Q(pk__in=[])
    for one in line.answers:
        until = Q() if one.end is None else Q(date__lt=one.end)
        days |= until & Q(account=one.account, date__gte=one.start)
    there = facts.filter(days, session__isnull=False).exclude(session__in=without)
    return there.order_by().values("session")


def facts_of(mine: MyMonth, line: MonthLine) -> Mapping[Place, Amounts]:
    """The same places with what was measured there, for the check of the path."""
    return {place: amounts for place, (*_where, amounts) in _places(mine, line).items()}


def _places(mine: MyMonth, line: MonthLine) -> dict[Place, tuple[int, date, str, Amounts]]:
    """Place → (room, day, folder, amounts), of the days that are held."""
    held = line.answers
    first, after = mine.month, next_month(mine.month)
    facts = facts_of_rooms(first, after, {one.account for one in held}, mine.closed_months)
    named = Q(measure__in=counted_measures(line.value.declared))
    found: dict[Place, tuple[int, date, str, Amounts]] = {}
    for (account, session, segment, day, folder), amounts in fact_sums(facts.filter(named), *COLUMNS).items():
        if not _holds(held, account, day):
            continue
        place = (OFF_AIR + account, day.day) if session is None else (session, segment or AFTER)
        before = found[place][3] if place in found else {}
        found[place] = (account, day, folder, merged([before, amounts]))
    return found


def _holds(held: Sequence[Held], account: int, day: date) -> bool:
    return any(one.holds(account, day) for one in held)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def last_day(held: Held, month: date) -> date:
    """The last day of the month on which it is held."""
    after = next_month(month)
    return min(held.end or after, after) - timedelta(days=1)
