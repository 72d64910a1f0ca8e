"""What a batch replaced, for its page: counted by batch, and which values differ, in the file's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.facts.replaced import Replaced, replaced
from kaibo.imports.files import batches_of, files_of
from kaibo.imports.models import Batch, BatchState
from kaibo.imports.rows import shown, titles_of
from kaibo.look.numbers import count, money


@dataclass(frozen=True)
class FieldLine:
    """A column that says something else in `rows` rows; sums before and after where they mean anything."""

    name: str
    rows: int
    before: str
    after: str
    difference: str


@dataclass(frozen=True)
class ExampleLine:
    """One cell: what the older batch's line said, and what this batch's line says."""

    batch: int
    line: int
    new_line: int
    cells: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Replacing:
    """`found` of the batch's own table; `batches`: (batch, rows) that it replaced."""

    found: Replaced
    batches: Sequence[tuple[Batch, int]]
    fields: Sequence[FieldLine]
    examples: Sequence[ExampleLine]


def replacing(batch: Batch) -> Replacing | None:
    """None where the batch is not in use, or its rows are not there (erased by rule)."""
    used = batches_of(batch.table)
    if batch.state != BatchState.VISIBLE or batch.pk not in {one.pk for one in used}:
        return None
    found = replaced(batch.table, files_of(batch.table, _near(batch, used)), batch.pk)
    titles, currency = titles_of(batch), str(batch.answers.get("currency") or "CNY")
    others = {one.pk: one for one in used}
    fields = [
        FieldLine(
            titles.get(one.field, one.field), one.rows, _sum(one.field, one.before, currency),
            _sum(one.field, one.after, currency),
            _sum(one.field, None if one.before is None or one.after is None else one.after - one.before, currency),
        )
        for one in found.fields
    ]  # fmt: skip
    examples = [
        ExampleLine(one.batch, one.line, one.new_line, [
            (titles.get(name, name), _said(name, one.before[name], currency), _said(name, one.after[name], currency))
            for name in one.before
        ])
        for one in found.examples
    ]  # fmt: skip
    return Replacing(found, [(others[pk], rows) for pk, rows in found.replaced.items()], fields, examples)


def _near(batch: Batch, used: Sequence[Batch]) -> list[Batch]:
    """The batch, and those that may speak of the same: a year of other months need not be read."""
    first, last = batch.first_instant, batch.last_instant
    if first is None or last is None:
        return list(used)
    return [
        one for one in used
        if one.first_instant is None or one.last_instant is None
        or (one.first_instant <= last and first <= one.last_instant)
        # a day's total may begin before the hours it replaces
        or batch.table in ("ad_spend", "minute")
    ]  # fmt: skip


def _sum(field: str, value: int | None, currency: str) -> str:
    if value is None:
        return "—"
    return str(money(value, currency) if field.endswith("_minor") else count(value))


def _said(field: str, value: Any, currency: str) -> str:
    return "—" if value in (None, "") else shown(field, value, currency)
