"""The declarations agree with the fact tables, and docs/sources.md and docs/unconfirmed.md with the declarations."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kaibo.facts.schema import TABLES
from kaibo.sources.document import as_markdown, unconfirmed_as_markdown
from kaibo.sources.reading import Seen, Source
from kaibo.sources.registry import SOURCES

DOCS = Path(__file__).parents[4] / "docs"


@pytest.mark.parametrize(("name", "made"), [("sources.md", as_markdown), ("unconfirmed.md", unconfirmed_as_markdown)])
def test_the_page_is_current(name: str, made: Callable[[], str]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == made(), "run: python -m kaibo.sources.document"


def test_no_unconfirmed_column_is_missing() -> None:
    page = (DOCS / "unconfirmed.md").read_text(encoding="utf-8")
    for source in SOURCES:
        _before, _mark, part = page.partition(f"source `{source.key}`")
        lines = {line.split(" | ")[0].removeprefix("| ") for line in part.partition("\n## ")[0].splitlines()}
        wanted = {column.name for column in source.columns if column.seen is Seen.UNCONFIRMED}
        others = {column.name for column in source.columns} - wanted
        assert wanted <= lines
        assert not others & lines


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_columns_fill_fields_that_exist(source: Source) -> None:
    assert {column.field for column in source.columns if column.field} <= set(TABLES[source.table])
    assert set(source.key_fields) <= set(TABLES[source.table])
    assert not [column.name for column in source.columns if column.private and column.field]
