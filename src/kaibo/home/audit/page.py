"""Audit rows as a page tells them: asked for by who, verb, target and day, and put into words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.audit.models import EACH, AuditEvent
from kaibo.home.audit.targets import Named, named
from kaibo.home.audit.words import FIELDS, KINDS, VERBS
from kaibo.imports.models import BatchState
from kaibo.live.models import AirKind, CrewRole, LeaveState, OutageCause, ShiftState
from kaibo.login.models import Role
from kaibo.look.dates import in_range
from kaibo.look.numbers import clock, day_year
from kaibo.org.models import Person

# numbers of rows tell a reader nothing, nor does who and when once more
UNTOLD = {
    "act", "sha256", "confirmed_by_id", "confirmed_at", "appointment", "protection", "upload", "batch", "link",
}  # fmt: skip
# what is chosen from a list, by the name of the value
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "state": {**dict(LeaveState.choices), **dict(ShiftState.choices), **dict(BatchState.choices)},
    "role": {**dict(Role.choices), **dict(CrewRole.choices)},
    "cause": dict(OutageCause.choices),
    "air_kind": dict(AirKind.choices),
    "duty": dict(CrewRole.choices),
}
LONGEST = 200
# of a bulk row's records
SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """What the page was asked for. `target`: `type:id`."""

    who: str = ""
    verb: str = ""
    kind: str = ""
    target: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, data: QueryDict) -> "Asked":
        """What cannot be read (a day that is none) is not asked for."""
        texts = {name: data.get(name, "").strip() for name in ("who", "verb", "kind", "target")}
        return cls(**texts, since=_day(data.get("since", "")), until=_day(data.get("until", "")))

    @property
    def narrows(self) -> bool:
        return self != Asked()

    def events(self) -> QuerySet[AuditEvent]:
        """Newest first."""
        found = AuditEvent.objects.order_by("-pk")
        if self.who:
            people = Person.objects.filter(name__icontains=self.who, user__isnull=False).values("user")
            found = found.filter(Q(payload__by_name__icontains=self.who) | Q(by_id__in=people))
        if self.verb:
            found = found.filter(verb=self.verb)
        if self.kind:
            found = found.filter(target_type=self.kind)
        if self.target:
            kind, _colon, pk = self.target.partition(":")
            found = found & AuditEvent.objects.about(kind, pk)
        if self.since:
            found = found.filter(at__gte=_midnight(self.since))
        if self.until:
            found = found.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return found


@dataclass(frozen=True)
class Change:
    """One value: from what to what. `before` is None where nothing was said of it."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Entry:
    """One row in words. `href` is empty where the target has no page, or is gone."""

    id: int
    at: datetime
    who: str
    what: str
    kind: str
    target: str
    href: str
    asked: str
    changes: list[Change]
    why: str
    erased: bool


def entries(events: Iterable[AuditEvent], target: str = "") -> list[Entry]:
    """In the given order; one question for each kind of target among them. `target`: `type:id`, of which alone bulk
    rows are told then.
    """
    rows = list(events)
    asked = target.partition(":")[2]
    names = named((row.target_type, pk) for row in rows for pk in [row.target_id, asked, *_first_of(row)])
    users = {row.by_id for row in rows if row.by_id}
    people = dict(Person.objects.filter(user__in=users).values_list("user", "name"))
    return [_entry(row, _who(row, people), names, asked) for row in rows]


def _first_of(row: AuditEvent) -> list[str]:
    """Of a bulk row the records that a page tells one by one."""
    return list(row.data.get(EACH) or ())[:SHOWN]


def _who(row: AuditEvent, people: Mapping[int, str]) -> str:
    """The person's name of today; else what the row says; else, once that is erased, the sign-in's number."""
    known = people.get(row.by_id or 0) or row.by_name
    return known or (_("sign-in %(id)s") % {"id": row.by_id} if row.by_id else "kaibo")


