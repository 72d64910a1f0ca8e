"""Roles given, ended and lent: what each reaches on a day, and what nobody may do."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.database.prepared import Prepared
from kaibo.database.tests.at_once import at_once
from kaibo.login.models import Grant, Role, Scope, User
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import people_of, people_within, reaching, superiors_of, under
from kaibo.org.models import AppointmentKind, Department, EngagementKind, Person, Stage
from kaibo.org.people_kept import planned
from kaibo.org.people_reading import keep

START = date(2026, 1, 1)


_prepared = Prepared(people_of)


def fresh(person: Person) -> User:
    """As the next request finds the sign-in."""
    return User.objects.get(pk=person.user_id)


def names(user: User, right: Right, on: date | None = None) -> set[str]:
    found = set(people_within(user, right, on).values_list("name", flat=True))
    # the same asked with a query that was compiled for somebody else before
    circle, who = reaching(user, right, on)
    assert {person.name for person in _prepared(circle, **who)} == found
    return found


@pytest.fixture
def live(cast) -> Department:
    """直播一部 under 公司, in which 何川's 投放部 is not."""
    top = Department.objects.create(name="公司")
    Department.objects.filter(name="直播一部").update(parent=top)
    return Department.objects.get(name="直播一部")


def give(cast, person: Person, role: Role, scope: Scope, **more):
    return actions.give_role(by=cast.owner, user=person.user, role=role, scope=scope, **{"start": START} | more)


def test_a_department_is_reached_with_those_below_and_only_while_the_role_lasts(cast, live):
    give(cast, cast.outsider, Role.DEPARTMENT_HEAD, Scope.DEPARTMENT, department=live.parent)
    assert names(fresh(cast.outsider), Right.SEE_NUMBERS) == {"何川", "吴桐", "林晓彤", "陈嘉禾"}
    held = fresh(cast.outsider).grants.get(role=Role.DEPARTMENT_HEAD)
    actions.end_role(by=cast.owner, grant=held, end=timezone.localdate())
    assert names(fresh(cast.outsider), Right.SEE_NUMBERS) == {"何川"}


def test_a_line_follows_the_appointments_of_the_day(cast):
    lead = fresh(cast.lead)
    assert names(lead, Right.SEE_PEOPLE) == {"吴桐", "林晓彤", "陈嘉禾"}
    assert names(lead, Right.SEE_PEOPLE, date(2025, 12, 31)) == {"吴桐"}, "nobody held anything then"
    cast.host.appointments.update(department=Department.objects.get(name="投放部"))
    assert names(lead, Right.SEE_PEOPLE) == {"吴桐", "陈嘉禾"}


def decides_on(user, person):
    others = people_within(user, Right.DECIDE).exclude(pk__in=superiors_of(user))
    return others.exclude(user=user).filter(pk=person.pk).exists()


def test_nobody_decides_on_themselves_or_on_their_superior(cast, live):
    give(cast, cast.host2, Role.LEAD, Scope.LINE)
    give(cast, cast.outsider, Role.DEPARTMENT_HEAD, Scope.DEPARTMENT, department=live.parent)
    lead = fresh(cast.lead)
    assert decides_on(lead, cast.host)
    assert not decides_on(lead, cast.lead)
    assert not decides_on(lead, cast.host2), "another lead of the department is above as much as below"
    assert decides_on(fresh(cast.outsider), cast.lead)
    cast.outsider.appointments.update(department=live)
    assert not decides_on(lead, cast.outsider), "the department's head is above the lead"
    # asked from above, for many at once, it is the same
    give(cast, cast.host, Role.HR, Scope.COMPANY)
    users = [fresh(one) for one in Person.objects.exclude(user=None).order_by("pk")]
    over = {(one.pk, user.pk) for user in users for one in superiors_of(user)}
    everybody = Person.objects.select_related("user")
    assert over == {(one.pk, user) for one in everybody for user in under(one, [user.pk for user in users])}
    assert len(over) > 5


