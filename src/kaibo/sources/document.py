"""Writes docs/sources.md from the declarations: `python -m kaibo.sources.document > docs/sources.md`."""

import sys
from collections.abc import Iterator

from kaibo.sources.reading import Cell, Column, Source
from kaibo.sources.registry import SOURCES

HEAD = """\
# Sources

Every kind of file that Kaibo reads, column by column. This page is made from the code; a test keeps it current.

*Status* says how sure we are of a column's name and meaning: **seen** in a real export, known **from parser code**
that others publish, or **unconfirmed**. A file without a *required* column is refused; without another column, its
figures are unknown, never zero. *Private* columns are dropped at the door: neither fact nor raw text keeps them.
Columns without a field are kept as raw text and shown beside the row, but compute nothing.
"""


def as_markdown() -> str:
    return HEAD + "".join(_source(source) for source in SOURCES)


def _source(source: Source) -> str:
    return "\n".join(
        [
            "",
            f"## {source.title}",
            "",
            f"Source `{source.key}` · facts `{source.table}` · key `{', '.join(source.key_fields)}`",
            "",
            f"**Makes possible:** {source.unlocks}",
            "",
            f"**To get it:** {source.export_how}",
            "",
            "| column | also written | field | read as | | status | mind |",
            "|---|---|---|---|---|---|---|",
            *_columns(source),
            "",
        ]
    )


def _columns(source: Source) -> Iterator[str]:
    for column in source.columns:
        cells = (
            column.name,
            ", ".join(column.aliases),
            f"`{column.field}`" if column.field else "",
            column.cell.value if column.field else "",
            _mark(column),
            column.seen.value,
            column.meaning,
        )
        yield "| " + " | ".join(cells) + " |"


def _mark(column: Column) -> str:
    if column.private:
        return "private"
    if column.cell is Cell.IGNORED:
        return "ignored"
    return "required" if column.required else ""


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
