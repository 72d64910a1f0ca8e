"""What the sample says of its people beyond their positions: what they hold beside, their terms, how far hosts are."""

from kaibo.login.models import User
from kaibo.org.actions import appoint, engage, move_host
from kaibo.org.models import AppointmentKind, Department, EngagementKind, Person, Position, Stage
from kaibo.sample.answers import Decisions


def describe_people(decisions: Decisions, *, by: User) -> None:
    """Through the verbs of the pages; what is said already is left alone."""
    people = {person.name: person for person in Person.objects.prefetch_related("engagements", "stages")}
    positions = {position.key: position for position in Position.objects.all()}
    departments = {department.name: department for department in Department.objects.all()}
    for one in decisions.beside:
        person = people[one.person]
        if not person.appointments.filter(start=one.start).exists():
            appoint(
                by=by, person=person, position=positions[one.position], department=departments[one.department],
                start=one.start, end=one.end, kind=AppointmentKind.ACTING if one.end else AppointmentKind.SECOND,
            )  # fmt: skip
    for terms in decisions.terms:
        person = people[terms.person]
        if person.active and not person.engagements.all():
            engage(by=by, person=person, kind=EngagementKind(terms.kind), start=terms.start)
    known = {(person.name, change.stage) for person in people.values() for change in person.stages.all()}
    for step in decisions.steps:
        if people[step.person].active and (step.person, step.stage) not in known:
            move_host(by=by, person=people[step.person], stage=Stage(step.stage), day=step.day)
