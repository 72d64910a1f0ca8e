"""On what terms people work, and what follows from it. Read only."""

from collections.abc import Collection, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.org.access import holding
from kaibo.org.models import Engagement, EngagementKind


def engaged_on(on: date, people: Collection[int] | None = None) -> dict[int, EngagementKind]:
    """Person → the terms in force on a day; whoever is not in it, it is unknown. One query."""
    rows = Engagement.objects.filter(holding(on))
    if people is not None:
        rows = rows.filter(person__in=people)
    return {person: EngagementKind(kind) for person, kind in rows.values_list("person", "kind")}


def labour_law_applies(kind: EngagementKind | None) -> bool:
    """Whether dismissal, demotion and pay change may be proposed at all: for employees only, never on a guess."""
    return kind == EngagementKind.EMPLOYEE


def consequence(kind: EngagementKind | None) -> str:
    """What it means, as the person's page says it."""
    return {
        None: _("Not said. Dismissal, demotion and pay changes are offered only where it says employee."),
        EngagementKind.EMPLOYEE: _(
            "Labour law applies: dismissal, demotion and pay changes can be proposed, within its rules."
        ),
        EngagementKind.CONTRACTOR: _(
            "Only what the contract says counts: no dismissal, demotion or pay change is offered. Attendance rules and "
            "penalties for a contractor are evidence of an employment relationship."
        ),
        EngagementKind.AGENCY: _(
            "The dispatching company is the employer: no dismissal, demotion or pay change is offered here. Sending "
            "somebody back goes by the dispatch contract and the law."
        ),
    }[kind]


def refuse_terms(wanted: Engagement, there: Sequence[Engagement]) -> None:
    """Raise ValidationError for terms that cannot be beside those that were said of the person, by field."""
    if wanted.end is not None and wanted.end <= wanted.start:
        text = _("It ends before it begins. Choose a day after %(day)s.")
        raise ValidationError({"end": text % {"day": wanted.start}})
    later = min((one for one in there if one.start >= wanted.start), key=lambda one: one.start, default=None)
    if later:
        text = _("From %(day)s on it is said already: %(kind)s. Choose a later day.")
        said = {"day": later.start.isoformat(), "kind": EngagementKind(later.kind).label}
        raise ValidationError({"start": text % said})
    running = running_terms(there, wanted.start)
    if running and running.kind == wanted.kind and running.end is None and wanted.end is None:
        text = _("That is so since %(day)s already.")
        raise ValidationError({"kind": text % {"day": running.start.isoformat()}})


def running_terms(there: Sequence[Engagement], on: date) -> Engagement | None:
    """Those that new ones from `on` would end."""
    return next((one for one in there if one.start < on and (one.end is None or one.end > on)), None)
