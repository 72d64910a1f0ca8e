"""What a file makes possible: the KPIs whose last missing table it brings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.catalog import KPIS


def tables_in_use() -> set[str]:
    """The fact tables that some batch in use speaks of."""
    found = Batch.objects.filter(state=BatchState.VISIBLE).order_by().values_list("table", "more_tables").distinct()
    return {table for own, more in found for table in (own, *more)}


def satisfied(tables: Iterable[str]) -> list[str]:
    """Titles (msgids) of the KPIs that these tables suffice for, without those that need none."""
    there = set(tables)
    return [kpi.title for kpi in KPIS.values() if kpi.needs and there.issuperset(kpi.needs)]


def unlocked(adding: Iterable[str], there: set[str]) -> list[str]:
    """Titles of the KPIs that become possible with these tables, given those in use; none where they are in use."""
    before = satisfied(there)
    return [title for title in satisfied(there | set(adding)) if title not in before]


def possible_with(tables: Iterable[str]) -> list[str]:
    """Titles of the KPIs that any of these tables takes part in."""
    these = set(tables)
    return [kpi.title for kpi in KPIS.values() if these.intersection(kpi.needs)]


def unlocked_by(preview: Mapping[str, Any]) -> list[str]:
    """What a previewed file makes possible that those in use do not: KPIs, as the reader calls them."""
    tables = [preview.get("table", ""), *preview.get("more_tables", [])]
    return [_(title) for title in unlocked(tables, tables_in_use())]
