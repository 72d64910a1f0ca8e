"""Where several of a file's columns could fill one field, takes the one that says most of it."""

from collections.abc import Sequence
from dataclasses import replace

from kaibo.sources.headers import Match, normal
from kaibo.sources.reading import Column


def choose(match: Match, name: str, preferred: Sequence[str]) -> Match:
    """The match with the column `name` answering only to the first of the `preferred` spellings that the header has.

    The others of them stay as raw text. Without any of them the match is unchanged.
    """
    names = set(match.header.names)
    there = [spelling for spelling in preferred if normal(spelling) in names]
    if not there:
        return match
    chosen = there[0]
    columns: list[Column] = []
    for column in match.source.columns:
        if column.name == name:
            columns.append(replace(column, name=chosen, aliases=()))
            columns += [Column(other, seen=column.seen) for other in there[1:]]
        elif column.name not in there:
            columns.append(column)
    return replace(match, source=replace(match.source, columns=tuple(columns)))
