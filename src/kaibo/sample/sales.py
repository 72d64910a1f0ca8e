"""Who bought what and when: every order line is made knowing whether a person on air sold it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from kaibo.sample import cast
from kaibo.sample.cast import CREATORS, LUCKY_BAG, PRESALE, PRODUCTS, ROOMS, TEST_LINK, Product, Room
from kaibo.sample.company import SKILL
from kaibo.sample.story import Broadcast, Line, Story, instant, wall

SELF = ("自营", "直播", "直播推荐", "自然流量")
PAID = ("自营", "直播", "直播推荐", "付费流量")
ALLIANCE = ("精选联盟", "直播", "直播推荐", "自然流量")
CARD = ("自营", "商品卡", "搜索", "自然流量")
SHORT_VIDEO = ("自营", "短视频", "短视频推荐", "自然流量")
TOMORROW = ("数据将于第二天更新",) * 4
LUCKY_BAG_AT_MOST = 10
PRESALE_DAYS = (26, 27, 28)
FIRST_ORDER = 6_920_000_000_000_000_000


class Counter:
    """Order numbers of 19 digits that never repeat."""

    def __init__(self, rng: Random, first: int) -> None:
        self.rng, self.last = rng, first

    def next(self) -> str:
        self.last += self.rng.randrange(10**9, 10**11)
        return str(self.last)


class Till:
    """Makes the order lines of a story, one broadcast or one day at a time.

    `first`: a number below all of its orders; two shops of a platform have none in common.
    """

    def __init__(
        self, story: Story, rng: Random, products: Sequence[Product] = PRODUCTS, first: int = FIRST_ORDER
    ) -> None:
        self.story, self.rng, self.products, self.numbers = story, rng, products, Counter(rng, first)

    def line(
        self, place: str, ordered: int, product: Product, *, broadcast: Broadcast | None = None, kind: str = "",
        main: str = "", payable: int | None = None, creator: tuple[str, str] = ("", ""),
        flow: tuple[str, str, str, str] = SELF, coupon: bool = False, pay_after: int | None = None,
    ) -> Line:  # fmt: skip
        """Ring up one line; it is paid `pay_after` seconds later (some seconds or minutes where not said)."""
        quantity = 1 if payable is not None else self.rng.choices((1, 2, 3), (86, 11, 3))[0]
        full = product.price * quantity
        merchant = self.rng.choice((0, 0, 500, 1000, full * 7 // 100)) if payable is None else 0
        off = self.rng.randrange(100, 900) if coupon and self.rng.random() < 0.25 else 0
        sub = self.numbers.next()
        wait = self.rng.randrange(4, 400) if pay_after is None else pay_after
        made = Line(
            main or sub, sub, product, quantity, full - merchant if payable is None else payable, ordered,
            ordered + wait, place, broadcast, kind, merchant_discount=merchant, pay_discount=off, creator=creator,
            flow=flow,
        )  # fmt: skip
        self.story.lines.append(made)
        return made

    def product(self, room: Room | None) -> Product:
        """Something this room sells; without a room, something that both sell."""
        offered = [p for p in self.products if p.room is room or p.room is None]
        return self.rng.choices(offered, [p.weight for p in offered])[0]

    def instants(self, broadcast: Broadcast) -> Iterator[int]:
        """When people bought: more under a stronger host and in the middle of the stream."""
        length, made = broadcast.end - broadcast.start, 0
        while made < broadcast.orders:
            at = broadcast.start + self.rng.randrange(length)
            if any(off <= at < on for off, on in broadcast.breaks):
                continue
            hosts = broadcast.on_air(cast.HOST, at)
            skill = max((SKILL[s.person] for s in hosts), default=30)
            middle = 0.6 + 0.4 * (1 - abs(2 * (at - broadcast.start) / length - 1))
            if self.rng.random() < skill * middle / 130:
                made += 1
                yield at

    def other_room_live(self, broadcast: Broadcast, at: int) -> bool:
        return any(
            b.room is not broadcast.room and b.room.platform == broadcast.room.platform and b.start <= at < b.end
            for b in self.story.broadcasts
        )

    def bought_on_air(self, broadcast: Broadcast) -> None:
        """A broadcast's own orders: one to three lines each, some never paid, some without the room's name."""
        for at in sorted(self.instants(broadcast)):
            both = self.other_room_live(broadcast, at)
            blank = self.rng.random() < (0.06 if both else 0.03)
            unpaid = not blank and self.rng.random() < 0.05
            creator = ("", "") if blank else (broadcast.room.creator_id, broadcast.room.name)
            place = "unpaid" if unpaid else "doubtful" if blank and both else "sold"
            lines = 1 if place == "doubtful" else self.rng.choices((1, 2, 3), (91, 7, 2))[0]
            wait = self.rng.randrange(4, 400) if self.rng.random() < 0.97 else self.rng.randrange(900, 1700)
            main, flow = "", self.rng.choice((SELF, SELF, PAID))
            for _ in range(lines):
                product = self.product(None if place == "doubtful" else broadcast.room)
                line = self.line(
                    place, at, product, broadcast=broadcast, main=main, creator=creator, flow=flow,
                    coupon=broadcast.coupons, pay_after=wait,
                )  # fmt: skip
                main, line.paid = line.main, None if unpaid else line.paid

    def edges(self, broadcast: Broadcast) -> None:
        """Orders on the very second of a start, a handover and an end."""
        creator = (broadcast.room.creator_id, broadcast.room.name)
        product = next(p for p in self.products[2:] if p.room is broadcast.room or p.room is None)
        for start, _ in broadcast.pieces():
            self.line("sold", start, product, broadcast=broadcast, creator=creator)
        self.line("after", broadcast.end, product, broadcast=broadcast, creator=creator)

    def after(self, broadcast: Broadcast) -> None:
        """Bought when the room had already gone off air; never across the end of a month, to keep the story plain."""
        if wall(broadcast.end + 7200).month != wall(broadcast.start).month:
            return
        for _ in range(self.rng.randrange(2, 6)):
            self.line(
                "after", broadcast.end + self.rng.randrange(240, 5400), self.product(broadcast.room),
                broadcast=broadcast, creator=(broadcast.room.creator_id, broadcast.room.name),
            )  # fmt: skip

    def lucky_bags(self, broadcast: Broadcast) -> None:
        creator = (broadcast.room.creator_id, broadcast.room.name)
        for _ in range(self.rng.randrange(6, 12)):
            at = broadcast.start + self.rng.randrange(1800, broadcast.end - broadcast.start)
            self.line(
                "tagged", at, LUCKY_BAG, broadcast=broadcast, kind="福袋", creator=creator,
                payable=self.rng.choice((1, LUCKY_BAG_AT_MOST)),
            )  # fmt: skip

    def presale(self, broadcast: Broadcast, month_end: date) -> None:
        """Deposits on the last days of the month; the balance is paid in the next one, or never."""
        creator = (broadcast.room.creator_id, broadcast.room.name)
        for number in range(8):
            at = broadcast.start + self.rng.randrange(600, 5 * 3600)
            line = self.line("sold", at, PRESALE, broadcast=broadcast, creator=creator, payable=PRESALE.price)
            line.presale = True
            line.paid = instant(month_end + timedelta(days=1), 10 * 60) + self.rng.randrange(24 * 3600)
            if number < 2:
                line.paid, line.place = None, "unpaid"

    def not_ours(self, day: date) -> None:
        """A day's lines that no broadcast of ours sold: creators, product cards, short videos."""
        for _ in range(self.rng.randrange(5, 10)):
            self._outside(day, "达播", ALLIANCE, self.rng.choice(CREATORS))
        for _ in range(self.rng.randrange(8, 15)):
            self._outside(day, "商品卡", CARD, ("", ""))
        for _ in range(self.rng.randrange(2, 6)):
            room = self.rng.choice(ROOMS)
            self._outside(day, "短视频", SHORT_VIDEO, (room.creator_id, room.name))

    def _outside(self, day: date, kind: str, flow: tuple[str, str, str, str], creator: tuple[str, str]) -> None:
        at = instant(day, self.rng.randrange(7 * 60, 23 * 60), self.rng.randrange(60))
        line = self.line("outside", at, self.product(None), kind=kind, flow=flow, creator=creator)
        if self.rng.random() < 0.04:
            line.paid, line.place = None, "unpaid"

    def not_yet_known(self) -> None:
        """What the platform has not classified yet: this morning's lines, and three of the month's last evening."""
        for _ in range(9):
            at = instant(self.story.last + timedelta(days=1), self.rng.randrange(7 * 60, 8 * 60 + 30))
            self.line("pending", at, self.product(None), flow=TOMORROW)
        evening = self.story.broadcasts_of(month_end(self.story.month))[-1]
        for _ in range(3):
            self.line(
                "pending", evening.start + self.rng.randrange(3600), self.product(evening.room),
                broadcast=evening, flow=TOMORROW,
            )  # fmt: skip

    def spoil(self) -> None:
        """Two lines that somebody edited by hand: an amount and a count that cannot be."""
        sold = [line for line in self.story.lines if line.place == "sold" and line.main == line.sub]
        for line, bad in zip(self.rng.sample(sold, 2), [("订单应付金额", "1.2.3"), ("商品数量", "-1")], strict=True):
            line.bad, line.place = bad, "rejected"


def month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def ring_up(story: Story, rng: Random) -> None:
    """Fill the story's lines, in the order of time."""
    till, last = Till(story, rng), month_end(story.month)
    for broadcast in story.broadcasts:
        if broadcast.test:
            for second in (70, 130):
                creator = (broadcast.room.creator_id, broadcast.room.name)
                till.line(
                    "tagged", broadcast.start + second, TEST_LINK, broadcast=broadcast, kind="测试",
                    payable=TEST_LINK.price, creator=creator,
                )  # fmt: skip
            continue
        till.bought_on_air(broadcast)
        till.edges(broadcast)
        till.after(broadcast)
        if broadcast.coupons or broadcast.day.day % 4 == 0:
            till.lucky_bags(broadcast)
        if broadcast.day.day in PRESALE_DAYS and broadcast.label != "before" and broadcast.room is cast.FLAGSHIP:
            till.presale(broadcast, last)
    day = story.first
    while day <= story.last:
        till.not_ours(day)
        day += timedelta(days=1)
    till.not_yet_known()
    till.spoil()
    story.lines.sort(key=lambda line: (line.ordered, line.sub))
