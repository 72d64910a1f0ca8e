"""A spool says what a list would say, wherever its facts lie."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kaibo.facts import spool
from kaibo.facts.columns import Same, Texts
from kaibo.facts.spool import Spool

Fact = dict[str, Any]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK", 3)


def facts(count: int) -> list[Fact]:
    return [{"row": n, "raw": f"第{n}行", "amount": None if n % 4 == 0 else n * 10**9} for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 20])
@pytest.mark.parametrize("limit", [1, 5, 100])
def test_it_reads_like_a_list(count: int, limit: int) -> None:
    expected, found = facts(count), Spool(facts(count), limit=limit)
    assert (len(found), list(found), bool(found)) == (count, expected, bool(expected))
    assert list(found.column("amount")) == [fact["amount"] for fact in expected]
    for cut in (slice(0, 10), slice(2, 4), slice(None, None, -2), slice(7, 7)):
        assert found[cut] == expected[cut]
    for index in range(-count, count):
        assert found[index] == expected[index]
    with pytest.raises(IndexError):
        found[count]
    assert [n for n, _ in found.columns()] == [len(columns["row"]) for _, columns in found.columns()]
    assert [row for _, columns in found.columns() for row in columns["row"]] == [fact["row"] for fact in expected]


@pytest.mark.parametrize("limit", [1, 5, 100])
def test_a_loop_mends_facts(limit: int) -> None:
    found = Spool(facts(10), limit=limit)
    for fact in found:
        fact["account"] = f"a{fact['row']}"
        del fact["amount"]
        if fact["row"] == 7:
            break
    assert list(found.column("account"))[:9] == [f"a{n}" for n in range(8)] + [None]
    found.fill("currency", "CNY")
    assert set(found.column("currency")) == {"CNY"}
    assert found[0] == {"row": 0, "raw": "第0行", "account": "a0", "currency": "CNY"}


def test_facts_need_not_have_the_same_fields_nor_plain_values() -> None:
    found = Spool(limit=2)
    for fact in ({"row": 1, "stay": Decimal("0.27")}, {"row": 2, "day": date(2026, 4, 18)}, {"row": 3}):
        found.append(fact)
    assert list(found.column("stay")) == [Decimal("0.27"), None, None]
    assert list(found.column("day")) == [None, date(2026, 4, 18), None]
    assert [fact["row"] for fact in found] == [1, 2, 3]


@pytest.mark.parametrize("limit", [1, 5, 100])
@pytest.mark.parametrize("few", [1, 3, 1000])
def test_facts_come_by_column_too(limit: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "FEW", few)
    expected = [{**fact, "account": "a"} for fact in facts(20)]
    found = Spool(limit=limit)
    for start, end in ((0, 4), (4, 5), (6, 6), (6, 13), (14, 20)):
        some = expected[start:end]
        columns: dict[str, Any] = {name: [fact[name] for fact in some] for name in ("row", "raw", "amount")}
        columns["raw"] = Texts.of(columns["raw"])
        found.extend_columns({**columns, "account": Same("a", len(some))}, len(some))
        if end in (5, 13):
            found.append(expected[end])
    assert list(found) == expected
    assert list(found.column("account")) == ["a"] * 20
    for fact in found:
        if fact["row"] % 2:
            fact["account"] = "b"
    assert list(found.column("account")) == ["a", "b"] * 10
    assert [row for _, columns in found.columns() for row in columns["row"]] == list(range(20))
    assert found[3:7] == [{**fact, "account": "ab"[fact["row"] % 2]} for fact in expected[3:7]]


def test_a_column_of_one_value_reads_like_a_list() -> None:
    for value in ("a", None):
        same = Same(value, 3)
        assert (list(same), len(same), same[-1], list(same[1:]), value in same, "b" in same) == (
            [value] * 3, 3, value, [value] * 2, True, False,
        )  # fmt: skip
        with pytest.raises(IndexError):
            same[3]
    assert None not in Same(None, 0)


def test_texts_read_like_a_list() -> None:
    for expected in ([], [""], ["第1行", "", "a\n", "😀"]):
        texts = Texts.of(expected)
        assert (list(texts), len(texts), texts[1:], "" in texts) == (
            expected,
            len(expected),
            expected[1:],
            "" in expected,
        )
    assert texts[-1] == "😀"
