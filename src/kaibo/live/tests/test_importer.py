"""Sessions follow from the visible session reports, in whatever order the files came."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import settings as rule
from hypothesis import strategies as st

from kaibo.audit.models import AuditEvent
from kaibo.imports.actions import restore_batch, withdraw_batch
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import ORDERS, SESSIONS, landed, ms, order, session
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.live.importer import follow_batch
from kaibo.live.instants import to_instant
from kaibo.live.models import Account, Session
from kaibo.live.reported import Reported, arrange

pytestmark = pytest.mark.django_db
EVENING = ("2026-10-03 19:00:00", "2026-10-03 23:00:00")


def followed(*args: object, **more: object) -> Batch:
    batch = landed(*args, **more)  # type: ignore[arg-type]
    follow_batch(Progress(), batch=batch.pk)
    batch.refresh_from_db()
    return batch


def shown() -> list[tuple[str, str, str, bool]]:
    sessions = Session.objects.select_related("account").order_by("account__handle", "start")
    return [(s.account.handle, f"{s.start:%d %H:%M}", f"{s.end:%d %H:%M}", s.gone) for s in sessions]


def test_a_report_makes_the_room_and_the_session() -> None:
    followed(SESSIONS, [session(2, *EVENING)], sha="a")
    account = Account.objects.get()
    assert (account.handle, account.name, account.zone, account.currency) == ("101", "一号间", "Asia/Shanghai", "CNY")
    assert shown() == [("101", "03 11:00", "03 15:00", False)]


def test_following_twice_changes_nothing() -> None:
    batch = followed(SESSIONS, [session(2, *EVENING)], sha="a")
    ids = list(Session.objects.values_list("pk", flat=True))
    follow_batch(Progress(), batch=batch.pk)
    assert list(Session.objects.values_list("pk", flat=True)) == ids


def test_a_newer_export_moves_the_end_and_an_older_one_does_not() -> None:
    followed(SESSIONS, [session(2, *EVENING)], sha="a", as_of="2026-10-05 08:00")
    followed(SESSIONS, [session(2, EVENING[0], "2026-10-03 23:30:00")], sha="b", as_of="2026-10-06 08:00")
    followed(SESSIONS, [session(2, EVENING[0], "2026-10-03 21:00:00")], sha="c", as_of="2026-10-04 08:00")
    assert shown() == [("101", "03 11:00", "03 15:30", False)]


def test_withdrawing_re_exposes_what_was_replaced_and_restoring_undoes_it() -> None:
    followed(SESSIONS, [session(2, *EVENING)], sha="a", as_of="2026-10-05 08:00")
    newer = followed(
        SESSIONS,
        [session(2, EVENING[0], "2026-10-03 23:30:00"), session(3, "2026-10-04 19:00:00", "2026-10-04 20:00:00")],
        sha="b", as_of="2026-10-06 08:00",
    )  # fmt: skip
    whole = shown()
    withdraw_batch(by=None, batch=newer, reason="x")
    follow_batch(Progress(), batch=newer.pk)
    assert shown() == [("101", "03 11:00", "03 15:00", False), ("101", "04 11:00", "04 12:00", True)]
    restore_batch(by=None, batch=newer, reason="y")
    follow_batch(Progress(), batch=newer.pk)
    assert shown() == whole


def test_nickname_history_goes_into_other_names() -> None:
    followed(SESSIONS, [session(2, *EVENING, name="新名")], sha="a", as_of="2026-10-05 08:00")
    followed(SESSIONS, [session(2, *EVENING, name="旧名")], sha="b", as_of="2026-10-04 08:00")
    account = Account.objects.get()
    assert (account.name, account.other_names) == ("新名", ["旧名"])


def test_a_name_that_a_person_gave_stays() -> None:
    followed(SESSIONS, [session(2, *EVENING)], sha="a")
    Account.objects.update(name="旗舰店", other_names=["达人 77"])
    followed(SESSIONS, [session(2, *EVENING, name="改名")], sha="b", as_of="2026-11-02 08:00")
    account = Account.objects.get()
    assert account.name == "旗舰店"
    assert set(account.other_names) == {"达人 77", "一号间", "改名"}


def test_of_two_sessions_at_once_one_is_held_and_says_why() -> None:
    rows = [session(2, *EVENING), session(3, "2026-10-03 22:00:00", "2026-10-04 01:00:00"), session(4, *EVENING, "102")]
    batch = followed(SESSIONS, rows, sha="a")
    assert [one[0] for one in shown()] == ["101", "102"]
    reject = batch.rejects.get()
    assert (batch.held, reject.line, reject.held) == (1, 3, True)
    assert "2026-10-03 19:00:00" in reject.reason % reject.values


def test_a_held_row_is_free_again_when_the_other_goes() -> None:
    first = followed(SESSIONS, [session(2, *EVENING)], sha="a", as_of="2026-10-06 08:00")
    other = followed(
        SESSIONS, [session(2, "2026-10-03 22:00:00", "2026-10-04 01:00:00")], sha="b", as_of="2026-10-05 08:00"
    )
    assert other.held == 1
    withdraw_batch(by=None, batch=first, reason="x")
    follow_batch(Progress(), batch=first.pk)
    other.refresh_from_db()
    assert other.held == 0
    assert Session.objects.get(gone=False).start == to_instant(ms("2026-10-03 22:00:00"))


def test_sessions_made_by_hand_stay_and_keep_their_time() -> None:
    account = Account.objects.create(handle="101", name="一号间")
    start, end = (to_instant(ms(f"2026-10-03 {at}")) for at in ("20:00", "22:00"))
    Session.objects.create(account=account, start=start, end=end, by_hand=True)
    batch = followed(SESSIONS, [session(2, *EVENING)], sha="a")
    assert batch.held == 1
    assert Session.objects.get().by_hand


def test_a_session_taken_back_by_hand_is_the_reports_again() -> None:
    account = Account.objects.create(handle="101", name="一号间")
    start, end = to_instant(ms(EVENING[0])), to_instant(ms(EVENING[1]))
    Session.objects.create(account=account, start=start, end=end, by_hand=True, gone=True)
    followed(SESSIONS, [session(2, *EVENING)], sha="a")
    assert not Session.objects.get(gone=False).by_hand


def test_the_audit_row_names_the_months_to_compute_again() -> None:
    followed(SESSIONS, [session(2, "2026-10-31 23:00:00", "2026-11-01 02:00:00")], sha="a")
    assert AuditEvent.objects.get(verb="batch followed").data["months"] == ["2026-10", "2026-11"]
    followed(ORDERS, [order(2, "s1", "2026-12-15 12:00:00")], sha="b")
    assert AuditEvent.objects.filter(verb="batch followed").last().data["months"] == ["2026-12"]


def test_a_batch_that_is_gone_is_no_fault() -> None:
    follow_batch(Progress(), batch=12345)
    assert not Job.objects.exists()


clock = st.integers(0, 40)
reports = st.lists(
    st.tuples(st.sampled_from(["101", "102"]), clock, st.integers(1, 9)), max_size=8, unique_by=lambda r: r[:2]
)


@given(st.lists(reports, min_size=3, max_size=3))
def test_rows_in_any_order_make_the_same_disjoint_sessions(files: list[list[tuple[str, int, int]]]) -> None:
    base = ms("2026-10-03 00:00")
    rows = [
        Reported(
            batch, to_instant(base + batch), row, handle, "", to_instant(base + at * 3_600_000),
            to_instant(base + (at + hours) * 3_600_000),
        )
        for batch, file in enumerate(files)
        for row, (handle, at, hours) in enumerate(file)
    ]  # fmt: skip
    first, second = arrange(rows, {}), arrange(rows[::-1], {})
    made, held, again, held_again = first.made, first.held, second.made, second.held
    assert {(one.key, one.end) for one in made} == {(one.key, one.end) for one in again}
    assert {(one.batch, one.line) for one in held} == {(one.batch, one.line) for one in held_again}
    for handle in ("101", "102"):
        spans = sorted((one.start, one.end) for one in made if one.handle == handle)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


@rule(max_examples=6, deadline=None)
@given(st.lists(reports.filter(bool), min_size=2, max_size=2))
@pytest.mark.slow
def test_files_in_any_order_give_the_same_sessions(files: list[list[tuple[str, int, int]]]) -> None:
    def facts(file: list[tuple[str, int, int]]) -> list[dict[str, object]]:
        return [
            session(
                row, f"2026-10-{3 + at // 24:02} {at % 24:02}:00:00",
                f"2026-10-{3 + (at + hours) // 24:02} {(at + hours) % 24:02}:00:00", handle, f"{handle} {hours}",
            )
            for row, (handle, at, hours) in enumerate(file, 2)
        ]  # fmt: skip

    seen = set()
    for order_of in permutations(range(3)):
        Session.objects.all().delete()
        Account.objects.all().delete()
        Batch.objects.all().delete()
        for number in order_of:
            as_of = f"2026-11-0{number + 1} 08:00"
            if number == 2:
                followed(ORDERS, [order(2, "s1", "2026-10-03 20:00:00")], sha="orders", as_of=as_of)
            else:
                followed(SESSIONS, facts(files[number]), sha=str(number), as_of=as_of)
        names = tuple((a.handle, a.name, tuple(a.other_names)) for a in Account.objects.order_by("handle"))
        seen.add((tuple(shown()), names, tuple(Batch.objects.order_by("sha256").values_list("sha256", "held"))))
    visible = {tuple(one for one in sessions if not one[3]) for sessions, _names, _held in seen}
    assert len(visible) == 1
    assert len({(names, held) for _sessions, names, held in seen}) == 1
