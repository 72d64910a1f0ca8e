"""Generated months: no value counts a session as known of whose platform and day nobody gave the file, whoever asks.

Files end early, begin late, leave holes and are drawn while their last day goes on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.kpi import rooms
from kaibo.kpi.catalog import KPIS, PLANS, Kpi
from kaibo.kpi.measures import OF_SESSION, TOLD, is_peak
from kaibo.kpi.rooms import RoomDay
from kaibo.kpi.values import Amounts, Value
from kaibo.measurement.covered import Coverage
from kaibo.measurement.file_spans import Said, Span
from kaibo.measurement.finders import BEGAN, Part
from kaibo.measurement.person_values import PLATFORM, of_people, values_from

OCTOBER, LAST, LATER = date(2026, 10, 1), date(2026, 10, 31), date(2026, 12, 20)
PLATFORMS = ("douyin", "tiktok", "kuaishou")
EVERYWHERE = ("session_report", "ad_spend")
SALES = {ORDER_LINE, AFTER_SALE}
ASKED = [kpi for kpi in KPIS.values() if kpi.of_rooms and not PLANS & set(kpi.measures)]
MEASURES = sorted({measure for kpi in ASKED for measure in kpi.measures})


@dataclass(frozen=True)
class Aired:
    """A session of a person (who answers for its room) with what is credited; `platform` is the room's.

    It began on the `day` of October at the `hour`, local.
    """

    person: int
    session: int
    platform: str
    amounts: Amounts
    day: int
    hour: int

    @property
    def began(self) -> datetime:
        return local(self.day, self.hour)


@dataclass(frozen=True)
class File:
    """Of a platform ("" speaks of every room): rows from one day of October to another, and the hour of the last day at
    which it was drawn (24: later). `stated`: somebody says these days of it.
    """

    platform: str
    first: int
    last: int
    drawn: int
    stated: bool

    def tells(self, table: str, one: Aired) -> bool:
        """Said anew, by days and hours."""
        if self.platform not in ("", one.platform):
            return False
        if one.day == self.last and not self.stated:
            return one.hour < self.drawn
        return one.day <= self.last and (table == AFTER_SALE or one.day >= self.first)

    def span(self, table: str) -> Span:
        rows = local(self.first, 0), local(self.last, 0)
        # after-sales speak of all days until they were drawn, of which the last may be the whole of it
        as_of = local(self.last, self.drawn) - timedelta(milliseconds=1 if self.drawn == 24 else 0)
        if self.drawn == 24 and table == ORDER_LINE:
            as_of += timedelta(days=9)
        said = OCTOBER.replace(day=self.first), OCTOBER.replace(day=self.last)
        found = Said(*rows, as_of, said if self.stated else None).span(table, self.platform)
        assert found is not None
        return found


def local(day: int, hour: int) -> datetime:
    """Of October 2026, in Shanghai."""
    return datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 8)


@dataclass(frozen=True)
class Made:
    """`files`: of each table."""

    sessions: Sequence[Aired]
    files: Mapping[str, Sequence[File]]

    def told(self, table: str, one: Aired) -> bool:
        """Said anew, from the files alone."""
        return any(file.tells(table, one) for file in self.files[table])

    def known(self, kpi: Kpi, one: Aired) -> bool:
        """And from rows."""
        there = all(self.told(table, one) for table in SALES & set(kpi.needs))
        return there and all((measure, "measured") in one.amounts for measure in kpi.measures if measure in TOLD)

    @property
    def coverage(self) -> Coverage:
        spans = {table: [file.span(table) for file in given] for table, given in self.files.items()}
        return Coverage(spans | {table: [Span(OCTOBER, LAST, LATER)] for table in EVERYWHERE})


def made(rng: Random) -> Made:
    sessions = []
    for number in range(rng.randint(1, 8)):
        told = rng.sample(MEASURES, rng.randint(0, len(MEASURES)))
        amounts = {(name, "measured"): rng.randint(0, 999) for name in told if name in OF_SESSION or rng.random() < 0.8}
        when = rng.randint(1, 31), rng.choice((0, 9, 14, 20))
        sessions.append(Aired(rng.randint(1, 2), number, rng.choice(PLATFORMS), amounts, *when))
    choices = (*PLATFORMS, *([""] if rng.random() < 0.1 else []))
    return Made(sessions, {table: list(some_files(rng, choices)) for table in (ORDER_LINE, AFTER_SALE)})


def some_files(rng: Random, platforms: Sequence[str]) -> Iterator[File]:
    """Of some platforms none, of some the whole month, of some pieces: early ends, late beginnings, holes."""
    for platform in rng.sample(platforms, rng.randint(0, len(platforms))):
        if rng.random() < 0.4:
            yield File(platform, 1, 31, 24, stated=False)
            continue
        for _piece in range(rng.randint(1, 3)):
            first, last = sorted(rng.choices(range(1, 32), k=2))
            yield File(platform, first, last, rng.choice((14, 24, 24)), stated=rng.random() < 0.3)


def by_shift(month: Made) -> dict[int, Mapping[str, Value]]:
    parts = [
        Part(one.amounts, person=one.person, role="host", session=one.session, last=LAST,
             keys={PLATFORM: one.platform, BEGAN: one.began})
        for one in month.sessions
    ]  # fmt: skip
    found = values_from(of_people(parts), {}, month.coverage, OCTOBER, broadcasts={})
    return {person: values for (person, _role), values in found.items()}


def by_room(month: Made) -> dict[int, Mapping[str, Value]]:
    """The same through the rooms: who was on shift answers for the room of that session."""
    found, there = {}, month.coverage
    for person in {one.person for one in month.sessions}:
        mine = [one for one in month.sessions if one.person == person]
        days = [
            RoomDay(
                one.session, one.session, LAST, one.amounts,
                there.silent(OCTOBER, one.platform, one.began, one.session),
            )
            for one in mine
        ]  # fmt: skip
        found[person] = rooms.values_of(
            days, ASKED,
            covered=there.heard(there.tables(OCTOBER, LAST, {one.platform for one in mine}), rooms.silent_of(days)),
            refund_days=15, after_sales_until=LATER,
        )  # fmt: skip
    return found


@pytest.mark.parametrize("route", [by_shift, by_room])
@examples(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_value_counts_a_session_as_known_without_its_platforms_file(route, seed: int) -> None:  # type: ignore[no-untyped-def]
    rng = Random(seed)
    month = made(rng)
    for person, values in route(month).items():
        mine = [one for one in month.sessions if one.person == person]
        for kpi in ASKED:
            value = values[kpi.key]
            known = [one for one in mine if month.known(kpi, one)]
            if not known:
                assert value.number is None, kpi.key
                continue
            if value.missing:
                assert value.missing == "zero_denominator", kpi.key
                continue
            assert value.top == _side(kpi, known, bottom=False), kpi.key
            assert value.is_partial == (len(known) < len(mine)), kpi.key
            if value.of_sessions:
                assert (value.sessions, value.of_sessions) == (len(known), len(mine)), kpi.key
            if kpi.denominator:
                assert value.bottom == _side(kpi, known, bottom=True), kpi.key


@examples(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_credited_in_unknown_sessions_changes_no_value(seed: int) -> None:
    rng = Random(seed)
    month = made(rng)
    other = replace(month, sessions=[_other(rng, month, one) for one in month.sessions])
    for route in (by_shift, by_room):
        before, after = route(month), route(other)
        for person, values in before.items():
            for kpi in (one for one in ASKED if SALES & set(one.needs)):
                assert values[kpi.key] == after[person][kpi.key], kpi.key


def _other(rng: Random, month: Made, one: Aired) -> Aired:
    """Another amount of everything in sessions without any file of sales; the rest as it is."""
    if any(month.told(table, one) for table in month.files):
        return one
    return replace(one, amounts={key: amount + rng.randint(1, 99) for key, amount in one.amounts.items()})


def _side(kpi: Kpi, known: Sequence[Aired], *, bottom: bool) -> int:
    terms = kpi.denominator if bottom else kpi.numerator
    found = [one.amounts.get((term.measure, "measured"), 0) * term.sign for one in known for term in terms]
    return max(found, default=0) if is_peak(terms[0].measure) else sum(found)
