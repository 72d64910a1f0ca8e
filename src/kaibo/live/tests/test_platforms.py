"""Rooms of several platforms, files that name no room, and two sources that tell of one broadcast."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import settings as rule
from hypothesis import strategies as st

from kaibo.audit.models import AuditEvent
from kaibo.facts.schema import AD_SPEND, MINUTE, SERVICE_RESULT, SESSION_PRODUCT, SESSION_REPORT
from kaibo.imports.actions import withdraw_batch
from kaibo.imports.landing import land
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import ms, reading, session
from kaibo.jobs.queue import Progress
from kaibo.live.actions import edit_account
from kaibo.live.importer import follow_batch
from kaibo.live.models import Account, MinutePlace, Session
from kaibo.sources.reading import Answers, Source

pytestmark = pytest.mark.django_db
LIST = Source("tiktok_lives", "LIVE list", SESSION_REPORT, (), ("account", "start_ms"), "Sessions", "Seller")
API = Source("tiktok_api", "LIVE dump", SESSION_REPORT, (), ("account", "start_ms"), "Sessions", "Partner")
MINUTES = Source("douyin_minutes", "Minutes", MINUTE, (), (), "Minutes", "Compass", mode="replace")
ADS = Source("ads", "Hours", AD_SPEND, (), (), "Spend", "Ads", mode="replace")
SERVICE = Source("feige", "Service", SERVICE_RESULT, (), ("agent",), "Service", "Feige")
EVENING = ("2026-10-03 19:00:23", "2026-10-03 23:00:00")
MINUTE_ONLY = ("2026-10-03 19:00:00", "2026-10-03 22:50:00")


def followed(
    source: Source, facts: list[dict[str, object]], *, sha: str, as_of: str = "2026-11-01 08:00",
    more: dict[str, list[dict[str, object]]] | None = None, **answers: str,
) -> Batch:  # fmt: skip
    made = reading(source, facts, as_of=as_of)
    made.more = more or {}
    batch = land(
        made, by=None, file_name=f"{sha}.xlsx", sha256=sha, answers=Answers(**answers),
        now_ms=ms("2026-11-02 08:00"),
    )  # fmt: skip
    follow_batch(Progress(), batch=batch.pk)
    batch.refresh_from_db()
    return batch


def on(platform: str, row: int, start: str, end: str, account: str = "101", **more: object) -> dict[str, object]:
    return {**session(row, start, end, account), "platform": platform, **more}


def shown() -> list[tuple[str, str, str, str]]:
    there = Session.objects.filter(gone=False).select_related("account").order_by("account__platform", "start")
    return [(s.account.platform, s.account.handle, f"{s.start:%H:%M:%S}", f"{s.end:%H:%M:%S}") for s in there]


def test_one_handle_on_two_platforms_is_two_rooms() -> None:
    followed(LIST, [session(2, *EVENING), on("tiktok", 3, *EVENING, currency="IDR")], sha="a")
    assert [one[:2] for one in shown()] == [("douyin", "101"), ("tiktok", "101")]
    assert list(Account.objects.order_by("platform").values_list("currency", flat=True)) == ["CNY", "IDR"]


def test_a_file_that_names_no_room_is_of_the_one_told() -> None:
    rows = [on("tiktok", 2, *EVENING, account=None, account_name=None)]
    followed(LIST, rows, sha="a", account="toko", platform="tiktok", zone="Asia/Jakarta")
    account = Account.objects.get()
    assert (account.platform, account.handle, account.zone) == ("tiktok", "toko", "Asia/Jakarta")
    assert len(shown()) == 1


def test_a_nickname_finds_its_room_within_the_platform_and_only_there() -> None:
    by_name = on("wechat", 2, *EVENING, account=None)
    first = followed(LIST, [by_name], sha="a", as_of="2026-11-01 08:00")
    assert (shown(), first.held) == ([], 1)
    assert "一号间" in str(first.rejects.get().values)
    followed(LIST, [on("douyin", 2, "2026-10-04 19:00:00", "2026-10-04 20:00:00")], sha="b")
    assert [one[0] for one in shown()] == ["douyin"]
    followed(LIST, [on("wechat", 2, "2026-10-04 19:00:00", "2026-10-04 20:00:00", "wx")], sha="c")
    first.refresh_from_db()
    assert [one[:2] for one in shown()] == [("douyin", "101"), ("wechat", "wx"), ("wechat", "wx")]
    assert first.held == 0


def test_the_newest_report_says_zone_and_currency_until_a_person_does() -> None:
    followed(LIST, [on("tiktok", 2, *EVENING, currency="IDR")], sha="a", as_of="2026-11-02 08:00", zone="Asia/Jakarta")
    followed(LIST, [on("tiktok", 2, *EVENING, currency="MYR")], sha="b", as_of="2026-11-01 08:00", zone="Asia/Tokyo")
    account = Account.objects.get()
    assert (account.zone, account.currency) == ("Asia/Jakarta", "IDR")
    edit_account(by=None, account=account, name="店", other_names=[], zone="Asia/Makassar", currency="IDR")
    followed(LIST, [on("tiktok", 2, *EVENING)], sha="c", as_of="2026-11-03 08:00", zone="Asia/Tokyo")
    account.refresh_from_db()
    assert account.zone == "Asia/Makassar"


@pytest.mark.parametrize("first", ["minute", "second"])
def test_the_minute_and_the_second_of_one_broadcast_make_no_twins(first: str) -> None:
    files = {
        "minute": (LIST, [on("tiktok", 2, *MINUTE_ONLY)], "2026-11-02 08:00"),
        "second": (API, [on("tiktok", 2, *EVENING, session_key="7391")], "2026-11-01 08:00"),
    }
    for name in sorted(files, key=lambda name: name != first):
        source, rows, as_of = files[name]
        batch = followed(source, rows, sha=name, as_of=as_of)
    assert shown() == [("tiktok", "101", "11:00:23", "15:00:00")]
    assert (batch.held, Session.objects.get(gone=False).session_key) == (0, "7391")


def test_what_was_decided_about_a_broadcast_stays_when_its_second_is_known() -> None:
    followed(LIST, [on("tiktok", 2, *MINUTE_ONLY)], sha="a")
    known = Session.objects.get()
    followed(API, [on("tiktok", 2, *EVENING)], sha="b")
    assert Session.objects.get(gone=False).pk == known.pk


def test_minutes_off_by_more_than_one_find_the_broadcast_they_overlap() -> None:
    followed(API, [on("tiktok", 2, *EVENING)], sha="a")
    near = on("tiktok", 2, "2026-10-03 19:03:00", "2026-10-03 23:05:00")
    far = on("tiktok", 3, "2026-10-03 22:58:00", "2026-10-04 02:00:00")
    batch = followed(LIST, [near, far], sha="b")
    assert shown() == [("tiktok", "101", "11:00:23", "15:00:00")]
    assert [reject.line for reject in batch.rejects.all()] == [3]


def minutes(comments: list[int], start: str = "2026-10-03 19:00", **more: object) -> list[dict[str, object]]:
    return [
        {"row": n + 2, "raw": "{}", "minute_ms": ms(start) + n * 60_000, "comments": count, "new_followers": 1, **more}
        for n, count in enumerate(comments)
    ]


def test_minutes_of_no_room_go_where_only_one_report_fits_and_leave_when_two_do() -> None:
    followed(LIST, [session(2, *EVENING) | {"comments": 6, "new_followers": 3}], sha="a")
    batch = followed(MINUTES, minutes([1, 2, 3]), sha="m")
    place = MinutePlace.objects.get()
    assert (place.batch, place.session, place.by_hand) == (batch, Session.objects.get(), False)
    twin = followed(LIST, [session(2, *EVENING, "102") | {"comments": 6, "new_followers": 3}], sha="b")
    assert not MinutePlace.objects.exists()
    withdraw_batch(by=None, batch=twin, reason="x")
    follow_batch(Progress(), batch=twin.pk)
    assert MinutePlace.objects.exists()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(minutes([1, 2, 4]), id="another sum"),
        pytest.param(minutes([1, 2, 3], "2026-10-04 19:00"), id="another day"),
        pytest.param(minutes([1, 2, 3], platform="tiktok"), id="another platform"),
        pytest.param(minutes([0, 0, 0], new_followers=None), id="nothing to go by"),
    ],
)
def test_minutes_that_fit_no_report_are_left_for_a_person(rows: list[dict[str, object]]) -> None:
    said = {"comments": sum(row["comments"] for row in rows[:2]), "new_followers": 3}  # type: ignore[misc]
    followed(
        LIST, [session(2, *EVENING) | ({"comments": 6, "new_followers": 3} if rows[1]["comments"] else said)], sha="a"
    )
    followed(MINUTES, rows, sha="m")
    assert not MinutePlace.objects.exists()


def test_minutes_of_a_room_told_at_import_are_of_that_room() -> None:
    """No report is looked for, even one that fits."""
    followed(LIST, [session(2, *EVENING) | {"comments": 6, "new_followers": 3}], sha="a")
    followed(MINUTES, minutes([1, 2, 3]), sha="m", account="101")
    assert not MinutePlace.objects.exists()


def months() -> list[str]:
    event = AuditEvent.objects.filter(verb="batch followed").last()
    assert event is not None
    return list(event.data["months"])


def test_every_table_says_which_months_are_stale() -> None:
    hour = {"row": 2, "raw": "{}", "start_ms": ms("2026-10-31 23:00"), "end_ms": ms("2026-11-02 00:00")}
    followed(ADS, [hour], sha="ads")
    assert months() == ["2026-10", "2026-11"]
    followed(MINUTES, minutes([1], "2026-09-10 19:00"), sha="m")
    assert months() == ["2026-09"]
    quarter = {"row": 2, "raw": "{}", "start_ms": ms("2026-04-04 00:00"), "end_ms": ms("2026-06-30 00:00")}
    followed(SERVICE, [quarter | {"agent": "a"}], sha="s")
    assert months() == ["2026-04", "2026-05", "2026-06"]


def test_further_tables_of_a_file_count_as_much_as_its_own() -> None:
    products = [{"row": 9, "raw": "{}", "session_ms": ms("2026-08-10 19:00"), "product_id": "p"}]
    report = [on("taobao", 2, *EVENING)]
    followed(
        MINUTES, minutes([1], "2026-07-10 19:00"), sha="m", more={SESSION_PRODUCT: products, SESSION_REPORT: report}
    )
    assert months() == ["2026-07", "2026-08", "2026-10"]
    assert [one[0] for one in shown()] == ["taobao"]


Row = tuple[str, str, int, int, int]
rows_of_files = st.lists(
    st.tuples(
        st.sampled_from(["douyin", "tiktok"]), st.sampled_from(["101", "102"]), st.integers(0, 5), st.integers(1, 3),
        st.sampled_from([0, 23]),
    ),
    min_size=1, max_size=4, unique_by=lambda row: row[:3],
)  # fmt: skip


@rule(max_examples=8, deadline=None)
@given(st.tuples(rows_of_files, rows_of_files, rows_of_files))
@pytest.mark.slow
def test_any_order_of_import_gives_the_same_rooms_sessions_and_joins(
    files: tuple[list[tuple[str, str, int, int, int]], ...],
) -> None:
    """Two files of a list (seconds cut off) and one of a dump; the earliest two sessions of a room are then joined."""
    seen = set()
    for order in permutations(range(3)):
        Session.objects.update(joined_to=None)
        for model in (Session, Account, Batch):
            model.objects.all().delete()
        for number in order:
            rows = [
                on(
                    platform, row, f"2026-10-0{3 + at // 3} {12 + at % 3 * 3}:00:{second if number == 2 else 0:02}",
                    f"2026-10-0{3 + at // 3} {12 + at % 3 * 3 + hours}:00:00", handle,
                    account_name=f"{handle} {number}",
                )
                for row, (platform, handle, at, hours, second) in enumerate(files[number], 2)
            ]  # fmt: skip
            followed(
                API if number == 2 else LIST, rows, sha=str(number), as_of=f"2026-11-0{number + 1} 08:00",
                zone=["Asia/Jakarta", "Asia/Tokyo", ""][number],
            )  # fmt: skip
        accounts = tuple(
            (a.platform, a.handle, a.name, tuple(a.other_names), a.zone)
            for a in Account.objects.order_by("platform", "handle")
        )
        seen.add(
            (tuple(sorted(shown())), accounts, tuple(Batch.objects.order_by("sha256").values_list("held", flat=True)))
        )
    assert len(seen) == 1
