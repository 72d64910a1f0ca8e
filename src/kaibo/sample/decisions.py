"""What a person would answer while the sample's files are imported: plain data, for the product's own verbs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from kaibo.sample.answers import (
    AdAccount,
    Beside,
    Decisions,
    Duty,
    Joined,
    Leave,
    Newcomer,
    Outage,
    Post,
    Rate,
    RoomOf,
    ShiftAnswer,
    SignIn,
    Simulcast,
    Step,
    Tag,
    Target,
    Terms,
)
from kaibo.sample.cast import (
    ADS_BUYER,
    BEDDING,
    CODES,
    FLAGSHIP,
    FLOOR_ONE,
    FLOOR_TWO,
    HOST,
    LIVE_ONE,
    LIVE_TWO,
    LUCKY_BAG,
    ROOMS,
    SERVICE_ONE,
    SUBSTITUTE,
    TEST_LINK,
)  # fmt: skip
from kaibo.sample.company import (
    BESIDE,
    DEPARTMENTS,
    LEAVER,
    LEFT_ON,
    LIVE,
    LIVE_THREE,
    MEMBERS,
    NEWCOMER_DAY,
    PROTECTED_FOR,
    TERMS,
    TRANSFER,
    joined_on,
)
from kaibo.sample.further.ads import AD_ACCOUNTS, TIKTOK_ACCOUNT
from kaibo.sample.further.cast import GIFTS, KITCHEN, SIMULCAST, TAOBAO, TIKTOK
from kaibo.sample.further.cast import ROOMS as FURTHER_ROOMS
from kaibo.sample.further.stories import Further
from kaibo.sample.sales import LUCKY_BAG_AT_MOST, month_end
from kaibo.sample.story import Shift, Story, instant

DAILY_TARGET = {
    FLAGSHIP.handle: 1_850_000, BEDDING.handle: 1_400_000, KITCHEN.handle: 260_000, GIFTS.handle: 90_000,
}  # fmt: skip
# room, and who answers for it as operator, for its ads, for its service
RESPONSIBLE = (
    (FLAGSHIP, "周子衿", "何川", "罗小满"),
    (BEDDING, "韩述", "何川", "季舒"),
    (KITCHEN, "项南", "裴乐", "万晴"),
    (GIFTS, "项南", "裴乐", "万晴"),
    (TAOBAO, "韩述", "", "季舒"),
    (TIKTOK, "项南", "殷子墨", ""),
)
# which department a room belongs to
PLACED = (
    (FLAGSHIP, LIVE_ONE), (BEDDING, LIVE_TWO), (KITCHEN, LIVE_THREE), (GIFTS, LIVE_THREE), (TAOBAO, LIVE_THREE),
    (TIKTOK, LIVE_THREE),
)  # fmt: skip
# what a rupiah was worth, made up like everything else
IDR = ("0.000439", "0.000441", "0.000437", "0.000436")

SIGN_INS = (
    SignIn("owner", "苏敏", "owner"),
    SignIn("lead", FLOOR_ONE, "lead", FLOOR_ONE),
    SignIn("host", MEMBERS[0].name, "person", MEMBERS[0].name),
    SignIn("floor", FLOOR_TWO, "person", FLOOR_TWO),
    SignIn("ads", ADS_BUYER, "person", ADS_BUYER),
    SignIn("service", SERVICE_ONE, "person", SERVICE_ONE),
    SignIn("partner", MEMBERS[1].name, "person", MEMBERS[1].name),
    SignIn("data", "纪明澈", "person", "纪明澈"),
    SignIn("tech", "雷浩然", "lead", "雷浩然"),
    SignIn("care", "邵文君", "lead", "邵文君"),
    SignIn("manager", "傅行知", "department_head", "傅行知", LIVE),
    SignIn("hr", "陶然", "hr", "陶然"),
    SignIn("ceo", "沈砚", "executive", "沈砚"),
)


def _beside(month: date) -> Iterator[Beside]:
    for one in BESIDE:
        start, end = month.replace(day=one.day), month.replace(day=1)
        for _month in range(one.acting_months):
            end = (end + timedelta(days=31)).replace(day=1)
        yield Beside(one.person, one.position, one.department, start, end if one.acting_months else None)


def _steps(month: date) -> Iterator[Step]:
    """Hosts are regular since they came; the newest is on trial for a week, then in training."""
    for member in MEMBERS:
        start = joined_on(member, month)
        if member.position == HOST and member.joined == (0, NEWCOMER_DAY):
            yield Step(member.name, "trial", start)
            yield Step(member.name, "training", start + timedelta(days=7))
        elif member.position == HOST:
            yield Step(member.name, "regular", start)


def make(story: Story, further: Further) -> Decisions:
    """The answers that bring the product to the story's truth."""
    first = further.life.first
    shifts = [*story.shifts, *(shift for one in further.stories for shift in one.shifts)]
    broken = [b for one in further.stories for b in one.broadcasts if b.breaks]
    return Decisions(
        rooms=(*ROOMS, *FURTHER_ROOMS),
        # its files know no nickname
        called={TIKTOK.handle: "示例·青禾印尼"},
        departments=DEPARTMENTS,
        people=tuple(Post(m.name, m.position, m.department, joined_on(m, story.month)) for m in MEMBERS),
        unknown_to_rosters=(SUBSTITUTE,),
        transfers=(
            Post(TRANSFER.person, TRANSFER.position, TRANSFER.department, story.month.replace(day=TRANSFER.day)),
        ),
        newcomers=tuple(
            Newcomer(m.name, joined_on(m, story.month), joined_on(m, story.month) + PROTECTED_FOR)
            for m in MEMBERS
            if m.joined == (0, NEWCOMER_DAY)
        ),
        beside=tuple(_beside(story.month)),
        terms=tuple(Terms(m.name, TERMS.get(m.name, "employee"), joined_on(m, story.month)) for m in MEMBERS),
        steps=tuple(_steps(story.month)),
        leavers=(Leave(LEAVER, story.month.replace(day=LEFT_ON)),),
        codes=CODES,
        tags=(
            Tag("福袋", "amount_at_most", str(LUCKY_BAG_AT_MOST), "福袋专拍，不算成交"),
            Tag("测试", "merchant_code", TEST_LINK.code, "试播时自己拍的"),
        ),
        targets=tuple(_targets(story.month, further)),
        shifts=tuple(_answer(shift) for shift in shifts),
        tests=tuple((b.room.handle, _aware(b.start)) for b in story.broadcasts if b.test),
        rates=tuple(Rate("IDR", day, rate) for day, rate in zip(_rate_days(story.month), IDR, strict=True)),
        simulcasts=(Simulcast("青禾下午茶", SIMULCAST, first),),
        joined=tuple(Joined(b.room.handle, [_aware(start) for start, _ in b.parts()], "推流中断") for b in broken),
        ad_accounts=tuple(_ad_accounts(first)),
        duties=tuple(_duties(first, story.month)),
        placed=tuple(RoomOf(room, department, first) for room, department in PLACED),
        outages=tuple(_outages(story.month)),
        sign_ins=SIGN_INS,
    )


