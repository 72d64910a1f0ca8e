"""Somebody comes in between the reading of a record and its edit."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from kaibo.home.records.kinds import BY_KEY
from kaibo.home.records.saying import act
from kaibo.login.models import User


def between(kind: str, verb: str, user: User, pk: int, meanwhile: Callable[[], object], **told: object) -> Any:
    """Do it, and `meanwhile` as its transaction begins."""
    waiting = [meanwhile]

    def first(execute, sql, *rest):  # type: ignore[no-untyped-def]
        if waiting and sql.startswith("SAVEPOINT"):
            waiting.pop()()
        return execute(sql, *rest)

    with connection.execute_wrapper(first):
        done = act(BY_KEY[kind].verb(verb), user, pk, told)
    assert not waiting
    return done
