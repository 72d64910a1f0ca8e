"""标签名单: a team's own list of orders that are no sales, with a name, a tag and a reason. A row names one order."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaibo.facts.schema import KEYS, TAGGED_LINE
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import text
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Header, Match, places, spellings
from kaibo.sources.opened import Opened
from kaibo.sources.platforms import PLATFORMS, platform
from kaibo.sources.reading import Answers, Cell, Column, Fact, Reading, Refused, Source
from kaibo.sources.tabular import Context, read_table

LINE, ORDER, TAG, REASON, LIST, PLATFORM = "子订单编号", "订单编号", "标签", "原因", "名单", "平台"
ROWS = 10
# how long the words may be that pages show
LONGEST: Mapping[str, int] = {"list_name": 60, "tag": 20, "reason": 200}

# fmt: off
COLUMNS = (
    Column(LINE, "sub_order", Cell.ID, key=True, aliases=("子订单号", "子订单ID", "Sub-order number"),
           meaning="Kaibo's own sheet: this one order line. A row needs this number or 订单编号"),
    Column(ORDER, "main_order", Cell.ID, key=True, aliases=("主订单编号", "主订单号", "订单号", "订单ID", "Order ID",
           "Order number"), meaning="every line of this order; the number of a single line is recognised here too"),
    Column(TAG, "tag", aliases=("Tag",), meaning="福袋, 样品, 自购, 刷单, 测试 or another word; blank is asked for"),
    Column(REASON, "reason", aliases=("Reason",), meaning="shown to whom it concerns; blank is asked for"),
    Column(LIST, "list_name", aliases=("名单名称", "List"), meaning="what the list is called; blank is asked for"),
    Column(PLATFORM, "platform", aliases=("Platform",), meaning="、".join(PLATFORMS) + "; blank is asked for"),
)
# fmt: on
TITLES = {column.field: column.name for column in COLUMNS}
# of the columns that name an order, any one; what makes a table with one of them a list of tags
NUMBERS = spellings(COLUMNS[0]) | spellings(COLUMNS[1])
MARKS = spellings(COLUMNS[2]) | spellings(COLUMNS[4])
EVERY = set().union(*map(spellings, COLUMNS))

SOURCE = Source(
    name="标签名单",
    key="tag_lists",
    title=gettext_noop("List of orders that are not sales (标签名单)"),
    table=TAGGED_LINE,
    columns=COLUMNS,
    key_fields=KEYS[TAGGED_LINE],
    unlocks=gettext_noop("Orders that no rule recognises are left out by name, with the reason beside them."),
    export_how=gettext_noop(
        "Your own sheet, .xlsx or .csv: a column 子订单编号 or 订单编号, and where it differs by row 标签, 原因, 名单, "
        "平台. The page 标签与名单 has a template, and takes pasted numbers too."
    ),
)
AS_TEXT = Message(
    "Format the column as text before you paste the numbers, or save the export as .csv and copy from there without "
    "opening it in a spreadsheet program. Or paste the numbers on the page 标签与名单."
)


def find(opened: Opened) -> Match | None:
    """The header of a list: it names orders, and a tag or a list beside them, or nothing that a list does not have."""
    for sheet in opened.sheets:
        for line, row in enumerate(sheet.head(), 1):
            header = Header(sheet, line, row)
            names = {name for name in header.names if name}
            if names & NUMBERS and (names & MARKS or names <= EVERY):
                return Match(SOURCE, header, len(names & EVERY))
    return None


def read(found: Match, context: Context) -> Reading:
    """Asks for name, tag, reason and platform where a row does not say them. Raises Refused."""
    told = _told(context.answers)
    numbers = [name for name in (LINE, ORDER) if name in places(SOURCE, found.header)]
    # twins are for `_rules` to find: which columns name an order differs from row to row
    match = replace(found, source=replace(SOURCE, key_fields=()))
    reading = read_table(match, context, _rules(told, numbers[0]))
    reading.source = SOURCE
    unsaid: set[str] = set()
    for fact in reading.facts:
        _complete(fact, told)
        unsaid |= {name for name in told if fact[name] is None}
    reading.questions = [name for name in told if name in unsaid]
    reading.sample = [{title: fact[name] or "—" for name, title in TITLES.items()} for fact in reading.facts[:ROWS]]
    return reading


def _told(answers: Answers) -> dict[str, str | None]:
    """What was said of the whole list. Raises Refused where it is too long for a page."""
    told = {"list_name": answers.list_name, "tag": answers.tag, "reason": answers.reason}
    for name, said in told.items():
        if len(said.strip()) > LONGEST[name]:
            raise Refused(_too_long(name), Message("Say it shorter."))
    return {name: " ".join(said.split()) or None for name, said in told.items()} | {
        "platform": answers.platform or None
    }


def _complete(fact: Fact, told: Mapping[str, str | None]) -> None:
    """The number of a line makes its order's needless; what the row leaves open was told."""
    fact["platform"] = platform(json.loads(fact["raw"]).get(PLATFORM))
    if fact["sub_order"]:
        fact["main_order"] = None
    for name, said in told.items():
        fact[name] = fact[name] or said


def _rules(told: Mapping[str, str | None], first: str) -> Rules:
    """`first`: the file's first column with numbers, where a row without any should have one."""
    seen: dict[tuple[Any, ...], tuple[int, str]] = {}

    def finish(fact: Fact) -> tuple[str, Message] | None:
        number = fact["sub_order"] or fact["main_order"]
        if number is None:
            return first, Message("The row names no order: this cell is empty.")
        column = LINE if fact["sub_order"] else ORDER
        if not any(char.isdigit() for char in number):
            return column, Message("This is no order number: it has no digit.")
        for name, longest in LONGEST.items():
            if len(fact[name] or "") > longest:
                return TITLES[name], _too_long(name)
        row, raw = seen.setdefault(
            (fact["platform"] or told["platform"], column, number), (fact["row"], fact["raw"])
        )  # fmt: skip
        if raw != fact["raw"]:
            return column, Message("Line %(line)s names the same order, and says something else of it.", {"line": row})
        return None

    return Rules(
        needed=(), identity=("row",), finish=finish, amount="", labels=("main_order", "sub_order"),
        own={"platform": platform, "tag": _word, "reason": _word, "list_name": _word}, damaged_key_todo=AS_TEXT,
    )  # fmt: skip


def _word(value: Any) -> str | None:
    return " ".join((text(value) or "").split()) or None


def _too_long(name: str) -> Message:
    said = {"column": TITLES[name], "most": LONGEST[name]}
    return Message("%(column)s is too long: at most %(most)s characters.", said)
