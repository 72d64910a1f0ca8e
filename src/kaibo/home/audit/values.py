"""The values of audit rows as people read them: names for numbers, words for keys, amounts in their currency."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.appeals.models import AppealAbout, Verdict
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.review_models import NoteKind as ReviewNoteKind
from kaibo.appraisal.cycle.review_models import RaterKind
from kaibo.appraisal.own_cards.steps import parts_named
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.appraisal.roles import title_of
from kaibo.appraisal.wording import title as kpi_title
from kaibo.audit.models import EACH, AuditEvent
from kaibo.home.audit.fields import FIELDS
from kaibo.home.audit.items import Titles, review_of, titles
from kaibo.home.audit.targets import Named, named
from kaibo.imports.mappings import titles as source_titles
from kaibo.imports.models import BatchState
from kaibo.live.models import (
    Account,
    AirKind,
    CrewRole,
    LeaveKind,
    LeaveState,
    NoteKind,
    OutageCause,
    Platform,
    RoomDuty,
    ShiftState,
    TagRule,
)
from kaibo.login.models import LinkKind, Role
from kaibo.login.rights import Scope
from kaibo.look import numbers
from kaibo.look.numbers import clock, day_year
from kaibo.org.handbook import handbook
from kaibo.org.models import AppointmentKind, EngagementKind, Language, Level, ProtectionReason, Stage

LONGEST = 200
# numbers of rows tell a reader nothing, nor does who and when once more
UNTOLD = {
    "act", "sha256", "confirmed_by_id", "confirmed_at", "appointment", "protection", "upload", "batch", "link",
    "grant", "engagement", "run", "fingerprint", "digest", "instead_of", "links", "users", "corrections", "subject",
}  # fmt: skip
# what one sets for oneself: languages (of pages, and of what is written down), and how pages look
CHOICES_OF_ONE: Mapping[str, Any] = {
    **dict(settings.LANGUAGES), **dict(Language.choices), "light": gettext_lazy("Light"), "dark": gettext_lazy("Dark"),
}  # fmt: skip
# what is chosen from a list, by the name of the value: of several lists with one word, the first that has it
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "state": {
        **dict(CycleState.choices), **dict(LeaveState.choices), **dict(ShiftState.choices), **dict(BatchState.choices),
    },
    "role": {**dict(Role.choices), **dict(CrewRole.choices)},
    "cause": {**dict(ProtectionReason.choices), **dict(OutageCause.choices)},
    "air_kind": dict(AirKind.choices),
    "duty": {**dict(CrewRole.choices), **dict(RoomDuty.choices)},
    "kind": {
        **dict(LinkKind.choices), **dict(LeaveKind.choices), **dict(NoteKind.choices), **dict(ReviewNoteKind.choices),
        **dict(RaterKind.choices), **dict(EngagementKind.choices), **dict(AppointmentKind.choices),
    },
    "rater": dict(RaterKind.choices),
    "scope": dict(Scope.choices),
    "stage": {**dict(CycleState.choices), **dict(Stage.choices)},
    "former": {**dict(CycleState.choices), **dict(Stage.choices)},
    "verdict": dict(Verdict.choices),
    "about": dict(AppealAbout.choices),
    "how": dict(TagRule.By.choices),
    "level": dict(Level.choices),
    "platform": dict(Platform.choices),
    "old": CHOICES_OF_ONE,
    "new": CHOICES_OF_ONE,
}  # fmt: skip
# the name of a value → what its number is the number of
NUMBERED: Mapping[str, str] = {
    "account": "live.account", "account_id": "live.account", "accounts": "live.account", "parts": "live.account",
    "person": "org.person", "person_id": "org.person", "people": "org.person", "reviewer": "org.person",
    "session": "live.session", "sessions": "live.session", "joined_to_id": "live.session", "shift": "live.shift",
    "review": "appraisal.review", "parent": "org.department", "raters": "org.person",
    "departments": "org.department", "departments_filled": "org.department", "positions_filled": "org.position",
}  # fmt: skip
# some verbs say only how many
COUNTED = {"sessions", "shifts", "people", "reviews"}
# keys of the handbook and the catalog
POSITIONS = {"position", "positions", "reports_to", "works_with", "roles"}
KPIS = {"line", "lines", "kpis", "item", "given"}
CLOCKED = {"start", "end"}


@dataclass
class Names:
    """What the numbers on a page of rows are called, one query for each kind; a row's own currency for its amounts."""

    found: Mapping[tuple[str, str], Named] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    # of a card's own items, by review and key
    titles: Titles = field(default_factory=dict)
    # those of the review that is told of now
    items: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[AuditEvent], told: Iterable[tuple[str, str]]) -> "Names":
        rows = list(rows)
        wanted = {*told, *(pair for row in rows for pair in _numbers(row.data))}
        rooms = {pk for row in rows if row.verb == "set_target" for pk, _data in row.each() if pk.isdecimal()}
        of_rooms = Account.objects.filter(pk__in=rooms).values_list("pk", "currency") if rooms else ()
        return cls(named(wanted), {str(pk): currency for pk, currency in of_rooms}, titles(rows))

    def beside(self, row: AuditEvent, pk: str) -> "Names":
        """The same for telling of one record of a row: with the items of its review."""
        items = self.titles.get(review_of(row, pk)) if self.titles else None
        return replace(self, items=items) if items else self

    @cached_property
    def sources(self) -> Mapping[str, str]:
        return source_titles()

    def _item(self, key: str) -> str:
        found = known_kpi(key)
        return kpi_title(found) if found else self.items.get(key, key)

    def label(self, kind: str, pk: object) -> str:
        return self.found.get((kind, str(pk)), (f"#{pk}", ""))[0]

    def told(self, key: str, value: Any, target: str = "") -> str:
        """A value of this name, for reading. `target`: the id of the row's record."""
        if value in (None, "", [], {}):
            return numbers.MISSING
        if key == "amount_minor" and isinstance(value, int):
            return numbers.money(value, self.currencies.get(target, ""))
        if key in ("points", "given") or (key == "former" and isinstance(value, str) and "/" in value):
            with suppress(ValueError, ZeroDivisionError):
                return numbers.points(Fraction(str(value)))
        if key == "members" and isinstance(value, Mapping):
            return numbers.count(value.get("count"))
        if key == "changed" and isinstance(value, list):
            return _short(numbers.listed(parts_named(value)))
        if key in ("processes", "departments") and _keys_of_handbook(value):
            return _short(", ".join(_of_handbook(key).get(str(one), str(one)) for one in value))
        if (kind := NUMBERED.get(key)) and not (key in COUNTED and isinstance(value, int)):
            return _short(self._numbered(kind, value))
        if key in KPIS or key in POSITIONS:
            return _short(self._titled(self._item if key in KPIS else title_of, key, value))
        chosen = CHOSEN.get(key, {}).get(value) if isinstance(value, str) else None
        if chosen:
            return str(chosen)
        if key in ("of", "month") and len(str(value)) == len("2026-11-01"):
            return str(value)[:7]
        if key == "source":
            return str(_(self.sources.get(str(value), str(value))))
        return self._text(value, key)

    def _numbered(self, kind: str, value: Any) -> str:
        if isinstance(value, Mapping):
            # how much of each
            return ", ".join(f"{self.label(kind, pk)} × {part}" for pk, part in value.items())
        if isinstance(value, list):
            return ", ".join(numbers.MISSING if pk is None else self.label(kind, pk) for pk in value)
        return self.label(kind, value) if str(value).isdecimal() else str(value)

    def _titled(self, title: Callable[[str], str], key: str, value: Any) -> str:
        if isinstance(value, Mapping):
            return "; ".join(f"{title(str(one))}: {self.told('points', said)}" for one, said in value.items())
        if isinstance(value, list):
            return ", ".join(title(str(one)) for one in value)
        return title(str(value)) if isinstance(value, str) else self._text(value, key)

    def _text(self, value: Any, key: str = "") -> str:
        """Times in the installation's zone, lists and tables in a line."""
        if value in (None, "", [], {}):
            return numbers.MISSING
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, Mapping):
            told = {str(name): one for name, one in value.items() if name not in UNTOLD}
            text = "; ".join(f"{field_of(name)}: {self.told(name, one)}" for name, one in told.items())
        elif isinstance(value, list):
            text = ", ".join(self._text(one) for one in value)
        else:
            text = _instant(str(value))
            if key in CLOCKED and len(text) == len("21:00:00") and text.count(":") == 2:
                text = text[:5]
        return _short(text)


