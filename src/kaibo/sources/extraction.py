"""Turns the lines below a header into facts: clean each cell, drop totals, reject what cannot be read."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from operator import itemgetter
from typing import Any

from kaibo.facts.collecting import uncollected
from kaibo.facts.columns import Texts
from kaibo.facts.spool import Spool
from kaibo.message import Message
from kaibo.sources import column_cells
from kaibo.sources.cells import (
    NULLS,
    CellError,
    DamagedId,
    count,
    day,
    duration,
    identifier,
    minor,
    minute,
    moment,
    number,
    shown,
    text,
)
from kaibo.sources.clocks import Clock
from kaibo.sources.columnwise import CleanAll, Cleaned, Memory, Plan, cleaned
from kaibo.sources.files import EXPORT_AGAIN
from kaibo.sources.headers import Header, places
from kaibo.sources.reading import Cell, Column, Fact, Refused, Rejected, Source, about_order
from kaibo.sources.shares import ppm
from kaibo.sources.tables import Row
from kaibo.sources.whole_lines import WholeLines

TOTALS = frozenset(
    {"合计", "总计", "小计", "汇总", "总和", "整体", "平均", "均值", "店铺汇总值", "店铺平均值", "全域推广", "total"}
)
as_json = json.JSONEncoder(ensure_ascii=False).encode
VALUE_SHOWN = 200
# an id's digits beyond what a spreadsheet program keeps
KEPT_DIGITS = 15
TEXT_HASH = 2**64 - 1
# rows that are not worth to be accepted together
FEW = 256

# what becomes another thing as a fact: minutes become an instant, and would be shown under the wrong title
NOT_SHOWN = (Cell.FRACTION, Cell.DURATION)

Clean = Callable[[Any], Any]
# mends a cleaned fact in place; a message rejects it: (column, why)
Finish = Callable[[Fact], "tuple[str, Message] | None"]


@dataclass(frozen=True)
class Rules:
    """What a source asks of its rows beyond its columns.

    `needed`: fields without which a row is no fact. `identity`: fields of which a total row has none.
    `amount`: the field whose value stands beside a rejected row. `signed`: amounts that may be negative.
    `own`: cleaners of single fields, where a platform writes them in its own way.
    `figure`: what a total row holds, where it is not the amount. `labels`: fields in which a total's word makes the
    row a total, whatever else it holds. `contested`: two rows of one key with other values are both rejected, else the
    first stays. `hashed`: a field that, where the row has none, becomes a hash of the row's raw text.
    `looks_at`: all fields that `finish` reads or sets, beside `row`; where it is not said it has to see whole facts.
    """

    needed: tuple[str, ...]
    identity: tuple[str, ...]
    finish: Finish
    amount: str
    signed: frozenset[str] = frozenset()
    damaged_key_todo: Message = EXPORT_AGAIN
    own: Mapping[str, Clean] = field(default_factory=dict)
    figure: str = ""
    labels: tuple[str, ...] = ()
    contested: bool = False
    hashed: str = ""
    looks_at: tuple[str, ...] = ()


@dataclass
class Extraction:
    facts: Spool = field(default_factory=Spool)
    rejects: list[Rejected] = field(default_factory=list)
    rows_seen: int = 0
    dropped_totals: int = 0
    same_again: int = 0
    # column → cells whose id was damaged and became unknown
    damaged: Counter[str] = field(default_factory=Counter)


def cleaners(clock: Clock, digits: int) -> dict[Cell, Clean]:
    return {
        Cell.TEXT: text,
        Cell.ID: identifier,
        Cell.COUNT: count,
        Cell.FRACTION: number,
        Cell.INSTANT: clock.instant,
        Cell.DURATION: duration,
        Cell.MONEY: lambda value: minor(value, digits),
        Cell.DATE: day,
        Cell.CLOCK: minute,
        Cell.SHARE: ppm,
    }


def whole_cleaners(clock: Clock, digits: int) -> dict[Cell, CleanAll]:
    """What does the same for whole columns."""
    found: dict[Cell, CleanAll] = {
        Cell.TEXT: column_cells.text,
        Cell.ID: column_cells.identifier,
        Cell.INSTANT: clock.instants,
    }
    return found | ({Cell.MONEY: column_cells.minor} if digits == 2 else {})


class Extractor:
    """Reads the rows below one header. Made for one reading."""

    def __init__(self, source: Source, header: Header, rules: Rules, clock: Clock, digits: int) -> None:
        self._source, self._header, self._rules = source, header, rules
        at = places(source, header)
        clean = cleaners(clock, digits)
        by_cell: dict[str, Clean] = {
            column.field: (lambda value: minor(value, digits, signed=True))
            if column.field in rules.signed
            else clean[column.cell]
            for column in source.columns
            if column.field
        } | dict(rules.own)
        declared = [c for c in source.columns if c.name in at and c.cell is not Cell.IGNORED and not c.private]
        self._plan = [(at[c.name], c.field, c.name, by_cell[c.field]) for c in declared if c.field]
        whole = whole_cleaners(clock, digits)
        self._whole = {c.field: whole.get(c.cell) for c in declared if c.field not in rules.own}
        self._keep = [(at[c.name], c.name) for c in declared]
        last = max((place for place, *_ in self._plan), default=0)
        self._lines = WholeLines(header, last, lambda line, why: self._reject(line, "", "", why, {}))
        self._keys = frozenset(c.field for c in source.columns if c.key)
        self._titles = {c.field: c.name for c in source.columns if c.field}
        # what else is in the key (the platform) is the same for the whole file
        self._own_key = [name for name in source.key_fields if name in self._titles]
        self._absent = {c.field: None for c in source.columns if c.field and c.name not in at}
        # without a key of its own a row is known by all its cells: only a word for word repetition counts once
        self._key = itemgetter(*self._own_key or ["raw"])
        # key → the first fact's row and what its raw text hashes to, as one number: a million dicts are gigabytes
        self._seen: dict[Any, int] = {}
        # key → first fact, where both of two twins are rejected
        self._first: dict[Any, Fact] = {}
        self._contested: set[Any] = set()
        self.found = Extraction()

    def _columnwise(self) -> Plan:
        rules = self._rules
        return Plan(
            read=[(place, name, clean, self._whole.get(name)) for place, name, _, clean in self._plan],
            kept=self._keep,
            absent=list(self._absent),
            needed=rules.needed,
            identity=rules.identity,
            labels=rules.labels,
            hashed=rules.hashed,
            is_total=_is_total,
        )

    def run(self) -> Extraction:
        """Raises Refused for a damaged key column."""
        with uncollected():
            return self._run()

    def _run(self) -> Extraction:
        plan, memories = self._columnwise(), defaultdict[int, Memory](Memory)
        for block in self._lines.blocks():
            found, start = cleaned(plan, block.lines, block.columns, memories), 0
            for at in [*sorted(found.apart), len(block.lines)]:
                self._accept(found, block.columns, start, at)
                if at < len(block.lines):
                    self._row(block.lines[at], [column[at] for column in block.columns])
                start = at + 1
        self.found.rows_seen = self._lines.seen
        # cut lines are found before the rows around them are read
        self.found.rejects.sort(key=lambda reject: reject.line)
        if self._contested:
            self.found.facts = Spool(fact for fact in self.found.facts if self._key(fact) not in self._contested)
        self._check_zeroed_keys()
        return self.found

    def _accept(self, found: Cleaned, cells: Sequence[Sequence[Any]], start: int, end: int) -> None:
        """The facts from one place to before another: together, or what has no trouble among them together."""
        if end - start < FEW:
            for at, fact in enumerate(found.facts(start, end), start):
                self._finished(fact, cells, at)
        elif not self._together({name: values[start:end] for name, values in found.columns.items()}, end - start):
            middle = (start + end) // 2
            self._accept(found, cells, start, middle)
            self._accept(found, cells, middle, end)

    def _together(self, columns: dict[str, Sequence[Any]], rows: int) -> bool:
        """Accept that many facts at once; False, and nothing done, where one needs to be looked at by itself."""
        rules = self._rules
        if rules.contested or rules.hashed or not rules.looks_at:
            return False
        names = ("row", *rules.looks_at)
        seen = zip(*(columns[name] for name in names), strict=True)
        parts = [dict(zip(names, of_row, strict=True)) for of_row in seen]
        if any(map(rules.finish, parts)):
            return False
        columns |= {name: [part[name] for part in parts] for name in rules.looks_at}
        own = [columns[name] for name in self._own_key or ["raw"]]
        keys = own[0] if len(own) == 1 else list(zip(*own, strict=True))
        if len(set(keys)) < rows or not self._seen.keys().isdisjoint(keys):
            return False
        hashed = zip(columns["row"], map(hash, columns["raw"]), strict=True)
        self._seen.update(zip(keys, [row << 64 | hash_ & TEXT_HASH for row, hash_ in hashed], strict=True))
        self.found.facts.extend_columns({**columns, "raw": Texts.of(columns["raw"])}, rows)
        return True

    def _row(self, line: int, row: Row) -> None:
        fact: Fact = {"row": line, **self._absent}
        problem: tuple[str, Any, Message] | None = None
        for place, name, title, clean in self._plan:
            try:
                fact[name] = clean(row[place])
            except DamagedId as error:
                fact[name] = None
                if name in self._keys:
                    self._refuse_damaged(title, line, shown(row[place]), error)
                self.found.damaged[title] += 1
            except CellError as error:
                fact[name] = None
                problem = problem or (title, row[place], error.message)
        # an unlabelled total has an amount and nothing of what names a row; a labelled one lacks some of it
        nameless = not problem and all(fact[name] is None for name in self._rules.identity)
        if nameless and fact[self._rules.figure or self._rules.amount] is not None:
            self.found.dropped_totals += 1
            return
        if any(_is_total(fact[name]) for name in self._rules.labels):
            self.found.dropped_totals += 1
            return
        missing = next((name for name in self._rules.needed if fact[name] is None), "")
        if (problem or missing) and any(map(_is_total, row)):
            self.found.dropped_totals += 1
            return
        if not problem and missing:
            problem = (self._titles[missing], "", Message("This cell is empty."))
        if problem:
            self._reject(line, problem[0], problem[1], problem[2], fact)
            return
        # most cells are text: this line runs for each cell of a row, so it spares the call
        raw = {
            title: cell.strip() if type(cell) is str else shown(cell)
            for place, title in self._keep
            if (cell := row[place]) != ""
        }
        fact["raw"] = as_json(raw)
        self._finished(fact, [(cell,) for cell in row], 0)

    def _finished(self, fact: Fact, cells: Sequence[Sequence[Any]], at: int) -> None:
        """Accept a cleaned fact, unless the source knows better or it stood in the file before.

        `cells`: the columns in which its own cells stand at that place.
        """
        if why := self._rules.finish(fact):
            value = shown(cells[self._place(why[0])][at])
            self._reject(fact["row"], why[0], value, why[1], fact)
            return
        if self._rules.hashed and fact[self._rules.hashed] is None:
            fact[self._rules.hashed] = hash_of(json.loads(fact["raw"]))
        key = self._key(fact)
        mark = fact["row"] << 64 | hash(fact["raw"]) & TEXT_HASH
        before = self._seen.setdefault(key, mark)
        if before is mark:
            self.found.facts.append(fact)
            if self._rules.contested:
                self._first[key] = fact
        elif (before ^ mark) & TEXT_HASH == 0 and key not in self._contested:
            self.found.same_again += 1
        else:
            if self._rules.contested and key not in self._contested:
                self._contested.add(key)
                self._reject_twin(self._first[key], fact["row"])
            self._reject_twin(fact, before >> 64)

    def _reject_twin(self, fact: Fact, other: int) -> None:
        name = self._own_key[0]
        self._reject(
            fact["row"],
            self._titles[name],
            json.loads(fact["raw"]).get(self._titles[name], fact[name]),
            Message("Line %(line)s has the same key with other values.", {"line": other}),
            fact,
        )

    def _reject(self, line: int, column: str, value: Any, reason: Message, fact: Fact) -> None:
        amount = fact.get(self._rules.amount)
        self.found.rejects.append(Rejected(line, column, shown(value)[:VALUE_SHOWN], reason, amount, about_order(fact)))

    def _place(self, title: str) -> int:
        return next(place for place, known in self._keep if known == title)

    def _refuse_damaged(self, title: str, line: int, value: str, error: CellError | None = None) -> None:
        raise Refused(
            Message(
                "The ids in column %(column)s have lost their last digits (line %(line)s: %(value)s).",
                {"column": title, "line": line, "value": value},
            ),
            self._rules.damaged_key_todo,
        ) from error

    def _check_zeroed_keys(self) -> None:
        """Programs also write the digits that they lost as zeros, and the number as text again."""
        for name in self._keys:
            ends = enumerate(self.found.facts.column(name))
            zeroed = [(at, value) for at, value in ends if type(value) is str and value[-2:] == "00"]
            zeroed = [(at, value) for at, value in zeroed if _is_long(value) and _zeros_lost(value) >= 2]
            # by chance one id in a hundred ends so: half of them, with four zeros among them, is no chance
            if sum(_zeros_lost(value) for _, value in zeroed) < 4:
                continue
            long = islice(filter(_is_long, self.found.facts.column(name)), 2 * len(zeroed) + 1)
            if len(list(long)) <= 2 * len(zeroed):
                at, value = zeroed[0]
                self._refuse_damaged(self._titles[name], self.found.facts[at]["row"], value)


def _is_long(value: Any) -> bool:
    """An id of more digits than a spreadsheet program keeps."""
    return isinstance(value, str) and len(value) > KEPT_DIGITS and value.isdigit()


def _zeros_lost(value: str) -> int:
    return len(value) - len(value[KEPT_DIGITS:].rstrip("0")) - KEPT_DIGITS


def _is_total(value: Any) -> bool:
    return isinstance(value, str) and value.strip().rstrip(":：").lower() in TOTALS


def hash_of(raw: Mapping[str, str]) -> str:
    """A row's raw text as a short key: the same for `100.00` and `100`, `-` and blank, an id with or without quote."""
    plain = "\x1f".join(f"{title}={_plain(cell)}" for title, cell in raw.items() if cell not in NULLS)
    return blake2b(plain.encode(), digest_size=12).hexdigest()


