"""Changes to positions and what they are: taken from the handbook, edited, removed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.kpi.catalog import KPIS
from kaibo.login.models import User
from kaibo.org.applying import Plan, paired, plan
from kaibo.org.handbook import DepartmentEntry, Organisation, PositionEntry, Words, ring
from kaibo.org.models import Appointment, Department, Language, Level, Position, PositionText, Process, ProcessPart
from kaibo.org.positions import BY_KEY

LISTS = ("duties", "contents", "skills", "judged")


@transaction.atomic
def apply_organisation(*, by: User | None, organisation: Organisation) -> Plan:
    """Add what the installation lacks of it and describe what nobody has described; all else stays. Says what it did.

    Raises ValidationError where it has no departments.
    """
    if not organisation.departments:
        raise ValidationError(_("There is no department in it. Add at least one."))
    for model in (Department, Position):
        lock_all(model)
    made = plan(organisation)
    if not made.changes:
        return made
    departments = _departments(organisation, made)
    positions = _positions(organisation, made, departments)
    _processes(organisation, made)
    top = departments[organisation.departments[0].key]
    record(
        by=by, verb="apply_organisation", target=top,
        departments=[one.key for one in made.new_departments],
        departments_filled=[one.pk for _entry, one in made.filled_departments],
        positions=[one.key for one in made.new_positions],
        positions_filled=[one.pk for _entry, one in made.filled_positions],
        described=len(positions), processes=[one.key for one in made.new_processes],
    )  # fmt: skip
    return made


def lock_all(model: type[Department] | type[Position]) -> None:
    """Part of a verb that puts one below another: two who put each other's below at once make no ring."""
    list(model._base_manager.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _departments(organisation: Organisation, made: Plan) -> dict[str, Department]:
    """Every department of it, by key."""
    taken = set(Department.objects.values_list("name", flat=True))
    there = {one.key: one for one in Department.objects.exclude(key=None) if one.key}
    changed: list[tuple[DepartmentEntry, Department]] = []
    for entry in made.new_departments:
        one = Department(key=entry.key, name=entry.zh.name, name_en=entry.en.name)
        if one.name in taken:
            raise ValidationError(_("There is already a department “%(name)s”.") % {"name": one.name})
        changed.append((entry, one))
    for entry, known in made.filled_departments:
        known.key, known.name_en = entry.key, known.name_en or entry.en.name
        changed.append((entry, known))
    for entry, one in changed:
        one.purpose, one.purpose_en = one.purpose or entry.zh.purpose, one.purpose_en or entry.en.purpose
        one.save()
        there[entry.key] = one
    for entry, one in changed:
        above = there.get(entry.under)
        if above and one.parent_id is None and not ring({**_parents(), one.pk: above.pk}, one.pk):
            one.parent = above
            one.save(update_fields=["parent"])
    return {entry.key: there[entry.key] for entry in organisation.departments}


def _parents() -> dict[int, int | None]:
    return dict(Department.objects.values_list("pk", "parent"))


def _positions(organisation: Organisation, made: Plan, departments: Mapping[str, Department]) -> list[Position]:
    """Make and describe them; then say who reports to whom, when all are there."""
    changed: list[tuple[PositionEntry, Position]] = []
    for entry in made.new_positions:
        one = Position(key=entry.key, name=entry.zh.name, level=entry.level)
        one.save()
        changed.append((entry, one))
    changed += made.filled_positions
    there = {
        entry.key: one
        for entry, one in paired(organisation.positions, Position.objects.order_by("pk"))
        if one is not None
    }
    above = dict(Position.objects.values_list("pk", "reports_to"))
    texts = []
    for entry, one in changed:
        one.name_en, one.crew = one.name_en or entry.en.name, one.crew or entry.crew
        one.department = one.department or departments.get(entry.department)
        one.kpis = one.kpis or list(entry.kpis)
        boss = there.get(entry.reports_to)
        if boss and one.reports_to_id is None and not ring({**above, one.pk: boss.pk}, one.pk):
            one.reports_to, above[one.pk] = boss, boss.pk
        one.save()
        one.works_with.add(*[there[key] for key in entry.works_with if there[key].pk != one.pk])
        texts += [_text(one, Language.ZH, entry.zh), _text(one, Language.EN, entry.en)]
    PositionText.objects.bulk_create(texts)
    return [one for _entry, one in changed]


def _processes(organisation: Organisation, made: Plan) -> None:
    """The new rows of the duty matrix, with their parts."""
    there = {entry.key: one for entry, one in paired(organisation.positions, Position.objects.order_by("pk")) if one}
    parts = []
    for entry in made.new_processes:
        process = Process.objects.create(
            key=entry.key, name=entry.zh.name, name_en=entry.en.name,
            purpose=entry.zh.purpose, purpose_en=entry.en.purpose,
        )  # fmt: skip
        said = {there[key].pk: letters for key, letters in entry.letters.items()}
        parts += [ProcessPart(process=process, position_id=pk, letters=letters) for pk, letters in said.items()]
    ProcessPart.objects.bulk_create(parts)


def _text(position: Position, language: Language, words: Words) -> PositionText:
    lists = {name: "\n".join(getattr(words, name)) for name in LISTS}
    return PositionText(position=position, language=language, purpose=words.purpose, **lists)


@dataclass(frozen=True)
class Told:
    """All that is said of a position. `texts`: language → the fields of PositionText, lists one item a line."""

    name: str
    name_en: str = ""
    level: str = Level.FRONT
    department: Department | None = None
    reports_to: Position | None = None
    works_with: Collection[Position] = ()
    kpis: Collection[str] = ()
    texts: Mapping[str, Mapping[str, str]] | None = None


@transaction.atomic
def save_position(
    *, by: User | None, told: Told, position: Position | None = None, seen: int | None = None
) -> Position:
    """Describe a position anew, or make one. `seen`: the version that the editor saw.

    Raises ValidationError: no name or one that is taken, an unknown KPI, somebody else changed it since, and a
    position that would stand above itself.
    """
    lock_all(Position)
    name = " ".join(told.name.split())
    if not name:
        raise ValidationError({"name": _("Write a name.")})
    if Position.objects.filter(name=name).exclude(pk=position.pk if position else 0).exists():
        raise ValidationError({"name": _("There is already a position “%(name)s”.") % {"name": name}})
    unknown = sorted(set(told.kpis) - KPIS.keys())
    if unknown:
        raise ValidationError({"kpis": _("There is no KPI “%(key)s”.") % {"key": unknown[0]}})
    if position is None:
        position = Position.objects.create(key=_free_key(), name=name)
        before: dict[str, Any] = {}
    else:
        _claim(position, seen)
        before = _plainly(position)
    _keep_a_tree(position, told.reports_to)
    position.name, position.name_en, position.level = name, " ".join(told.name_en.split()), told.level
    position.department, position.reports_to, position.kpis = told.department, told.reports_to, list(told.kpis)
    position.save(update_fields=["name", "name_en", "level", "department", "reports_to", "kpis"])
    position.works_with.set([one for one in told.works_with if one.pk != position.pk])
    for language, fields in (told.texts or {}).items():
        PositionText.objects.update_or_create(
            position=position, language=language, defaults={key: _tidy(key, value) for key, value in fields.items()}
        )
    after = _plainly(position)
    changed = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    if changed:
        record(by=by, verb="save_position", target=position, changed=changed)
    return position


def _claim(position: Position, seen: int | None) -> None:
    """Count the change; refuse it where somebody else's came in between."""
    waiting = Position.objects.filter(pk=position.pk)
    if seen is not None:
        waiting = waiting.filter(version=seen)
    if not waiting.update(version=F("version") + 1):
        raise ValidationError(
            _("Somebody changed this position while you were writing. Open it again; what you wrote stands below.")
        )
    position.refresh_from_db()


def _keep_a_tree(position: Position, boss: Position | None) -> None:
    above = dict(Position.objects.values_list("pk", "reports_to"))
    above[position.pk] = boss.pk if boss else None
    found = ring(above, position.pk)
    if found:
        names = {one.pk: one.title for one in Position.objects.filter(pk__in=found)}
        text = _("Then it would report to itself: %(ring)s. Choose another position.")
        said = " → ".join(names[pk] for pk in [*found, position.pk])
        raise ValidationError({"reports_to": text % {"ring": said}})


def _tidy(field: str, value: str) -> str:
    if field not in LISTS:
        return " ".join(value.split())
    return "\n".join(line.strip() for line in value.splitlines() if line.strip())


def _free_key() -> str:
    """Made positions have no key of the handbook; nothing hangs on it."""
    taken = set(Position.objects.filter(key__startswith="own_").values_list("key", flat=True))
    number = 1
    while f"own_{number}" in taken:
        number += 1
    return f"own_{number}"


def _plainly(position: Position) -> dict[str, Any]:
    """Everything that is said of it, for the audit: only what differs is written."""
    said: dict[str, Any] = {
        "name": position.name, "name_en": position.name_en, "level": str(position.level),
        "department": position.department_id, "reports_to": position.reports_to_id,
        "works_with": sorted(position.works_with.values_list("pk", flat=True)), "kpis": list(position.kpis),
    }  # fmt: skip
    for text in position.texts.order_by("language"):
        said |= {f"{text.language}.{name}": getattr(text, name) for name in ("purpose", *LISTS)}
    return said


@transaction.atomic
def remove_position(*, by: User | None, position: Position) -> None:
    """Take away a position that nobody ever held.

    Raises ValidationError: somebody holds or held it, or it is one on which scorecards hang.
    """
    if position.key in BY_KEY:
        raise ValidationError(_("Scorecards and rosters know this position; it stays. You can rename it."))
    if Appointment.objects.filter(position=position).exists():
        raise ValidationError(_("Somebody holds or held this position; their history needs it. It stays."))
    record(by=by, verb="remove_position", target=position, key=position.key, **_plainly(position))
    position.delete()