def test_the_last_owner_stays_and_nobody_changes_their_own_rights(cast):
    own = cast.owner.grants.get()
    with pytest.raises(ValidationError, match=r"own rights|自己"):
        actions.end_role(by=cast.owner, grant=own, end=timezone.localdate())
    for_a_while = give(cast, cast.lead, Role.OWNER, Scope.COMPANY, end=timezone.localdate() + timedelta(days=9))
    with pytest.raises(ValidationError, match=r"last owner|最后"):
        actions.end_role(by=cast.lead.user, grant=own, end=timezone.localdate())
    with pytest.raises(ValidationError, match=r"own rights|自己"):
        actions.give_role(by=cast.owner, user=cast.owner, role=Role.HR, scope=Scope.COMPANY, start=START)
    actions.end_role(by=cast.owner, grant=for_a_while, end=timezone.localdate())
    give(cast, cast.lead, Role.OWNER, Scope.COMPANY, start=timezone.localdate())
    actions.end_role(by=cast.lead.user, grant=own, end=timezone.localdate())
    assert not User.objects.get(pk=cast.owner.pk).can(Right.MANAGE_RIGHTS)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"role": Role.OWNER, "scope": Scope.LINE}, "scope"),
        ({"role": Role.HR, "scope": Scope.DEPARTMENT}, "department"),
        ({"role": Role.HR, "scope": Scope.COMPANY, "end": START}, "end"),
        ({"role": Role.LEAD, "scope": Scope.LINE}, "role"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused_with_its_field(cast, said, field):
    with pytest.raises(ValidationError) as refused:
        actions.give_role(by=cast.owner, user=cast.lead.user, start=START, **said)
    assert field in refused.value.error_dict


def test_what_is_lent_reaches_as_far_as_the_lenders_and_ends_with_it(cast):
    lead, today = fresh(cast.lead), timezone.localdate()
    own = lead.grants.get(role=Role.LEAD)
    until = today + timedelta(days=14)
    with pytest.raises(ValidationError):
        actions.lend_role(by=cast.owner, grant=own, to=cast.outsider.user, start=today, end=until, reason="出差")
    lent = actions.lend_role(by=lead, grant=own, to=cast.outsider.user, start=today, end=until, reason="出差")
    borrower = fresh(cast.outsider)
    assert names(borrower, Right.SEE_NUMBERS) == {"何川", "吴桐", "林晓彤", "陈嘉禾"}
    assert not decides_on(borrower, cast.outsider)
    with pytest.raises(ValidationError):
        actions.lend_role(by=borrower, grant=lent, to=cast.host.user, start=today, end=until, reason="again")
    actions.end_role(by=cast.owner, grant=own, end=today)
    assert names(fresh(cast.outsider), Right.SEE_NUMBERS) == {"何川"}
    assert AuditEvent.objects.filter(verb="lend_role").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_end_each_other_at_once_leave_one() -> None:
    """On PostgreSQL both have looked before either writes; SQLite has one write after the other."""
    owners = [User.objects.create_user(name, password=None, role=Role.OWNER) for name in ("one", "two")]

    def end(by: User, whose: User) -> None:
        actions.end_role(by=by, grant=whose.grants.get(), end=timezone.localdate())

    wrong = at_once(Grant, lambda: end(*owners), lambda: end(*reversed(owners)))
    assert [type(one) for one in wrong] == [ValidationError]
    assert User.objects.lasting_owners().count() == 1


def test_a_lent_owner_gives_no_roles_and_is_taken_back_on_the_page(cast):
    today = timezone.localdate()
    own = cast.owner.grants.get()
    client, borrower = cast.client("owner"), cast.host.user
    said = {"to": borrower.pk, "start": today, "end": today + timedelta(days=3), "reason": "休假"}
    assert client.post(f"/roles/{cast.owner.pk}/{own.pk}/lend/", said).status_code == 302
    assert fresh(cast.host).can(Right.CLOSE_MONTHS)
    assert not fresh(cast.host).can(Right.MANAGE_RIGHTS)
    lent = borrower.grants.get(delegated_from=own)
    assert "林晓彤" in client.get(f"/roles/{cast.owner.pk}/").content.decode()
    assert client.post(f"/roles/{borrower.pk}/{lent.pk}/end/", {"end": today}).status_code == 302
    assert not fresh(cast.host).can(Right.CLOSE_MONTHS)


def test_the_page_says_what_one_may_over_whom_and_through_what(cast, django_assert_max_num_queries):
    client, path = cast.client("owner"), f"/roles/{cast.lead.user_id}/"
    said = {"role": "hr", "scope": "company", "start": "2026-01-01"}
    assert client.post(f"{path}give/", said | {"scope": "line"}).status_code == 422
    assert client.post(f"{path}give/", said).status_code == 302
    with django_assert_max_num_queries(12):
        page = client.get(path).content.decode()
    assert "直播一部" in page
    assert page.count("/end/") == 2, "lead and HR, each to be ended"
    listed = client.get("/roles/?role=hr").content.decode()
    assert ("吴桐" in listed, cast.client("host").get("/roles/").status_code) == (True, 404)


def test_who_manages_people_does_not_protect_themselves(cast):
    give(cast, cast.host2, Role.HR, Scope.COMPANY)
    today = timezone.localdate()
    said = {"start": today, "end": today + timedelta(days=30)}
    with pytest.raises(ValidationError):
        actions.protect(by=fresh(cast.host2), person=cast.host2, **said)
    held = actions.protect(by=fresh(cast.host2), person=cast.host, **said)
    assert actions.end_protection(by=fresh(cast.host2), protection=held, end=today) is None


def test_who_manages_people_changes_nothing_of_their_own(cast):
    """HR's own position, terms and stage are somebody else's to say; the owner's are the owner's."""
    give(cast, cast.host, Role.HR, Scope.COMPANY)
    hr, held = fresh(cast.host), cast.host.appointments.get()
    position, department = held.position, held.department
    today = timezone.localdate()

    def verbs(by: User, person: Person):
        yield lambda: actions.end_appointment(by=by, appointment=person.appointments.get(), end=today)
        yield lambda: actions.appoint(
            by=by, person=person, position=position, department=department, start=today, kind=AppointmentKind.MAIN
        )
        yield lambda: actions.engage(by=by, person=person, kind=EngagementKind.EMPLOYEE, start=today)
        yield lambda: actions.move_host(by=by, person=person, stage=Stage.CANDIDATE, day=today)

    for verb in verbs(hr, cast.host):
        with pytest.raises(ValidationError, match="不能对自己作决定"):
            verb()
    assert (cast.host.appointments.get().end, cast.host.engagements.count()) == (None, 0)
    for verb in verbs(hr, cast.host2):
        verb()
    assert cast.host2.engagements.count() == 1
    owner = Person.objects.create(name="老板", user=cast.owner)
    actions.appoint(by=cast.owner, person=owner, position=position, department=department, start=today)
    assert owner.appointments.count() == 1


def test_hr_manages_everybody_but_themselves_and_who_is_above_them(cast, live):
    """HR over the company decides on people's leave as before; on their positions, terms and stages not upwards."""
    give(cast, cast.outsider, Role.HR, Scope.COMPANY)
    give(cast, cast.host2, Role.EXECUTIVE, Scope.COMPANY)
    give(cast, cast.lead, Role.DEPARTMENT_HEAD, Scope.DEPARTMENT, department=Department.objects.get(name="投放部"))
    boss = Person.objects.create(name="苏敏", user=cast.owner)
    hr, executive = fresh(cast.outsider), fresh(cast.host2)
    above = lambda user: set(superiors_of(user, of_company=True).values_list("name", flat=True))  # noqa: E731
    assert above(hr) == {"苏敏", "陈嘉禾", "吴桐"}
    assert above(executive) == {"苏敏"}
    assert above(cast.owner) == set()
    assert not superiors_of(hr).exists(), "their leave has to be decided by somebody"
    give(cast, cast.outsider, Role.EXECUTIVE, Scope.DEPARTMENT, department=Department.objects.get(name="投放部"))
    assert above(fresh(cast.outsider)) == above(hr), "a part of the company puts nobody higher"
    for person in (boss, cast.host2, cast.lead):
        for change in (
            lambda: actions.engage(by=hr, person=person, kind=EngagementKind.EMPLOYEE, start=START),  # noqa: B023
            lambda: actions.move_host(by=hr, person=person, stage=Stage.TRIAL, day=START),  # noqa: B023
            lambda: actions.deactivate(by=hr, person=person, day=START),  # noqa: B023
        ):
            with pytest.raises(ValidationError, match=r"superior|上级"):
                change()
    actions.engage(by=hr, person=cast.host, kind=EngagementKind.EMPLOYEE, start=START)
    actions.engage(by=cast.owner, person=boss, kind=EngagementKind.EMPLOYEE, start=START)
    browser = cast.client("outsider")
    told = browser.get(f"/people/{boss.pk}/").context
    assert (told["may_edit"], told["above"]) == (True, True)
    assert (
        browser.post(f"/people/{boss.pk}/engagement/", {"kind": "employee", "start": "2026-11-01"}).status_code == 422
    )
    rows = "姓名,用工方式,用工自\n苏敏,经纪签约,2026-11-01\n何川,劳动合同,2026-11-01\n林晓彤,经纪签约,2026-11-01\n"
    made = planned(keep(hr, rows.encode(), "people.csv"))
    assert [(one.line, one.column) for one in made.rejected] == [(2, "姓名"), (3, "姓名")]
    assert len(made.engagements) == 1
