"""What applying an organisation would add here. Read only: the preview and the verb use the same plan."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kaibo.org.handbook import DepartmentEntry, Organisation, PositionEntry, ProcessEntry
from kaibo.org.models import Department, Position, PositionText, Process


@dataclass
class Plan:
    """New entries; those that exist and have blanks to fill, with what exists; those that stay as they are."""

    new_departments: list[DepartmentEntry] = field(default_factory=list)
    filled_departments: list[tuple[DepartmentEntry, Department]] = field(default_factory=list)
    new_positions: list[PositionEntry] = field(default_factory=list)
    filled_positions: list[tuple[PositionEntry, Position]] = field(default_factory=list)
    new_processes: list[ProcessEntry] = field(default_factory=list)
    kept: list[Department | Position | Process] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return (
            len(self.new_departments) + len(self.filled_departments)
            + len(self.new_positions) + len(self.filled_positions) + len(self.new_processes)
        )  # fmt: skip


def plan(organisation: Organisation) -> Plan:
    """Four queries. A department is found by its key, else by its name; a position by its key, else by its name.

    A department without a key is one the company made: it gets the key and what it does not say yet. A position that
    nobody has described is filled; one with a description of its own stays as it is, blanks and all. A process that is
    there, by key or name, stays with the parts that it has.
    """
    made = Plan()
    departments = list(Department.objects.order_by("pk"))
    by_key = {one.key: one for one in departments if one.key}
    by_name = {_bare(one.name): one for one in reversed(departments) if not one.key}
    for entry in organisation.departments:
        known = by_key.get(entry.key) or by_name.get(_bare(entry.zh.name))
        if known is None:
            made.new_departments.append(entry)
        elif known.key:
            made.kept.append(known)
        else:
            made.filled_departments.append((entry, known))
    described = set(PositionText.objects.values_list("position", flat=True))
    for post, position in paired(organisation.positions, Position.objects.order_by("pk")):
        if position is None:
            made.new_positions.append(post)
        elif position.pk in described:
            made.kept.append(position)
        else:
            made.filled_positions.append((post, position))
    processes = list(Process.objects.order_by("pk"))
    known_keys = {one.key: one for one in processes if one.key}
    known_names = {one.name: one for one in processes}
    for row in organisation.processes:
        there = known_keys.get(row.key) or known_names.get(row.zh.name)
        if there is None:
            made.new_processes.append(row)
        else:
            made.kept.append(there)
    return made


def paired(
    entries: Iterable[PositionEntry], positions: Iterable[Position]
) -> list[tuple[PositionEntry, Position | None]]:
    """Each entry with the position that it is, if there is one."""
    there = list(positions)
    by_key = {one.key: one for one in there}
    by_name = {one.name: one for one in reversed(there)}
    return [(entry, by_key.get(entry.key) or by_name.get(entry.zh.name)) for entry in entries]


def _bare(name: str) -> str:
    """内容策划 and 内容策划部 are the same department."""
    return name.removesuffix("部").strip()