def _entry(row: AuditEvent, who: str, names: Mapping[tuple[str, str], Named], asked: str) -> Entry:
    pk = asked if asked in (row.data.get(EACH) or ()) else row.target_id
    more = row.count - 1 if pk != asked else 0
    name, href = names.get((row.target_type, pk), ("", ""))
    return Entry(
        row.pk,
        row.at,
        who,
        str(VERBS.get(row.verb, row.verb)),
        str(KINDS.get(row.target_type, row.target_type)),
        _and_more(name or f"#{pk}", more),
        href,
        f"{row.target_type}:{pk}",
        list(_many(row, names) if more else changes(row.of(pk))),
        # what was undone is named by a number there
        "" if row.verb == "undo" else row.reason,
        row.erased_by is not None,
    )


def _and_more(name: str, more: int) -> str:
    text = ngettext("%(name)s and %(n)d more", "%(name)s and %(n)d more", more)
    return text % {"name": name, "n": more} if more > 0 else name


def _many(row: AuditEvent, names: Mapping[tuple[str, str], Named]) -> Iterator[Change]:
    """What is said of all, then of the first ones what is their own."""
    yield from changes({key: value for key, value in row.data.items() if key not in (EACH, "members")})
    for pk in _first_of(row):
        own = "; ".join(
            f"{one.name}: {one.before} → {one.after}" if one.before is not None else f"{one.name}: {one.after}"
            for one in changes(row.data[EACH][pk])
        )
        name, _href = names.get((row.target_type, pk), (f"#{pk}", ""))
        yield Change("", None, f"{name} · {own}" if own else name)
    if row.count > SHOWN:
        text = ngettext("and %(n)d more", "and %(n)d more", row.count - SHOWN)
        yield Change("", None, text % {"n": row.count - SHOWN})


def changes(data: Mapping[str, Any]) -> Iterator[Change]:
    """What a row's data says, in the ways in which verbs say it: `changed`, `former` with `now` or beside, or plain."""
    rest = {key: value for key, value in data.items() if key not in UNTOLD}
    for key, pair in _mapping(rest.pop("changed", None)).items():
        if isinstance(pair, list) and len(pair) == 2:
            yield _change(key, pair[0], pair[1])
    former, now = rest.pop("former", None), rest.pop("now", None)
    if isinstance(former, Mapping):
        after = _mapping(now) or {key: rest.pop(key) for key in former if key in rest}
        for key in [*former, *(key for key in after if key not in former)]:
            if key not in UNTOLD and former.get(key) != after.get(key, former.get(key)):
                yield _change(key, former.get(key), after.get(key))
    elif "former" in data and rest:
        # the one value beside it is what it became
        key = next(iter(rest))
        yield _change(key, former, rest.pop(key))
    if "old" in rest and "new" in rest:
        yield Change("", _text(rest.pop("old")), _text(rest.pop("new")))
    for key, value in rest.items():
        if value not in (None, "", [], {}):
            yield Change(_field(key), None, _told(key, value))


def _change(key: str, before: Any, after: Any) -> Change:
    return Change(_field(key), _told(key, before), _told(key, after))


def _told(key: str, value: Any) -> str:
    chosen = CHOSEN.get(key, {}).get(value) if isinstance(value, str) else None
    return str(chosen) if chosen else _text(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _field(key: str) -> str:
    return str(FIELDS.get(key, key.removesuffix("_id").replace("_", " ")))


def _text(value: Any) -> str:
    """A value for reading: times in the installation's zone, lists and tables in a line."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        text = "; ".join(f"{_field(key)}: {_told(key, one)}" for key, one in value.items() if key not in UNTOLD)
    elif isinstance(value, list):
        text = ", ".join(_text(one) for one in value)
    else:
        text = _instant(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _instant(text: str) -> str:
    try:
        found = parse_datetime(text) if len(text) > len("2026-11-29") and text[:4].isdecimal() else None
    except ValueError:
        return text
    return text if found is None or found.tzinfo is None else f"{day_year(found)} {clock(found)}"


def _day(text: str) -> date | None:
    try:
        day = parse_date(text.strip())
        return in_range(day) if day else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
