"""An unknown table while a person (or a program) says what its columns are: what is proposed, said, and understood so.

The page, the API and the shell all go this way. Everything is about the table's first rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from kaibo.home import wizard_forms as forms
from kaibo.home.clock import now_ms
from kaibo.imports.mappings import pure, readable, version_of
from kaibo.imports.sentences import say
from kaibo.look.ids import id_of
from kaibo.sources import mapped
from kaibo.sources.headers import Header, Match
from kaibo.sources.mapped_proposals import header_proposed, kind_proposed, nearest, propose
from kaibo.sources.mapped_targets import KIND_OF
from kaibo.sources.presets import PREFIX as PRESET
from kaibo.sources.presets import PRESETS
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tabular import Context

# a preset of the platform that someone chose is offered where few of its headings are there
FEW = 0.2
DATES = re.compile(r"[\d_\-.~()（） ]+")


@dataclass
class Explained:
    """`place`: of the header among the candidates. `like`: the mapping or preset that the proposals follow."""

    form: forms.TableForm
    header: Header
    place: int
    table: str
    columns: list[forms.Said]
    like: mapped.Mapping | None = None
    problems: list[str] = field(default_factory=list)
    reading: Reading | None = None

    @property
    def preset(self) -> bool:
        return bool(self.like and self.like.key.startswith(PRESET))


def first(candidates: Sequence[Header], file_name: str, source: str = "") -> Explained:
    """As the file was mapped before (`source`: the key of that), or as a like one was, or as its headings say."""
    version = version_of(source)
    own = pure(version) if version else None
    place = _place_of(own, candidates)
    header = candidates[place]
    like = own or nearest(header, [*readable(), *PRESETS])
    table = like.table if like else kind_proposed(header)
    stem = Path(file_name).stem
    name = own.name if own else DATES.sub(" ", stem).strip() or stem
    form = forms.TableForm(candidates, KIND_OF[table], initial=forms.initial(like, place, table, name[: forms.LONGEST]))
    return Explained(form, header, place, table, _proposals(header, table, like), like)


def _place_of(own: mapped.Mapping | None, candidates: Sequence[Header]) -> int:
    """The line that the file's own mapping is of, else the one most like a header."""
    if own:
        for place, header in enumerate(candidates):
            if mapped.fingerprint(header.cells) == own.fingerprint:
                return place
    return header_proposed(candidates)


def _proposals(header: Header, table: str, like: mapped.Mapping | None) -> list[forms.Said]:
    return forms.proposed(propose(header, table, like, unconfirmed=bool(like and like.key.startswith(PRESET))))


def told(candidates: Sequence[Header], data: Mapping[str, Any]) -> Explained:
    """The form as filled in. Where another header or kind of row was chosen, its columns are proposed anew."""
    said = str(data.get("place", ""))
    number = id_of(said)
    place = number if number is not None and number < len(candidates) else header_proposed(candidates)
    header = candidates[place]
    kind = forms.kind_said(data, kind_proposed(header))
    form = forms.TableForm(candidates, kind, data)
    table, platform = kind.table, str(data.get("platform", ""))
    like = nearest(header, [*readable(), *PRESETS], table) or nearest(header, PRESETS, table, platform, FEW)
    anew = data.get("act") == "propose" or data.get("of") != f"{place}:{table}"
    columns = _proposals(header, table, like)
    if not anew:
        columns = forms.posted(data, table, header, [one.proposal for one in columns])
    return Explained(form, header, place, table, columns, like)


def usable(page: Explained) -> mapped.Mapping | None:
    """The mapping, if it can be used; else `page` says why not."""
    if not page.form.is_valid():
        page.problems.append(_("Say first what the table as a whole is."))
        return None
    mapping = forms.mapping_of(page.form, page.header, page.columns)
    page.problems += [say(problem) for problem in mapped.problems(mapping)]
    return None if page.problems else mapping


def look(page: Explained, mapping: mapped.Mapping, file_name: str, answers: Answers) -> None:
    """Read the first rows as the mapping says. One by which none can be read is of no use."""
    match = Match(mapped.source_of(mapping), page.header, len(mapping.columns))
    try:
        page.reading = mapped.read(mapping, match, Context(file_name, answers, now_ms()))
    except Refused as refused:
        page.problems += [say(refused.message), say(refused.todo)]
        return
    if not page.reading.facts:
        page.problems.append(_("So not one of the first rows can be read."))
