"""The page on which a person says what the columns of an unknown table are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kaibo.home import explained
from kaibo.home import wizard_forms as forms
from kaibo.home.explained import Explained
from kaibo.imports.access import find_upload
from kaibo.imports.actions import NotNow
from kaibo.imports.holding import kept_head
from kaibo.imports.mapping_actions import save_mapping
from kaibo.imports.models import Upload, UploadState
from kaibo.imports.sentences import say, say_all
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.sources import mapped
from kaibo.sources.headers import headers
from kaibo.sources.heads import sheets_of
from kaibo.sources.reading import Answers

REJECTS_SHOWN = 10


@require_http_methods(["GET", "POST"])
def wizard(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what each column probably is. POST: propose anew for another header, look at the rows, or save and read."""
    user = user_of(request)
    found = find_upload(user, pk, Right.IMPORT_FILES)
    candidates = headers(sheets_of(kept_head(found.stored_as)))
    if not candidates or found.state not in (UploadState.REFUSED, UploadState.PREVIEW):
        return redirect("home:upload_one", pk)
    if request.method == "GET":
        return _shown(request, found, explained.first(candidates, found.file_name, found.source))
    page = explained.told(candidates, request.POST.dict())
    act = request.POST.get("act", "")
    if act == "propose" or request.POST.get("of") != f"{page.place}:{page.table}":
        return _shown(request, found, page)
    mapping = explained.usable(page)
    if mapping is None:
        return _shown(request, found, page, status=422)
    explained.look(page, mapping, found.file_name, Answers(**found.answers))
    if act == "save" and not page.problems and _saved(user, found, page, mapping):
        return redirect("home:upload_one", pk)
    return _shown(request, found, page, status=422 if page.problems else 200)


def _saved(user: User, found: Upload, page: Explained, mapping: mapped.Mapping) -> bool:
    try:
        save_mapping(by=user, upload=found, name=mapping.name, mapping=mapping)
    except NotNow as error:
        page.problems.append(say(error.message))
        return False
    return True


def _shown(request: HttpRequest, found: Upload, page: Explained, status: int = 200) -> HttpResponse:
    reading = page.reading
    heads = list(reading.sample[0]) if reading and reading.sample else []
    labels = {one.proposal.name: dict(forms.flat(page.table)).get(one.target, "") for one in page.columns}
    context = {
        "upload": found,
        "page": page,
        "targets": forms.targets(page.table),
        "units": forms.units(),
        "preset": page.preset,
        "reading": reading,
        "heads": [(head, labels.get(head, "")) for head in heads],
        "sample": [list(row.values()) for row in reading.sample] if reading else [],
        "rejects": [(r, say(r.reason)) for r in reading.rejects[:REJECTS_SHOWN]] if reading else [],
        "warnings": say_all(reading.warnings) if reading else [],
        "waiting": sum(one.waits for one in page.columns),
    }
    return render(request, "home/wizard.html", context, status=status)