def field_of(key: str) -> str:
    """What a value is called; stages of a cycle by their own words."""
    word = FIELDS.get(key) or dict(CycleState.choices).get(key)
    return str(word or key.removesuffix("_id").replace("_", " "))


def _numbers(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, id) of what a row's values name by number."""
    for key, value in data.items():
        if key == EACH and isinstance(value, Mapping):
            for own in list(value.values())[:10]:
                yield from _numbers(own)
        elif key in ("former", "now") and isinstance(value, Mapping):
            yield from _numbers(value)
        elif key == "changed" and isinstance(value, Mapping):
            for name, pair in value.items():
                yield from _numbers({name: pair})
        elif (kind := NUMBERED.get(key)) and not (key in COUNTED and isinstance(value, int)):
            ids = value if isinstance(value, list | Mapping) else [value]
            yield from ((kind, str(pk)) for pk in list(ids)[:20] if str(pk).isdecimal())
    if isinstance(data.get("former"), int) and "reviewer" in data:
        yield "org.person", str(data["former"])


def _keys_of_handbook(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _of_handbook(kind: str) -> dict[str, str]:
    """Key → title of its processes or departments."""
    chinese = numbers.in_chinese()
    return {one.key: (one.zh if chinese else one.en).name for one in getattr(handbook(), kind)}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _instant(text: str) -> str:
    try:
        found = parse_datetime(text) if len(text) > len("2026-11-29") and text[:4].isdecimal() else None
    except ValueError:
        return text
    return text if found is None or found.tzinfo is None else f"{day_year(found)} {clock(found)}"
