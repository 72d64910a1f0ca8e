"""The page on which a person says what the columns of an unknown table are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kaibo.home import wizard_forms as forms
from kaibo.home.clock import now_ms
from kaibo.imports.access import find_upload
from kaibo.imports.actions import NotNow
from kaibo.imports.holding import kept_head
from kaibo.imports.mapping_actions import save_mapping
from kaibo.imports.mappings import pure, readable, version_of
from kaibo.imports.models import Upload, UploadState
from kaibo.imports.sentences import say, say_all
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.sources import mapped
from kaibo.sources.headers import Header, Match, headers
from kaibo.sources.heads import sheets_of
from kaibo.sources.mapped_proposals import header_proposed, kind_proposed, nearest, propose
from kaibo.sources.mapped_targets import KIND_OF
from kaibo.sources.presets import PREFIX as PRESET
from kaibo.sources.presets import PRESETS
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tabular import Context

# a preset of the platform that someone chose is offered where few of its headings are there
FEW = 0.2
REJECTS_SHOWN = 10
DATES = re.compile(r"[\d_\-.~()（） ]+")


@dataclass
class Page:
    """What the page shows. `like`: the mapping or preset that its proposals follow."""

    form: forms.TableForm
    header: Header
    place: int
    table: str
    columns: list[forms.Said]
    like: mapped.Mapping | None = None
    problems: list[str] = field(default_factory=list)
    reading: Reading | None = None


@require_http_methods(["GET", "POST"])
def wizard(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what each column probably is. POST: propose anew for another header, look at the rows, or save and read."""
    user = user_of(request)
    found = find_upload(user, pk)
    candidates = headers(sheets_of(kept_head(found.stored_as)))
    if not candidates or found.state not in (UploadState.REFUSED, UploadState.PREVIEW):
        return redirect("home:upload_one", pk)
    if request.method == "GET":
        return _shown(request, found, _first(found, candidates))
    page = _posted(request, candidates)
    act = request.POST.get("act", "")
    if act == "propose" or request.POST.get("of") != f"{page.place}:{page.table}":
        return _shown(request, found, page)
    mapping = _checked(page)
    if mapping is None:
        return _shown(request, found, page, status=422)
    _look(page, mapping, found)
    if act == "save" and not page.problems and _saved(user, found, page, mapping):
        return redirect("home:upload_one", pk)
    return _shown(request, found, page, status=422 if page.problems else 200)


def _first(found: Upload, candidates: Sequence[Header]) -> Page:
    """As the file was mapped before, or as a like one was, or as its headings say."""
    version = version_of(found.source)
    own = pure(version) if version else None
    place = _place_of(own, candidates)
    header = candidates[place]
    like = own or nearest(header, [*readable(), *PRESETS])
    table = like.table if like else kind_proposed(header)
    stem = Path(found.file_name).stem
    name = own.name if own else DATES.sub(" ", stem).strip() or stem
    form = forms.TableForm(candidates, KIND_OF[table], initial=forms.initial(like, place, table, name[: forms.LONGEST]))
    return Page(form, header, place, table, _proposals(header, table, like), like)


def _place_of(own: mapped.Mapping | None, candidates: Sequence[Header]) -> int:
    """The line that the file's own mapping is of, else the one most like a header."""
    if own:
        for place, header in enumerate(candidates):
            if mapped.fingerprint(header.cells) == own.fingerprint:
                return place
    return header_proposed(candidates)


def _proposals(header: Header, table: str, like: mapped.Mapping | None) -> list[forms.Said]:
    return forms.proposed(propose(header, table, like, unconfirmed=bool(like and like.key.startswith(PRESET))))


def _posted(request: HttpRequest, candidates: Sequence[Header]) -> Page:
    """The form as sent. Where another header or kind of row was chosen, its columns are proposed anew."""
    data = request.POST
    said = data.get("place", "")
    place = int(said) if said.isdecimal() and int(said) < len(candidates) else header_proposed(candidates)
    header = candidates[place]
    kind = forms.kind_said(data, kind_proposed(header))
    form = forms.TableForm(candidates, kind, data)
    table, platform = kind.table, data.get("platform", "")
    like = nearest(header, [*readable(), *PRESETS], table) or nearest(header, PRESETS, table, platform, FEW)
    anew = data.get("act") == "propose" or data.get("of") != f"{place}:{table}"
    columns = _proposals(header, table, like)
    if not anew:
        columns = forms.posted(data, table, header, [one.proposal for one in columns])
    return Page(form, header, place, table, columns, like)


def _checked(page: Page) -> mapped.Mapping | None:
    """The mapping, if it can be used; else the page says why not."""
    if not page.form.is_valid():
        page.problems.append(_("Say first what the table as a whole is."))
        return None
    mapping = forms.mapping_of(page.form, page.header, page.columns)
    page.problems += [say(problem) for problem in mapped.problems(mapping)]
    return None if page.problems else mapping


def _saved(user: User, found: Upload, page: Page, mapping: mapped.Mapping) -> bool:
    try:
        save_mapping(by=user, upload=found, name=mapping.name, mapping=mapping)
    except NotNow as error:
        page.problems.append(say(error.message))
        return False
    return True


def _look(page: Page, mapping: mapped.Mapping, found: Upload) -> None:
    """Read the first rows as the mapping says. One by which none can be read is of no use."""
    match = Match(mapped.source_of(mapping), page.header, len(mapping.columns))
    try:
        page.reading = mapped.read(mapping, match, Context(found.file_name, Answers(**found.answers), now_ms()))
    except Refused as refused:
        page.problems += [say(refused.message), say(refused.todo)]
        return
    if not page.reading.facts:
        page.problems.append(_("So not one of the first rows can be read."))


def _shown(request: HttpRequest, found: Upload, page: Page, status: int = 200) -> HttpResponse:
    reading = page.reading
    heads = list(reading.sample[0]) if reading and reading.sample else []
    labels = {one.proposal.name: dict(_flat(page.table)).get(one.target, "") for one in page.columns}
    context = {
        "upload": found,
        "page": page,
        "targets": forms.targets(page.table),
        "units": forms.units(),
        "preset": page.like and page.like.key.startswith(PRESET),
        "reading": reading,
        "heads": [(head, labels.get(head, "")) for head in heads],
        "sample": [list(row.values()) for row in reading.sample] if reading else [],
        "rejects": [(r, say(r.reason)) for r in reading.rejects[:REJECTS_SHOWN]] if reading else [],
        "warnings": say_all(reading.warnings) if reading else [],
        "waiting": sum(one.waits for one in page.columns),
    }
    return render(request, "home/wizard.html", context, status=status)


def _flat(table: str) -> forms.Options:
    return [option for _group, options in forms.targets(table) for option in options]
