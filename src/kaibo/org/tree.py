"""The tree of departments as it stood on a day: whole, or found by the database in the query that asks for it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import FilteredRelation, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields import DateField

from kaibo.database.prepared import Slot, among
from kaibo.login.grants import Reach
from kaibo.org.models import Department, DepartmentGap, DepartmentPast


def standing(on: date) -> dict[int, Department]:
    """The departments that are there on a day, by key, with the name and the one above of that day; two queries.

    What is changed of them is never saved.
    """
    past = {one.department_id: one for one in DepartmentPast.objects.filter(of_day(on))}
    open_then = Q(opened_on=None) | Q(opened_on__lte=on), Q(closed_on=None) | Q(closed_on__gt=on)
    found = {}
    shut = DepartmentGap.objects.filter(start__lte=on, until__gt=on).values("department")
    for one in Department.objects.filter(*open_then).exclude(pk__in=shut).order_by("pk"):
        if then := past.get(one.pk):
            one.name, one.name_en, one.parent_id = then.name, then.name_en, then.parent_id
        found[one.pk] = one
    return found


def of_day(on: date) -> Q:
    """The pasts that were in force on a day."""
    return Q(until__gt=on) & (Q(start=None) | Q(start__lte=on))


def parents(on: date) -> Mapping[int, int | None]:
    """Department → the one above it, on a day, closed ones too; one query."""
    then = FilteredRelation("pasts", condition=_past_of_day(on))
    rows = (
        Department.objects.annotate(before=then).order_by("pk").values_list("pk", "parent", "before", "before__parent")
    )
    return {pk: then_above if past else now for pk, now, past, then_above in rows}


def _past_of_day(on: date) -> Q:
    return Q(pasts__until__gt=on) & (Q(pasts__start=None) | Q(pasts__start__lte=on))


def reached(reach: Reach, on: date) -> RawSQL:
    """The departments of a narrow reach, with all below them, on a day; for `department__in=`.

    The caller has seen that the reach has a line or a grant.
    """
    running = Q(appointments__end__isnull=True) | Q(appointments__end__gt=on)
    lines = among("appointments__person__user", reach.lines) & Q(appointments__start__lte=on) & running
    return _closure(Department.objects.filter(lines | among("granted__grant", reach.grants)), on, down=True)


def above(departments: QuerySet[Department], on: date) -> RawSQL:
    """These departments and all above them, on a day."""
    return _closure(departments, on, down=False)


def below(departments: QuerySet[Department], on: date) -> RawSQL:
    """These departments and all below them, on a day."""
    return _closure(departments, on, down=True)


def _closure(departments: QuerySet[Department], on: date, *, down: bool) -> RawSQL:
    seeds, params = departments.order_by().values("pk").query.sql_with_params()
    table, past = Department._meta.db_table, DepartmentPast._meta.db_table
    step = "d.parent_id = t.id" if down else "t.parent_id = d.id"
    # UNION, not UNION ALL: a ring would end too. Every value is a parameter; what is put in is our own SQL.
    sql = (
        "WITH RECURSIVE placed AS ("  # noqa: S608
        "SELECT d.id, CASE WHEN p.id IS NULL THEN d.parent_id ELSE p.parent_id END AS parent_id"
        f" FROM {table} d LEFT JOIN {past} p ON p.department_id = d.id AND p.until > %s"
        " AND (p.start IS NULL OR p.start <= %s)),"
        f" t(id, parent_id) AS (SELECT id, parent_id FROM placed WHERE id IN ({seeds})"
        f" UNION SELECT d.id, d.parent_id FROM placed d JOIN t ON {step}) SELECT id FROM t"
    )
    day = _day(on)
    return RawSQL(sql, [day, day, *params])  # noqa: S611


def _day(on: Any) -> Any:
    """As the database is given it, also of a prepared query."""
    if isinstance(on, Slot):
        return on.hole
    return DateField().get_db_prep_value(on, connections[DEFAULT_DB_ALIAS])
