"""Segments, as small tables: shifts in, segments with their crew out. Times are Shanghai clock times of one evening."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.inputs import AccountIn, SegmentOut, SessionIn, Settings, ShiftIn
from kaibo.kpi.segments import cut, weights

DAY0 = 1_793_376_000_000  # 31 October 2026, 00:00 in Shanghai
PEOPLE = {"林": 1, "陈": 2, "吴": 3}


def at(clock: str) -> int:
    """HH:MM, hours beyond 24 on the next day."""
    hours, minutes = clock.split(":")
    return DAY0 + (int(hours) * 60 + int(minutes)) * 60_000


def clock(ms: int) -> str:
    minutes = (ms - DAY0) // 60_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


def shifts(table: str) -> list[ShiftIn]:
    """Lines of: role person start end [lead] [planned]."""
    made = []
    for number, line in enumerate(table.strip().splitlines(), 1):
        role, person, start, end, *said = line.split()
        made.append(ShiftIn(number, 1, PEOPLE[person], role, at(start), at(end), "lead" in said, "planned" not in said))
    return made


def made(start: str, end: str, table: str, rule: str = "1:1") -> list[SegmentOut]:
    session, account = SessionIn(1, 1, at(start), at(end)), AccountIn(1, ("a",), "Asia/Shanghai", "CNY", rule)
    return cut(session, account, shifts(table), Settings())


def shown(segments: list[SegmentOut], role: str = "host") -> list[str]:
    names = {number: name for name, number in PEOPLE.items()}
    return [
        f"{clock(s.start_ms)}–{clock(s.end_ms)} {'+'.join(names[m.person] for m in s.crew[role])}".strip()
        for s in segments
    ]


SPEC = {
    "one person all along": ("19:00 24:00", "host 林 19:00 24:00", ["19:00–24:00 林"]),
    "who leaves early is in no later one, while others stay": (
        "19:00 24:00", "host 林 19:00 22:00\nfloor_manager 吴 19:00 24:00", ["19:00–22:00 林", "22:00–24:00"],
    ),
    "a handover cuts": (
        "19:00 24:00", "host 林 19:00 21:00\nhost 陈 21:00 24:00", ["19:00–21:00 林", "21:00–24:00 陈"],
    ),
    "first and last shift reach the real start and end": (
        "19:00 24:00", "host 林 19:15 23:45", ["19:00–24:00 林"],
    ),
    "sixteen minutes are too many": (
        "19:00 24:00", "host 林 19:16 23:44", ["19:00–19:16", "19:16–23:44 林", "23:44–24:00"],
    ),
    "longer shifts are clipped": ("19:00 24:00", "host 林 18:00 25:00", ["19:00–24:00 林"]),
    "five minutes at a handover are the outgoing person's": (
        "19:00 24:00", "host 林 19:00 21:00\nhost 陈 21:05 24:00", ["19:00–21:05 林", "21:05–24:00 陈"],
    ),
    "six are nobody's": (
        "19:00 24:00",
        "host 林 19:00 21:00\nhost 陈 21:06 24:00",
        ["19:00–21:00 林", "21:00–21:06", "21:06–24:00 陈"],
    ),
    "an overlap has both": (
        "19:00 24:00",
        "host 林 19:00 21:30\nhost 陈 21:00 24:00",
        ["19:00–21:00 林", "21:00–21:30 林+陈", "21:30–24:00 陈"],
    ),
    "a shift without length credits nothing": ("19:00 24:00", "host 林 20:00 20:00", ["19:00–24:00"]),
    "nobody is twice in a role": (
        "19:00 24:00", "host 林 19:00 24:00\nhost 林 19:00 24:00", ["19:00–24:00 林"],
    ),
    "another role cuts too": (
        "19:00 24:00",
        "host 林 19:00 24:00\nco_host 陈 20:00 21:00",
        ["19:00–20:00 林", "20:00–21:00 林", "21:00–24:00 林"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPEC)
def test_segments(name: str) -> None:
    session, table, expected = SPEC[name]
    assert shown(made(*session.split(), table)) == expected


def test_a_long_session_is_cut_at_six_and_each_part_has_its_date() -> None:
    parts = made("19:00", "45:00", "host 林 19:00 45:00")
    assert [(clock(s.start_ms), s.date) for s in parts] == [("19:00", "2026-10-31"), ("30:00", "2026-11-01")]


def test_a_session_of_the_small_hours_belongs_to_the_evening_before() -> None:
    assert made("26:00", "29:00", "host 林 26:00 29:00")[0].date == "2026-10-31"


def test_of_two_shifts_of_a_person_the_confirmed_one_stands() -> None:
    (segment,) = made("19:00", "24:00", "host 林 19:00 24:00 planned\nhost 林 19:00 24:00")
    assert [(m.shift, m.confirmed) for m in segment.crew["host"]] == [(2, True)]


@pytest.mark.parametrize(
    ("rule", "leads", "parts"),
    [
        ("1:1", [True, False], [1, 1]),
        ("7:3", [True, False], [7, 3]),
        ("7:3", [True, False, False], [14, 3, 3]),
        ("7:3", [True, True, False], [7, 7, 6]),
        ("7:3", [False, False], [1, 1]),
        ("7:3", [True, True], [1, 1]),
        ("100:0", [True, False], [1, 0]),
        ("100:0", [False], [1]),
    ],
)
def test_split_rules(rule: str, leads: list[bool], parts: list[int]) -> None:
    assert weights(rule, leads) == parts


def test_an_unknown_split_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="6:4"):
        weights("6:4", [True])


@given(st.lists(st.tuples(st.integers(-60, 400), st.integers(-60, 400), st.sampled_from(list(PEOPLE)))))
def test_segments_are_the_session_without_gap_or_overlap(stays: list[tuple[int, int, str]]) -> None:
    table = [(min(a, b), max(a, b), who) for a, b, who in stays]
    given_shifts = [
        ShiftIn(i, 1, PEOPLE[who], "host", at("19:00") + a * 60_000, at("19:00") + b * 60_000)
        for i, (a, b, who) in enumerate(table)
    ]
    session, account = SessionIn(1, 1, at("19:00"), at("24:00")), AccountIn(1, ("a",), "Asia/Shanghai", "CNY")
    parts = cut(session, account, given_shifts, Settings())
    assert [parts[0].start_ms, *[p.end_ms for p in parts]] == [*[p.start_ms for p in parts], session.end_ms]
    assert all(p.start_ms < p.end_ms for p in parts)
