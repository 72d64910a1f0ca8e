"""A small company before its month begins, and the files of that month: what is worked out by hand stands beside it.

Run as a program it fills the installation of `KAIBO_HOME`: people, sign-ins and the hosts' scorecard, by the verbs.
"""

import csv
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import django

from kaibo.sample.order_export import COLUMNS as ORDER_COLUMNS
from kaibo.sample.sheets import Cell, table

MONTH = date(2026, 8, 1)
PASSWORD = "kaibo-demo-1"
ROOM, HANDLE, CREATOR = "青禾小馆", "qinghe_xiaoguan", "70000000000000077"
OWNER, HOST, OTHER, MANAGER, HR, CHIEF = "苏敏", "林晓彤", "陈嘉禾", "傅行知", "陶然", "沈砚"
# 林晓彤: four evenings of three hours, twelve hours of plan. On the 5th the roster's end is what she stayed to.
EVENINGS, MORNINGS = (3, 4, 5, 6), (4, 6)
CUT = 5
# ¥ by clock of each day. 林晓彤: 1,500 + 1,500 + (500 + 500 + 800) + 1,500 = 6,300; 5,500 without the hour from 21:00
EVENING_SALES = {day: {"19:30": 500, "20:30": 500, "21:30": 800 if day == CUT else 500} for day in EVENINGS}
# 陈嘉禾: 2 × 1,500 = 3,000
MORNING_SALES = {day: {"10:30": 700, "11:30": 800} for day in MORNINGS}
CARD = """
[[card]]
role = "host"
version = 1
line = [
  { kpi = "airtime_attainment", weight = 30, target = "1", rule = { form = "linear", cap = "1" } },
  { kpi = "paid", weight = 50, target = "600000", rule = { form = "linear", cap = "1.2" } },
]
rated = [
  { key = "teamwork", weight = 20, zh = "配合与交接", en = "Working together", anchors = [
    { points = "20", zh = "主动补位，交接不断品", en = "Steps in, hands over without a gap" },
    { points = "15", zh = "交接清楚", en = "Hands over clearly" },
    { points = "8", zh = "要人提醒", en = "Has to be reminded" },
    { points = "0", zh = "缺席交接", en = "Misses handovers" },
  ] },
]
outside = [{ key = "praised", each = "1", floor = "0", cap = "3", zh = "客户表扬", en = "Praise by customers" }]
gate = [{ key = "serious", at_least = "1", grade = "C", zh = "严重违规", en = "Serious violation" }]
grade = [
  { key = "A", at_least = "90", coefficient = "1.2" },
  { key = "B", at_least = "75", coefficient = "1" },
  { key = "C", coefficient = "0.8" },
]
"""


def write_files(folder: Path) -> list[Path]:
    """The broadcasts, the orders and the roster of the month."""
    report, orders, roster = (
        folder / "直播明细_202608.xlsx",
        folder / "订单_202609.csv",
        folder / "排班明细_202608.xlsx",
    )
    table(
        report, "直播间明细",
        ("主播昵称", "主播抖音号", "直播开始时间", "直播结束时间", "直播时长(分钟)", "直播间观看人数", "直播间观看次数",
         "直播间成交订单数", "直播间成交金额", "直播间用户支付金额"),
        [_reported(day, "19:00", "22:00", EVENING_SALES[day]) for day in EVENINGS]
        + [_reported(day, "10:00", "12:00", MORNING_SALES[day]) for day in MORNINGS],
    )  # fmt: skip
    with orders.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ORDER_COLUMNS)
        bought = [(day, clock, yuan) for all_days in (EVENING_SALES, MORNING_SALES) for day, told in all_days.items()
                  for clock, yuan in told.items()]  # fmt: skip
        for number, (day, clock, yuan) in enumerate(bought, start=1):
            writer.writerow(_order(number, day, clock, yuan))
    days = [(day, "19:00", "22:00", HOST) for day in EVENINGS] + [(day, "10:00", "12:00", OTHER) for day in MORNINGS]
    table(
        roster, "排班明细", ("日期", "直播间", "上播时间", "下播时间", "主播姓名"),
        [[datetime(2026, 8, day), ROOM, start, end, who] for day, start, end, who in sorted(days)],
    )  # fmt: skip
    return [report, orders, roster]


