"""What stands beside a draft: what it would change for all, and the KPIs by formula."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.cycle.graded import places_of
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards.fields import Field
from kaibo.appraisal.own_cards.models import OwnKpi
from kaibo.appraisal.own_cards.scale import unit_names
from kaibo.kpi.band import Edge
from kaibo.kpi.definition import Direction
from kaibo.kpi.measures import Unit
from kaibo.look import numbers
from kaibo.measurement.closed import closed_months
from kaibo.measurement.months import next_month


def effect_groups(made: effects.Effect) -> list[dict[str, Any]]:
    """Who gains, who loses, whose points stay, by name."""
    groups = [
        ("gain", _("Would have more"), made.gains),
        ("lose", _("Would have less"), made.loses),
        ("same", _("The same"), made.same),
        ("unknown", _("Cannot be compared"), made.unknown),
    ]
    month = f"{made.month:%Y-%m}"
    return [
        {
            "key": key,
            "title": title,
            "rows": [
                {
                    "name": one.person.name,
                    "href": reverse("appraisal:month", args=[one.person.pk, month]) + f"?role={made.role}",
                    "now": _points(one.now),
                    "draft": _points(one.draft),
                    "by": _signed(one.by),
                    "bare": one.bare and bool(made.lacking),
                    "grades": f"{one.title_now or '—'} → {one.title or '—'}" if one.grade or one.grade_now else "",
                }
                for one in changes
            ],
        }
        for key, title, changes in groups
        if changes
    ]


def _points(number: Fraction | None) -> str:
    """One place, or more where it would seem to reach an edge of the distribution that it does not."""
    if number is None:
        return numbers.MISSING
    above = next((Edge(Decimal(edge)) for edge in effects.EDGES if edge > number), None)
    return numbers.fixed(number, places_of(number, above))


def _signed(number: Fraction | None) -> str:
    if number is None:
        return numbers.MISSING
    sign = "+" if number > 0 else numbers.MINUS if number < 0 else ""
    return f"{sign}{numbers.points(abs(number))}"


def effect_pay(made: effects.Effect) -> dict[str, str] | None:
    """Σ of the grades' coefficients, where the draft has grades."""
    now, draft = made.coefficients
    if draft is None:
        return None
    return {
        "now": numbers.MISSING if now is None else numbers.fixed(now, 2),
        "draft": numbers.fixed(draft, 2),
        "by": "" if now is None else _signed(draft - now),
        "of": "" if made.of == len(made.changes) else _of_people(made),
    }


def _of_people(made: effects.Effect) -> str:
    text = _("of %(n)s of %(all)s people; of the others something is not known")
    return text % {"n": made.of, "all": len(made.changes)}


def effect_lacking(made: effects.Effect) -> list[str]:
    """What nobody has said, each with of how many people."""
    return [
        ngettext("%(what)s (%(count)s person)", "%(what)s (%(count)s people)", count) % {"what": what, "count": count}
        for what, count in sorted(made.lacking.items())
    ]


def next_open_month() -> str:
    """The first month that a new version could count from: after today's, and after what is closed."""
    closed = max(closed_months(), default=None)
    first = next_month(timezone.localdate().replace(day=1))
    return f"{max(first, next_month(closed)) if closed else first:%Y-%m}"


KPI_FIELDS = ("key", "zh", "en", "formula", "unit", "direction")


def kpi_fields(
    typed: Mapping[str, str], errors: Mapping[str, list[str]], former: OwnKpi | None
) -> list[tuple[Field, list[str]]]:
    """The fields of a KPI by formula with what was typed."""
    names = unit_names()
    units = [Unit.RATIO, Unit.MULTIPLE, Unit.COUNT, Unit.MONEY, Unit.TIME, Unit.DURATION]
    ways = [(Direction.UP.value, _("More is better")), (Direction.DOWN.value, _("Less is better"))]
    fields = [
        Field("key", _("Key (letters, digits, _)"), typed.get("key", ""), "fixed" if former else "text"),
        Field("zh", _("Chinese name"), typed.get("zh", "")),
        Field("en", _("English name"), typed.get("en", "")),
        Field("formula", _("Formula"), typed.get("formula", ""), hint=_("For example: orders / air_ms * hour")),
        Field(
            "unit",
            _("Unit"),
            typed.get("unit", "ratio"),
            "select",
            [(unit.value, names[unit]) for unit in units],
        ),
        Field("direction", _("Direction"), typed.get("direction", "up"), "select", ways),
    ]
    return [(one, list(errors.get(one.name, []))) for one in fields]
