"""How long a month takes: makes sessions, shifts, minutes, orders and refunds from a seed and computes them.

    python bench/engine_month.py [--sessions 2000] [--orders 500000] [--accounts 10] [--blank 0.1]

Prints CPU and wall seconds of the computation, and the peak memory of its process.
"""

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kaibo.facts.store import write_batch
from kaibo.kpi.engine import compute
from kaibo.kpi.inputs import AccountIn, BatchIn, MonthInputs, SessionIn, ShiftIn

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# 1 October 2026, 00:00 in Shanghai
START = 1_790_784_000_000
DAYS = 31
ROLES = ("host", "host", "co_host", "floor_manager", "control")


def accounts(number: int) -> list[AccountIn]:
    return [AccountIn(i, (f"room{i}", f"店{i}"), "Asia/Shanghai", "CNY", "7:3") for i in range(1, number + 1)]


def sessions(rng: random.Random, number: int, rooms: int) -> list[SessionIn]:
    """Spread evenly over rooms and days, apart from each other within a room."""
    per_room = -(-number // rooms)
    gap = DAYS * DAY // per_room
    found = []
    for index in range(number):
        room, place = index % rooms + 1, index // rooms
        start = START + place * gap + rng.randrange(max(1, gap // 20))
        found.append(SessionIn(index + 1, room, start, start + int(gap * rng.uniform(0.5, 0.9))))
    return found


def shifts(rng: random.Random, found: list[SessionIn]) -> list[ShiftIn]:
    """Two hosts one after the other, and the others over the whole session."""
    made: list[ShiftIn] = []
    for session in found:
        middle = (session.start_ms + session.end_ms) // 2
        for place, role in enumerate(ROLES):
            start = middle if place == 1 else session.start_ms
            end = middle if place == 0 else session.end_ms
            person = rng.randrange(1, 200)
            made.append(ShiftIn(len(made) + 1, session.account, person, role, start, end, place == 0))
    return made


def orders(rng: random.Random, number: int, found: list[SessionIn], blank: float) -> list[dict[str, Any]]:
    rows = []
    for row in range(1, number + 1):
        session = found[rng.randrange(len(found))]
        ordered = rng.randrange(session.start_ms, session.end_ms + 10 * MINUTE)
        kind = rng.choices(("直播", "商品卡", "短视频"), (80, 15, 5))[0]
        rows.append(
            {
                "row": row, "raw": "{}", "sub_order": f"69{row:017d}", "product": "杯", "product_id": f"p{row % 50}",
                "payable_minor": rng.randrange(1, 50_000), "currency": "CNY", "ordered_ms": ordered,
                "paid_ms": None if rng.random() < 0.05 else ordered + 30_000, "flow_kind": kind,
                "creator_id": None if rng.random() < blank else f"room{session.account}",
            }
        )  # fmt: skip
    return rows


def refunds(rng: random.Random, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for line in rng.sample(lines, len(lines) // 8):
        back = line["ordered_ms"] + rng.randrange(30 * DAY)
        rows.append(
            {
                "row": len(rows) + 1, "raw": "{}", "after_sale": f"a{len(rows)}", "sub_order": line["sub_order"],
                "refund_minor": line["payable_minor"], "applied_ms": back - DAY, "refunded_ms": back,
            }
        )  # fmt: skip
    return rows


def reports(rng: random.Random, found: list[SessionIn]) -> list[dict[str, Any]]:
    return [
        {
            "row": row, "raw": "{}", "account": f"room{s.account}", "start_ms": s.start_ms, "end_ms": s.end_ms,
            "views": rng.randrange(100_000), "paid_minor": rng.randrange(10_000_000), "orders": 1,
        }
        for row, s in enumerate(found, 1)
    ]  # fmt: skip


def minutes(rng: random.Random, found: list[SessionIn]) -> Iterator[dict[str, Any]]:
    """Every minute of every session."""
    row = 0
    for session in found:
        for at in range(session.start_ms // MINUTE * MINUTE, session.end_ms, MINUTE):
            row += 1
            yield {
                "row": row, "raw": "{}", "platform": "douyin", "account": f"room{session.account}", "minute_ms": at,
                "length_ms": MINUTE, "online": rng.randrange(50, 900), "entries": rng.randrange(300),
                "comments": rng.randrange(40), "likes": rng.randrange(500), "new_followers": rng.randrange(5),
                "product_clicks": rng.randrange(60),
            }  # fmt: skip


def write_files(args: argparse.Namespace, folder: Path) -> None:
    rng = random.Random(args.seed)
    found = sessions(random.Random(args.seed), args.sessions, args.accounts)
    lines = orders(rng, args.orders, found, args.blank)
    tables: dict[str, Iterable[dict[str, Any]]] = {
        "session_report": reports(rng, found), "order_line": lines, "after_sale": refunds(rng, lines),
        "minute": minutes(rng, found),
    }  # fmt: skip
    for table, rows in tables.items():
        write_batch(folder / table, table, rows)


def inputs(args: argparse.Namespace, folder: Path) -> MonthInputs:
    # in a process of its own, whose memory is not the computation's
    maker = multiprocessing.get_context("spawn").Process(target=write_files, args=(args, folder))
    maker.start()
    maker.join()
    found = sessions(random.Random(args.seed), args.sessions, args.accounts)
    tables = ("session_report", "order_line", "after_sale", "minute")
    batches = [BatchIn(number, table, START, folder / table) for number, table in enumerate(tables, 1)]
    crew = shifts(random.Random(args.seed), found)
    return MonthInputs("2026-10", accounts(args.accounts), found, (), crew, batches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--orders", type=int, default=500_000)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--blank", type=float, default=0.1, help="share of orders that name no creator")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        month = inputs(args, Path(folder) / "facts")
        out = Path(folder) / "out"
        out.mkdir()
        cpu, wall = time.process_time(), time.perf_counter()
        result = compute(month, out, lambda done, total, what: None)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = result.rows_path.stat().st_size / 2**20
    counts = f"{len(result.segments)} segments, {len(result.facts)} facts, {len(result.credits)} credits"
    print(f"{args.sessions} sessions, {args.orders} orders: {counts}, rows {size:.1f} MB")
    print(f"CPU {cpu:.1f} s, wall {wall:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
