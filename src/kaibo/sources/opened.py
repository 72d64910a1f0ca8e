"""A file being looked at: its first characters, its sheets, and what a person said of it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kaibo.facts.watching import Watch, unwatched
from kaibo.sources.files import HEAD, Kind, kind
from kaibo.sources.reading import Answers
from kaibo.sources.tables import Sheet, open_sheets


@dataclass(frozen=True)
class Opened:
    """Sources look at `head` or `sheets`; both are read once, when the first of them asks. Both may raise Refused."""

    path: Path
    file_name: str
    answers: Answers = field(default_factory=Answers)
    watch: Watch = unwatched

    @cached_property
    def kind(self) -> Kind:
        return kind(self.path, self.file_name)

    @cached_property
    def head(self) -> str:
        """The first characters of a text, without byte order mark and blanks; "" of anything else."""
        if self.kind is not Kind.TEXT:
            return ""
        with self.path.open("rb") as file:
            return file.read(HEAD).decode("utf-8-sig", errors="replace").lstrip()

    @cached_property
    def is_table(self) -> bool:
        """A workbook, or a text that is neither XML nor JSON."""
        return self.kind is Kind.WORKBOOK or (self.kind is Kind.TEXT and not self.head.startswith(("<", "{", "[")))

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The sheets of a table; none of anything else."""
        return open_sheets(self.path, self.file_name, self.watch) if self.is_table else []
