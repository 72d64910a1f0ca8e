"""Readings made by hand, for tests of what happens to a reading."""

import json
from datetime import UTC, datetime, timedelta

from kaibo.facts.schema import ORDER_LINE, ROSTER_SHIFT, SESSION_REPORT
from kaibo.imports.landing import land
from kaibo.imports.models import Batch
from kaibo.message import Message
from kaibo.sources.reading import Answers, Cell, Column, Reading, Rejected, Source

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = (
    Column("直播开始时间", "start_ms", Cell.INSTANT, required=True, key=True),
    Column("主播头像", cell=Cell.IGNORED),
)
SESSIONS = Source(
    "douyin_sessions", "Session list", SESSION_REPORT, COLUMNS, ("account", "start_ms"), "Sessions", "Compass"
)
ORDERS = Source("douyin_orders", "Orders", ORDER_LINE, (), ("sub_order",), "Sales", "Shop")
ROSTER = Source("roster_wide", "Roster", ROSTER_SHIFT, (), ("month",), "Shifts", "Your own")


def ms(text: str) -> int:
    """2026-10-03 19:00 in Shanghai, as milliseconds."""
    return (datetime.fromisoformat(text + "+08:00") - EPOCH) // timedelta(milliseconds=1)


def session(row: int, start: str, end: str, account: str = "101", name: str = "一号间") -> dict[str, object]:
    return {
        "row": row, "raw": json.dumps({"直播开始时间": start}, ensure_ascii=False), "account": account,
        "account_name": name,
        "start_ms": ms(start), "end_ms": ms(end), "currency": "CNY", "views": 100, "paid_minor": 12345,
    }  # fmt: skip


def order(row: int, sub_order: str, ordered: str) -> dict[str, object]:
    return {"row": row, "raw": "{}", "sub_order": sub_order, "ordered_ms": ms(ordered), "currency": "CNY"}


def cell(row: int, column: int, name: str, day: str, code: str, **more: object) -> dict[str, object]:
    return {
        "row": row, "raw": "{}", "column": column, "month": day[:7], "date": day, "person_name": name, "code": code,
        "role": "", "account_name": "", **more,
    }  # fmt: skip


def reading(
    source: Source, facts: list[dict[str, object]], *, as_of: str = "2026-11-01 08:00", rejects: int = 0
) -> Reading:
    instants = [f.get("start_ms") or f.get("ordered_ms") for f in facts]
    known = [i for i in instants if isinstance(i, int)]
    return Reading(
        source, facts, as_of_ms=ms(as_of), as_of_from="file", rows_seen=len(facts) + rejects,
        first_instant_ms=min(known, default=None), last_instant_ms=max(known, default=None),
        rejects=[
            Rejected(90 + n, "直播间成交金额", "1.2.3", Message("“%(value)s” is no amount.", {"value": "1.2.3"}), None)
            for n in range(rejects)
        ],
        warnings=[Message("%(n)s ids are damaged.", {"n": 2})] if rejects else [],
        sample=[{"主播": "一号间", "开始": "2026-10-03 19:00"}], accounts=["101"],
    )  # fmt: skip


def landed(
    source: Source, facts: list[dict[str, object]], *, sha: str, as_of: str = "2026-11-01 08:00", rejects: int = 0
) -> Batch:
    made = reading(source, facts, as_of=as_of, rejects=rejects)
    return land(made, by=None, file_name=f"{sha}.xlsx", sha256=sha, answers=Answers(), now_ms=ms("2026-11-02 08:00"))
