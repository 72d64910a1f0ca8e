"""Writes docs/sources.md and docs/unconfirmed.md from the declarations: `python -m kaibo.sources.document`."""

from collections.abc import Iterator
from pathlib import Path

from kaibo.sources.presets import PRESETS
from kaibo.sources.reading import Cell, Column, Seen, Source
from kaibo.sources.registry import SOURCES

HEAD = """\
# Sources

Every kind of file that Kaibo reads, column by column. This page is made from the code; a test keeps it current.

*Status* says how sure we are of a column's name and meaning: **seen** in a real export, known **from parser code**
that others publish, or **unconfirmed**. A file without a *required* column is refused; without another column, its
figures are unknown, never zero. *Private* columns are dropped at the door: neither fact nor raw text keeps them.
Columns without a field are kept as raw text and shown beside the row, but compute nothing.
"""

UNCONFIRMED_HEAD = """\
# Unconfirmed columns

What nobody has seen in a real export yet, source by source: the name or the meaning of these columns is as vendors'
pages and other programs tell it. A file that writes one otherwise is not misread: the column is named as unknown in the
preview, its figures stay unknown, and where it is *required* the file is refused (a person may then say what its
columns are). Whoever has such a file can settle a line of this page: send its header, without rows. This page is made
from the code; a test keeps it current. [sources.md](sources.md) has every column.
"""
DOCS = Path(__file__).resolve().parents[3] / "docs"


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


def unconfirmed_as_markdown() -> str:
    """The sources with columns that nobody confirmed, the most of them first; then the presets of the wizard."""
    found = [(source, _unconfirmed(source)) for source in SOURCES]
    found = sorted((one for one in found if one[1]), key=lambda one: -len(one[1]))
    count = sum(len(columns) for _source, columns in found)
    lines = [
        "", f"{count} columns of {len(found)} sources.", "", "| source | columns | unconfirmed | of them required |",
        "|---|---|---|---|",
    ]  # fmt: skip
    for source, columns in found:
        link = f"[{source.title}](#{source.key.replace('_', '-')})"
        required = sum(column.required for column in columns)
        lines.append(f"| {link} | {len(source.columns)} | {len(columns)} | {required or ''} |")
    for source, columns in found:
        lines += ["", f"## {source.key.replace('_', '-')}", "", f"{source.title} · source `{source.key}`", ""]
        lines += ["| column | also written | field | read as | | mind |", "|---|---|---|---|---|---|"]
        lines += [_row(column) for column in columns]
    lines += ["", "## Presets of the mapping wizard", "", "All their headings; offered, never used unasked."]
    lines += ["", "| preset | facts | headings |", "|---|---|---|"]
    lines += [f"| {one.name} | `{one.table}` | {'、'.join(one.header)} |" for one in PRESETS]
    return UNCONFIRMED_HEAD + "\n".join(lines) + "\n"


def _unconfirmed(source: Source) -> list[Column]:
    return [column for column in source.columns if column.seen is Seen.UNCONFIRMED]


def _row(column: Column) -> str:
    cells = (
        column.name, ", ".join(column.aliases), f"`{column.field}`" if column.field else "",
        column.cell.value if column.field else "", _mark(column), column.meaning,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    (DOCS / "sources.md").write_text(as_markdown(), encoding="utf-8")
    (DOCS / "unconfirmed.md").write_text(unconfirmed_as_markdown(), encoding="utf-8")
