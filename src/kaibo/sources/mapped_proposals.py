"""What the columns of an unknown table probably are, from their headings and first values. A person decides."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from kaibo.sources.cells import CellError, duration, moment, shown
from kaibo.sources.extraction import TOTALS
from kaibo.sources.headers import Header, normal
from kaibo.sources.mapped import Mapping as TableMapping
from kaibo.sources.mapped_cells import DATED, TIME_TEXT, day_first
from kaibo.sources.mapped_names import NAMES
from kaibo.sources.mapped_targets import (
    DATE,
    DAY,
    DMY,
    DOTS,
    DURATION,
    INSTANT,
    KINDS,
    MAJOR,
    MDY,
    MINOR,
    MINUTES,
    MONEY,
    SECONDS,
    TIME,
    UNIX,
    UNIX_MS,
    WORDS,
    YMD,
    Target,
    target_of,
)  # fmt: skip

SHOWN = 3
LOOKED_AT = 60
# a mapping whose columns are mostly there is worth following
NEAR = 0.6
BRACKETS = re.compile(r"\([^()]*\)$")
MANY_DOTS = re.compile(r"\D*\d{1,3}(\.\d{3}){2,}\D*|Rp ?\d.*", re.ASCII)
SECOND_WORDS = ("秒", "second", "(s)", "secs")
MINUTE_WORDS = ("分钟", "minute", "(min)", "mins")


@dataclass(frozen=True)
class Proposal:
    """One column of the file. `target` "" where nothing fits. `asked`: the cells fit more than one `unit`.

    `rate`: its values are percentages. `from_preset`: proposed by a list of headings that nobody has confirmed.
    """

    name: str
    values: tuple[str, ...]
    target: str = ""
    unit: str = ""
    asked: bool = False
    rate: bool = False
    from_preset: bool = False


def kind_proposed(header: Header) -> str:
    """The table whose columns the headings name most."""
    names = {bare(cell) for cell in header.cells} - {""}
    return max(KINDS, key=lambda kind: len(names & set(_fields(kind.table)))).table


def header_proposed(candidates: Sequence[Header]) -> int:
    """Which of these lines is most like a header: it names columns that are known, then it has most headings."""

    def likeness(header: Header) -> tuple[int, int]:
        names = {bare(cell) for cell in header.cells} - {""}
        return max(len(names & set(_fields(kind.table))) for kind in KINDS), len(names)

    best = max(range(len(candidates)), key=lambda place: (*likeness(candidates[place]), -place))
    return best


def nearest(
    header: Header, mappings: Sequence[TableMapping], table: str = "", platform: str = "", least: float = NEAR
) -> TableMapping | None:
    """The mapping (or preset) most of whose columns this header has; of this platform and table, where said."""
    names = set(header.names)
    best: tuple[float, TableMapping] | None = None
    for mapping in mappings:
        if (table and mapping.table != table) or (platform and mapping.platform not in ("", platform)):
            continue
        known = {normal(column.name) for column in mapping.columns}
        share = len(known & names) / max(1, min(len(known), len(names - {""})))
        if share >= least and (best is None or share > best[0]):
            best = share, mapping
    return best[1] if best else None


def propose(
    header: Header, table: str, like: TableMapping | None = None, *, unconfirmed: bool = False
) -> list[Proposal]:
    """A proposal for each column of the header. `like`: a mapping to follow; `unconfirmed`: it is a preset."""
    said = {normal(column.name): column for column in like.columns} if like and like.table == table else {}
    by_name = _fields(table)
    taken = {column.target for name, column in said.items() if name in header.names}
    # a preset knows several headings of one meaning
    used: set[str] = set()
    rows = below(header)
    found = []
    for place, cell in enumerate(header.cells):
        cells = [row[place] for row in rows if place < len(row) and row[place] != ""]
        values = tuple(shown(c)[:40] for c in cells[:SHOWN])
        name = shown(cell).strip()
        column = said.get(normal(cell))
        rate = any(isinstance(c, str) and c.strip().endswith(("%", "％")) for c in cells)
        if column and column.target not in used:
            used.add(column.target)
            unit, asked = (column.unit, False) if column.unit else unit_of(table, column.target, name, cells)
            found.append(Proposal(name, values, column.target, unit, asked, False, unconfirmed))
            continue
        target, unit, asked = ("", "", False) if rate else _guess(table, by_name, cell, cells)
        if not target or target in taken or _clashes(target, taken):
            found.append(Proposal(name, values, rate=rate))
            continue
        taken.add(target)
        found.append(Proposal(name, values, target, unit, asked))
    return found


def below(header: Header) -> list[list[Any]]:
    """The first rows below a header, without totals: what a column's cells look like."""
    rows = list(header.sheet.rows())[header.line : header.line + LOOKED_AT]
    return [
        row for row in rows if not any(isinstance(c, str) and c.strip().rstrip(":：").lower() in TOTALS for c in row)
    ]


