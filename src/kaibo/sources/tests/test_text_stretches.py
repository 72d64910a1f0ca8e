"""A long text table cut by the columnar library has the lines and cells that Python's reader finds in it."""

import csv
from collections.abc import Sequence
from io import StringIO
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.facts.watching import unwatched
from kaibo.sources import text_stretches
from kaibo.sources.reading import Answers, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests import test_mutations as mutations
from kaibo.sources.tests.making import NOW_MS, ORDER_COLUMNS, csv_file, order
from kaibo.sources.text_stretches import Coded, TextStretches

CELLS = st.sampled_from(
    ["", " ", "a", "天猫", "1,5", '"', 'x"y', "a\nb", "\r", "NULL", "\t6917", "\u2028", "0", "é" * 9]
)
LINES = st.one_of(
    st.lists(st.sampled_from(["", "a", "天猫", "1.5", " x ", "NULL"]), min_size=3, max_size=3),
    st.lists(CELLS, max_size=4),
)


@pytest.fixture(scope="module", autouse=True)
def _small_stretches() -> object:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"STRETCH": 40, "HEAD": 8, "AHEAD": 3, "LEAST": 0}.items():
            patch.setattr(text_stretches, name, value)
        yield


def rows_of(path: Path, above: int, width: int) -> tuple[list[list[str]] | str, int]:
    """The rows, and how many came by column."""
    text, rows, by_column = TextStretches(path, "utf-8-sig", ",", 0, unwatched), list[list[str]](), 0
    try:
        for stretch in text.read(above, width):
            if isinstance(stretch, tuple):
                by_column += len(stretch[0])
                rows += map(list, zip(*stretch, strict=True))
            else:
                rows += stretch
    except csv.Error:
        return f"error in line {text.line}", by_column
    return rows, by_column


def expected(content: str) -> list[list[str]] | str:
    reader = csv.reader(StringIO(content, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error:
        return f"error in line {reader.line_num}"


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(0, 3))
def test_written_by_a_program(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], end: str, last: bool, above: int
) -> None:
    out = StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(lines)
    content = out.getvalue() if last else out.getvalue().removesuffix(end)
    path = tmp_path_factory.getbasetemp() / "stretches.csv"
    path.write_bytes(content.encode("utf-8-sig"))
    assert rows_of(path, above, 3)[0] == expected(content)


@given(st.text(alphabet='a,"\n\r 天\x0b', max_size=90))
def test_written_by_nobody(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.getbasetemp() / "stretches.csv"
    path.write_bytes(content.encode("utf-8-sig"))
    assert rows_of(path, 0, 2)[0] == expected(content)


def test_plain_lines_come_by_column(tmp_path: Path) -> None:
    """Or all this would be for nothing."""
    lines = [[str(n), "same", ["a", "b"][n % 2]] for n in range(100)]
    lines[50][1] = 'say "no"'
    rows, by_column = rows_of(csv_file(tmp_path / "a.csv", lines), 1, 3)
    assert rows == lines
    assert 80 < by_column < 100


def test_a_cell_longer_than_python_reads_is_an_error_in_both(tmp_path: Path) -> None:
    content = f"a,b\n{'x' * csv.field_size_limit()},1\n{'x' * (csv.field_size_limit() + 1)},2\n"
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert rows_of(path, 1, 2)[0] == expected(content) == "error in line 3"


@pytest.mark.parametrize("codes", [[], [0], [1, 0, 1, 1]])
def test_coded_texts_are_a_sequence(codes: list[int]) -> None:
    coded: Sequence[str] = Coded(["a", ""], codes)
    texts = ["a" if code == 0 else "" for code in codes]
    assert list(coded) == texts
    assert coded[1:] == texts[1:]
    assert [coded[at] for at in range(len(coded))] == texts


def test_a_long_file_says_what_a_short_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_stretches, "STRETCH", 20_000)
    rows = [order(n, 选购商品=f"裙, 第{n}款" if n % 61 == 7 else f"裙{n % 3}") for n in range(200)]
    rows[30] = order(30, 订单应付金额="no number")
    rows[60], rows[61] = [""] * len(ORDER_COLUMNS), rows[61][:10]
    rows[90] = order(3)
    rows.insert(120, [])
    path = csv_file(tmp_path / "a.csv", [["订单明细"], ORDER_COLUMNS, *rows, ["合计", *[""] * 20, "12.00"]])
    found = []
    for least in (0, 10**9):
        monkeypatch.setattr(text_stretches, "LEAST", least)
        reading = read(path, path.name, Answers(), now_ms=NOW_MS)
        found.append({**vars(reading), "facts": list(reading.facts)})
    assert found[0] == found[1]
    assert [reject.line for reject in found[0]["rejects"]] == [33, 64, 93, 204]


def outcome(path: Path) -> object:
    try:
        reading = read(path, path.name, Answers(), now_ms=NOW_MS)
    except Refused as refused:
        return refused.message, refused.todo
    return {**vars(reading), "facts": list(reading.facts)}


def test_mutated_tables_without_quotes_say_the_same_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As test_mutations changes them; there every cell is quoted, so that none would come by column."""
    by_column, cut = [], TextStretches._columns
    monkeypatch.setattr(TextStretches, "_columns", lambda *args: by_column.append(cut(*args)) or by_column[-1])
    monkeypatch.setattr(text_stretches, "STRETCH", 4_000)
    path = tmp_path / "a.csv"
    for seed in range(120):
        rng = Random(seed)
        rows = [list(row) for row in mutations.base(rng.choice([*mutations.OWN]))]
        rows += [list(rows[-1]) for _ in range(rng.randrange(30))]
        for change in rng.choices(mutations.CHANGES, k=rng.randrange(4)):
            if rows and rows[-1] and any(rows[:2]):
                change(rng, rows)
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
        found = []
        for least in (0, 10**9):
            monkeypatch.setattr(text_stretches, "LEAST", least)
            found.append(outcome(path))
        assert found[0] == found[1], seed
    assert sum(one is not None for one in by_column) > 20


def test_a_quote_left_open_is_named_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_stretches, "STRETCH", 20_000)
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *(order(n) for n in range(100))])
    with path.open("a", encoding="utf-8") as file:
        file.write('"6917,\n')
    said = []
    for least in (0, 10**9):
        monkeypatch.setattr(text_stretches, "LEAST", least)
        with pytest.raises(Refused) as refused:
            read(path, path.name, Answers(), now_ms=NOW_MS)
        said.append(refused.value.message)
    assert said[0] == said[1]
    assert said[0].values["line"] > 100


def test_it_joins_what_it_reads_from_both_ways(tmp_path: Path) -> None:
    content = "".join(chain(["a,b\n"] * 30, ['"x\n', '"",y",1\n'], ["c,d\n"] * 30))
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert rows_of(path, 1, 2)[0] == expected(content)
