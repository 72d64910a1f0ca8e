"""The sample: one month of an invented shop, written as the platforms' own files, with its true values beside."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from kaibo.sample import decisions, order_export, plan, report, returns, sales, truth, workbooks
from kaibo.sample.answers import Decisions
from kaibo.sample.further import files as further_files
from kaibo.sample.further import stories
from kaibo.sample.further.stories import Further
from kaibo.sample.story import ZONE, Story, instant, wall
from kaibo.sample.truth import Truth

SEED = 20260401
EXPORTED_AT = 9 * 60  # minutes after midnight
# days of the month after: when the report is drawn, when the rest is, and the after-sales when all refunds have settled
REPORTED_ON, EXPORTED_ON, SETTLED_ON = 1, 3, 18


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
class FurtherFile:
    """`as_of`: when it was drawn, as its platform or its author would say. `told`: the answers it asks for."""

    path: Path
    as_of: datetime
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """The files, what is true, what a person answers, and all that happened."""

    files: Files
    truth: Truth
    decisions: Decisions
    story: Story
    further: Further
    further_files: Sequence[FurtherFile]

    def imports(self) -> Iterator[FurtherFile]:
        """Every file in the order in which one would drop them."""
        story, files = self.story, self.files
        known = {files.report: story.reported, files.after_sales: story.after_sales_exported}
        for path in files:
            yield FurtherFile(path, wall(known.get(path, story.exported)).replace(tzinfo=ZONE))
        yield from self.further_files


def generate(
    folder: Path,
    month: date,
    seed: int = SEED,
    step: Callable[[int, int, str], None] = lambda *_: None,
    *,
    settled: bool = False,
) -> Sample:
    """Write the five files of a month (any day of it) into a folder that exists; the same arguments, the same bytes.

    Those of the further rooms and of the months around go into a folder beside it (see `further_folder`).
    `settled`: the after-sales are drawn when no refund can change the month any more (see `drawn`).
    """
    story = tell(month, seed, settled=settled)
    further = stories.tell(story, seed)
    files = names(folder, story)
    drafts = further_files.drafts(story, further, _dice(seed, month, "further report"), f"{seed}:minutes")
    beside = further_folder(folder)
    beside.mkdir(exist_ok=True)
    wanted = [*zip(files, _writers(story, _dice(seed, month, "report")), strict=True)]
    wanted += [(beside / draft.name, draft.write) for draft in drafts]
    # written aside and moved whole, so that nobody ever reads half a file
    with TemporaryDirectory(dir=folder, prefix=".") as aside:
        for number, (path, write) in enumerate(wanted, start=1):
            step(number, len(wanted), path.name)
            draft_path = Path(aside) / path.name
            write(draft_path)
            draft_path.replace(path)
    found = [FurtherFile(beside / d.name, wall(d.drawn).replace(tzinfo=ZONE), d.told) for d in drafts]
    told = decisions.make(story, further)
    return Sample(files, truth.tell((story, *further.stories), told.factors, further.work), told, story, further, found)


def further_folder(folder: Path) -> Path:
    """Where the files of the further rooms lie: a newcomer's first five stay by themselves."""
    return folder.with_name(f"{folder.name}-further")


def _writers(story: Story, dice: Random) -> Iterator[Callable[[Path], None]]:
    """What writes each of the files, in their order."""
    yield lambda path: workbooks.report_file(path, report.rows(story, dice))
    yield lambda path: order_export.write(path, story)
    yield lambda path: workbooks.after_sale_file(path, story)
    yield lambda path: workbooks.month_roster(path, story)
    yield lambda path: workbooks.list_roster(path, story)


def drawn(month: date, *, settled: bool) -> datetime:
    """When the last of the files is drawn: nobody can have them before."""
    return wall(_drawn(month, SETTLED_ON if settled else EXPORTED_ON)).replace(tzinfo=ZONE)


def tell(month: date, seed: int = SEED, *, settled: bool = False) -> Story:
    """What happened in the month; draws the same dice for the same arguments."""
    first = month.replace(day=1)
    last = sales.month_end(first)
    broadcasts, shifts = plan.make(first, last, _dice(seed, first, "plan"))
    story = Story(
        first, first - timedelta(days=plan.BEFORE), last + timedelta(days=EXPORTED_ON - 1),
        _drawn(first, REPORTED_ON), _drawn(first, EXPORTED_ON), _drawn(first, SETTLED_ON if settled else EXPORTED_ON),
        broadcasts, shifts,
    )  # fmt: skip
    sales.ring_up(story, _dice(seed, first, "sales"))
    returns.take_back(story, _dice(seed, first, "returns"))
    return story


def names(folder: Path, story: Story) -> Files:
    """File names as the platforms give them; the rosters' as teams do."""
    exported, late = wall(story.exported), wall(story.after_sales_exported)
    return Files(
        folder / f"直播明细_自营账号_{story.first:%Y%m%d}_{sales.month_end(story.month):%Y%m%d}.xlsx",
        folder / f"订单_{exported:%Y%m%d%H%M%S}.csv",
        folder / f"售后单_{late:%Y%m%d%H%M%S}.xlsx",
        folder / f"主播排班表_{story.month:%Y%m}.xlsx",
        folder / f"排班明细_{story.month:%Y%m}.xlsx",
    )


def _drawn(month: date, day: int) -> int:
    """The instant at which a file is drawn on a day of the month after."""
    return instant(sales.month_end(month.replace(day=1)) + timedelta(days=day), EXPORTED_AT)


def _dice(seed: int, month: date, what: str) -> Random:
    """Dice of its own for each part: a change in one leaves the others as they were."""
    return Random(f"{seed}:{month:%Y-%m}:{what}")
