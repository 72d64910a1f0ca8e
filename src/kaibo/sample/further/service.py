"""Customer service: 飞鸽 客服表现 (the month before whole, the month by weeks) and a list of rated conversations."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from kaibo.sample.sheets import Cell, table
from kaibo.sample.story import instant, wall

DAY = timedelta(days=1)
COLUMNS = (
    "客服账号", "客服在线天数", "接待会话量", "待回复会话量", "已接待人数", "转出会话量", "有效评价数",
    "有效好评数", "有效差评数", "全天不满意率", "全天满意率", "全天平响时长", "全天首响时长",
    "全天3分钟回复率", "询单人数", "下单人数", "支付人数", "退款人数", "客服询单支付额", "退款金额",
    "退款后销售额", "询单转化率",
)  # fmt: skip
CASE_COLUMNS = (
    "Unique id", "channel_name", "category", "Sub-category", "Customer Remarks", "Order_id", "order_date_time",
    "Issue_reported at", "issue_responded", "Survey_response_Date", "Customer_City", "Product_category", "Item_price",
    "connected_handling_time", "Agent_name", "Supervisor", "Manager", "Tenure Bucket", "Agent Shift", "CSAT Score",
)  # fmt: skip


@dataclass(frozen=True)
class Agent:
    """`a_day`: conversations; `first`: usual seconds to the first answer; `good`: of a hundred ratings."""

    name: str
    a_day: int
    first: int
    good: int
    rated: int


FEW = "邹婷"  # three ratings in the whole month: too few to say anything
AGENTS = (
    Agent("罗小满", 74, 21, 97, 9),
    Agent("季舒", 62, 34, 94, 8),
    Agent("万晴", 58, 52, 88, 7),
    Agent(FEW, 11, 47, 100, 0),
)


@dataclass(frozen=True)
class Result:
    """A person's line of one file, about [start, end) as local days."""

    agent: str
    start: date
    end: date
    received: int
    persons: int
    ratings: int
    good: int
    first_reply_ms: int
    mean_reply_ms: int
    in_3_minutes_ppm: int
    paid_minor: int


@dataclass(frozen=True)
class Case:
    """A conversation that a customer rated 1 to 5; seconds since the epoch."""

    number: int
    agent: str
    opened: int
    answered: int
    rating: int


def periods(month: date, end: date) -> list[tuple[date, date]]:
    """The month before whole, then the month by weeks. `end`: the day after the month's last."""
    before = (month - DAY).replace(day=1)
    weeks = [(month + 7 * n * DAY, min(end, month + 7 * (n + 1) * DAY)) for n in range(5)]
    return [(before, month), *(week for week in weeks if week[0] < week[1])]


def results(start: date, end: date, dice: Random) -> list[Result]:
    """Everyone's line of a period. Whoever came in its month with three ratings has them in its first week."""
    found = []
    for agent in AGENTS:
        days = (end - start).days * 5 // 7
        received = agent.a_day * days * dice.randrange(92, 109) // 100
        ratings = agent.rated * days
        good = ratings * agent.good // 100
        if agent.name == FEW and start.day == 1:
            ratings = good = 3
        first = agent.first * dice.randrange(90, 112) // 100 * 1000
        found.append(
            Result(
                agent.name, start, end, received, received * 94 // 100, ratings, good, first,
                first // 5000 * 3000 or 1000, 1_000_000 - agent.first * dice.randrange(700, 900),
                received * dice.randrange(600, 1100),
            )
        )  # fmt: skip
    return found


def name(start: date, end: date) -> str:
    return f"飞鸽_客服表现_{start:%Y%m%d}-{end - DAY:%Y%m%d}.xlsx"


def write(path: Path, found: Sequence[Result]) -> None:
    """A line a person, below the shop's totals as the platform writes them."""
    total = sum(one.received for one in found)
    rows: list[list[Cell]] = [["店铺汇总值", "-", str(total), *["-"] * 19]]
    rows += [_cells(one) for one in found]
    table(path, "客服表现", COLUMNS, rows)


def _cells(one: Result) -> list[Cell]:
    bad, askers = one.ratings - one.good, one.persons // 3
    orderers, payers = askers * 4 // 10, askers * 38 // 100
    back = one.paid_minor // 20
    return [
        one.agent, str((one.end - one.start).days * 5 // 7), f"{one.received:,}", "0", f"{one.persons:,}",
        str(one.received // 80), str(one.ratings), str(one.good), str(bad), _percent(bad, one.ratings),
        _percent(one.good, one.ratings), _seconds(one.mean_reply_ms), _seconds(one.first_reply_ms),
        f"{one.in_3_minutes_ppm / 10_000:.4f}%", str(askers), str(orderers), str(payers), str(payers // 15),
        _money(one.paid_minor), _money(back), _money(one.paid_minor - back), _percent(payers, askers),
    ]  # fmt: skip


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "-"


def _seconds(ms: int) -> str:
    return f"{ms // 1000}秒"


def _money(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02d}"


def cases(month: date, end: date, dice: Random) -> Iterator[Case]:
    """Eight rated conversations of each regular agent a week, at working hours."""
    days = (end - month).days
    number = 0
    for agent in AGENTS:
        for _ in range(3 if agent.name == FEW else 34):
            number += 1
            at = instant(month + dice.randrange(days) * DAY, dice.randrange(9 * 60, 22 * 60))
            wait = 60 * max(1, agent.first * dice.randrange(40, 300) // 3000)
            good = dice.randrange(100) < agent.good
            yield Case(number, agent.name, at, at + wait, dice.choice((4, 5, 5)) if good else dice.choice((1, 2, 3)))


def write_cases(path: Path, found: Sequence[Case]) -> None:
    """Days first, to the minute; customers' words are made-up, to see them dropped."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CASE_COLUMNS)
        for one in sorted(found, key=lambda case: case.opened):
            opened, answered = wall(one.opened), wall(one.answered)
            fields = dict.fromkeys(CASE_COLUMNS, "") | {
                "Unique id": f"5a3e0000-0000-4000-8000-{one.number:012}", "channel_name": "Inbound",
                "category": "Returns", "Sub-category": "Refund enquiry", "Customer Remarks": "示例留言 13800000000",
                "Issue_reported at": f"{opened:%d/%m/%Y %H:%M}", "issue_responded": f"{answered:%d/%m/%Y %H:%M}",
                "Survey_response_Date": f"{opened.day}-{opened:%b-%y}", "Agent_name": one.agent, "Supervisor": "邵文君",
                "Tenure Bucket": "On Job Training" if one.agent == FEW else ">90", "Agent Shift": "Morning",
                "CSAT Score": str(one.rating),
            }  # fmt: skip
            writer.writerow([fields[title] for title in CASE_COLUMNS])
