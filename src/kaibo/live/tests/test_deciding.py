"""Joining, matching and taking back: what is written, which months it touches, what is refused, two at once."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from tests import migrated

from kaibo.audit.models import AuditEvent
from kaibo.imports.tests.made import SESSIONS, ms
from kaibo.imports.tests.made import session as reported
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.live import actions
from kaibo.live.actions.matching import Match, Scope
from kaibo.live.importer import follow_batch
from kaibo.live.instants import to_instant
from kaibo.live.joins import proposed_joins, shorts
from kaibo.live.matches import decisions_in_force, history_of_matches
from kaibo.live.models import (
    AirKind,
    MatchDecision,
    MinutePlace,
    ReportDecision,
    Session,
    ShiftState,
    Simulcast,
)  # fmt: skip
from kaibo.live.simulcasts import also_on
from kaibo.live.spans import on_air
from kaibo.live.tests.night import at, room, session, shift
from kaibo.live.tests.test_importer import EVENING, followed
from kaibo.live.tests.test_platforms import MINUTES, minutes
from kaibo.live.tests.test_platforms import followed as landed

pytestmark = pytest.mark.django_db
OCTOBER = (at("10-01 00:00"), at("11-01 00:00"))


@pytest.fixture
def three() -> list[Session]:
    account = room()
    return [
        session(account, "10-30 19:00", "10-30 20:00"),
        session(account, "10-30 20:10", "10-30 21:00"),
        session(account, "10-30 21:20", "10-30 23:00"),
    ]


def states() -> list[tuple[int | None, str, bool, str]]:
    there = Session.objects.order_by("start")
    return [(s.joined_to_id, s.join_reason, s.stands_alone, s.air_kind) for s in there]


def months(verb: str) -> list[str]:
    event = AuditEvent.objects.filter(verb=verb).last()
    assert event is not None
    return list(event.data["months"])


def test_joining_makes_one_broadcast_and_undo_parts_it_again(cast, three: list[Session]) -> None:
    before = states()
    act = actions.join_sessions(by=cast.lead.user, sessions=three[1:], reason="断网")
    assert [one.session for one in on_air(*OCTOBER)] == three[:2]
    again = actions.join_sessions(by=cast.lead.user, sessions=[three[0], three[2]], reason="断网")
    (one,) = on_air(*OCTOBER)
    assert (one.session, len(one.breaks)) == (three[0], 2)
    assert months("join_sessions") == ["2026-10"]
    actions.undo_matches(by=cast.lead.user, act=again)
    assert [one.session for one in on_air(*OCTOBER)] == three[:2]
    assert months("undo") == ["2026-10"]
    actions.undo_matches(by=cast.lead.user, act=act)
    assert states() == before
    with pytest.raises(ValidationError):
        actions.undo_matches(by=cast.lead.user, act=act)


def test_undo_refuses_what_was_changed_since_and_what_another_did(cast, three: list[Session]) -> None:
    act = actions.join_sessions(by=cast.lead.user, sessions=three[:2], reason="断网")
    with pytest.raises(ValidationError):
        actions.undo_matches(by=cast.owner, act=act)
    actions.part_sessions(by=cast.owner, session=three[1], reason="两场")
    before = states()
    with pytest.raises(ValidationError):
        actions.undo_matches(by=cast.lead.user, act=act)
    assert states() == before


def test_what_cannot_be_joined_says_so(three: list[Session]) -> None:
    elsewhere = session(room("二"), "10-30 20:05", "10-30 21:00")
    later = session(three[0].account, "11-02 19:00", "11-02 20:00")
    for wrong in ([three[0]], [three[0], elsewhere], [three[0], later]):
        with pytest.raises(ValidationError):
            actions.join_sessions(by=None, sessions=wrong, reason="x")
    with pytest.raises(ValidationError):
        actions.join_sessions(by=None, sessions=three, reason="  ")
    assert {s[0] for s in states()} == {None}


def test_close_and_short_broadcasts_are_proposed_until_someone_says(three: list[Session]) -> None:
    account = three[0].account
    short = session(account, "10-31 09:00", "10-31 09:05")
    far = session(account, "10-31 10:30", "10-31 12:00")
    tiny = session(account, "10-31 20:00", "10-31 20:03")
    assert [(pair.earlier, pair.later) for pair in proposed_joins()] == [
        (three[0], three[1]), (three[1], three[2]), (short, far),
    ]  # fmt: skip
    assert [one.session for one in shorts()] == [tiny]
    actions.keep_apart(by=None, sessions=[three[2], far, tiny], reason="两场")
    assert [(pair.earlier, pair.later) for pair in proposed_joins()] == [(three[0], three[1])]
    assert [one.session for one in shorts()] == [short]
    actions.call_tests(by=None, sessions=[short], reason="试播")
    assert Session.objects.get(pk=short.pk).air_kind == AirKind.TEST
    actions.join_sessions(by=None, sessions=three[:2], reason="断网")
    assert (proposed_joins(), shorts()) == ([], [])


@pytest.fixture
def two_rooms() -> list[Session]:
    return [session(room("一"), "10-30 19:00", "10-30 23:00"), session(room("二"), "10-30 20:00", "10-30 22:00")]


def scope(**more: object) -> Scope:
    return Scope(at("10-30 20:00"), at("10-30 22:00"), currency="CNY", **more)  # type: ignore[arg-type]


def test_the_newest_decision_wins_and_undo_brings_the_older_back(cast, two_rooms: list[Session]) -> None:
    one, other = two_rooms
    actions.decide_matches(by=cast.lead.user, items=[Match(scope(product_id="p"), {one: 1})], reason="看过回放")
    act = actions.decide_matches(
        by=cast.lead.user, items=[Match(scope(product_id="p"), {one: 2, other: 1})], reason="各卖各的"
    )
    assert decisions_in_force(*OCTOBER)[0].weights == (2, 1)
    assert months("decide_match") == ["2026-10"]
    actions.undo_matches(by=cast.lead.user, act=act)
    assert [d.sessions for d in decisions_in_force(*OCTOBER)] == [(one.pk,)]
    assert MatchDecision.objects.count() == 2
    assert [(d.reason, d.undone) for d in history_of_matches([one])] == [("各卖各的", True), ("看过回放", False)]


def test_a_decision_needs_a_reason_and_sessions_of_its_lane(two_rooms: list[Session]) -> None:
    foreign = session(room("三", currency="IDR"), "10-30 19:00", "10-30 23:00")
    gone = session(room("四"), "10-30 19:00", "10-30 23:00", gone=True)
    for weights, reason in [({two_rooms[0]: 1}, " "), ({foreign: 1}, "x"), ({gone: 1}, "x"), ({two_rooms[0]: 0}, "x")]:
        with pytest.raises(ValidationError):
            actions.decide_matches(by=None, items=[Match(scope(), weights)], reason=reason)
    assert not MatchDecision.objects.exists()


def test_orders_of_no_session_are_a_decision_too(two_rooms: list[Session]) -> None:
    actions.decide_matches(by=None, items=[Match(scope(sub_order="s1"), {})], reason="商城单")
    assert [(d.sessions, d.sub_order) for d in decisions_in_force(*OCTOBER)] == [((), "s1")]


def test_of_two_reports_at_once_a_person_chooses_and_may_take_it_back() -> None:
    followed(SESSIONS, [reported(2, *EVENING)], sha="a", as_of="2026-10-06 08:00")
    old = followed(
        SESSIONS, [reported(2, "2026-10-03 22:00:00", "2026-10-04 01:00:00")], sha="b", as_of="2026-10-05 08:00"
    )
    start = to_instant(ms("2026-10-03 22:00:00"))
    act = actions.choose_report(by=None, batch=old, key=("douyin", "101", start), use=True, reason="场控确认")
    assert Job.objects.filter(kind="follow_batch", args={"batch": old.pk}).exists()
    follow_batch(Progress(), batch=old.pk)
    assert Session.objects.get(gone=False).start == start
    actions.undo_matches(by=None, act=act)
    follow_batch(Progress(), batch=old.pk)
    assert Session.objects.get(gone=False).start == to_instant(ms(EVENING[0]))
    assert ReportDecision.objects.get().undone
    actions.choose_report(by=None, batch=old, key=("douyin", "101", start), use=False, reason="重复")
    follow_batch(Progress(), batch=old.pk)
    assert "put this row aside" in old.rejects.get().reason


def test_a_person_says_whose_minutes_they_are() -> None:
    followed(SESSIONS, [reported(2, *EVENING)], sha="a")
    batch = landed(MINUTES, minutes([1, 2, 3]), sha="m")
    act = actions.place_minutes(by=None, batch=batch, session=Session.objects.get(), reason="看过大屏")
    follow_batch(Progress(), batch=batch.pk)
    assert MinutePlace.objects.get().by_hand
    actions.undo_matches(by=None, act=act)
    follow_batch(Progress(), batch=batch.pk)
    assert not MinutePlace.objects.exists()


def test_many_shifts_are_set_aside_in_one_act_and_come_back_in_one(cast) -> None:
    account = room()
    there = [shift(account, cast.host, f"11-{day} 19:00", f"11-{day} 21:00") for day in (18, 19, 20)]
    act = actions.set_aside_shifts(by=cast.owner, shifts=there, state=ShiftState.CANCELLED, reason="没开播")
    assert {s.state for s in type(there[0]).objects.all()} == {"cancelled"}
    actions.undo(by=cast.owner, act=act)
    assert {(s.state, s.note) for s in type(there[0]).objects.all()} == {("planned", "")}


def test_a_simulcast_says_which_months_it_touches_and_holds_each_room_once(cast, two_rooms: list[Session]) -> None:
    rooms = [s.account for s in two_rooms]
    made = actions.save_simulcast(by=None, name="双播", accounts=rooms, start=date(2026, 10, 1), end=None)
    assert months("save_simulcast") == ["2026-10"]
    there = shift(rooms[0], cast.host, "10-30 19:00", "10-30 23:00")
    assert also_on(there.account_id, there.confirmed_start or there.planned_start) == (rooms[1].pk,)
    with pytest.raises(ValidationError):
        actions.save_simulcast(by=None, name="又", accounts=rooms, start=date(2026, 11, 1), end=None)
    with pytest.raises(ValidationError):
        actions.save_simulcast(by=None, name="一间", accounts=rooms[:1], start=date(2026, 11, 1), end=None)
    actions.save_simulcast(
        by=None, name="双播", accounts=rooms, start=date(2026, 10, 1), end=date(2026, 10, 30), simulcast=made
    )
    assert also_on(there.account_id, there.confirmed_start or there.planned_start) == ()
    actions.remove_simulcast(by=None, simulcast=made)
    assert not Simulcast.objects.exists()


# seconds for what takes two, on a busy machine ten
WITHIN = 120
PROGRAM = """
import sys
import django
django.setup()
from kaibo.live import actions
from kaibo.live.actions.matching import Match, Scope
from kaibo.live.models import Session
there = list(Session.objects.select_related("account").order_by("start"))
number = int(sys.argv[1])
sys.stdin.readline()
for turn in range(10):
    actions.join_sessions(by=None, sessions=there[number:number + 2], reason="断网")
    scope = Scope(there[0].start, there[0].end, currency="CNY")
    actions.decide_matches(by=None, items=[Match(scope, {there[number]: 1})], reason=f"{number}")
