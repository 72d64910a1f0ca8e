"""What was bought in the further rooms. Orders of TikTok Shop are made apart: they have a currency and numbers of their
own, and no after-sales whose day a file would tell.
"""

from random import Random

from kaibo.sample.further.cast import LIFE_PRODUCTS, TIKTOK, TIKTOK_PRODUCTS
from kaibo.sample.sales import Till
from kaibo.sample.story import Broadcast, Line, Story, wall

FIRST_LIFE_ORDER = 6_850_000_000_000_000_000
FIRST_BACK_ORDER = 6_780_000_000_000_000_000
FIRST_TIKTOK_ORDER = 583_000_000_000_000_000
HOUR = 3600


def ring_up_life(story: Story, dice: Random) -> None:
    """The second shop of 抖音: what was sold on air, on the edges, and afterwards."""
    till = Till(story, dice, LIFE_PRODUCTS, FIRST_LIFE_ORDER)
    for broadcast in story.broadcasts:
        if broadcast.room.platform == "douyin":
            _sell(till, broadcast)
    story.lines.sort(key=lambda line: (line.ordered, line.sub))


def ring_up_first_shop(story: Story, dice: Random) -> None:
    """The first two rooms in the months around, in plain evenings."""
    till = Till(story, dice, first=FIRST_BACK_ORDER)
    for broadcast in story.broadcasts:
        _sell(till, broadcast)
    story.lines.sort(key=lambda line: (line.ordered, line.sub))


def _sell(till: Till, broadcast: Broadcast) -> None:
    till.bought_on_air(broadcast)
    till.edges(broadcast)
    till.after(broadcast)


def ring_up_tiktok(story: Story, dice: Random) -> None:
    """One or two lines an order, each of a product of its own; paid within the minute."""
    number = FIRST_TIKTOK_ORDER
    for broadcast in (b for b in story.broadcasts if b.room is TIKTOK):
        instants = sorted(dice.randrange(broadcast.start, broadcast.end) for _ in range(broadcast.orders))
        late = [broadcast.end + dice.randrange(300, HOUR) for _ in range(2)]
        for at in [*instants, *(one for one in late if wall(one).month == wall(broadcast.start).month)]:
            number += dice.randrange(10**8, 10**10)
            for product in dice.sample(TIKTOK_PRODUCTS, 2 if dice.random() < 0.1 else 1):
                quantity = 2 if dice.random() < 0.1 else 1
                off = dice.choice((0, 0, 500_000, 1_000_000))
                place = "sold" if at < broadcast.end else "after"
                story.lines.append(
                    Line(
                        str(number), f"{number}-{product.id}", product, quantity, product.price * quantity - off, at,
                        at + 45, place, broadcast, merchant_discount=off,
                    )
                )  # fmt: skip
    story.lines.sort(key=lambda line: (line.ordered, line.sub))
