"""What events came to, remembered: a damaged line counts nothing in part, and a mark sees every batch that matters."""

from pathlib import Path

from kaibo.kpi import counted
from kaibo.kpi.crowd import Crowd
from kaibo.kpi.engine import event_files
from kaibo.kpi.engine.event_spans import Read, Span
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import AccountIn, BatchIn, MonthInputs, SessionIn

MINUTE = 60_000
ROOM = AccountIn(1, ("room", "its old name"), "Asia/Shanghai", "CNY")
SESSION = SessionIn(1, 1, 100 * MINUTE, 130 * MINUTE)


def test_a_damaged_line_is_counted_anew_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    crowd = Crowd()
    for session in (1, 2, 3):
        crowd.sums[session, "views"] = {1: 7}
    counted.write(tmp_path, {}, {1: "a", 2: "b", 3: "c"}, crowd)
    path = tmp_path / counted.FILE
    header, first, second, third = path.read_bytes().splitlines(keepends=True)
    # one can be read up to where it cannot, one is no text
    broken = first.replace(b"}}}", b'}},"online":7}')
    path.write_bytes(header + broken + second.replace(b"views", b"vi\xffws") + third)
    again = Crowd()
    assert counted.same(tmp_path, {1: "a", 2: "x", 3: "c"}, again) == {3}
    assert again.sums == {(3, "views"): {1: 7}}


class Told:
    """As much of a computing as marks are made of."""

    def __init__(self, tmp_path: Path, *spans: Span) -> None:
        batches = [BatchIn(number, "event", number, tmp_path) for number in sorted({one.batch for one in spans})]
        self.inputs = MonthInputs("2026-10", [ROOM], [SESSION], (), [], batches)
        self.month = self
        self.segments: list[object] = []
        self.events = Read(told=spans)


def marks(tmp_path: Path, *spans: Span) -> dict[int, str]:
    told: Run = Told(tmp_path, *spans)  # type: ignore[assignment]
    return event_files.marks(told).counts


def test_a_batch_that_speaks_before_and_after_a_broadcast_marks_it_too(tmp_path: Path) -> None:
    """Under another name of the room each: from its first to its last event there it replaces older ones."""
    own = Span(1, 1, 100 * MINUTE, 130 * MINUTE, 5)
    before, after = Span(2, 1, 10 * MINUTE, 20 * MINUTE, 5), Span(2, 1, 200 * MINUTE, 220 * MINUTE, 5)
    alone = marks(tmp_path, own)
    assert marks(tmp_path, own, before) == alone
    assert marks(tmp_path, own, after) == alone
    assert marks(tmp_path, own, before, after) != alone
