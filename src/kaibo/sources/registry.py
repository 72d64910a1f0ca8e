"""The sources, and the one way in: which source a file is, and what it says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

from kaibo.facts.watching import Watch, unwatched
from kaibo.message import Message
from kaibo.sources import (
    bilibili_chat,
    bililive_recorder,
    compass_session,
    csat_cases,
    doudian_after_sales,
    doudian_orders,
    doudian_settlement,
    douyin_minutes,
    douyin_sessions,
    feige_results,
    handover_readings,
    kaibo_events,
    mapped,
    qianchuan_hours,
    roster_list,
    roster_wide,
    tag_lists,
    taobao_sessions,
    tiktok_ads,
    tiktok_analysis,
    tiktok_lives,
    tiktok_orders,
    unsupported,
    wechat_live,
    wecom_clock_in,
)
from kaibo.sources.cells import shown
from kaibo.sources.files import ACCEPTED, Kind
from kaibo.sources.headers import Header, Match, headers, matches
from kaibo.sources.mapped import Mapping
from kaibo.sources.opened import Opened
from kaibo.sources.platforms import KNOWN
from kaibo.sources.reading import Answers, Reading, Refused, Source, UnknownTable
from kaibo.sources.tabular import Context

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class TableSource(Protocol):
    """A source whose file is one table under one header: found by its columns."""

    SOURCE: Source

    def read(self, match: Match, context: Context) -> Reading: ...


class FileSource(Protocol):
    """A source that finds itself in a file: a shape of its own, several sheets, JSON, XML, Parquet."""

    SOURCE: Source

    def find(self, opened: Opened) -> Any | None:
        """What its `read` needs, or None where the file is another one. Raises Refused."""

    def read(self, found: Any, context: Context) -> Reading: ...


# in the order in which they are needed, and in which the docs name them
MODULES: tuple[TableSource | FileSource, ...] = (
    douyin_sessions,
    doudian_orders,
    doudian_after_sales,
    doudian_settlement,
    douyin_minutes,
    compass_session,
    qianchuan_hours,
    feige_results,
    handover_readings,
    roster_wide,
    roster_list,
    tag_lists,
    tiktok_lives,
    tiktok_analysis,
    tiktok_orders,
    tiktok_ads,
    taobao_sessions,
    wechat_live,
    wecom_clock_in,
    csat_cases,
    kaibo_events,
    bilibili_chat,
    bililive_recorder,
)
SOURCES: tuple[Source, ...] = tuple(module.SOURCE for module in MODULES)
BY_KEY = {source.key: source for source in SOURCES}
FILE_SOURCES = {m.SOURCE.key: cast(FileSource, m) for m in MODULES if hasattr(m, "find")}
TABLE_SOURCES = {m.SOURCE.key: cast(TableSource, m) for m in MODULES if not hasattr(m, "find")}


@dataclass(frozen=True)
class Found:
    """A source, and what its module needs to read the file."""

    source: Source
    what: Any


@dataclass(frozen=True)
class Mapped:
    """What a person said of the table, and where its header is."""

    mapping: Mapping
    match: Match

    @property
    def source(self) -> Source:
        return self.match.source


def detect(path: Path, file_name: str) -> Source:
    """The source that the file is of. Raises Refused."""
    return _found(Opened(path, file_name), "").source


def read(
    path: Path, file_name: str, answers: Answers, *, source: str = "", now_ms: int, secret: bytes = b"",
    mappings: Sequence[Mapping] = (), watch: Watch = unwatched,
) -> Reading:  # fmt: skip
    """What the file says: facts, rejects, warnings and open questions.

    `file_name`: the name that its owner gave it. `source`: the key of a source (or of one of the `mappings`) that a
    person chose, else found out. `secret`: the key for viewers' ids. `mappings`: what people said of tables that no
    source reads. `watch` hears how many rows are read, and may stop it. Raises Refused with a message and what to do,
    UnknownTable where a person may say what the columns are; KeyError for a `source` that does not exist.
    """
    if answers.month and not MONTH.fullmatch(answers.month):
        raise Refused(Message("%(month)s is no month.", {"month": answers.month}), Message("Write it like 2026-04."))
    if answers.platform and answers.platform not in KNOWN:
        raise Refused(
            Message("%(name)s is no platform.", {"name": answers.platform}),
            Message("Name one of these: %(names)s.", {"names": ", ".join(sorted(KNOWN))}),
        )
    found = _found(Opened(path, file_name, answers, watch), source, mappings)
    context = Context(file_name, answers, now_ms, secret, watch)
    if isinstance(found, Mapped):
        try:
            return mapped.read(found.mapping, found.match, context)
        except Refused as wrong:
            # what was said of its columns may be what is wrong
            raise UnknownTable(wrong.message, wrong.todo) from wrong
    key = found.source.key
    return (FILE_SOURCES.get(key) or TABLE_SOURCES[key]).read(found.what, context)


@dataclass(frozen=True)
class _Fit:
    """The best headers of the sheets for one source, best first."""

    source: Source
    best: Sequence[Match]


def _found(opened: Opened, source: str, mappings: Sequence[Mapping] = ()) -> Found | Mapped:
    if source.startswith(mapped.PREFIX):
        return _found_chosen(opened, next((m for m in mappings if m.key == source), None), source)
    allowed = [BY_KEY[source]] if source else list(SOURCES)
    if not opened.is_table:
        return _found_file(opened, allowed) or _refuse_text(opened)
    candidates = headers(opened.sheets)
    fits = [_Fit(s, best) for s in allowed if s.key in TABLE_SOURCES and (best := matches(s, candidates))]
    whole = [(fit, [m for m in fit.best if m.likely and not m.missing]) for fit in fits]
    whole = sorted(((fit, good) for fit, good in whole if good), key=lambda pair: -pair[1][0].known)
    if whole:
        match = _only_sheet(whole[0][1])
        return Found(match.source, match)
    if found := _found_file(opened, [s for s in allowed if s is not roster_wide.SOURCE]):
        return found
    if by_hand := mapped.find(mappings, candidates):
        return Mapped(by_hand[0], _only_sheet(by_hand[1]))
    try:
        unsupported.refuse_table(opened.sheets, candidates)
    except Refused as known:
        raise UnknownTable(known.message, known.todo) from None
    # the least certain of all: any line of days above names
    if found := _found_file(opened, [s for s in allowed if s is roster_wide.SOURCE]):
        return found
    near = max((fit.best[0] for fit in fits if fit.best[0].likely), key=lambda match: match.known, default=None)
    if near:
        raise _missing(near)
    raise UnknownTable(
        Message(
            "Kaibo does not know this table. Its first line with headings: %(header)s",
            {"header": _first_header(candidates)},
        ),
        Message(
            "Read now: %(names)s. Drop one of these, untouched.", {"names": ", ".join(s.own_name for s in SOURCES)}
        ),
    )


def _found_chosen(opened: Opened, mapping: Mapping | None, key: str) -> Mapped:
    """The table that this mapping is of. Raises KeyError where there is no such mapping."""
    if mapping is None:
        raise KeyError(key)
    by_hand = mapped.find([mapping], headers(opened.sheets))
    if by_hand is None:
        raise UnknownTable(
            Message("The headings of this file are not those that “%(name)s” was made for.", {"name": mapping.name}),
            Message("Say again what its columns are."),
        )
    return Mapped(mapping, _only_sheet(by_hand[1]))


def _found_file(opened: Opened, allowed: Sequence[Source]) -> Found | None:
    for source in allowed:
        module = FILE_SOURCES.get(source.key)
        what = module.find(opened) if module else None
        if what is not None:
            return Found(source, what)
    return None


def _refuse_text(opened: Opened) -> NoReturn:
    if opened.kind is Kind.PARQUET:
        raise Refused(Message("This is a Parquet file, not an export."), ACCEPTED)
    unsupported.refuse_text(opened.head)


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


def _missing(match: Match) -> UnknownTable:
    return UnknownTable(
        Message(
            "This looks like %(source)s, but these columns are missing: %(columns)s.",
            {"source": match.source.own_name, "columns": ", ".join(column.name for column in match.missing)},
        ),
        Message(match.source.export_how),
    )


def _first_header(candidates: Sequence[Header]) -> str:
    """Its cells without digits, or "—" where most cells have some: then it is no header but somebody's row."""
    cells = [shown(cell) for cell in (candidates[0].cells if candidates else []) if cell != ""]
    quoted = [cell for cell in cells if not any(char.isdigit() for char in cell)]
    return ", ".join(quoted)[:200] if quoted and 2 * len(quoted) >= len(cells) else "—"
