"""Frozen values as canonical JSON and back: the same value gives the same bytes, and nothing is lost on the way.

Generic over the fields of dataclasses, so that a new field comes along by itself. Decimals, fractions and dates are
text; enumerations their value; of a choice between dataclasses the fields say which it is. A field whose default it has
is written too: a later default changes no old snapshot.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

TEXTS: Mapping[type, Callable[[str], Any]] = {
    Decimal: Decimal,
    Fraction: Fraction,
    Path: Path,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


class NotCanonical(TypeError):
    """A type that has no canonical form yet; names where it was met."""


def dumps(value: Any) -> str:
    """One line of JSON: sorted keys, no spaces, no escapes, no floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plain(value: Any, where: str = "value") -> Any:
    """A frozen value as what JSON knows. Raises NotCanonical for a float and for what it does not know."""
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, int):
        return int(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), f"{where}.{f.name}") for f in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction | Path):
        return str(value)
    if isinstance(value, Mapping):
        return {_key(key, where): plain(item, where) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item, where) for item in value), key=dumps)
    if isinstance(value, Iterable):
        return [plain(item, where) for item in value]
    raise NotCanonical(f"{where}: no canonical form for {type(value).__name__}")


def restored(kind: type[T], data: Any) -> T:
    """What `plain` made of a value of this type, as that value again.

    Raises NotCanonical for a type that is not known, KeyError or ValueError where the data do not fit it.
    """
    found: T = _restored(kind, data, kind.__name__)
    return found


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str | int) or isinstance(key, bool):
        raise NotCanonical(f"{where}: a key is text or a whole number")
    return str(key.value if isinstance(key, Enum) else key)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _restored(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return data
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), data, where)
    if origin is not None:
        return _many(origin, get_args(kind), data, where)
    if kind in TEXTS:
        return TEXTS[kind](data)
    if kind in (int, str, bool):
        if type(data) is not kind:
            raise ValueError(f"{where}: {data!r} is no {kind.__name__}")
        return data
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        known = {f.name for f in fields(kind)}
        if data.keys() - known:
            raise ValueError(f"{where}: unknown {sorted(data.keys() - known)}")
        return kind(**{name: _restored(hints[name], data[name], f"{where}.{name}") for name in known if name in data})
    raise NotCanonical(f"{where}: no way back to {kind}")


def _one_of(kinds: Sequence[Any], data: Any, where: str) -> Any:
    """None or one type; of several dataclasses the one whose fields these are."""
    if data is None and NoneType in kinds:
        return None
    left = [kind for kind in kinds if kind is not NoneType]
    if len(left) == 1:
        return _restored(left[0], data, where)
    fitting = [
        k for k in left if is_dataclass(k) and isinstance(data, Mapping) and {f.name for f in fields(k)} == set(data)
    ]
    if len(fitting) != 1:
        raise NotCanonical(f"{where}: cannot tell which of {left} it is")
    return _restored(fitting[0], data, where)


def _many(origin: Any, of: Sequence[Any], data: Any, where: str) -> Any:
    if issubclass(origin, Mapping):
        key, value = of
        made = int if key is int else str
        return {made(name): _restored(value, item, where) for name, item in data.items()}
    if origin is tuple and not (len(of) == 2 and of[1] is Ellipsis):
        return tuple(_restored(kind, item, where) for kind, item in zip(of, data, strict=True))
    items = [_restored(of[0], item, f"{where}[{place}]") for place, item in enumerate(data)]
    if issubclass(origin, frozenset | set):
        return frozenset(items)
    return tuple(items) if issubclass(tuple, origin) else origin(items)