def _plain(cell: str) -> str:
    bare = cell.lstrip("'`’").strip()
    for clean in (number, moment):
        try:
            found = clean(bare)
        except CellError:
            continue
        if found is not None:
            return str(found.normalize()) if isinstance(found, Decimal) else str(found)
    return bare


def sample(found: Extraction, source: Source, clock: Clock, digits: int, rows: int = 10) -> list[Mapping[str, str]]:
    """The first facts as they were understood, by column title; — is unknown."""
    columns = [c for c in source.columns if c.field and not c.private and c.cell not in NOT_SHOWN]
    return [{c.name: _understood(fact[c.field], _as(c), clock, digits) for c in columns} for fact in found.facts[:rows]]


def _as(column: Column) -> Cell:
    """A day and a clock time that became an instant are shown as one."""
    return Cell.INSTANT if column.cell in (Cell.DATE, Cell.CLOCK) and column.field.endswith("_ms") else column.cell


def _understood(value: Any, cell: Cell, clock: Clock, digits: int) -> str:
    if value is None:
        return "—"
    if cell is Cell.MONEY:
        return f"{Decimal(value).scaleb(-digits):,.{digits}f}"
    if cell is Cell.INSTANT:
        return clock.local(value).isoformat(sep=" ")
    if cell is Cell.SHARE:
        return f"{Decimal(value) / 10_000:f}%"
    return f"{value:,}" if cell is Cell.COUNT else str(value)
