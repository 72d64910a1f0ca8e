"""Queries whose shape never changes: put together and compiled once in a process, then asked with other values.

Building a queryset and compiling it takes many times as long as a small table needs to answer it. Only the text is
kept, never an answer: each call asks the database again, and gives what the queryset itself would have given.
"""

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Expression,
    F,
    Field,
    FloatField,
    Func,
    Q,
    QuerySet,
)

Row = TypeVar("Row")

# where a queryset is cut, `queryset[OFFSET : OFFSET + 50]`; the call then says `offset=`
OFFSET = 8_070_605_040_302_010
# longer lists are not worth a text of their own: an export of thousands
LONGEST = 512
# as SQLite is given days and times
DAY = re.compile(r"\d{4}-\d\d-\d\d")
# shapes kept of one query; the oldest goes
SHAPES = 200
# the most specific first: a datetime is a date, a bool is an int
FIELDS: Sequence[tuple[type, type["Field[Any, Any]"]]] = (
    (bool, BooleanField), (int, BigIntegerField), (float, FloatField), (str, CharField), (datetime, DateTimeField),
    (date, DateField),
)  # fmt: skip


@dataclass(frozen=True)
class Hole:
    """A place among a compiled query's parameters. `number`: which of a list's values."""

    name: str
    number: int | None
    field: "Field[Any, Any]"

    def value(self, values: dict[str, Any], connection: Any) -> Any:
        found = values[self.name] if self.number is None else values[self.name][self.number]
        return self.field.get_db_prep_value(found, connection)


class Slot(Expression):
    """Stands for a value while the query is put together."""

    def __init__(self, hole: Hole) -> None:
        super().__init__(output_field=hole.field)
        self.hole = hole

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self.hole]


def among(name: str, values: Iterable[Any]) -> Q:
    """`name__in=values`, also for a list of a prepared query, of which Django's own lookup of keys wants numbers."""
    found = list(values)
    if found and isinstance(found[0], Slot):
        return Q(_Among(F(name), *found, output_field=BooleanField()))
    return Q(**{f"{name}__in": found})


class _Among(Func):
    conditional = True

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        texts, holes = [text for text, _values in parts], [one for _text, values in parts for one in values]
        return f"{texts[0]} IN ({', '.join(texts[1:])})", holes


class Prepared(Generic[Row]):
    """`build` gives the queryset; positional arguments choose its shape, keywords are its values.

        _shifts = Prepared(lambda role, *, on: Shift.objects.filter(role=role, start__gte=on).order_by("pk"))
        _shifts("host", on=today)

    What is given by position stands in the text, so there should be few different ones. A value is no None, since
    `= NULL` is never true; a list is used with `among` and is never empty.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self._build = build
        self._plans: dict[object, _Plan[Row]] = {}

    def __call__(self, *shape: Any, **values: Any) -> list[Row]:
        if any(isinstance(value, (list, tuple)) and len(value) > LONGEST for value in values.values()):
            return list(self._build(*shape, **values))
        if not all(map(_fits, values.values())):
            # a key that no table can hold: Django's own lookup finds nothing
            return list(self._build(*shape, **{name: v for name, v in values.items() if name != "offset"}))
        for name, value in values.items():
            if isinstance(value, (list, tuple)):
                values[name] = _padded(value)
        connection = connections[DEFAULT_DB_ALIAS]
        # days are told by the team's zone, which stands in the text
        key = (
            connection.vendor,
            settings.TIME_ZONE,
            shape,
            tuple((name, _kind(value)) for name, value in values.items()),
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _Plan.of(self._build(*shape, **_slots(values)))
            while len(self._plans) > SHAPES:
                self._plans.pop(next(iter(self._plans)), None)
        return plan.ask(connection, values)

    def first(self, *shape: Any, **values: Any) -> Row | None:
        """The first row; the queryset should ask for one only."""
        return next(iter(self(*shape, **values)), None)


def _fits(value: Any) -> bool:
    """Whether every number in it fits into a column."""
    found = value if isinstance(value, (list, tuple)) else (value,)
    return all(not isinstance(one, int) or -(2**63) <= one < 2**63 for one in found)


def _padded(value: Sequence[Any]) -> list[Any]:
    """Lists of many lengths are of few shapes: the last value is said again up to the next power of two."""
    return [*value, *[value[-1]] * ((1 << (len(value) - 1).bit_length()) - len(value))]


def _kind(value: Any) -> object:
    return (len(value), type(value[0])) if isinstance(value, list) else type(value)


def _slots(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "offset":
            continue
        if isinstance(value, list):
            found[name] = [Slot(Hole(name, number, _field(one))) for number, one in enumerate(value)]
        else:
            found[name] = Slot(Hole(name, None, _field(value)))
    return found


def _field(value: Any) -> "Field[Any, Any]":
    for kind, made in FIELDS:
        if isinstance(value, kind):
            return made()
    raise TypeError(f"{type(value).__name__} is no value of a prepared query")


@dataclass(frozen=True)
class _Plan(Generic[Row]):
    """A compiled queryset. `compiler`: as compiling left it, knowing columns and related models."""

    queryset: "QuerySet[Any, Row]"
    compiler: Any
    sql: str
    params: Sequence[Any]
    # what makes Python's values of the database's, by connection
    converters: "WeakKeyDictionary[Any, Any]" = field(default_factory=WeakKeyDictionary)

    @classmethod
    def of(cls, queryset: "QuerySet[Any, Row]") -> "_Plan[Row]":
        if queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError("a prepared query prefetches nothing")
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            # a condition that nothing can meet
            return cls(queryset, compiler, "", ())
        if any(isinstance(one, date) or (isinstance(one, str) and DAY.match(one)) for one in params):
            raise TypeError("a day or time would stay in a prepared query as it is now: give it as a value")
        return cls(queryset, compiler, *_with_offset(sql, list(params)))

    def ask(self, connection: Any, values: dict[str, Any]) -> list[Row]:
        if not self.sql:
            return []
        params = tuple(one.value(values, connection) if isinstance(one, Hole) else one for one in self.params)
        compiler = copy.copy(self.compiler)
        # a connection belongs to a thread
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, params)
        known = self.converters.get(connection)
        if known is None:
            columns = [column[0] for column in compiler.select[: compiler.col_count]]
            known = self.converters[connection] = compiler.get_converters(columns)
        compiler.get_converters = lambda _columns: known
        asked = cast(Any, _Asked(self.queryset, _Compiled(self.queryset.query, compiler)))
        return list(cast(Any, self.queryset)._iterable_class(asked))


def _with_offset(sql: str, params: list[Any]) -> tuple[str, list[Any]]:
    """The cut as a parameter among the others."""
    before, mark, after = sql.partition(f"OFFSET {OFFSET}")
    if not mark:
        return sql, params
    place = sum(found == "%s" for found in re.findall("%[%s]", before))
    return f"{before}OFFSET %s{after}", [*params[:place], Hole("offset", None, BigIntegerField()), *params[place:]]


class _Compiled:
    """A query that is compiled already."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *_: Any, **__: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class _Asked:
    """What Django reads of a queryset while it makes rows or objects."""

    def __init__(self, queryset: Any, query: _Compiled) -> None:
        self.query, self.db, self.model = query, DEFAULT_DB_ALIAS, queryset.model
        self._fields, self._known_related_objects = queryset._fields, queryset._known_related_objects
