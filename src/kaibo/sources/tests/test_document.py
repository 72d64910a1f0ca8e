"""The declarations agree with the fact tables, and docs/sources.md with the declarations."""

from pathlib import Path

import pytest

from kaibo.facts.schema import TABLES
from kaibo.sources.document import as_markdown
from kaibo.sources.reading import Source
from kaibo.sources.registry import SOURCES

DOCS = Path(__file__).parents[4] / "docs" / "sources.md"


def test_the_page_is_current() -> None:
    assert DOCS.read_text(encoding="utf-8") == as_markdown(), "run: python -m kaibo.sources.document > docs/sources.md"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_columns_fill_fields_that_exist(source: Source) -> None:
    assert {column.field for column in source.columns if column.field} <= set(TABLES[source.table])
    assert set(source.key_fields) <= set(TABLES[source.table])
    assert not [column.name for column in source.columns if column.private and column.field]
