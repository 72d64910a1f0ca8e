"""After-sales: refunds inside and outside T+15, partial ones, two on one line, exchanges, closed and waiting ones."""

from random import Random

from kaibo.sample.story import Line, Refund, Story

HOUR, DAY = 3600, 86_400
INSIDE, OUTSIDE = 14 * DAY, 17 * DAY  # kept clear of the fifteenth day itself
RETURN, REFUND_ONLY, EXCHANGE = "退货退款", "仅退款", "换货"
DONE, CLOSED, EXCHANGED, WAITING = "同意退款，退款成功", "售后关闭", "换货成功", "待商家处理"
REASONS = ("多拍/错拍/不想要", "尺寸不合适", "质量问题", "缺货", "发货慢")
FIRST_RETURN = 142_000_000_000_000_000
REFUNDABLE = ("sold", "after", "outside")


class Counter:
    """After-sale numbers of 18 digits that never repeat."""

    def __init__(self, rng: Random, first: int) -> None:
        self.rng, self.last = rng, first

    def next(self) -> str:
        self.last += self.rng.randrange(10**8, 10**10)
        return str(self.last)


class Desk:
    """Takes the after-sales of a story; each line has at most one story of its own."""

    def __init__(self, story: Story, rng: Random, first: int) -> None:
        self.story, self.rng, self.numbers = story, rng, Counter(rng, first)

    def refund(self, line: Line, after: int, amount: int, *, status: str = DONE, kind: str = "") -> None:
        """One after-sale, applied and (where money goes back) refunded `after` seconds after payment."""
        assert line.paid is not None  # noqa: S101 - only paid lines come to the desk
        back = line.paid + after if status == DONE else None
        applied = line.paid + after * 2 // 3
        shipping = "未发货" if after < 2 * DAY else "已收货"
        made = Refund(
            self.numbers.next(), line, kind or (REFUND_ONLY if after < 2 * DAY else RETURN), status, amount,
            applied, back, self.rng.choice(REASONS), shipping,
        )  # fmt: skip
        line.refunds.append(made)
        self.story.refunds.append(made)

    def within(self, line: Line, first: int, last: int) -> int | None:
        """Seconds after payment, inside the bounds and before the export; None where there is no time left."""
        assert line.paid is not None  # noqa: S101
        last = min(last, self.story.after_sales_exported - HOUR - line.paid)
        return self.rng.randrange(first, last) if last > first else None

    def serve(self, line: Line) -> None:
        """Decide what becomes of one paid line."""
        part = line.payable * self.rng.randrange(20, 60) // 100
        fate = self.rng.random()
        hour, soon = self.within(line, 300, HOUR - 60), self.within(line, 3 * HOUR, INSIDE - DAY)
        late = self.within(line, OUTSIDE, 26 * DAY)
        if fate < 0.012 and hour:
            self.refund(line, hour, line.payable)
        elif fate < 0.055 and soon:
            self.refund(line, soon, line.payable)
        elif fate < 0.068 and soon:
            self.refund(line, soon, part)
        elif fate < 0.071 and soon:
            self.refund(line, soon, part)
            self.refund(line, soon + 2 * HOUR, line.payable // 5)
        elif fate < 0.079 and late:
            self.refund(line, late, line.payable)
        elif fate < 0.083 and soon:
            self.refund(line, soon, 0, status=EXCHANGED, kind=EXCHANGE)
        elif fate < 0.087 and soon:
            self.refund(line, soon, line.payable, status=CLOSED)
        elif fate < 0.090 and soon:
            self.refund(line, soon, line.payable, status=WAITING)


def take_back(story: Story, rng: Random, first: int = FIRST_RETURN) -> None:
    """Fill the story's refunds, in the order of application. `first`: a number below all of them."""
    desk = Desk(story, rng, first)
    for line in story.lines:
        if line.place in REFUNDABLE and line.paid and line.paid < story.exported and not line.presale:
            desk.serve(line)
    story.refunds.sort(key=lambda refund: (refund.applied, refund.number))
