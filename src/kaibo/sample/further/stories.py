"""The stories beside the first shop's month: the months around it, the second shop's rooms, 淘宝 and TikTok Shop."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from kaibo.sample import plan, returns
from kaibo.sample.cast import FLOOR, HOST, OPERATOR
from kaibo.sample.further import plan as further_plan
from kaibo.sample.further import sales
from kaibo.sample.further.cast import TIKTOK
from kaibo.sample.further.work import Work
from kaibo.sample.plan import Evening
from kaibo.sample.story import Broadcast, Shift, Story

FIRST_LIFE_RETURN, FIRST_BACK_RETURN = 141_000_000_000_000_000, 140_000_000_000_000_000
# orders of a session in the months around: enough for a trend
FEWER = 28


@dataclass
class Further:
    """`around`: the first shop before and after its month. `life`: the second shop of 抖音, and 淘宝. `tiktok`."""

    around: Story
    life: Story
    tiktok: Story
    work: Work = field(default_factory=Work)

    @property
    def stories(self) -> tuple[Story, Story, Story]:
        return self.around, self.life, self.tiktok


def tell(first_story: Story, seed: int) -> Further:
    """What happened elsewhere, from the month before to the day on which the first shop's orders were drawn."""
    month = first_story.month
    first, end = (month - timedelta(days=1)).replace(day=1), first_story.last + timedelta(days=1)

    def dice(what: str) -> Random:
        return Random(f"{seed}:{month:%Y-%m}:{what}")

    around = _story(first_story, first, end, *_around(first, first_story, dice("around")))
    sales.ring_up_first_shop(around, dice("around sales"))
    returns.take_back(around, dice("around returns"), FIRST_BACK_RETURN)
    broadcasts, shifts = further_plan.make(first, end, month, dice("further"))
    rooms: dict[bool, list[Broadcast]] = {True: [], False: []}
    for broadcast in broadcasts:
        rooms[broadcast.room is TIKTOK].append(broadcast)
    life = _story(first_story, first, end, rooms[False], [s for s in shifts if s.room is not TIKTOK])
    sales.ring_up_life(life, dice("life sales"))
    returns.take_back(life, dice("life returns"), FIRST_LIFE_RETURN)
    tiktok = _story(first_story, first, end, rooms[True], [s for s in shifts if s.room is TIKTOK])
    sales.ring_up_tiktok(tiktok, dice("tiktok sales"))
    return Further(around, life, tiktok)


def _story(of: Story, first: date, end: date, broadcasts: list[Broadcast], shifts: list[Shift]) -> Story:
    """One whose files are all drawn when the first shop's orders are."""
    return Story(
        of.month, first, end - timedelta(days=1), of.exported, of.exported, of.after_sales_exported, broadcasts, shifts
    )


def _around(first: date, of: Story, dice: Random) -> tuple[list[Broadcast], list[Shift]]:
    """Plain days of the first two rooms: the month before, up to where the story begins, and the days after."""
    after = (of.month.replace(day=28) + timedelta(days=4)).replace(day=1)
    spans = [(first, of.first), (after, of.last + timedelta(days=1))]
    papers = [paper for start, end in spans for day in further_plan.days(start, end) for paper in _day(day)]
    shifts = [shift for paper in papers for shift in plan.on_roster(paper)]
    return [plan.come_true(paper, dice) for paper in papers], shifts


def _day(day: date) -> list[Evening]:
    papers = [plan.flagship_evening(day, "list", late=False)]
    if day.day % 7:
        papers.insert(0, plan.bedding_day(day, "list"))
    for paper in papers:
        paper.label, paper.orders = "around", FEWER
        paper.turns = [turn for turn in paper.turns if turn.role in (HOST, FLOOR, OPERATOR)]
        for turn in paper.turns:
            turn.code = ""
    return papers
