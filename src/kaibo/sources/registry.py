"""The sources, and the one way in: which source a file is, and what it says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kaibo.message import Message
from kaibo.sources import (
    doudian_after_sales,
    doudian_orders,
    douyin_sessions,
    roster_list,
    roster_wide,
    unsupported,
)
from kaibo.sources.cells import shown
from kaibo.sources.files import Kind, kind
from kaibo.sources.headers import Header, Match, headers, matches
from kaibo.sources.reading import Answers, Reading, Refused, Source
from kaibo.sources.roster_days import Days
from kaibo.sources.tables import open_sheets
from kaibo.sources.tabular import Context

Read = Callable[[Match, Context], Reading]
TABLE_READERS: dict[str, Read] = {
    module.SOURCE.key: module.read for module in (douyin_sessions, doudian_orders, doudian_after_sales, roster_list)
}
SOURCES: tuple[Source, ...] = (
    douyin_sessions.SOURCE,
    doudian_orders.SOURCE,
    doudian_after_sales.SOURCE,
    roster_wide.SOURCE,
    roster_list.SOURCE,
)
BY_KEY = {source.key: source for source in SOURCES}
# what each is called where it comes from, in every language
NAMES = {
    "douyin_sessions": "直播明细",
    "doudian_orders": "订单明细",
    "doudian_after_sales": "售后单",
    "roster_list": "排班列表",
}
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


def detect(path: Path, file_name: str) -> Source:
    """The source that the file is of. Raises Refused."""
    found = _found(path, file_name, "", "")
    return found.source if isinstance(found, Match) else roster_wide.SOURCE


def read(path: Path, file_name: str, answers: Answers, *, source: str = "", now_ms: int) -> Reading:
    """What the file says: facts, rejects, warnings and open questions.

    `file_name`: the name that its owner gave it. `source`: the key of a source that a person chose, else found out.
    Raises Refused with a message and what to do; KeyError for a `source` that does not exist.
    """
    if answers.month and not MONTH.fullmatch(answers.month):
        raise Refused(Message("%(month)s is no month.", {"month": answers.month}), Message("Write it like 2026-04."))
    found = _found(path, file_name, answers.month, source)
    context = Context(file_name, answers, now_ms)
    if isinstance(found, Days):
        return roster_wide.read(found, context)
    return TABLE_READERS[found.source.key](found, context)


@dataclass(frozen=True)
class _Fit:
    """The best headers of the sheets for one source, best first."""

    source: Source
    best: Sequence[Match]


def _found(path: Path, file_name: str, month: str, source: str) -> Match | Days:
    allowed = [BY_KEY[source]] if source else list(SOURCES)
    if kind(path, file_name) is Kind.TEXT:
        unsupported.refuse_text(path)
    sheets = open_sheets(path, file_name)
    candidates = headers(sheets)
    fits = [_Fit(s, best) for s in allowed if s.key in TABLE_READERS and (best := matches(s, candidates))]
    whole = [(fit, [m for m in fit.best if m.likely and not m.missing]) for fit in fits]
    whole = sorted(((fit, good) for fit, good in whole if good), key=lambda pair: -pair[1][0].known)
    if whole:
        return _only_sheet(whole[0][1])
    unsupported.refuse_table(sheets, candidates)
    if roster_wide.SOURCE in allowed and (days := roster_wide.find(sheets, file_name, month)):
        return days
    near = max((fit.best[0] for fit in fits if fit.best[0].likely), key=lambda match: match.known, default=None)
    if near:
        raise _missing(near)
    raise Refused(
        Message(
            "Kaibo does not know this table. Its first line with headings: %(header)s",
            {"header": _first_header(candidates)},
        ),
        Message("Read now: 直播明细, 订单明细, 售后单, month's roster, list of shifts. Drop one of these, untouched."),
    )


def _only_sheet(good: Sequence[Match]) -> Match:
    if len(good) > 1:
        raise Refused(
            Message(
                "Several sheets hold the same kind of table: %(names)s.",
                {"names": ", ".join(match.header.sheet.name for match in good)},
            ),
            Message("Save each sheet as a file of its own and drop them one by one."),
        )
    return good[0]


def _missing(match: Match) -> Refused:
    return Refused(
        Message(
            "This looks like %(source)s, but these columns are missing: %(columns)s.",
            {"source": NAMES[match.source.key], "columns": ", ".join(column.name for column in match.missing)},
        ),
        Message(match.source.export_how),
    )


def _first_header(candidates: Sequence[Header]) -> str:
    cells = candidates[0].cells if candidates else []
    return ", ".join(shown(cell) for cell in cells if cell != "")[:200] or "—"