def _ad_accounts(first: date) -> Iterator[AdAccount]:
    for one in AD_ACCOUNTS:
        yield AdAccount(one.name, [((room.platform, room.handle), part) for room, part in one.rooms], first)
    yield AdAccount(TIKTOK_ACCOUNT, [((TIKTOK.platform, TIKTOK.handle), 1)], first)


def _duties(first: date, month: date) -> Iterator[Duty]:
    """From the month before on; in mid-month somebody else takes over 床品馆's ads."""
    for room, operator, ads, service in RESPONSIBLE:
        for duty, person in [("manager", "傅行知"), ("operator", operator), ("ads", ads), ("service", service)]:
            if person:
                yield Duty(room, person, duty, first)
    yield Duty(BEDDING, "殷子墨", "ads", month.replace(day=16))
    for room in (FLAGSHIP, BEDDING, KITCHEN, GIFTS):
        yield Duty(room, "雷浩然", "tech", first)


def _outages(month: date) -> Iterator[Outage]:
    """One of the team's own equipment, one of the platform, and one that nobody has confirmed yet."""

    def at(day: int, minute: int) -> datetime:
        return _aware(instant(month.replace(day=day), minute))

    yield Outage(KITCHEN, at(11, 7 * 60 + 10), at(11, 7 * 60 + 18), "own_equipment", "采集卡重启")
    yield Outage(TIKTOK, at(8, 21 * 60 + 20), at(8, 21 * 60 + 31), "platform", "平台推流节点故障")
    yield Outage(FLAGSHIP, at(25, 20 * 60 + 5), at(25, 20 * 60 + 9), "venue", "园区停电，切备电", confirmed=False)


def _rate_days(month: date) -> list[date]:
    """The first and the sixteenth of the month before and of the month; the last holds for the days after it too."""
    before = (month - timedelta(days=1)).replace(day=1)
    return [before, before.replace(day=16), month, month.replace(day=16)]


def _targets(month: date, further: Further) -> Iterator[Target]:
    """The first rooms' of the month; every room's of the months around, and the further rooms' of all."""
    for first in (further.life.first, month, month_end(month) + timedelta(days=1)):
        days = month_end(first).day
        part = 1 if first == month else 4
        for room in ROOMS:
            yield Target(room.handle, first, DAILY_TARGET[room.handle] * days // part)
        for room in (KITCHEN, GIFTS):
            yield Target(room.handle, first, DAILY_TARGET[room.handle] * days)


def _answer(shift: Shift) -> ShiftAnswer:
    start, end = shift.told or (shift.start, shift.end)
    planned = None if shift.origin == "confirming" else _aware(shift.start)
    return ShiftAnswer(
        shift.room.handle, shift.role, shift.person, planned, _aware(start), _aware(end), shift.state, shift.lead,
        shift.note,
    )  # fmt: skip


def _aware(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


assert LUCKY_BAG.price <= LUCKY_BAG_AT_MOST  # noqa: S101 - else the rule would not catch them
