"""What immutable files answered a moment ago: whoever opens a page again asks the same of the same files."""

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from kaibo.facts.visible import BatchFile

# of each kind of question; the minutes of a broadcast are the largest answer, some 300 KB
KEPT = 16

_everything: "list[_lru_cache_wrapper[Any]]" = []

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def remembered(function: "Callable[Asked, Answer]") -> "Callable[Asked, Answer]":
    """Of a function of files and plain values alone; its answer is never changed by whoever gets it.

    A file that was written anew is another one. Raises FileNotFoundError where a file is gone, as the function would.
    """

    @lru_cache(maxsize=KEPT)
    def kept(_written: object, args: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Answer:
        return function(*args, **dict(named))

    _everything.append(kept)

    @wraps(function)
    def ask(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        plain = tuple(_plain(one) for one in args)
        return kept(_written(plain), plain, tuple((name, _plain(value)) for name, value in sorted(named.items())))

    return ask


def forget() -> None:
    """For whoever wants to know what asking costs."""
    for one in _everything:
        one.cache_clear()


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _written(value: object) -> object:
    """When each file among the values was written, and how long it is."""
    if isinstance(value, tuple):
        return tuple(_written(one) for one in value)
    path = value.path if isinstance(value, BatchFile) else value
    if not isinstance(path, Path):
        return None
    about = path.stat()
    return about.st_mtime_ns, about.st_size
