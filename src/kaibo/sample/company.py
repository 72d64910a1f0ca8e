"""Everyone in the company, by the handbook's departments (S1–S3): who holds which position since when, who left."""

from dataclasses import dataclass
from datetime import date, timedelta

from kaibo.sample.cast import (
    ADS,
    CO_HOST,
    CUSTOMER_SERVICE,
    FIRST_TEAM,
    FLOOR,
    HOST,
    LIVE_ONE,
    LIVE_TWO,
    MARKETING,
    OPERATIONS,
    OPERATOR,
    SERVICE,
    Member,
)  # fmt: skip

LIVE_THREE, CONTENT, SUPPORT, MANAGEMENT = "直播三部", "内容策划部", "技术支持部", "总经办"
MANAGER, PLANNER, CONTROL, TECH = "live_manager", "planner", "control", "tech"
EDITOR, ANALYST = "editor", "analyst"
DEPARTMENT_HEAD, SERVICE_HEAD, PROMOTION = "department_manager", "service_manager", "promotion"

# the newcomers' protection and the first card: they came in the sample's month
NEWCOMER_DAY = 12
PROTECTED_FOR = timedelta(days=60)

MEMBERS = (
    *FIRST_TEAM,
    Member("江映雪", HOST, LIVE_THREE, 112, (18, 1)),
    Member("秦以沫", HOST, LIVE_THREE, 101, (11, 6)),
    Member("白若溪", HOST, LIVE_THREE, 106, (16, 1)),
    Member("温知许", HOST, LIVE_THREE, 95, (9, 3)),
    Member("梁美仪", HOST, LIVE_THREE, 107, (12, 1)),
    Member("黄梓轩", HOST, LIVE_THREE, 96, (6, 15)),
    Member("苏念", HOST, LIVE_THREE, 88, (0, NEWCOMER_DAY)),
    Member("陆沉舟", FLOOR, LIVE_THREE, joined=(20, 1)),
    Member("简宁", FLOOR, LIVE_THREE, joined=(10, 8)),
    Member("程立", CONTROL, LIVE_THREE, joined=(14, 1)),
    Member("孟祈安", CO_HOST, LIVE_TWO, joined=(9, 1)),
    Member("傅行知", MANAGER, OPERATIONS, joined=(30, 1)),
    Member("项南", OPERATOR, OPERATIONS, joined=(13, 1)),
    Member("纪明澈", ANALYST, OPERATIONS, joined=(17, 4)),
    Member("文景", DEPARTMENT_HEAD, CONTENT, joined=(28, 1)),
    Member("宋知微", PLANNER, CONTENT, joined=(21, 1)),
    Member("郁青禾", PLANNER, CONTENT, joined=(8, 20)),
    Member("夏炎", EDITOR, CONTENT, joined=(16, 1)),
    Member("丁一鸣", EDITOR, CONTENT, joined=(5, 6)),
    Member("雷浩然", TECH, SUPPORT, joined=(24, 1)),
    Member("石磊", TECH, SUPPORT, joined=(12, 17)),
    Member("童谣", TECH, SUPPORT, joined=(3, 2)),
    Member("骆英", DEPARTMENT_HEAD, MARKETING, joined=(25, 1)),
    Member("裴乐", ADS, MARKETING, joined=(11, 1)),
    Member("殷子墨", ADS, MARKETING, joined=(7, 10)),
    Member("盛夏", PROMOTION, MARKETING, joined=(6, 1)),
    Member("沈砚", "ceo", MANAGEMENT, joined=(31, 1)),
    Member("陶然", "cfo", MANAGEMENT, joined=(22, 1)),
    Member("雷鸣", DEPARTMENT_HEAD, SUPPORT, joined=(26, 1)),
    Member("邵文君", SERVICE_HEAD, CUSTOMER_SERVICE, joined=(27, 1)),
    Member("季舒", SERVICE, CUSTOMER_SERVICE, joined=(15, 1)),
    Member("万晴", SERVICE, CUSTOMER_SERVICE, joined=(10, 11)),
    Member("邹婷", SERVICE, CUSTOMER_SERVICE, joined=(1, 6)),
)
SKILL = {member.name: member.skill for member in MEMBERS}
BY_NAME = {member.name: member for member in MEMBERS}
# the handbook's department of all that is live, and what is under it here
LIVE, UNDER_LIVE = "直播部", (LIVE_ONE, LIVE_TWO, LIVE_THREE, OPERATIONS)
DEPARTMENTS = (
    MANAGEMENT, LIVE_ONE, LIVE_TWO, LIVE_THREE, OPERATIONS, CONTENT, SUPPORT, MARKETING, CUSTOMER_SERVICE,
)  # fmt: skip


@dataclass(frozen=True)
class Transfer:
    """From `day` of the sample's month on they hold another position, in this department."""

    person: str
    position: str
    department: str
    day: int


@dataclass(frozen=True)
class Beside:
    """What somebody holds beside their main position from `day` of the sample's month on; acting for so many months."""

    person: str
    position: str
    department: str
    day: int
    acting_months: int = 0


# the COO's post is the CEO's second one; a service agent acts for a supervisor whom they still look for
BESIDE = (Beside("沈砚", "coo", MANAGEMENT, 1), Beside("季舒", "service_supervisor", CUSTOMER_SERVICE, 10, 3))
# everyone else has a labour contract
TERMS = {"梁美仪": "contractor", "黄梓轩": "contractor", "邹婷": "agency"}
TRANSFER = Transfer("孟祈安", HOST, LIVE_THREE, 16)
# the first day on which the person was no longer there
LEAVER, LEFT_ON = "温知许", 24


def joined_on(member: Member, month: date) -> date:
    """The first day of their appointment. `month`: the first of the sample's month."""
    months, day = member.joined
    first = month
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first.replace(day=day)
