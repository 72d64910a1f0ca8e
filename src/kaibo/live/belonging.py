"""Which departments rooms belong to, for pages and lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kaibo.live.models import Account, RoomDepartment
from kaibo.org.models import Department
from kaibo.org.tree import below


@dataclass(frozen=True)
class Placed:
    """A row of a room's history, and the first day on which it no longer holds (None: it still does)."""

    row: RoomDepartment
    until: date | None
    now: bool

    @property
    def in_closed(self) -> bool:
        """Whether the room stands today in a department that is closed."""
        department = self.row.department
        return self.now and department is not None and department.closed_on is not None


def history(account: Account, today: date) -> list[Placed]:
    """Newest first; one query."""
    rows = list(account.departments.select_related("department").order_by("start"))
    ends: list[date | None] = [*(row.start for row in rows), None][1:]
    return [
        Placed(row, until, row.start <= today and (until is None or until > today))
        for row, until in reversed(list(zip(rows, ends, strict=True)))
    ]


def departments_on(day: date, accounts: Iterable[int] | None = None) -> Mapping[int, Department]:
    """Room → the department that it belongs to on a day; one query. Rooms without one are not in it."""
    rows = RoomDepartment.objects.filter(start__lte=day).select_related("department").order_by("start")
    if accounts is not None:
        rows = rows.filter(account__in=accounts)
    newest = {row.account_id: row.department for row in rows}
    return {account: department for account, department in newest.items() if department is not None}


def within(department: Department, day: date) -> Sequence[int]:
    """The department and all below it on a day; one query."""
    there = Department.objects.filter(pk__in=below(Department.objects.filter(pk=department.pk), day))
    return list(there.order_by("pk").values_list("pk", flat=True))
