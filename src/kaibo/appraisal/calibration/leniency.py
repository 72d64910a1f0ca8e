"""How a rater's points compare with everybody's on the same items; unknown while there are few."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

# fewer ratings say nothing about a rater
FEWEST = 5
# a rated item: the position's key and the line's
Item = tuple[str, str]
# (rater, item, points, the most that can be given)
Given = tuple[int, Item, Fraction, Fraction]


@dataclass(frozen=True)
class Leniency:
    """Means of points over the most possible: the rater's, and all raters' on the same items, each as often.

    `n`: the rater's ratings. `others`: how many of all ratings on these items are not theirs. None: too few to say.
    """

    rater: int
    n: int
    others: int
    own: Fraction | None
    everybody: Fraction | None

    @property
    def gap(self) -> Fraction | None:
        return None if self.own is None or self.everybody is None else self.own - self.everybody


def leniency(given: Iterable[Given]) -> dict[int, Leniency]:
    """Rater → how they compare. Nothing is said of who has few ratings, or of items that nobody else rates."""
    by_item: dict[Item, list[Fraction]] = {}
    by_rater: dict[int, list[tuple[Item, Fraction]]] = {}
    for rater, item, points, most in given:
        if not most:
            continue
        by_item.setdefault(item, []).append(points / most)
        by_rater.setdefault(rater, []).append((item, points / most))
    mean = {item: Fraction(sum(found)) / len(found) for item, found in by_item.items()}
    result = {}
    for rater, found in by_rater.items():
        n = len(found)
        items = {item for item, _points in found}
        others = sum(len(by_item[item]) for item in items) - n
        enough = n >= FEWEST and others >= FEWEST
        own = sum((points for _item, points in found), Fraction(0)) / n
        everybody = sum((mean[item] for item, _points in found), Fraction(0)) / n
        result[rater] = Leniency(rater, n, others, own if enough else None, everybody if enough else None)
    return result
