"""Changes to the team's own KPIs: a new version each time; what a published card uses stays in use."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards.models import OwnKpi, digest
from kaibo.appraisal.own_cards.store import published, used
from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.kpi.catalog import KPIS
from kaibo.kpi.definition import Direction
from kaibo.kpi.formula import WrongFormula, declared
from kaibo.kpi.measures import Unit
from kaibo.login.models import User

KEY = re.compile(r"[a-z][a-z0-9_]{1,38}")


@transaction.atomic
def save_kpi(
    *, by: User | None, key: str, zh: str, en: str, formula: str, unit: str, direction: str,
    former: OwnKpi | None = None, seen: str = "",
) -> OwnKpi:  # fmt: skip
    """A KPI by formula, or the next version of one. Raises ValidationError beside the field that is wrong."""
    if former is not None:
        claim(former, seen)
    key = former.key if former else key.strip()
    zh, en, formula = (" ".join(text.split()) for text in (zh, en, formula))
    if not KEY.fullmatch(key):
        raise ValidationError({"key": _("Two to 39 small letters, digits and _; a letter first.")})
    there = OwnKpi.objects.filter(key=key).order_by("version").last()
    if key in KPIS or (there is not None and there.in_use and former is None):
        raise ValidationError({"key": _("There is a KPI of that key already. Choose another one.")})
    if not (zh or en):
        raise ValidationError({"zh": _("Give it a name.")})
    try:
        declared(key=key, title=zh or en, formula=formula, unit=Unit(unit), direction=Direction(direction))
    except WrongFormula as error:
        raise ValidationError({"formula": _(error.message.text) % error.message.values}) from None
    said = {"zh": zh or en, "en": en or zh, "formula": formula, "unit": unit, "direction": direction}
    if there is not None and there.in_use and {name: getattr(there, name) for name in said} == said:
        return there
    OwnKpi.objects.filter(key=key, in_use=True).update(in_use=False)
    version = (there.version if there else 0) + 1
    made = OwnKpi.objects.create(key=key, version=version, digest=digest([key, version, said]), made_by=by, **said)
    record(by=by, verb="save_kpi", target=made, key=key, version=version, **said)
    return made


@transaction.atomic
def retire_kpi(*, by: User | None, kpi: OwnKpi, seen: str = "") -> OwnKpi:
    """No card may use it any more. Raises ValidationError where a published card does."""
    claim(kpi, seen)
    cards = [card for card in published().cards if kpi.key in used(card.card)]
    if cards:
        names = ", ".join(f"{card.title} v{card.version}" for card in cards)
        text = _("Published cards score it: %(cards)s. It stays, so that their months can be followed.")
        raise ValidationError(text % {"cards": names})
    kpi.in_use = False
    kpi.save(update_fields=["in_use"])
    record(by=by, verb="retire_kpi", target=kpi, key=kpi.key, version=kpi.version)
    return kpi
