"""Rows written many at once without a statement built for each: a third of the time that the ORM's bulk verbs take."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

from kaibo.appraisal.exact import ExactField


def insert(rows: Sequence[Model]) -> None:
    """All columns but the key, which the rows are not told. Their defaults are set already."""
    if not rows:
        return
    fields = [one for one in _fields(rows[0]) if not one.primary_key]
    columns, places = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    _run(f"insert into {table} ({columns}) values ({places})", fields, rows)  # noqa: S608 -- our own names


def update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """These columns of rows that are there, by their key."""
    if not rows:
        return
    by_name = {one.name: one for one in _fields(rows[0])}
    key = next(one for one in by_name.values() if one.primary_key)
    fields = [by_name[name] for name in names]
    told = ", ".join(f"{_column(one)} = %s" for one in fields)
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    _run(f"update {table} set {told} where {_column(key)} = %s", [*fields, key], rows)  # noqa: S608 -- our own names


def _run(sql: str, fields: Sequence["Field[Any, Any]"], rows: Sequence[Model]) -> None:
    prepared = [(one.attname, _prepared(one)) for one in fields]
    values = [tuple(of(getattr(row, name)) for name, of in prepared) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _prepared(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """What the database is given of a value; few different ones are in thousands of rows."""
    if isinstance(field, ExactField):
        return lambda value: None if value is None else str(value)
    if isinstance(field, JSONField):
        return _of_json(field)
    known: dict[Any, Any] = {}

    def of(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            found = known[value] = field.get_db_prep_save(value, connection)
            return found
        except TypeError:
            return field.get_db_prep_save(value, connection)

    return of


def _of_json(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """Most say nothing, which need not be written out each time."""
    nothing = {kind: field.get_db_prep_save(kind(), connection) for kind in (dict, list)}

    def of(value: Any) -> Any:
        kind = type(value)
        return nothing[kind] if kind in nothing and not value else field.get_db_prep_save(value, connection)

    return of


def _fields(row: Model) -> list["Field[Any, Any]"]:
    return list(row._meta.concrete_fields)


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))
