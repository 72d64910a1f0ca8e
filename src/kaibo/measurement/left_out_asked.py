"""Which month, reason and list someone asked for of what was left out: the same for the page, its file and programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

from django.utils import timezone

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.finders import computed_months
from kaibo.measurement.left_out import Group, Line, count_of, groups, kind_of_list, lines_of
from kaibo.measurement.months import month_of
from kaibo.measurement.tags_page import tagged_batch
from kaibo.org.access import require

# read at once where all are wanted: each part is looked up anew
STRIDE = 10_000


@dataclass(frozen=True)
class Asked:
    """`chosen`: the reason, None where none or none of the month's was named. `listed`: of a list alone, its batch."""

    month: date
    months: Sequence[date]
    groups: Sequence[Group]
    chosen: Group | None
    listed: int | None

    @property
    def lines(self) -> "Lines":
        """Of the reason, all of them; read when they are looked at."""
        return Lines(self.month, self.chosen, self.listed)


class Lines(Sequence[Line]):
    """The lines of a reason, read a part at a time; none where there is no reason."""

    def __init__(self, month: date, group: Group | None, listed: int | None) -> None:
        self._month, self._group, self._listed = month, group, listed
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = count_of(self._month, self._group, self._listed) if self._group else 0
        return self._count

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        first, last, _stride = at.indices(len(self))
        if self._group is None or first >= last:
            return []
        return lines_of(self._month, self._group, limit=last - first, offset=first, tag_batch=self._listed)

    def __iter__(self) -> Iterator[Line]:
        """Raises RuntimeError where the month is computed anew meanwhile: a part of the lines is no answer."""
        for first in range(0, len(self), STRIDE):
            found = self[first : first + STRIDE]
            if len(found) != min(STRIDE, len(self) - first):
                raise RuntimeError(f"{self._month:%Y-%m} was computed anew while its lines were read")
            yield from found


def asked(user: User, told: Mapping[str, str]) -> Asked:
    """`told`: month (YYYY-MM; else the newest), place and kind of a reason, list. Http404: not a lead, no such list."""
    require(user, Right.SEE_FILES)
    listed = tagged_batch(user, told.get("list", ""))
    months = computed_months()
    newest = months[0] if months else timezone.localdate().replace(day=1)
    month = month_of(told.get("month", "")) or newest
    found = groups(month)
    wanted = told.get("place", ""), told.get("kind", "")
    if listed is not None and not wanted[0]:
        wanted = ("tagged", kind_of_list(month, listed))
    chosen = next((one for one in found if (one.place, one.kind) == wanted), None)
    return Asked(month, months, found, chosen, listed)
