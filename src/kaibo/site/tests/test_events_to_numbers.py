"""Files of viewers' events from the file to the month's figures: bad ones through `kaibo import`, and real chats."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from kaibo.facts import reader
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.live.models import Account, Session, Shift
from kaibo.measurement.computing import compute_month
from kaibo.measurement.models import Computation, KeptCrowd, SegmentFact
from kaibo.site import import_cli
from kaibo.sources.reading import Answers

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# 14 October 2026, 19:00 in Shanghai
START = datetime(2026, 10, 14, 11, tzinfo=UTC)
ROOM = Answers(account="shop_1", platform="douyin", currency="CNY")


def on_air(cast, start: datetime, minutes: int, platform: str, handle: str, *, cuts: tuple[int, ...] = ()) -> Session:  # type: ignore[no-untyped-def]
    """A broadcast made by hand, its hosts taking turns at the `cuts` (minutes)."""
    account = Account.objects.create(handle=handle, name=handle, platform=platform)
    session = Session.objects.create(account=account, start=start, end=start + timedelta(minutes=minutes), by_hand=True)
    edges = [0, *cuts, minutes]
    for n, (a, b) in enumerate(pairwise(edges)):
        begin, end = start + timedelta(minutes=a), start + timedelta(minutes=b)
        Shift.objects.create(
            account=account, person=(cast.host, cast.host2)[n % 2], role="host", state="confirmed", planned_start=begin,
            planned_end=end, confirmed_start=begin, confirmed_end=end,
        )  # fmt: skip
    return session


def facts(session: Session, measure: str) -> dict[int, int]:
    shown = SegmentFact.objects.filter(session=session, computation__state="current", place="segment", measure=measure)
    return dict(shown.order_by("segment").values_list("segment", "amount"))


def lines(*told: str) -> str:
    """`told`: minutes from the start, kind, viewer."""
    rows = [text.split() for text in told]
    made = [f"{(START + timedelta(minutes=float(at))).isoformat()},{kind},{viewer}\n" for at, kind, viewer in rows]
    return "instant,kind,viewer\n" + "".join(made)


def imported(path: Path, text: str) -> dict:  # type: ignore[type-arg]
    path.write_text(text, encoding="utf-8")
    return import_cli.import_file(path, ROOM)


def computed(month: str = "2026-10") -> Computation:
    return compute_month(Progress(), month)


def test_events_before_the_broadcast_after_it_and_in_the_future_count_nowhere(cast, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    session = on_air(cast, START, 120, "douyin", "shop_1", cuts=(60,))
    year = 366 * 24 * 60
    told = imported(
        tmp_path / "e.csv",
        lines(
            "-1 enter 1",
            "0 enter 2",
            "59.9 comment 2",
            "60 comment 2",
            "119.9 leave 2",
            "120 enter 3",
            f"{year} enter 4",
        ),
    )
    assert told["accepted"] == 7
    assert len(told["warnings"]) == 1
    computed()
    # [start, end): the last minute belongs, the end does not
    assert (facts(session, "views"), facts(session, "viewers")) == ({1: 1, 2: 0}, {1: 1, 2: 1})
    assert facts(session, "comments") == {1: 1, 2: 1}


def test_leaves_of_people_who_never_came_take_nobody_away(cast, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    session = on_air(cast, START, 120, "douyin", "shop_1", cuts=(60,))
    imported(
        tmp_path / "e.csv", lines("5 leave 1", "6 leave 2", "10 enter 3", "20 leave 3", "30 leave 3", "40 enter 4")
    )
    computed()
    minute = 60_000
    assert facts(session, "online_ms") == {1: (10 + 20) * minute, 2: 60 * minute}
    assert facts(session, "pcu") == {1: 1, 2: 1}
    assert facts(session, "carried_in") == {1: 0, 2: 1}
    # a leave alone is no visit
    assert facts(session, "viewers") == {1: 2, 2: 0}


def test_ids_may_be_any_text(cast, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    session = on_air(cast, START, 120, "douyin", "shop_1")
    names = ["007", "7", "小明", "MS4wLjABAAAA-x_y", "７", "7"]
    told = imported(tmp_path / "e.csv", lines(*(f"{n} enter {name}" for n, name in enumerate(names))))
    assert (told["accepted"], told["rejected"]) == (6, 0)
    computed()
    # 7 came twice; 007 and the wide 7 are others
    assert (facts(session, "views"), facts(session, "viewers")) == ({1: 6}, {1: 5})


def test_a_file_that_ends_within_a_line_counts_what_is_whole(cast, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """And the whole file replaces it."""
    session = on_air(cast, START, 120, "douyin", "shop_1")
    whole = lines("1 enter 1", "2 enter 2", "3 enter 33")
    told = imported(tmp_path / "cut.csv", whole[:-2])
    assert (told["accepted"], told["rejected"]) == (2, 1)
    assert told["rejects"][0]["line"] == 4
    computed()
    assert facts(session, "views") == {1: 2}
    assert imported(tmp_path / "whole.csv", whole)["accepted"] == 3
    computed()
    assert (facts(session, "views"), facts(session, "viewers")) == ({1: 3}, {1: 3})


def test_a_full_disk_leaves_what_was_shown_and_the_next_computation_completes(  # type: ignore[no-untyped-def]
    cast, tmp_path: Path, monkeypatch
) -> None:
    session = on_air(cast, START, 120, "douyin", "shop_1")
    imported(tmp_path / "e.csv", lines("1 enter 1"))
    before = computed()
    imported(tmp_path / "more.csv", lines("2 comment 1", "3 comment 2"))

    def full(*_said: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("kaibo.kpi.engine.run.Run.write", full)
        with pytest.raises(OSError, match="No space"):
            computed()
    assert facts(session, "comments") == {}
    assert list(Computation.objects.values_list("pk", "state")) == [(before.pk, "current")]
    computed()
    assert facts(session, "comments") == {1: 2}
    assert KeptCrowd.objects.get(session=session).counts["counts"]["comments"] == [2]


@pytest.mark.real
@pytest.mark.parametrize("start", [1585665799, 1588497268, 1588768053])
def test_a_real_chat_computes_to_what_its_lines_say(cast, real_files: Path, start: int) -> None:  # type: ignore[no-untyped-def]
    """Against the lines themselves: who wrote when, counted in plain Python."""
    file = real_files / "bilibili_live_danmaku_jsonl" / f"{start}.txt"
    said = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    session = on_air(cast, datetime.fromtimestamp(start, UTC), 90, "bilibili", "22637261", cuts=(31,))
    report = import_cli.import_file(file, Answers(account="22637261", platform="bilibili"))
    assert report["accepted"] == len(said)
    computed(f"{datetime.fromtimestamp(start, UTC) + timedelta(hours=8):%Y-%m}")
    edges = [(1, start, start + 31 * 60), (2, start + 31 * 60, start + 90 * 60)]
    inside = {n: [one for one in said if a * 1000 <= one["timestamp"] < b * 1000] for n, a, b in edges}
    people = {n: {one["uid"] for one in of if one["uid"]} for n, of in inside.items()}
    assert facts(session, "comments") == {n: len(of) for n, of in inside.items()}
    assert facts(session, "comment_users") == {n: len(of) for n, of in people.items()}
    assert facts(session, "first_active") == {1: len(people[1]), 2: len(people[2] - people[1])}
    # a recording of chat tells nobody's coming
    assert facts(session, "views") == facts(session, "viewers") == facts(session, "online_ms") == {}


@pytest.mark.real
def test_a_real_recording_computes(cast, real_files: Path) -> None:  # type: ignore[no-untyped-def]
    begun = datetime.fromisoformat("2022-03-20T19:51:23+08:00")
    session = on_air(cast, begun, 120, "bilibili", "22637261")
    file = real_files / "danmaku_xml" / "bililive_recorder_fragment.xml"
    report = import_cli.import_file(file, Answers(account="22637261", platform="bilibili", currency="CNY"))
    assert report["accepted"] > 0
    computed("2022-03")
    batch = Batch.objects.get(table="event")
    kinds = Counter(row["kind"] for row in _facts(batch))
    assert sum(facts(session, "comments").values()) == kinds["comment"]
    crowd = KeptCrowd.objects.get(session=session).counts
    assert {kind: sum(rows) for kind, rows in crowd["lines"].items()} == dict(kinds)


def _facts(batch: Batch) -> list[dict]:  # type: ignore[type-arg]
    return reader.rows(folder_of(batch), "event", range(10_000))
