"""The mappings that people made: the list, and one of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaibo.home.wizard_forms import targets
from kaibo.imports.access import find_mapping, visible_mappings
from kaibo.imports.actions import NotNow
from kaibo.imports.mapping_actions import delete_mapping, rename_mapping, switch_mapping
from kaibo.imports.models import Batch, Mapping
from kaibo.imports.sentences import say
from kaibo.live.models import Platform
from kaibo.login.access import needed, user_of
from kaibo.login.rights import Right
from kaibo.sources.mapped import PREFIX
from kaibo.sources.mapped_targets import KIND_OF, UNIT_TITLES

LONGEST = 80


@require_GET
def mappings(request: HttpRequest) -> HttpResponse:
    found = visible_mappings(user_of(request))
    listed = [(one, one.newest, KIND_OF[one.table].title, files_of(one)) for one in found]
    return render(request, "home/mappings.html", {"listed": listed})


@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what was said; POST: rename it, switch it off or on, delete one that nothing rests on."""
    user = user_of(request)
    found = find_mapping(user, pk, needed(request, see=Right.SEE_FILES, change=Right.IMPORT_FILES))
    name, problem = request.POST.get("name", "").strip(), ""
    if request.method == "POST":
        if request.POST.get("act") in ("on", "off"):
            switch_mapping(by=user, mapping=found, on=request.POST["act"] == "on")
            return redirect("home:mapping", pk)
        if request.POST.get("act") == "delete":
            try:
                delete_mapping(by=user, mapping=found)
            except NotNow as error:
                messages.error(request, say(error.message))
                return redirect("home:mapping", pk)
            messages.success(request, _("Deleted: %(name)s") % {"name": found.name})
            return redirect("home:mappings")
        if 0 < len(name) <= LONGEST and name.isprintable():
            rename_mapping(by=user, mapping=found, name=name)
            messages.success(request, _("Renamed."))
            return redirect("home:mapping", pk)
        problem = _("A name of 1 to 80 characters.")
    said = found.newest.data
    labels = {field: label for _group, options in targets(found.table) for field, label in options}
    context = {
        "mapping": found,
        "newest": found.newest,
        "kind": KIND_OF[found.table].title,
        "data": said,
        "platform": dict(Platform.choices).get(said["platform"], "—"),
        "columns": [(name, labels.get(to, to), UNIT_TITLES.get(unit, "")) for name, to, unit in said["columns"]],
        "left_out": [name for name in said["header"] if name not in {column[0] for column in said["columns"]}],
        "files": files_of(found),
        "problem": problem,
    }
    return render(request, "home/mapping.html", context, status=422 if problem else 200)


def files_of(found: Mapping) -> int:
    """How many files were imported by any version of it."""
    return Batch.objects.filter(source=f"{PREFIX}{found.pk}").count()
