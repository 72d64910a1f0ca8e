"""Changes to the team's own KPIs: a new version each time; what a published card uses stays in use."""

import re
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.cards import months_from
from kaibo.appraisal.own_cards.models import CardState, CardVersion, OwnKpi, digest
from kaibo.appraisal.own_cards.scale import unit_names
from kaibo.appraisal.own_cards.store import card_of, from_month, known_kpis, published, used
from kaibo.appraisal.roles import title_of
from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.definition import Direction
from kaibo.kpi.formula import WrongFormula, declared
from kaibo.kpi.measures import Unit
from kaibo.login.models import User

KEY = re.compile(r"[a-z][a-z0-9_]{1,38}")
# which values of a message about a formula are units
UNITS_IN = ("unit", "units", "top", "bottom", "one", "other")


@transaction.atomic
def save_kpi(
    *, by: User | None, key: str, zh: str, en: str, formula: str, unit: str, direction: str,
    former: OwnKpi | None = None, seen: str = "",
) -> OwnKpi:  # fmt: skip
    """A KPI by formula, or the next version of one, which open months follow.

    What a published card scores keeps its unit and direction, since the card's numbers are in them, and no version of
    it may make the card contradict itself: a KPI that measures otherwise is another one, for a new version of the card
    from a month on. Raises ValidationError beside the field that is wrong.
    """
    if former is not None:
        claim(former, seen)
    key = former.key if former else key.strip()
    zh, en, formula = (" ".join(text.split()) for text in (zh, en, formula))
    if not KEY.fullmatch(key):
        raise ValidationError({"key": _("Two to 39 small letters, digits and _; a letter first.")})
    there = _newest(key)
    if key in KPIS or (there is not None and there.in_use and former is None):
        raise _taken()
    _check_names({"zh": zh, "en": en})
    if unit not in list(Unit):
        raise ValidationError({"unit": _("Choose a unit of the list.")})
    if direction not in list(Direction):
        raise ValidationError({"direction": _("Choose whether more or less is better.")})
    try:
        found = declared(
            key=key, title=zh or en, formula=formula, unit=Unit(unit), direction=Direction(direction),
            version=(there.version if there else 0) + 1,
        )  # fmt: skip
    except WrongFormula as error:
        raise ValidationError({"formula": _(error.message.text) % _in_words(error.message.values)}) from None
    said = {"zh": zh or en, "en": en or zh, "formula": formula, "unit": unit, "direction": direction}
    if there is not None and there.in_use and {name: getattr(there, name) for name in said} == said:
        return there
    months = _keep_cards_sound(there, found) if there is not None and there.in_use else ()
    OwnKpi.objects.filter(key=key, in_use=True).update(in_use=False)
    try:
        with transaction.atomic():
            made = OwnKpi.objects.create(
                key=key, version=found.version, digest=digest([key, found.version, said]), made_by=by, **said
            )
    except IntegrityError:
        # somebody made one of that key since it was looked for
        raise _taken() from None
    record(by=by, verb="save_kpi", target=made, key=key, version=found.version, months=months, **said)
    return made


def _newest(key: str) -> OwnKpi | None:
    return OwnKpi.objects.filter(key=key).order_by("version").last()


def _taken() -> ValidationError:
    return ValidationError({"key": _("There is a KPI of that key already. Choose another one.")})


def _check_names(names: Mapping[str, str]) -> None:
    if not any(names.values()):
        raise ValidationError({"zh": _("Give it a name.")})
    most = OwnKpi._meta.get_field("zh").max_length or 0
    for field, text in names.items():
        if len(text) > most:
            said = {"length": len(text), "most": most}
            raise ValidationError({field: _("It has %(length)s characters; write at most %(most)s.") % said})
        if not text.isprintable():
            raise ValidationError({field: _("It holds a sign that cannot be shown. Write it anew.")})


def _keep_cards_sound(former: OwnKpi, new: Kpi) -> Sequence[str]:
    """The open months of the published cards that score it. Raises ValidationError where one could not go on."""
    scoring = [card for card in published().cards if new.key in used(card.card)]
    if not scoring:
        return ()
    names = ", ".join(f"{card.title} v{card.version}" for card in scoring)
    for field, changed in (("unit", former.unit != new.unit), ("direction", former.direction != new.direction)):
        if changed:
            text = _(
                "Published cards score it: %(cards)s. Its unit and direction stay: make a KPI of another key, and a "
                "new version of the card with it."
            )
            raise ValidationError({field: text % {"cards": names}})
    kpis = {**known_kpis(), new.key: new}
    numbers = [(card.role, card.version) for card in scoring]
    for row in CardVersion.objects.filter(state=CardState.PUBLISHED).order_by("role", "version"):
        if (row.role, row.version) in numbers and (faults := card_of(row, kpis).faults):
            text = _("With it the published card %(card)s contradicts itself: %(fault)s")
            title = f"{title_of(row.role)} v{row.version}"
            raise ValidationError({"formula": text % {"card": title, "fault": faults[0].text}})
    return months_from(min(from_month(card) for card in scoring))


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


def _in_words(values: Mapping[str, object]) -> dict[str, object]:
    """With units as the form calls them."""
    names = unit_names()
    known = {
        name: [names.get(one, one) for one in str(values[name]).split(", ")] for name in UNITS_IN if name in values
    }
    return {**values, **{name: _(", ").join(found) for name, found in known.items()}}
