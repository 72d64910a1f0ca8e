"""Tests start with an empty audit, which the database would let nobody make: its guards are down for the moment."""

from collections.abc import Sequence

from django.db import connection, transaction

from kaibo.audit import guards


def around(statements: Sequence[str], vendor: str) -> list[str]:
    """`statements` that empty the audit's tables, unguarded, and a chain that begins anew."""
    return [*guards.down(vendor), *statements, guards.first_tail(), *guards.up(vendor)]


def empty_audit() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in around([f"delete from {table}" for table in guards.TABLES], connection.vendor):  # noqa: S608
            cursor.execute(statement)
