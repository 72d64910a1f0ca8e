"""The handbook's organisation (S1–S3) as data: read from `handbook.toml`, or from a company's own file of that form."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.kpi.catalog import KPIS

FILE = Path(__file__).with_name("handbook.toml")
LEVELS = ("executive", "middle", "front")
LISTS = ("duties", "contents", "skills", "judged")
MAY_LACK = {"judged"}
KEY_AT_MOST, NAME_AT_MOST, PURPOSE_AT_MOST = 40, 60, 300


@dataclass(frozen=True)
class Words:
    """A department or position in one language."""

    name: str
    purpose: str
    duties: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()


@dataclass(frozen=True)
class DepartmentEntry:
    """`under`: key of the department above, or empty."""

    key: str
    under: str
    zh: Words
    en: Words


@dataclass(frozen=True)
class PositionEntry:
    """Keys of other entries in `department`, `reports_to`, `works_with`; of the catalog in `kpis`."""

    key: str
    level: str
    crew: bool
    department: str
    reports_to: str
    works_with: tuple[str, ...]
    kpis: tuple[str, ...]
    zh: Words
    en: Words


@dataclass(frozen=True)
class ProcessEntry:
    """A row of the duty matrix: keys of positions, `accountable` of exactly one."""

    key: str
    accountable: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...]
    informed: tuple[str, ...]
    zh: Words
    en: Words

    @property
    def letters(self) -> dict[str, str]:
        """Position → its letters: AR where the accountable one does it too."""
        said = dict.fromkeys(self.informed, "I") | dict.fromkeys(self.consulted, "C")
        said |= dict.fromkeys(self.responsible, "R")
        return said | {self.accountable: "AR" if self.accountable in self.responsible else "A"}


@dataclass(frozen=True)
class Organisation:
    departments: tuple[DepartmentEntry, ...]
    positions: tuple[PositionEntry, ...]
    processes: tuple[ProcessEntry, ...] = ()


@cache
def handbook() -> Organisation:
    """The one that comes with Kaibo."""
    return read(FILE.read_text(encoding="utf-8"), FILE.name)


def read(text: str, file: str) -> Organisation:
    """Raises ValidationError: each fault with file, entry, value and what to do."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(_("%(file)s is no TOML: %(error)s.") % {"file": file, "error": error}) from None
    reader = _Reader(file)
    reader.only(data, ("department", "position", "process"), _("the file"))
    organisation = Organisation(
        departments=tuple(reader.entries(data, "department", reader.department)),
        positions=tuple(reader.entries(data, "position", reader.position)),
        processes=tuple(reader.entries(data, "process", reader.process)),
    )
    reader.references(organisation)
    if reader.faults:
        raise ValidationError(reader.faults)
    return organisation


def ring(above: Mapping[Any, Any], start: Any) -> list[Any]:
    """The entries of a ring through `start` when each is followed to the one above it; empty without a ring."""
    path, here = [start], above.get(start)
    while here is not None and here not in path:
        path.append(here)
        here = above.get(here)
    return path if here == start else []


