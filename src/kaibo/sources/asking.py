"""What a file does not say and a person has to: the reading that asks instead of guessing."""

from collections.abc import Mapping, Sequence
from itertools import islice

from kaibo.message import Message
from kaibo.sources.cells import shown
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Answers, Cell, Reading
from kaibo.sources.tables import is_blank

ROWS_SHOWN = 10


def unanswered(answers: Answers, *names: str) -> list[str]:
    return [name for name in names if not getattr(answers, name)]


def asking(match: Match, questions: Sequence[str], accounts: Sequence[str] = ()) -> Reading:
    """A reading without facts: its questions, and the first rows as they stand in the file.

    `accounts`: the rooms that the file names; what is known of them may answer.
    """
    return Reading(
        source=match.source, facts=[], questions=list(questions), accounts=list(accounts), sample=raw_rows(match)
    )


def raw_rows(match: Match, rows: int = ROWS_SHOWN) -> list[Mapping[str, str]]:
    """The first rows below the header as text, without private columns."""
    at = places(match.source, match.header)
    columns = [c for c in match.source.columns if c.name in at and not c.private and c.cell is not Cell.IGNORED]
    below = islice(match.header.sheet.rows(), match.header.line, None)
    lines = islice((row for row in below if not is_blank(row)), rows)
    return [{c.name: shown(row[at[c.name]]) if at[c.name] < len(row) else "" for c in columns} for row in lines]


def not_used(said: str, in_file: str) -> list[Message]:
    """A warning where someone said one thing and the file says another: the file is believed."""
    if not said or not in_file or said == in_file:
        return []
    return [
        Message(
            "The file itself says %(in_file)s; your answer %(said)s was not used.",
            {"in_file": in_file, "said": said},
        )
    ]
