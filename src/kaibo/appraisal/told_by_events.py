"""What events of viewers made in a segment, and the rows of their files behind it, as long as they are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.timezone import localdate

from kaibo.appraisal.path import SegmentStep
from kaibo.facts import event_rows
from kaibo.facts.event_rows import Counted, Stretch
from kaibo.facts.schema import EVENT
from kaibo.facts.visible import BatchFile
from kaibo.imports.files import file_of
from kaibo.imports.models import Batch
from kaibo.kpi.crowd import COUNTED, COUNTED_PEOPLE, kinds_of
from kaibo.live.instants import to_ms
from kaibo.live.models import Account, Session
from kaibo.measurement.finders import segments_of

CHUNK = 2_000


@dataclass(frozen=True)
class EventsHere:
    """`made`: what they make of the measure; `lines`: how many rows they were when they were counted."""

    measure: str
    made: int
    lines: int
    batches: Sequence[Batch]
    stretch: Stretch | None

    @property
    def kinds(self) -> tuple[str, ...]:
        return kinds_of(self.measure)

    @property
    def is_people(self) -> bool:
        return self.measure in COUNTED_PEOPLE

    @property
    def is_level(self) -> bool:
        """Made of who is inside, so of no single row."""
        return not self.is_people and self.measure not in COUNTED

    @property
    def erased_on(self) -> list[date]:
        """The days on which rows of these batches went by rule: then no row is shown."""
        return sorted({localdate(batch.erased_at) for batch in self.batches if batch.erased_at})

    @cached_property
    def counted(self) -> Counted | None:
        """The rows as they are now; None where they are erased, or their file is gone."""
        if self.erased_on or self.stretch is None or not self.batches:
            return None
        try:
            return event_rows.counted(self._files, self.stretch, self.kinds)
        except FileNotFoundError:
            return None

    @property
    def sum(self) -> int:
        """What the rows make now; of levels and erased rows what was made of them."""
        if self.counted is None or self.is_level:
            return self.made
        return self.counted.viewers if self.is_people else self.counted.count

    def rows(self, *, limit: int, offset: int) -> list[dict[str, Any]]:
        """A page of placed rows (kpi.inputs.PLACED_ROW), each with what it adds as its amount."""
        if self.counted is None or self.stretch is None:
            return []
        found = event_rows.page(self._files, self.stretch, self.kinds, limit=limit, offset=offset)
        return [self._placed(row) for row in found]

    def every(self) -> Iterator[dict[str, Any]]:
        offset = 0
        while found := self.rows(limit=CHUNK, offset=offset):
            yield from found
            offset += CHUNK

    @property
    def _files(self) -> list[BatchFile]:
        return [file_of(EVENT, batch) for batch in self.batches]

    def _placed(self, row: dict[str, Any]) -> dict[str, Any]:
        amount = row["n"]
        if self.is_level:
            amount = 1 if row["kind"] == "enter" else -1
        elif self.is_people:
            # a viewer counts once here, with the first event
            amount = int(row["first"])
        return {
            "table": EVENT, "batch": row["batch"], "row": row["row"], "instant_ms": row["instant_ms"],
            "measure": self.measure, "amount": amount, "count": row["n"], "basis": "measured", "label": row["item"],
            "sub_order": "", "kind": row["kind"], "viewer": row["viewer"], "currency": None,
        }  # fmt: skip


def events_here(row: dict[str, Any], segment: SegmentStep) -> EventsHere:
    """`row`: the placed row that stands for the events of the segment and measure."""
    ids = [int(pk) for pk in (row["label"] or "").split()]
    batches = [batch for _pk, batch in sorted(Batch.objects.in_bulk(ids).items())]
    return EventsHere(row["measure"], row["amount"] or 0, row["count"] or 0, batches, _stretch(segment))


def _stretch(segment: SegmentStep) -> Stretch | None:
    if segment.start is None or segment.end is None:
        return None
    account = Session.objects.select_related("account").get(pk=segment.session).account
    times = [(one.start, one.end) for one in segments_of([segment.session])]
    start, end = min(start for start, _ in times), max(end for _, end in times)
    return Stretch(
        account.platform, names_of(account), to_ms(start), to_ms(end), to_ms(segment.start), to_ms(segment.end)
    )


def names_of(account: Account) -> tuple[str, ...]:
    """What files may call the room, and no other room of its platform."""
    others = Account.objects.filter(platform=account.platform).exclude(pk=account.pk)
    taken = {name for other in others for name in _names(other)}
    return tuple(name for name in dict.fromkeys(_names(account)) if name not in taken)


def _names(account: Account) -> list[str]:
    every = (account.handle, account.name, *map(str, account.other_names))
    return [name.strip() for name in every if name.strip()]