def _reported(day: int, start: str, end: str, sales: dict[str, int]) -> Sequence[Cell]:
    minutes = (int(end[:2]) - int(start[:2])) * 60
    sold = sum(sales.values())
    return [
        ROOM, HANDLE, f"2026/08/{day:02} {start}:00", f"2026/08/{day:02} {end}:00", minutes, 800, 1000, len(sales),
        sold, sold,
    ]  # fmt: skip


def _order(number: int, day: int, clock: str, yuan: int) -> list[str]:
    at, sub = f"2026-08-{day:02} {clock}", f"692000000000000{number:04}"
    fields = dict.fromkeys(ORDER_COLUMNS, "") | {
        "主订单编号": f"\t{sub}", "子订单编号": f"\t{sub}", "支付方式": "支付宝", "选购商品": "示例 浴巾三件套",
        "商品ID": "\t3700000000000000106", "商品数量": "1", "商品金额": f"{yuan}.00", "订单提交时间": f"{at}:00",
        "支付完成时间": f"{at}:30", "订单状态": "已完成", "售后状态": "-", "取消原因": "-", "订单类型": "普通订单",
        "订单应付金额": f"{yuan}.00", "达人ID": f"\t{CREATOR}", "达人昵称": ROOM, "流量来源": "自营",
        "流量体裁": "直播", "流量渠道": "直播推荐", "流量类型": "自然流量",
    }  # fmt: skip
    return [fields[name] for name in ORDER_COLUMNS]


def fill() -> None:
    """The owner, everyone who takes part, what each may do, and the scorecard from the month on."""
    from django.utils import timezone

    from kaibo.appraisal.actions import import_cards, publish_card
    from kaibo.login.actions import accept_invitation, make_owner
    from kaibo.login.models import Role, Scope
    from kaibo.org.actions import apply_organisation, create_person, give_role, invite
    from kaibo.org.handbook import handbook
    from kaibo.org.models import Department, Position

    owner = make_owner(username="owner", name=OWNER, password=PASSWORD)
    apply_organisation(by=owner, organisation=handbook())
    live = Department.objects.get(name="直播部")
    top = Department.objects.get(name="总经办")
    since = date(2026, 1, 1)
    people = {
        name: create_person(
            by=owner, name=name, position=Position.objects.get(key=position), department=where, start=since
        )
        for name, position, where in [
            (HOST, "host", live), (OTHER, "host", live), (MANAGER, "live_manager", live), (CHIEF, "ceo", top),
        ]
    }  # fmt: skip
    # above whom nobody stands: who decides an appeal is then not HR, who runs the cycle
    people[HR] = create_person(by=owner, name=HR)
    for username, name in [("host", HOST), ("manager", MANAGER), ("hr", HR), ("chief", CHIEF)]:
        link, _text = invite(by=owner, person=people[name], username=username)
        accept_invitation(by=link.user, link=link, username=username, password=PASSWORD)
    for name, role, scope, over in [
        (MANAGER, Role.DEPARTMENT_HEAD, Scope.DEPARTMENT, live), (HR, Role.HR, Scope.COMPANY, None),
        (CHIEF, Role.EXECUTIVE, Scope.COMPANY, None),
    ]:  # fmt: skip
        user = people[name].user
        assert user is not None
        give_role(by=owner, user=user, role=role, scope=scope, department=over, start=timezone.localdate())
    publish_card(by=owner, draft=import_cards(by=owner, text=CARD)[0], since=MONTH)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    django.setup()
    fill()
