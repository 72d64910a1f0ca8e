"""Departments with those below or above them, found by the database in the query that asks for them."""

from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from kaibo.database.prepared import among
from kaibo.login.grants import Reach
from kaibo.org.models import Department


def reached(reach: Reach, on: date) -> RawSQL:
    """The departments of a narrow reach, with all below them, on a day; for `department__in=`.

    The caller has seen that the reach has a line or a grant. The tree has no dates: it is as it stands.
    """
    running = Q(appointments__end__isnull=True) | Q(appointments__end__gt=on)
    lines = among("appointments__person__user", reach.lines) & Q(appointments__start__lte=on) & running
    return _closure(Department.objects.filter(lines | among("granted__grant", reach.grants)), down=True)


def above(departments: QuerySet[Department]) -> RawSQL:
    """These departments and all above them."""
    return _closure(departments, down=False)


def _closure(departments: QuerySet[Department], *, down: bool) -> RawSQL:
    seeds, params = departments.order_by().values("pk").query.sql_with_params()
    table = Department._meta.db_table
    step = "d.parent_id = t.id" if down else "t.parent_id = d.id"
    # UNION, not UNION ALL: a ring would end too. Every value is a parameter; what is put in is our own SQL.
    sql = (
        f"WITH RECURSIVE t(id, parent_id) AS (SELECT id, parent_id FROM {table} WHERE id IN ({seeds})"  # noqa: S608
        f" UNION SELECT d.id, d.parent_id FROM {table} d JOIN t ON {step}) SELECT id FROM t"
    )
    return RawSQL(sql, params)  # noqa: S611
