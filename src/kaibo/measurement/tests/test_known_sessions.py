"""Generated months: no value counts a session as known of whose platform nobody gave the file, whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
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
from kaibo.measurement.covered import Coverage, Span
from kaibo.measurement.finders import Part
from kaibo.measurement.person_values import PLATFORM, of_people, values_from

OCTOBER, LAST, LATER = date(2026, 10, 1), date(2026, 10, 31), date(2026, 12, 20)
PLATFORMS = ("douyin", "tiktok", "kuaishou")
EVERYWHERE = ("session_report", "ad_spend")
SALES = {ORDER_LINE, AFTER_SALE}
ASKED = [kpi for kpi in KPIS.values() if kpi.of_rooms and not PLANS & set(kpi.measures)]
MEASURES = sorted({measure for kpi in ASKED for measure in kpi.measures})


@dataclass(frozen=True)
class Aired:
    """A session of a person (who answers for its room) with what is credited; `platform` is the room's."""

    person: int
    session: int
    platform: str
    amounts: Amounts


@dataclass(frozen=True)
class Made:
    """`files`: table → the platforms of which somebody gave it; "" speaks of every room."""

    sessions: Sequence[Aired]
    files: Mapping[str, Sequence[str]]

    def known(self, kpi: Kpi, one: Aired) -> bool:
        """Said anew, from files and rows alone."""
        there = all({one.platform, ""} & set(self.files[table]) for table in SALES & set(kpi.needs))
        return there and all((measure, "measured") in one.amounts for measure in kpi.measures if measure in TOLD)

    @property
    def coverage(self) -> Coverage:
        spans = {table: [Span(OCTOBER, LAST, LATER, of) for of in given] for table, given in self.files.items()}
        return Coverage(spans | {table: [Span(OCTOBER, LAST, LATER)] for table in EVERYWHERE})


def made(rng: Random) -> Made:
    sessions = []
    for number in range(rng.randint(1, 8)):
        told = rng.sample(MEASURES, rng.randint(0, len(MEASURES)))
        amounts = {(name, "measured"): rng.randint(0, 999) for name in told if name in OF_SESSION or rng.random() < 0.8}
        sessions.append(Aired(rng.randint(1, 2), number, rng.choice(PLATFORMS), amounts))
    choices = (*PLATFORMS, *([""] if rng.random() < 0.1 else []))
    files = {table: rng.sample(choices, rng.randint(0, len(choices))) for table in (ORDER_LINE, AFTER_SALE)}
    return Made(sessions, files)


def by_shift(month: Made) -> dict[int, Mapping[str, Value]]:
    parts = [
        Part(one.amounts, person=one.person, role="host", session=one.session, last=LAST, keys={PLATFORM: one.platform})
        for one in month.sessions
    ]
    found = values_from(of_people(parts), {}, month.coverage, OCTOBER, broadcasts={})
    return {person: values for (person, _role), values in found.items()}


def by_room(month: Made) -> dict[int, Mapping[str, Value]]:
    """The same through the rooms: who was on shift answers for the room of that session."""
    found = {}
    for person in {one.person for one in month.sessions}:
        mine = [one for one in month.sessions if one.person == person]
        days = [
            RoomDay(one.session, one.session, LAST, one.amounts, month.coverage.silent(OCTOBER, LAST, one.platform))
            for one in mine
        ]
        found[person] = rooms.values_of(
            days, ASKED, covered=month.coverage.tables(OCTOBER, LAST, {one.platform for one in mine}),
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
    if any({one.platform, ""} & set(given) for given in month.files.values()):
        return one
    return replace(one, amounts={key: amount + rng.randint(1, 99) for key, amount in one.amounts.items()})


def _side(kpi: Kpi, known: Sequence[Aired], *, bottom: bool) -> int:
    terms = kpi.denominator if bottom else kpi.numerator
    found = [one.amounts.get((term.measure, "measured"), 0) * term.sign for one in known for term in terms]
    return max(found, default=0) if is_peak(terms[0].measure) else sum(found)
