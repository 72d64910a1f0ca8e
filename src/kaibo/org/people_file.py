"""A list of people against what is there: who is new, who changes, and every cell that cannot be."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import override

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.message import Message
from kaibo.org.access import superiors_of
from kaibo.org.appointing import refuse, running_main
from kaibo.org.engagement import refuse_terms
from kaibo.org.models import (
    Appointment,
    AppointmentKind,
    Department,
    Engagement,
    EngagementKind,
    Person,
    PersonAlias,
    Position,
)
from kaibo.org.positions import BY_KEY
from kaibo.sources.headers import normal
from kaibo.sources.people_sheet import NAMES, Entry, PeopleSheet
from kaibo.sources.reading import Rejected

LONGEST_NAME = 60
BETWEEN = re.compile(r"[、,，;；/]+")
Step = Callable[[int, int], None]


@dataclass
class Plan:
    """What a list would make. Nothing of it is saved while anything is `rejected`.

    `ended`: what runs and ends by it (with the day set), appointments and terms; `same`: rows that change nothing.
    """

    people: list[Person] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    engagements: list[Engagement] = field(default_factory=list)
    ended: list[Appointment | Engagement] = field(default_factory=list)
    aliases: list[PersonAlias] = field(default_factory=list)
    sign_ins: list[tuple[Person, str, str]] = field(default_factory=list)
    same: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def changed(self) -> list[Person]:
        """People who were there and for whom something is new."""
        new = {id(one) for one in self.people}
        rows = [one.person for one in self.appointments]
        rows += [one.person for one in self.engagements] + [one.person for one in self.aliases]
        rows += [person for person, _username, _email in self.sign_ins]
        return list({id(one): one for one in rows if id(one) not in new}.values())

    @property
    def is_empty(self) -> bool:
        return not (self.people or self.changed)


class _Fault(Exception):
    """A cell that cannot be: its field, and what to do."""

    def __init__(self, key: str, message: Message) -> None:
        self.key, self.message = key, message
        super().__init__(str(message))


def plan(sheet: PeopleSheet, step: Step = lambda _done, _total: None, *, by: User | None = None) -> Plan:
    """A dozen queries, however long the list. `by`: whose list it is; they decide on nobody above them."""
    made, known = Plan(rejected=list(sheet.rejected)), _Known(sheet, by)
    wrong = {one.line for one in sheet.rejected}
    for number, entry in enumerate(sheet.entries):
        step(number, len(sheet.entries))
        if entry.line in wrong:
            continue
        try:
            _Row(entry, known, made).read()
        except _Fault as fault:
            title = sheet.titles.get(fault.key) or NAMES[fault.key][0]
            made.rejected.append(Rejected(entry.line, title, _shown(entry, fault.key), fault.message))
    made.rejected.sort(key=lambda one: one.line)
    return made


def _shown(entry: Entry, key: str) -> str:
    found = entry.days.get(key) if key in entry.days else entry.said.get(key)
    return str(found or "")


class _Known:
    """What is there, read once."""

    def __init__(self, sheet: PeopleSheet, by: User | None) -> None:
        self.own: set[int] = set()
        self.above: set[int] = set()
        if by is not None and not by.can(Right.MANAGE_RIGHTS):
            self.own = set(Person.objects.filter(user=by).values_list("pk", flat=True))
            self.above = set(superiors_of(by, of_company=True).values_list("pk", flat=True))
        names = {entry.said["name"] for entry in sheet.entries}
        self.people = {one.name: one for one in Person.objects.select_related("user")}
        self.aliases = {one.alias: self.people[one.person.name] for one in PersonAlias.objects.select_related("person")}
        there = {self.people[name].pk for name in names & self.people.keys()}
        there |= {self.aliases[name].pk for name in names & self.aliases.keys()}
        self.held: dict[Any, list[Appointment]] = defaultdict(list)
        for held in Appointment.objects.select_related("position", "department"):
            if held.person_id in there:
                self.held[held.person_id].append(held)
        self.terms: dict[Any, list[Engagement]] = defaultdict(list)
        for terms in Engagement.objects.all():
            if terms.person_id in there:
                self.terms[terms.person_id].append(terms)
        self.departments = _by_name(Department.objects.prefetch_related("gaps"), lambda one: (one.name, one.name_en))
        self.positions = _by_name(Position.objects.all(), _position_names)
        self.kinds = _by_label(AppointmentKind)
        self.engagements = _by_label(EngagementKind)
        # people of the list who have got a sign-in by an earlier row of it
        self.prepared: set[int] = set()
        users = list(User.objects.values_list("username", "email"))
        self.usernames = {username.lower() for username, _email in users}
        self.emails = {email.lower() for _username, email in users if email}


def _by_name(rows: Iterable[Any], names: Callable[[Any], Iterable[str]]) -> dict[str, Any]:
    return {normal(name): one for one in rows for name in names(one) if name}


def _position_names(one: Position) -> Iterable[str]:
    known = BY_KEY.get(one.key)
    return (one.name, one.name_en, one.key, known.title if known and known.name == one.name else "")


def _by_label(choices: Any) -> dict[str, Any]:
    """By key and by what it is called in either language."""
    found = {}
    for language in ("zh-hans", "en"):
        with override(language):
            for one in choices:
                found[normal(str(one.label))] = one
                # 劳动合同 in 员工（劳动合同）, and what stands before the bracket
                found |= {normal(part): one for part in re.split(r"[（）()]", str(one.label)) if part.strip()}
    if choices is EngagementKind:
        found["经纪"] = EngagementKind.CONTRACTOR
    return found | {one.value: one for one in choices}


class _Row:
    """One row of the list, added to the plan."""

    def __init__(self, entry: Entry, known: _Known, made: Plan) -> None:
        self.entry, self.known, self.made, self.said = entry, known, made, entry.said

    def read(self) -> None:
        person, is_new = self._person()
        appointment = self._appointment(person)
        terms = self._terms(person, appointment)
        if appointment is not None or terms is not None:
            self._refuse_oneself_and_superiors(person)
        aliases = self._aliases(person)
        sign_in = self._sign_in(person)
        if is_new:
            self.known.people[person.name] = person
            self.made.people.append(person)
        for alias in aliases:
            self.known.aliases[alias.alias] = person
        self.made.aliases += aliases
        if appointment is not None:
            self._take_appointment(person, appointment)
        if terms is not None:
            self._take_terms(person, terms)
        if sign_in:
            self.made.sign_ins.append((person, *sign_in))
            self.known.prepared.add(id(person))
            self.known.usernames |= {sign_in[0].lower()} - {""}
            self.known.emails |= {sign_in[1].lower()} - {""}
        if not (is_new or appointment or terms or aliases or sign_in):
            self.made.same += 1

    def _refuse_oneself_and_superiors(self, person: Person) -> None:
        if person.pk in self.known.own:
            raise _Fault("name", Message("Nobody decides on themselves. Somebody else who manages people can."))
        if person.pk in self.known.above:
            text = "%(name)s is your superior, and nobody decides on their superior. An owner can."
            raise _Fault("name", Message(text, {"name": person.name}))

    def _person(self) -> tuple[Person, bool]:
        name = self.said["name"]
        if not name:
            raise _Fault("name", Message("The name is missing. Fill it in, or remove the line."))
        if len(name) > LONGEST_NAME:
            raise _Fault("name", Message("A name has at most %(n)s characters.", {"n": LONGEST_NAME}))
        found = self.known.people.get(name) or self.known.aliases.get(name)
        if found is None:
            return Person(name=name), True
        if not found.active:
            raise _Fault("name", Message("%(name)s left. Say first that they are back.", {"name": found.name}))
        return found, False

    def _appointment(self, person: Person) -> Appointment | None:
        start, end = self.entry.days["start"], self.entry.days["end"]
        if not any((self.said["department"], self.said["position"], end, self.said["kind"])):
            return None
        lacking = next((key for key in ("department", "position") if not self.said[key]), "start")
        if start is None or lacking != "start":
            raise _Fault(lacking, Message("Say department, position and beginning together, or none of them."))
        kind = AppointmentKind.MAIN
        if self.said["kind"]:
            kind = _found("kind", self.known.kinds, self.said["kind"], KINDS)
        wanted = Appointment(
            person=person, kind=kind, start=start, end=end, made_at=timezone.now(),
            department=_found("department", self.known.departments, self.said["department"], DEPARTMENTS),
            position=_found("position", self.known.positions, self.said["position"], POSITIONS),
        )  # fmt: skip
        held = self._held(person)
        if any(_same(one, wanted) for one in held):
            return None
        try:
            refuse(wanted, held)
        except ValidationError as error:
            raise _fault(error) from error
        return wanted

    def _held(self, person: Person) -> list[Appointment]:
        return self.known.held[person.pk or person.name]

    def _take_appointment(self, person: Person, wanted: Appointment) -> None:
        held = self._held(person)
        if wanted.kind == AppointmentKind.MAIN and (running := running_main(held, wanted.start)):
            if running.pk:
                wanted.follows, wanted.follows_end = running, running.end
                self.made.ended.append(running)
            running.end = wanted.start
        held.append(wanted)
        self.made.appointments.append(wanted)

    def _terms(self, person: Person, appointment: Appointment | None) -> Engagement | None:
        if not self.said["engagement"]:
            return None
        kind = _found("engagement", self.known.engagements, self.said["engagement"], TERMS)
        there = self.known.terms[person.pk or person.name]
        start: date | None = self.entry.days["engaged"]
        if any(one.kind == kind and (one.start == start or start is None) for one in there):
            return None
        start = start or (appointment.start if appointment else self.entry.days["start"])
        if start is None:
            raise _Fault("engagement", Message("Say from which day: in 开始, or in a column 用工自."))
        wanted = Engagement(person=person, kind=kind, start=start, made_at=timezone.now())
        try:
            refuse_terms(wanted, there)
        except ValidationError as error:
            raise _fault(error, "engagement") from error
        return wanted

    def _take_terms(self, person: Person, wanted: Engagement) -> None:
        there = self.known.terms[person.pk or person.name]
        running = next((one for one in there if one.end is None or one.end > wanted.start), None)
        if running:
            if running.pk:
                wanted.follows, wanted.follows_end = running, running.end
                self.made.ended.append(running)
            running.end = wanted.start
        there.append(wanted)
        self.made.engagements.append(wanted)

    def _aliases(self, person: Person) -> list[PersonAlias]:
        found = []
        for name in dict.fromkeys(" ".join(part.split()) for part in BETWEEN.split(self.said["aliases"])):
            if not name or name == person.name or self.known.aliases.get(name) is person:
                continue
            other = self.known.people.get(name) or self.known.aliases.get(name)
            if other is not None:
                said = {"name": name, "person": other.name}
                raise _Fault("aliases", Message("“%(name)s” already stands for %(person)s.", said))
            found.append(PersonAlias(alias=name[:LONGEST_NAME], person=person))
        return found

    def _sign_in(self, person: Person) -> tuple[str, str] | None:
        username, email = self.said["username"], self.said["email"]
        if not (username or email):
            return None
        user = person.user if person.pk else None
        if user is not None:
            if username and username.lower() != user.username.lower():
                text = Message("%(name)s signs in as “%(user)s” already.", {"name": person.name, "user": user.username})
                raise _Fault("username", text)
            if email and email.lower() != user.email.lower():
                raise _Fault("email", Message("Change the address of who has a sign-in on their page."))
            return None
        if id(person) in self.known.prepared:
            return None
        if username.lower() in self.known.usernames:
            raise _Fault("username", Message("“%(name)s” is taken. Choose another.", {"name": username}))
        if email:
            _check_email(email)
            if email.lower() in self.known.emails:
                raise _Fault(
                    "email", Message("This address belongs to somebody else. An address belongs to one person.")
                )
        return username, email


KINDS = Message("Write 主岗, 兼岗 or 代理.")
TERMS = Message("Write 劳动合同, 经纪 or 劳务派遣.")
DEPARTMENTS = Message("There is no such department. Write it as it stands on the chart, or add it first.")
POSITIONS = Message("There is no such position. Write it as it stands on the list of positions, or add it first.")


def _found(key: str, known: Mapping[str, Any], said: str, otherwise: Message) -> Any:
    found = known.get(normal(said))
    if found is None:
        raise _Fault(key, otherwise)
    return found


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise _Fault("email", Message("This is no e-mail address.")) from None


def _same(one: Appointment, wanted: Appointment) -> bool:
    return (one.position_id, one.department_id, one.kind, one.start) == (
        wanted.position_id, wanted.department_id, wanted.kind, wanted.start,
    ) and (wanted.end is None or one.end == wanted.end)  # fmt: skip


def _fault(error: ValidationError, only: str = "") -> _Fault:
    """What a rule says, at the column it names; it is said in the reader's language already."""
    key, texts = next(iter(error.message_dict.items()))
    return _Fault(only or key, Message(texts[0].replace("%", "%%")))
