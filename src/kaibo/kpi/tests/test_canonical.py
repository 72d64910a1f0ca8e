"""Every field of what a month is computed from survives being written down and read again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given

from kaibo.kpi.canonical import NotCanonical, dumps, plain, restored
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.inputs import CreditOut, FactOut, MonthInputs, SegmentOut

from .generated import Case, cases


def sample(kind: Any, seed: int = 7) -> Any:
    """A value of this type in which no field has its default and none is empty."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return sample(next(one for one in get_args(kind) if one is not NoneType), seed)
    if origin is not None and issubclass(origin, Mapping):
        key, value = get_args(kind)
        return {sample(key, seed): sample(value, seed)}
    if origin is not None:
        of = get_args(kind)
        whole = of[:1] if len(of) == 2 and of[1] is Ellipsis else of
        return tuple(sample(one, seed + place) for place, one in enumerate(whole))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        # of yes and no, the one that is not the default
        told = {f.name: sample(hints[f.name], seed + n) for n, f in enumerate(fields(kind))}
        return kind(**{f.name: (not f.default) if hints[f.name] is bool else told[f.name] for f in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)[-1]
    plain_ones: dict[Any, Any] = {
        int: seed, str: f"字{seed}", bool: True, Path: Path(f"/x/{seed}"), Decimal: Decimal("1.10"),
        Fraction: Fraction(1, 3), date: date(2026, 10, 5),
    }  # fmt: skip
    return plain_ones[kind]


@pytest.mark.parametrize("kind", [MonthInputs, SegmentOut, FactOut, CreditOut])
def test_a_value_with_every_field_set_comes_back_the_same(kind: type) -> None:
    value = sample(kind)
    again = restored(kind, plain(value))
    for field in fields(kind):
        assert getattr(again, field.name) == getattr(value, field.name), field.name
    assert dumps(plain(again)) == dumps(plain(value))


def test_the_sample_leaves_no_field_at_its_default() -> None:
    """Else the test above would not notice a field that is forgotten."""
    found = sample(MonthInputs)
    todo = [found]
    while todo:
        one = todo.pop()
        for field in fields(one):
            value = getattr(one, field.name)
            if field.default is not MISSING:
                assert value != field.default, f"{type(one).__name__}.{field.name}"
            todo += [v for v in (value if isinstance(value, tuple) else [value]) if is_dataclass(v)]


@pytest.mark.parametrize("field", [field.name for field in fields(MonthInputs)])
def test_a_field_that_differs_gives_other_bytes(field: str) -> None:
    value = sample(MonthInputs)
    hints = get_type_hints(MonthInputs)
    changed = replace(value, **{field: sample(hints[field], 99)})
    assert dumps(plain(changed)) != dumps(plain(value))


@given(cases())
def test_generated_months_come_back_the_same(case: Case) -> None:
    told = dumps(plain(case.inputs))
    again = restored(MonthInputs, json.loads(told))
    assert dumps(plain(again)) == told
    assert list(again.shifts) == list(case.inputs.shifts)
    assert list(again.sessions) == list(case.inputs.sessions)


@pytest.mark.parametrize("key", sorted(KPIS))
def test_definitions_come_back_the_same(key: str) -> None:
    assert restored(Kpi, plain(KPIS[key])) == KPIS[key]


def test_what_has_no_canonical_form_is_refused_by_name() -> None:
    @dataclass(frozen=True)
    class Odd:
        share: float

    with pytest.raises(NotCanonical, match=r"value\.share.*float"):
        plain(Odd(0.5))
    with pytest.raises(NotCanonical, match="share"):
        restored(Odd, {"share": 1})


def test_a_number_in_quotes_is_no_number() -> None:
    told = plain(sample(FactOut))
    with pytest.raises(ValueError, match="amount"):
        restored(FactOut, {**told, "amount": "12"})


def test_sequences_stay_in_order() -> None:
    @dataclass(frozen=True)
    class Ordered:
        items: Sequence[int]

    assert restored(Ordered, plain(Ordered((3, 1, 2)))).items == (3, 1, 2)