"""
CHECK = """
import django
django.setup()
from kaibo.live.matches import decisions_in_force
from kaibo.live.models import MatchDecision, Session
from kaibo.live.spans import LONGEST, on_air
first = Session.objects.order_by("start").first()
joined = set(Session.objects.exclude(joined_to=None).values_list("joined_to", flat=True))
assert joined == {first.pk}, joined
assert len(on_air(first.start, first.start + LONGEST)) == 1
assert MatchDecision.objects.count() == 20
held = decisions_in_force(first.start, first.end)
assert [one.id for one in held] == sorted((one.id for one in held), reverse=True)
"""
MAKE = """
import datetime
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from kaibo.live.models import Account, Session
room = Account.objects.create(handle="1", name="1")
for n in range(3):
    start = datetime.datetime(2026, 10, 30, 11 + n, tzinfo=datetime.UTC)
    Session.objects.create(account=room, start=start, end=start + datetime.timedelta(minutes=50))
"""


@pytest.mark.slow
def test_two_processes_that_join_and_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    """One joins the first two, one the last two, ten times over: no chain, no lock given up, every decision kept."""
    environment = {**os.environ, "KAIBO_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}
    migrated.into(tmp_path)

    def start(program: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", program, *words], env=environment, stdin=subprocess.PIPE)

    assert start(MAKE).wait(WITHIN) == 0
    both = [start(PROGRAM, str(number)) for number in (0, 1)]
    for one in both:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.close()
    assert [one.wait(WITHIN) for one in both] == [0, 0]
    assert start(CHECK).wait(WITHIN) == 0