class _Reader:
    """Collects every fault instead of stopping at the first."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[str] = []

    def fault(self, entry: str, what: str) -> None:
        self.faults.append(_("%(file)s, %(entry)s: %(what)s") % {"file": self.file, "entry": entry, "what": what})

    def only(self, table: Mapping[str, Any], known: Iterable[str], entry: str) -> None:
        for word in sorted(table.keys() - set(known)):
            self.fault(entry, _("“%(word)s” means nothing here. Take it out or correct it.") % {"word": word})

    def entries(
        self, data: Mapping[str, Any], kind: str, make: Callable[[str, Mapping[str, Any]], Any]
    ) -> Iterable[Any]:
        tables = data.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self.fault(kind, _("Write each as [[%(kind)s]].") % {"kind": kind})
            return
        seen: set[str] = set()
        for number, table in enumerate(tables, start=1):
            key = table.get("key")
            entry = f"{kind} {key if isinstance(key, str) and key else number}"
            if not isinstance(key, str) or not key.replace("_", "").replace("-", "").isalnum() or not key.isascii():
                self.fault(entry, _("needs a key of letters, digits and _."))
                continue
            if len(key) > KEY_AT_MOST or key in seen:
                self.fault(entry, _("the key is too long or stands twice. Give it another."))
                continue
            seen.add(key)
            yield make(entry, table)

    def department(self, entry: str, table: Mapping[str, Any]) -> DepartmentEntry:
        self.only(table, ("key", "under", "zh", "en"), entry)
        return DepartmentEntry(
            table["key"], self.word(entry, table, "under"), self.words(entry, table, "zh", lists=False),
            self.words(entry, table, "en", lists=False),
        )  # fmt: skip

    def position(self, entry: str, table: Mapping[str, Any]) -> PositionEntry:
        known = ("key", "level", "crew", "department", "reports_to", "works_with", "kpis", "zh", "en")
        self.only(table, known, entry)
        if table.get("level") not in LEVELS:
            text = _("level is “%(level)s”. Use one of %(known)s.")
            self.fault(entry, text % {"level": table.get("level"), "known": ", ".join(LEVELS)})
        if not isinstance(table.get("crew", False), bool):
            self.fault(entry, _("crew is true or false."))
        return PositionEntry(
            key=table["key"], level=self.word(entry, table, "level"), crew=bool(table.get("crew", False)),
            department=self.word(entry, table, "department"), reports_to=self.word(entry, table, "reports_to"),
            works_with=self.texts(entry, table, "works_with"), kpis=self.texts(entry, table, "kpis"),
            zh=self.words(entry, table, "zh"), en=self.words(entry, table, "en"),
        )  # fmt: skip

    def process(self, entry: str, table: Mapping[str, Any]) -> ProcessEntry:
        shares = ("responsible", "consulted", "informed")
        self.only(table, ("key", "accountable", *shares, "zh", "en"), entry)
        responsible, consulted, informed = (self.texts(entry, table, name) for name in shares)
        return ProcessEntry(
            table["key"], self.word(entry, table, "accountable"), responsible, consulted, informed,
            zh=self.words(entry, table, "zh", lists=False), en=self.words(entry, table, "en", lists=False),
        )  # fmt: skip

    def word(self, entry: str, table: Mapping[str, Any], name: str) -> str:
        value = table.get(name, "")
        if isinstance(value, str):
            return value.strip()
        self.fault(entry, _("%(name)s is a text in quotation marks.") % {"name": name})
        return ""

    def texts(self, entry: str, table: Mapping[str, Any], name: str) -> tuple[str, ...]:
        value = table.get(name, [])
        if isinstance(value, list) and all(isinstance(one, str) and one.strip() and "\n" not in one for one in value):
            return tuple(one.strip() for one in value)
        self.fault(entry, _("%(name)s is a list of texts of one line each.") % {"name": name})
        return ()

    def words(self, entry: str, table: Mapping[str, Any], language: str, *, lists: bool = True) -> Words:
        told = table.get(language)
        if not isinstance(told, dict):
            self.fault(entry, _("has no words in “%(language)s”. Add them.") % {"language": language})
            return Words("", "")
        of = f"{entry}, {language}"
        self.only(told, ("name", "purpose", *(LISTS if lists else ())), of)
        name, purpose = self.word(of, told, "name"), self.word(of, told, "purpose")
        if not name or len(name) > NAME_AT_MOST:
            self.fault(of, _("name has 1 to %(most)s characters.") % {"most": NAME_AT_MOST})
        if not purpose or len(purpose) > PURPOSE_AT_MOST:
            self.fault(of, _("purpose has 1 to %(most)s characters.") % {"most": PURPOSE_AT_MOST})
        found = {one: self.texts(of, told, one) for one in LISTS} if lists else {}
        for one, items in found.items():
            if not items and one not in MAY_LACK and one in told:
                self.fault(of, _("%(name)s is empty. Fill it or take it out.") % {"name": one})
        return Words(name, purpose, **found)

    def references(self, organisation: Organisation) -> None:
        """Every key that is named is there, names stand once, and nobody is above themselves."""
        departments = {one.key for one in organisation.departments}
        positions = {one.key for one in organisation.positions}
        self._names("department", organisation.departments)
        self._names("position", organisation.positions)
        self._names("process", organisation.processes)
        for one in organisation.departments:
            self._known(f"department {one.key}", "under", [one.under] if one.under else [], departments)
        for post in organisation.positions:
            entry = f"position {post.key}"
            self._known(entry, "department", [post.department] if post.department else [], departments)
            self._known(entry, "reports_to", [post.reports_to] if post.reports_to else [], positions)
            self._known(entry, "works_with", post.works_with, positions - {post.key})
            self._known(entry, "kpis", post.kpis, KPIS)
        for process in organisation.processes:
            entry = f"process {process.key}"
            self._known(entry, "accountable", [process.accountable], positions)
            for name in ("responsible", "consulted", "informed"):
                self._known(entry, name, getattr(process, name), positions)
            if not process.responsible:
                self.fault(entry, _("nobody is responsible: who carries it out?"))
        self._rings("department", {one.key: one.under or None for one in organisation.departments})
        self._rings("position", {one.key: one.reports_to or None for one in organisation.positions})

    def _names(self, kind: str, entries: Iterable[DepartmentEntry | PositionEntry | ProcessEntry]) -> None:
        seen: dict[str, str] = {}
        for one in entries:
            other = seen.setdefault(one.zh.name, one.key)
            if other != one.key:
                text = _("has the same name as %(other)s. Give it another.")
                self.fault(f"{kind} {one.key}", text % {"other": other})

    def _known(self, entry: str, field: str, said: Iterable[str], known: Collection[str]) -> None:
        for key in said:
            if key not in known:
                text = _("%(field)s names “%(key)s”, which there is not. Correct the key or add the entry.")
                self.fault(entry, text % {"field": field, "key": key})

    def _rings(self, kind: str, above: Mapping[str, str | None]) -> None:
        told: set[str] = set()
        for key in above:
            found = ring(above, key)
            if found and key not in told:
                told.update(found)
                self.fault(
                    f"{kind} {key}",
                    _("stands above itself: %(ring)s. Break it at one place.") % {"ring": " → ".join([*found, key])},
                )