def _clashes(target: str, taken: set[str]) -> bool:
    """A day or a time beside the whole instant, or the other way round, says the same twice."""
    field, _colon, part = target.partition(":")
    return field in taken if part else bool({f"{field}:{DAY}", f"{field}:{TIME}"} & taken)


def bare(name: Any) -> str:
    """A heading as it is compared, without a unit in brackets behind it."""
    return BRACKETS.sub("", normal(name))


def _fields(table: str) -> dict[str, str]:
    """Heading → field, for every name that is known for a table's fields; the first that claims a name has it."""
    found: dict[str, str] = {}
    for field, names in NAMES[table].items():
        for name in names.split("|"):
            found.setdefault(bare(name), field)
            found.setdefault(normal(name), field)
    return found


def _guess(table: str, by_name: Mapping[str, str], heading: Any, cells: Sequence[Any]) -> tuple[str, str, bool]:
    field = by_name.get(normal(heading)) or by_name.get(bare(heading))
    target = target_of(table, field) if field else None
    if target is None or not cells:
        # an empty column says nothing, and mapping it would promise something
        return (field or "", *_default(target)) if target else ("", "", False)
    part = _part(target, cells)
    unit, asked = unit_of(table, f"{target.field}{part}", shown(heading), cells)
    return f"{target.field}{part}", unit, asked


def _default(target: Target) -> tuple[str, bool]:
    return {MONEY: MAJOR, DURATION: "", INSTANT: YMD, DATE: YMD}.get(target.read, ""), target.read is DURATION


def _part(target: Target, cells: Sequence[Any]) -> str:
    """ ":time" or ":day" where an instant's cells hold no more than that."""
    if target.read is not INSTANT:
        return ""
    if all(isinstance(c, time | timedelta) or (isinstance(c, str) and TIME_TEXT.fullmatch(c.strip())) for c in cells):
        return f":{TIME}"
    if all((isinstance(c, str) and ":" not in c and _is_date(c)) or type(c) is date for c in cells):
        return f":{DAY}"
    return ""


def _is_date(cell: str) -> bool:
    if DATED.fullmatch(cell.strip()):
        return True
    try:
        return moment(cell) is not None
    except CellError:
        return False


def unit_of(table: str, target_name: str, heading: str, cells: Sequence[Any]) -> tuple[str, bool]:
    """(unit, whether a person has to be asked)."""
    field, _colon, part = target_name.partition(":")
    target = target_of(table, field)
    if target is None or part == TIME:
        return "", False
    if target.read in (INSTANT, DATE):
        return _date_order(cells)
    low = heading.lower().replace("（", "(").replace("）", ")")
    if target.read is MONEY:
        if "(分)" in low:
            return MINOR, False
        return (DOTS if any(isinstance(c, str) and MANY_DOTS.fullmatch(c.strip()) for c in cells) else MAJOR), False
    if target.read is DURATION:
        if cells and all(_says_its_length(c) for c in cells):
            return WORDS, False
        if any(word in low for word in MINUTE_WORDS):
            return MINUTES, False
        return (SECONDS, False) if any(word in low for word in SECOND_WORDS) else ("", True)
    return "", False


def _says_its_length(cell: Any) -> bool:
    try:
        return duration(cell) is not None or shown(cell).strip() in ("-", "—", "--")
    except CellError:
        return False


def _date_order(cells: Sequence[Any]) -> tuple[str, bool]:
    """The order of day and month that all cells allow; asked where both do, or neither."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    slashed = [text for text in texts if DATED.fullmatch(text)]
    if slashed:
        orders = [unit for unit in (DMY, MDY) if all(day_first(text, unit) for text in slashed)]
        return (orders[0], False) if len(orders) == 1 else ("", True)
    numbers = [float(t) for t in texts if re.fullmatch(r"\d{9,14}", t)]
    numbers += [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, datetime | bool)]
    if numbers and all(1e12 <= number < 1e13 for number in numbers):
        return UNIX_MS, False
    if numbers and all(1e9 <= number < 1e10 for number in numbers):
        return UNIX, False
    return YMD, False
