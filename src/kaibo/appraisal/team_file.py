"""The team's table as a workbook: what is seen, and what each figure is made of."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.models import KeptLine, KeptScore
from kaibo.appraisal.period import month_text
from kaibo.appraisal.roles import has_shifts, title_of
from kaibo.appraisal.team import Team
from kaibo.appraisal.team_rows import why
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.definition import Term
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import Line
from kaibo.kpi.values import MEASURED
from kaibo.look import numbers
from kaibo.measurement.exports import hours, major, xlsx

# scores read at once
CHUNK = 500


def team_workbook(team: Team) -> HttpResponse:
    lines = team.card.card.lines if team.card else ()
    month = month_text(team.month.month) if team.month else ""
    name = f"team-{month}-{team.asked.role}.xlsx"
    role = title_of(team.asked.role) if team.card else ""
    return xlsx(name, f"{month} {role}".strip() or _("Team"), _head(team, lines), _rows(team, lines))


def _head(team: Team, lines: Sequence[Line]) -> list[str]:
    head = [_("Name"), _("Department"), _("Main room"), _("Sessions"), _("Hours on air"), _("Planned hours so far")]
    for line in lines:
        title = wording.title(team.kpis[line.kpi])
        head += [title]
        if team.kpis[line.kpi].denominator:
            head += [f"{title} · {part}" for part in (_("numerator"), _("denominator (n)"))]
        head += [f"{title} · {part}" for part in (_("measured share"), _("sessions counted"), _("target"),
                                                 _("points"), _("waits for"))]  # fmt: skip
    return [
        *head,
        _("Points"),
        _("Weight that counts"),
        _("Weight that waits"),
        _("Provisional"),
        _("Refunds final on"),
    ]


def _rows(team: Team, lines: Sequence[Line]) -> Iterator[Sequence[Any]]:
    for score in team.rows.prefetch_related("lines").iterator(chunk_size=CHUNK):
        kept = {line.kpi: line for line in score.lines.all()}
        row: list[Any] = [
            score.person.name, score.department.name if score.department else None,
            score.room.name if score.room else None,
            score.sessions if has_shifts(score.role) else None, hours(score.air_ms), hours(score.planned_ms),
        ]  # fmt: skip
        for line in lines:
            row += _line(kept.get(line.kpi), line, team.kpis[line.kpi])
        yield [*row, *_total(score)]


def _of_sessions(kept: KeptLine) -> str:
    """“21 / 22”, or “20 (+1) / 22” where one more counts in some of its segments."""
    more = f" (+{kept.in_part})" if kept.in_part else ""
    return f"{kept.sessions}{more} / {kept.of_sessions}"


def _line(kept: KeptLine | None, line: Line, kpi: Kpi) -> list[Any]:
    parts = 2 if kpi.denominator else 0
    if kept is None:
        return [None] * (6 + parts)
    sides: list[Any] = [_side(kept.top, kpi.numerator), _side(kept.bottom, kpi.denominator)] if parts else []
    return [
        _number(kpi.unit, _value(kept, kpi)),
        *sides,
        _share(kept),
        _of_sessions(kept) if kept.sessions < kept.of_sessions else None,
        _number(kpi.unit, kept.target),
        _points(kept.points),
        _why(kept, line),
    ]


def _side(amount: int | None, terms: Sequence[Term]) -> Any:
    """A part of a figure, in minor units where it is money."""
    money = any("minor" in term.measure for term in terms)
    return numbers.no_amount() if money and numbers.withholds_amounts() else amount


def _why(kept: KeptLine, line: Line) -> str:
    if kept.points is not None:
        return ""
    return why(line, kept.waiting, kept.missing, kept.target, [(one[0], one[1]) for one in kept.lacking])


def _total(score: KeptScore) -> list[Any]:
    points = _points(score.points) if score.weights else None
    said = _("Yes") if score.provisional else None
    return [points, score.weights, score.waiting_weights, said, score.immature_until]


def _value(kept: KeptLine, kpi: Kpi) -> Fraction | None:
    if kept.top is None:
        return None
    top = kept.top * kpi.scale
    if kept.bottom is None:
        return Fraction(top)
    return Fraction(top, kept.bottom) if kept.bottom else None


def _share(kept: KeptLine) -> Fraction | None:
    """The measured share of what weighs."""
    side = kept.denominator or kept.numerator
    whole = sum(side.values())
    return _rounded(Fraction(side.get(MEASURED, 0), whole)) if whole and not kept.missing else None


def _rounded(share: Fraction | None) -> Fraction | None:
    """Of an exact share of amounts both can be found again."""
    return share if share is None or not numbers.withholds_amounts() else Fraction(round(share * 10**4), 10**4)


def _number(unit: Unit, value: Fraction | None) -> Any:
    """As a spreadsheet wants it: shares as shares, hours, whole yuan with their cents."""
    if value is None or unit is Unit.RATIO:
        return _rounded(value)
    if unit is Unit.MONEY and numbers.withholds_amounts():
        return numbers.no_amount()
    if unit is Unit.MONEY:
        return major(round(value), settings.KAIBO_CURRENCY)
    return hours(round(value)) if unit is Unit.DURATION else _decimal(value)


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else (Decimal(value.numerator) / value.denominator).quantize(Decimal("0.0001"))


def _points(value: Fraction | None) -> Decimal | None:
    """With amounts withheld as pages write it: points are a share of an amount."""
    found = _decimal(value)
    return found.quantize(Decimal("0.1")) if found is not None and numbers.withholds_amounts() else found
