"""The sample: one month of an invented shop, written as the platforms' own files, with its true values beside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from kaibo.sample import decisions, order_export, plan, report, returns, sales, truth, workbooks
from kaibo.sample.decisions import Decisions
from kaibo.sample.story import ZONE, Story, instant, wall
from kaibo.sample.truth import Truth

SEED = 20260401
EXPORTED_AT = 9 * 60  # minutes after midnight
EXPORTED_ON, SETTLED_ON = 3, 18  # days of the month after: the files; the after-sales again, all fifteen days over
STEPS = 6


@dataclass(frozen=True)
class Files:
    """The paths, in the order in which one would drop them."""

    report: Path
    orders: Path
    after_sales: Path
    month_roster: Path
    list_roster: Path

    def __iter__(self) -> Iterator[Path]:
        return iter((self.report, self.orders, self.after_sales, self.month_roster, self.list_roster))


@dataclass(frozen=True)
class Sample:
    """The files, what is true, what a person answers, and all that happened."""

    files: Files
    truth: Truth
    decisions: Decisions
    story: Story

    def as_of(self, path: Path) -> datetime:
        """The instant at which one of the files was drawn, as its platform or its author would say."""
        late = path == self.files.after_sales
        return wall(self.story.after_sales_exported if late else self.story.exported).replace(tzinfo=ZONE)


def generate(
    folder: Path,
    month: date,
    seed: int = SEED,
    step: Callable[[int, int, str], None] = lambda *_: None,
    *,
    settled: bool = False,
) -> Sample:
    """Write the five files of a month (any day of it) into a folder that exists; the same arguments, the same bytes.

    `settled`: the after-sales are drawn when no refund can change the month any more (see `drawn`).
    """
    story = tell(month, seed, settled=settled)
    files = names(folder, story)
    step(1, STEPS, files.orders.name)
    order_export.write(files.orders, story)
    step(2, STEPS, files.report.name)
    workbooks.report_file(files.report, report.rows(story, _dice(seed, month, "report")))
    step(3, STEPS, files.after_sales.name)
    workbooks.after_sale_file(files.after_sales, story)
    step(4, STEPS, files.month_roster.name)
    workbooks.month_roster(files.month_roster, story)
    step(5, STEPS, files.list_roster.name)
    workbooks.list_roster(files.list_roster, story)
    step(6, STEPS, "")
    return Sample(files, truth.tell(story), decisions.make(story), story)


def drawn(month: date, *, settled: bool) -> datetime:
    """When the last of the files is drawn: nobody can have them before."""
    after = sales.month_end(month.replace(day=1)) + timedelta(days=SETTLED_ON if settled else EXPORTED_ON)
    return wall(instant(after, EXPORTED_AT)).replace(tzinfo=ZONE)


def tell(month: date, seed: int = SEED, *, settled: bool = False) -> Story:
    """What happened in the month; draws the same dice for the same arguments."""
    first = month.replace(day=1)
    last = sales.month_end(first)
    broadcasts, shifts = plan.make(first, last, _dice(seed, first, "plan"))
    around = timedelta(days=plan.AROUND)
    exported, after_sales = (int(drawn(first, settled=late).timestamp()) for late in (False, settled))
    story = Story(first, first - around, last + around, exported, after_sales, broadcasts, shifts)
    sales.ring_up(story, _dice(seed, first, "sales"))
    returns.take_back(story, _dice(seed, first, "returns"))
    return story


def names(folder: Path, story: Story) -> Files:
    """File names as the platforms give them; the rosters' as teams do."""
    exported, late = wall(story.exported), wall(story.after_sales_exported)
    return Files(
        folder / f"直播明细_自营账号_{story.first:%Y%m%d}_{story.last:%Y%m%d}.xlsx",
        folder / f"订单_{exported:%Y%m%d%H%M%S}.csv",
        folder / f"售后单_{late:%Y%m%d%H%M%S}.xlsx",
        folder / f"主播排班表_{story.month:%Y%m}.xlsx",
        folder / f"排班明细_{story.month:%Y%m}.xlsx",
    )


def _dice(seed: int, month: date, what: str) -> Random:
    """Dice of its own for each part: a change in one leaves the others as they were."""
    return Random(f"{seed}:{month:%Y-%m}:{what}")
