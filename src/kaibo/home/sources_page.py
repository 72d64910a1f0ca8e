"""What Kaibo reads, platform by platform: each file, how to export it, what it makes possible, when one came last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaibo.home.unlocks import possible_with
from kaibo.imports.access import require_files
from kaibo.imports.models import Batch, BatchState
from kaibo.live.models import Platform
from kaibo.login.access import user_of
from kaibo.sources.reading import Cell, Column, Seen, Source
from kaibo.sources.registry import SOURCES

TONES = {Seen.FILE: "ok", Seen.PARSER: "", Seen.UNCONFIRMED: "warn"}


@dataclass(frozen=True)
class Listed:
    """`kpis`: titles (msgids) that need its table; `last`: when one was imported last; `columns`: (column, tone)."""

    source: Source
    kpis: Sequence[str]
    last: datetime | None
    columns: Sequence[tuple[Column, str]]

    @property
    def unconfirmed(self) -> int:
        return sum(column.seen is Seen.UNCONFIRMED for column, _tone in self.columns)


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """For those who import."""
    require_files(user_of(request))
    return render(request, "home/sources.html", {"platforms": by_platform(SOURCES, last_imports())})


def by_platform(sources: Sequence[Source], last: Mapping[str, datetime]) -> list[tuple[str, list[Listed]]]:
    """(platform's name, its files); those of no platform (rosters) come last under a name of their own."""
    names = dict(Platform.choices)
    order = {key: n for n, key in enumerate(names)}
    listed = sorted(sources, key=lambda source: order.get(source.platform, len(order)))
    return [
        (str(names.get(platform) or _("Of your own, or of any platform")), [_listed(one, last) for one in group])
        for platform, group in groupby(listed, key=lambda source: source.platform)
    ]


def _listed(source: Source, last: Mapping[str, datetime]) -> Listed:
    columns = [(c, TONES[c.seen]) for c in source.columns if c.cell is not Cell.IGNORED]
    return Listed(source, possible_with([source.table]), last.get(source.key), columns)


def last_imports() -> dict[str, datetime]:
    """Source key → when a batch in use of it was imported last."""
    used = Batch.objects.filter(state=BatchState.VISIBLE).order_by()
    return dict(used.values_list("source").annotate(last=Max("imported_at")))
