"""The tree of departments as it stood on a day: whole, or found by the database in the query that asks for it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, F, FilteredRelation, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields import DateField

from kaibo.database.prepared import Slot, among
from kaibo.login.grants import Reach
from kaibo.org.models import Appointment, Department, DepartmentGap, DepartmentPast


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


def reached_on(reach: Reach, department: str, day: Any) -> Q:
    """Whether the row's department is one of a narrow reach on the row's own day, which is an expression of the query.

    The line is that of the appointments held on that day, and the tree that of the day, so that a query over many days
    asks each row of its own; the reach over all days is found once, as stretches of days. The caller has seen that the
    reach has a line or a grant.
    """
    return Q(_Reached(reach, F(department), day, day))


def held_between(reach: Reach, first: Any, last: Any) -> Q:
    """Whether an appointment lies in a narrow reach on a day from `first` to `last` (included, dates or expressions).

    Of stretches on one line, all share a day where each two do. The caller has seen that the reach has a line or a
    grant.
    """
    days = [Value(one, DateField()) if isinstance(one, date) else one for one in (first, last)]
    running = Q(end__isnull=True) | Q(end__gt=first)
    return Q(start__lte=last) & running & Q(_Reached(reach, F("department"), *days, F("start"), F("end")))


class _Reached(Func):
    """Of a department between two days, both included; and, where told, between [start, end) of an appointment."""

    conditional = True

    def __init__(self, reach: Reach, department: Any, first: Any, last: Any, *held: Any) -> None:
        super().__init__(department, first, last, *held, output_field=BooleanField())
        self.sql, self.values = _stretches(reach)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        said = [compiler.compile(one) for one in self.get_source_expressions()]
        (department, named), (first, of_first), (last, of_last) = said[:3]
        sql = (
            f"r.id = {department} AND (r.start IS NULL OR r.start <= {last}) AND (r.until IS NULL OR r.until > {first})"
        )
        params = [*self.values, *named, *of_last, *of_first]
        for start, end in [said[3:]] if said[3:] else []:
            sql += f" AND (r.until IS NULL OR r.until > {start[0]})"
            sql += f" AND (r.start IS NULL OR {end[0]} IS NULL OR r.start < {end[0]})"
            params += [*start[1], *end[1], *end[1]]
        return f"EXISTS (SELECT 1 FROM ({self.sql}) r WHERE {sql})", params  # noqa: S608


def stretches(reach: Reach) -> list[tuple[int, date | None, date | None]]:
    """The departments of a narrow reach with all below them, and from when to before when it was so; one query."""
    sql, params = _stretches(reach)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, params)
        return [(pk, _read(start), _read(until)) for pk, start, until in cursor.fetchall()]


def _read(day: Any) -> date | None:
    """As SQLite writes it, or as PostgreSQL gives it."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def _stretches(reach: Reach) -> tuple[str, tuple[Any, ...]]:
    """The departments of a reach with all below them, each with the days between which it was so."""
    table, past = Department._meta.db_table, DepartmentPast._meta.db_table
    seeds: list[str] = []
    params: list[Any] = []
    if reach.lines:
        held = Appointment.objects.filter(among("person__user", reach.lines)).order_by()
        sql, told = held.values("department_id", "start", "end").query.sql_with_params()
        seeds.append(sql)
        params += told
    if reach.grants:
        named = Department.objects.filter(among("granted__grant", reach.grants)).order_by()
        sql, told = named.values("id").query.sql_with_params()
        seeds.append(f"SELECT n.id, CAST(NULL AS date), CAST(NULL AS date) FROM ({sql}) n")  # noqa: S608
        params += told
    # how a department stands since its last past, and how it stood in each: pasts follow one another without a gap.
    # UNION, not UNION ALL: a ring would end too. Every value is a parameter; what is put in is our own SQL.
    later = "CASE WHEN d.start IS NULL OR t.start > d.start THEN t.start ELSE d.start END"
    sooner = "CASE WHEN d.until IS NULL OR t.until < d.until THEN t.until ELSE d.until END"
    return (
        "WITH RECURSIVE placed(id, parent_id, start, until) AS ("  # noqa: S608
        "SELECT d.id, d.parent_id,"
        f" (SELECT MAX(p.until) FROM {past} p WHERE p.department_id = d.id), CAST(NULL AS date) FROM {table} d"
        f" UNION ALL SELECT p.department_id, p.parent_id, p.start, p.until FROM {past} p),"
        f" t(id, start, until) AS ({' UNION '.join(seeds)}"
        f" UNION SELECT d.id, {later}, {sooner} FROM placed d JOIN t ON d.parent_id = t.id"
        " AND (t.until IS NULL OR d.start IS NULL OR d.start < t.until)"
        " AND (d.until IS NULL OR t.start IS NULL OR t.start < d.until))"
        " SELECT t.id, t.start, t.until FROM t",
        tuple(params),
    )


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
