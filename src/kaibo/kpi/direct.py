"""The direct route: rows that name the person. What a service platform says of an agent, cases, clock-in.

Each row gives the named person amounts on a day; rows of nobody we know, of periods that reach over a month's end or
that a newer file tells again are kept with their reason and credited to no one. Rates of service platforms come without
numerators: they are weighed by conversations (ppm × conversations), which is exact for one row and Σ ÷ Σ over several.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kaibo.facts.schema import CLOCK_IN, SERVICE_CASE, SERVICE_RESULT
from kaibo.kpi.inputs import DirectOut, DueIn
from kaibo.kpi.local_days import iso, local_day

UNKNOWN_NAME, OVER_MONTHS, TOLD_AGAIN, ONE_PUNCH = "unknown_name", "over_months", "told_again", "one_punch"
MILLION = 1_000_000
GOOD_RATING = 4
Row = Mapping[str, Any]


def credits(
    rows: Mapping[str, Sequence[Row]], people: Mapping[str, int], due: Iterable[DueIn], month: str, zone: str
) -> list[DirectOut]:
    """Every amount of the month's rows. `rows`: table → visible rows with batch and as_of; `people`: name → person.

    `due`: the planned beginnings of shifts, for clock-in. `month`: YYYY-MM, in `zone`.
    """
    found = [
        *_results(rows.get(SERVICE_RESULT, ()), people, month, zone),
        *_cases(rows.get(SERVICE_CASE, ()), people, month, zone),
        *_clock_in(rows.get(CLOCK_IN, ()), people, due, month),
    ]
    return sorted(found, key=lambda one: (one.table, one.date, one.name, one.batch, one.row, one.measure))


def _results(rows: Sequence[Row], people: Mapping[str, int], month: str, zone: str) -> Iterator[DirectOut]:
    """Of one agent's periods that overlap only the newest counts."""
    of_agent: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["start_ms"] is not None:
            of_agent[row["platform"] or "", row["agent"] or ""].append(row)
    for (_, agent), periods in of_agent.items():
        counted: list[Row] = []
        for row in sorted(periods, key=lambda r: (r["as_of"], r["batch"], r["row"]), reverse=True):
            first, last = _days(row, zone)
            if not first[:7] <= month <= last[:7]:
                continue
            person = _person(people, agent, row["agent_name"])
            reason = "" if person else UNKNOWN_NAME
            if first[:7] != last[:7]:
                reason = OVER_MONTHS
            elif any(_start(row) < _end(other) and _start(other) < _end(row) for other in counted):
                reason = TOLD_AGAIN
            else:
                counted.append(row)
            yield from _amounts(SERVICE_RESULT, row, person, agent, first, reason, _of_result(row))


def _of_result(row: Row) -> dict[str, int | None]:
    received = row["received"]

    def weighed(column: str) -> int | None:
        return None if row[column] is None or received is None else row[column] * received

    # a rate without conversations has no weight
    told_replies = received * MILLION if received is not None and row["in_3_minutes_ppm"] is not None else None
    told_first = received if row["first_reply_ms"] is not None else None
    told_mean = received if row["mean_reply_ms"] is not None else None
    return {
        "served": received,
        "ratings": row["ratings"] if row["good_ratings"] is not None else None,
        "good_ratings": row["good_ratings"] if row["ratings"] is not None else None,
        "quick_replies_ppm": weighed("in_3_minutes_ppm"), "quick_replies_of": told_replies,
        "first_reply_ms": weighed("first_reply_ms"), "first_reply_of": told_first,
        "mean_reply_ms": weighed("mean_reply_ms"), "mean_reply_of": told_mean,
        "askers": row["askers"] if row["payers"] is not None else None,
        "payers": row["payers"] if row["askers"] is not None else None,
    }  # fmt: skip


def _cases(rows: Sequence[Row], people: Mapping[str, int], month: str, zone: str) -> Iterator[DirectOut]:
    for row in rows:
        if row["opened_ms"] is None or (day := iso(local_day(row["opened_ms"], zone)))[:7] != month:
            continue
        name = row["agent"] or ""
        person = people.get(name)
        rating, answered = row["rating"], row["answered_ms"]
        waited = None if answered is None or answered < row["opened_ms"] else answered - row["opened_ms"]
        amounts = {
            "cases": 1,
            "rated_cases": None if rating is None else 1,
            "good_cases": None if rating is None else int(rating >= GOOD_RATING),
            "case_wait_ms": waited,
            "answered_cases": None if waited is None else 1,
            "handling_ms": row["handling_ms"],
            "handled_cases": None if row["handling_ms"] is None else 1,
        }
        yield from _amounts(SERVICE_CASE, row, person, name, day, "" if person else UNKNOWN_NAME, amounts)


def _clock_in(rows: Sequence[Row], people: Mapping[str, int], due: Iterable[DueIn], month: str) -> Iterator[DirectOut]:
    """Only days with a planned shift say anything: who had none could be neither late nor absent.

    One punch alone may be a coming or a going: late or not is unknown then, but the person was there.
    """
    begins: dict[tuple[int, str], int] = {}
    for one in due:
        key = (one.person, one.date)
        begins[key] = min(begins.get(key, one.minute), one.minute)
    for row in rows:
        day, name = row["date"] or "", row["person_name"] or ""
        if day[:7] != month:
            continue
        person = people.get(name)
        if person is None:
            yield from _amounts(CLOCK_IN, row, None, name, day, UNKNOWN_NAME, {"due_days": 1})
            continue
        begin = begins.get((person, day))
        if begin is None:
            continue
        came = row["first_minute"]
        amounts: dict[str, int | None] = {"due_days": 1, "absent_days": int(came is None)}
        if came is not None and row["last_minute"] is None:
            yield from _amounts(CLOCK_IN, row, person, name, day, ONE_PUNCH, {"late_times": 1})
        else:
            late = 0 if came is None else max(0, came - begin)
            amounts |= {"late_times": int(late > 0), "late_ms": late * 60_000}
        yield from _amounts(CLOCK_IN, row, person, name, day, "", amounts)


def _amounts(
    table: str, row: Row, person: int | None, name: str, day: str, reason: str, amounts: Mapping[str, int | None]
) -> Iterator[DirectOut]:
    for measure, amount in amounts.items():
        if amount is not None:
            credited = None if reason else person
            yield DirectOut(table, row["batch"], row["row"], credited, name, day, measure, amount, reason)


def _person(people: Mapping[str, int], agent: str, nickname: str | None) -> int | None:
    """By the account, else by the nickname beside it; None where they are two people."""
    found = {people[name] for name in (agent, nickname or "") if name in people}
    return found.pop() if len(found) == 1 else None


def _start(row: Row) -> int:
    return int(row["start_ms"])


def _end(row: Row) -> int:
    return int(row["end_ms"]) if row["end_ms"] is not None else _start(row) + 1


def _days(row: Row, zone: str) -> tuple[str, str]:
    return iso(local_day(_start(row), zone)), iso(local_day(_end(row) - 1, zone))
