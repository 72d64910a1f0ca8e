"""Audit rows as a page tells them: asked for by who, verb, target and day, and put into words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.own_cards.store import read_once
from kaibo.audit.models import EACH, AuditEvent
from kaibo.home.audit.values import UNTOLD, Names, field_of
from kaibo.home.audit.words import KINDS, VERBS
from kaibo.look.dates import in_range
from kaibo.org.models import Person

# of a bulk row's records
SHOWN = 5
# beside `former`, what it became, where the row says more than that
BECAME = ("amount_minor", "reviewer", "end", "stage", "points", "split_rule", "parts", "person", "tag", "code",
          "times")  # fmt: skip


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

    def verbs(self) -> list[str]:
        """What `verb` asks for: a verb's key, or all whose words hold what was typed."""
        if self.verb in VERBS:
            return [self.verb]
        typed = self.verb.casefold()
        return [key for key, word in VERBS.items() if typed in str(word).casefold()]

    @property
    def verb_in_words(self) -> str:
        return str(VERBS.get(self.verb, self.verb))

    def events(self) -> QuerySet[AuditEvent]:
        """Newest first."""
        found = AuditEvent.objects.order_by("-pk")
        if self.who:
            people = Person.objects.filter(name__icontains=self.who, user__isnull=False).values("user")
            found = found.filter(Q(payload__by_name__icontains=self.who) | Q(by_id__in=people))
        if self.verb:
            found = found.filter(verb__in=self.verbs())
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
    named = ((row.target_type, pk) for row in rows for pk in [row.target_id, asked, *_first_of(row)])
    users = {row.by_id for row in rows if row.by_id}
    people = dict(Person.objects.filter(user__in=users).values_list("user", "name"))
    with read_once():
        names = Names.of(rows, named)
        return [_entry(row, _who(row, people), names, asked) for row in rows]


def _first_of(row: AuditEvent) -> list[str]:
    """Of a bulk row the records that a page tells one by one."""
    return list(row.data.get(EACH) or ())[:SHOWN]


def _who(row: AuditEvent, people: Mapping[int, str]) -> str:
    """The person's name of today; else what the row says; else, once that is erased, the sign-in's number."""
    known = people.get(row.by_id or 0) or row.by_name
    return known or (_("sign-in %(id)s") % {"id": row.by_id} if row.by_id else "kaibo")


def _entry(row: AuditEvent, who: str, names: Names, asked: str) -> Entry:
    pk = asked if asked in (row.data.get(EACH) or ()) else row.target_id
    more = row.count - 1 if pk != asked else 0
    name, href = names.found.get((row.target_type, pk), ("", ""))
    return Entry(
        row.pk,
        row.at,
        who,
        str(VERBS.get(row.verb, row.verb)),
        str(KINDS.get(row.target_type, row.target_type)),
        _and_more(name or f"#{pk}", more),
        href,
        f"{row.target_type}:{pk}",
        list(_many(row, names) if more else changes(row.of(pk), names.beside(row, pk), pk)),
        # what was undone is named by a number there
        "" if row.verb == "undo" else row.reason,
        row.erased_by is not None,
    )


def _and_more(name: str, more: int) -> str:
    text = ngettext("%(name)s and %(n)d more", "%(name)s and %(n)d more", more)
    return text % {"name": name, "n": more} if more > 0 else name


def _many(row: AuditEvent, names: Names) -> Iterator[Change]:
    """What is said of all, then of the first ones what is their own."""
    yield from changes({key: value for key, value in row.data.items() if key not in (EACH, "members")}, names)
    for pk in _first_of(row):
        own = "; ".join(
            f"{one.name}: {one.before} → {one.after}" if one.before is not None else f"{one.name}: {one.after}"
            for one in changes(row.data[EACH][pk], names.beside(row, pk), pk)
        )
        name = names.label(row.target_type, pk)
        yield Change("", None, f"{name} · {own}" if own else name)
    if row.count > SHOWN:
        text = ngettext("and %(n)d more", "and %(n)d more", row.count - SHOWN)
        yield Change("", None, text % {"n": row.count - SHOWN})


def changes(data: Mapping[str, Any], names: Names | None = None, target: str = "") -> Iterator[Change]:
    """What a row's data says, in the ways in which verbs say it: `changed`, `former` with `now` or beside, or plain.

    `target`: the id of the record, whose currency its amounts are in.
    """
    names = names or Names()
    rest = {key: value for key, value in data.items() if key not in UNTOLD}

    def change(key: str, before: Any, after: Any) -> Change:
        return Change(field_of(key), names.told(key, before, target), names.told(key, after, target))

    if isinstance(rest.get("changed"), Mapping):
        for key, pair in rest.pop("changed").items():
            if isinstance(pair, list) and len(pair) == 2:
                yield change(key, pair[0], pair[1])
    former, now = rest.pop("former", None), rest.pop("now", None)
    if isinstance(former, Mapping):
        after = _mapping(now) or {key: rest.pop(key) for key in former if key in rest}
        for key in [*former, *(key for key in after if key not in former)]:
            if key not in UNTOLD and former.get(key) != after.get(key, former.get(key)):
                yield change(key, former.get(key), after.get(key))
    elif "former" in data and rest:
        # the one value beside it is what it became
        key = next((name for name in BECAME if name in rest), next(iter(rest)))
        yield change(key, former, rest.pop(key))
    if "old" in rest and "new" in rest:
        yield Change("", names.told("old", rest.pop("old")), names.told("new", rest.pop("new")))
    for key, value in rest.items():
        if value not in (None, "", [], {}):
            yield Change(field_of(key), None, names.told(key, value, target))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _day(text: str) -> date | None:
    try:
        day = parse_date(text.strip())
        return in_range(day) if day else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
