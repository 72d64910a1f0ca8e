"""Two verbs at the same moment, for tests of what each leaves of the other."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

from django.db import connection
from django.db.models.signals import pre_save

# seconds; a thread takes a fraction of one, on a busy machine a few
HANGS_AFTER = 60
# seconds one waits at a save for the other, who waits for this one's commit where that is right
MEETS_WITHIN = 2


def are_beside() -> bool:
    """Whether the database lets two transactions write at once. SQLite has one write after the other."""
    return connection.vendor == "postgresql"


def beside(*acts: Callable[[], object]) -> list[Exception]:
    """Do each in a thread of its own, all at once where the database can, else one after the other; what failed."""
    wrong = list[Exception]()

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 -- told to the test
            wrong.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
        if not are_beside():
            thread.join(HANGS_AFTER)
    for thread in threads:
        thread.join(HANGS_AFTER)
    assert not any(thread.is_alive() for thread in threads), "one waits for ever"
    return wrong


def at_once(model: Any, *acts: Callable[[], object]) -> list[Exception]:
    """Do each, after the others have looked and before any saves a `model`, where the database can; what failed."""
    together = Barrier(len(acts))

    def wait(**_said: object) -> None:
        # broken where another one waits for this one's commit, as it should
        with suppress(BrokenBarrierError):
            together.wait(timeout=MEETS_WITHIN)

    if are_beside():
        pre_save.connect(wait, sender=model, weak=False)
    try:
        return beside(*acts)
    finally:
        pre_save.disconnect(wait, sender=model)
