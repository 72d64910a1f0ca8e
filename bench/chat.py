"""What computing a real chat log costs in a process that has computed nothing yet.

    python -m bench.chat FOLDER

Reads every chat log of the folder (Bilibili's JSON lines, BililiveRecorder's XML, YouTube's replay) as a broadcast of
90 minutes from its first line with two hosts, then computes its month: in a process of its own, CPU from the start of
Python to its end, loading libraries included, and again in the same process. What is no log of a broadcast is passed
over by name. The promise is 3 s.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

MINUTE = 60_000
LOGS = ("*.txt", "*.xml", "*.json")
PROMISED = 3.0


def written(path: Path, folder: Path) -> tuple[int, int]:
    """How many events the file has, and when the first was; they are written as a batch."""
    from kaibo.facts.schema import EVENT
    from kaibo.facts.store import write_batch
    from kaibo.sources.reading import Answers
    from kaibo.sources.registry import read

    found = read(path, path.name, Answers(account="room", currency="CNY"), now_ms=int(time.time() * 1000), secret=b"k")
    instants = [at for at in found.column("instant_ms") if at is not None]
    if found.source.table != EVENT or not instants:
        raise ValueError("no events of viewers")
    write_batch(folder, EVENT, found.facts)
    return len(instants), min(instants)


def compute(folder: Path, start: int, platform: str) -> tuple[int, int]:
    """Segments' facts and credits of the month of that broadcast."""
    from kaibo.facts.schema import EVENT
    from kaibo.kpi import engine
    from kaibo.kpi.inputs import AccountIn, BatchIn, MonthInputs, SessionIn, ShiftIn

    room = AccountIn(1, ("room",), "Asia/Shanghai", "CNY", platform=platform)
    session = SessionIn(1, 1, start, start + 90 * MINUTE)
    cut = start + 31 * MINUTE
    shifts = [ShiftIn(1, 1, 1, "host", start, cut), ShiftIn(2, 1, 2, "host", cut, session.end_ms)]
    month = f"{datetime.fromtimestamp(start / 1000 + 8 * 3600, UTC):%Y-%m}"
    inputs = MonthInputs(month, [room], [session], (), shifts, [BatchIn(1, EVENT, start, folder, platform, "room")])
    out = Path(tempfile.mkdtemp(dir=folder))
    result = engine.compute(replace(inputs), out, lambda done, total, what: None)
    return len(result.facts), len(result.credits)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--computed", nargs=2, metavar=("START", "PLATFORM"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.computed:
        times = []
        for _ in range(2):
            before = time.process_time() if times else 0.0
            facts, _credits = compute(args.folder, int(args.computed[0]), args.computed[1])
            times.append(time.process_time() - before)
        print(json.dumps([*times, facts]))
        return 0
    late = 0
    for path in sorted(one for log in LOGS for one in args.folder.rglob(log)):
        with tempfile.TemporaryDirectory() as folder:
            to = Path(folder) / "batch"
            try:
                events, start = written(path, to)
            except Exception as no:  # noqa: BLE001 - whatever it is, the file is no log of a broadcast
                print(f"{path.name}: passed over, {no}")
                continue
            platform = "youtube" if path.suffix == ".json" else "bilibili"
            told = subprocess.run(
                [sys.executable, "-m", "bench.chat", str(to), "--computed", str(start), platform],
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
        first, again, facts = json.loads(told.splitlines()[-1])
        late += first > PROMISED
        print(f"{path.name}: {events:,} events, CPU {first:.2f} s, again {again:.2f} s, {facts} facts", flush=True)
    print("as promised" if not late else f"{late} beyond {PROMISED} s")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
