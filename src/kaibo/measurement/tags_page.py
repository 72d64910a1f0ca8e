"""What the page of tags shows: every imported list with what it left out, and the rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.cache import cache
from django.http import Http404

from kaibo.facts import reader
from kaibo.facts.listed_orders import listed_sums
from kaibo.facts.schema import TAGGED_LINE
from kaibo.imports.access import visible_batches
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch, BatchState
from kaibo.live.models import TagRule
from kaibo.login.models import User
from kaibo.look.ids import id_of
from kaibo.measurement.finders import current, rows_path

SAID = ("list_name", "tag", "reason")
WEEK = 7 * 86_400


@dataclass(frozen=True)
class InMonth:
    """What a list left out of a month's orders."""

    month: date
    lines: int


@dataclass
class Listed:
    """A list and what it does. `used`: its rows whose order is imported and that no other list overrules, of the months
    computed. `lines`, `minor`: what it leaves out, None where an amount waits for a rate.
    """

    batch: Batch
    name: str
    tag: str
    reason: str
    used: int = 0
    lines: int = 0
    minor: int | None = 0
    months: list[InMonth] = field(default_factory=list)

    @property
    def in_use(self) -> bool:
        return self.batch.state == BatchState.VISIBLE

    @property
    def unused(self) -> int:
        return max(self.batch.accepted - self.used, 0)


def lists() -> list[Listed]:
    """Every list, newest first, those withdrawn too."""
    batches = list(Batch.objects.filter(table=TAGGED_LINE).select_related("by__person").order_by("-pk"))
    said = _said(batches)
    found = {b.pk: _listed(b, said.get(b.pk, [])) for b in batches}
    for computation in current().order_by("-month"):
        for batch, (lines, minor, waiting, rows) in sums_of(computation).items():
            one = found.get(batch)
            if one is None or not one.in_use:
                continue
            one.used += rows
            one.lines += lines
            one.minor = None if waiting or one.minor is None else one.minor + minor
            if lines:
                one.months.append(InMonth(computation.month, lines))
    return list(found.values())


def sums_of(computation: Any) -> Mapping[int, tuple[int, int, int, int]]:
    """What each list did in a computation, which never changes."""
    key = f"listed-{computation.pk}"
    found: dict[int, tuple[int, int, int, int]] | None = cache.get(key)
    if found is None:
        path = rows_path(computation)
        found = listed_sums(path) if path and path.is_file() else {}
        cache.set(key, found, WEEK)
    return found


def words_of(lines: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str]]:
    """(batch, row) of lists → the list's name and its reason there."""
    rows: dict[int, list[int]] = {}
    for batch, row in lines:
        rows.setdefault(batch, []).append(row)
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for one in Batch.objects.filter(pk__in=rows):
        try:
            facts = reader.rows(folder_of(one), TAGGED_LINE, rows[one.pk])
        except FileNotFoundError:
            continue
        found |= {(one.pk, fact["row"]): (fact["list_name"] or "", fact["reason"] or "") for fact in facts}
    return found


def list_words(batches: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Batch of a list → the list's name and its reason."""
    found = list(Batch.objects.filter(pk__in=set(batches), table=TAGGED_LINE))
    said = _said(found)
    made = [_listed(batch, said.get(batch.pk, [])) for batch in found]
    return {one.batch.pk: (one.name, one.reason) for one in made}


def rules() -> tuple[list[TagRule], list[TagRule]]:
    """Those in use in the order in which they count, and the retired ones, last retired first."""
    every = TagRule.objects.select_related("saved_by__person", "retired_by__person")
    return (
        list(every.filter(retired_at__isnull=True).order_by("pk")),
        list(every.filter(retired_at__isnull=False).order_by("-retired_at")),
    )


def tagged_batch(user: User, number: str) -> int | None:
    """The list that a page was asked about; else Http404 where there is no such list."""
    if not number:
        return None
    pk = id_of(number)
    if pk is None or not visible_batches(user).filter(pk=pk, table=TAGGED_LINE).exists():
        raise Http404
    return pk


def _said(batches: Sequence[Batch]) -> dict[int, list[dict[str, Any]]]:
    there = [batch for batch in batches if (folder_of(batch) / f"{TAGGED_LINE}.parquet").is_file()]
    rows = reader.columns_of([folder_of(batch) for batch in there], TAGGED_LINE, SAID)
    return {batch.pk: rows[folder_of(batch)] for batch in there}


def _listed(batch: Batch, rows: Sequence[Mapping[str, Any]]) -> Listed:
    name, tag, reason = (_joined(rows, field) for field in SAID)
    return Listed(batch, name, tag, reason)


def _joined(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """The different words of its rows, in their order; a list that says several has them all, up to three."""
    words = list(dict.fromkeys(row[name] for row in rows if row[name]))
    return "、".join(words[:3]) + ("…" if len(words) > 3 else "")
