"""Gives the sample's decisions to the product's verbs, one after the other, as a person would on its pages."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal

from django.utils import timezone

from kaibo.live.actions.answering import assign_responsibility, map_ad_account
from kaibo.live.actions.belonging import place_room
from kaibo.live.actions.confirming import Confirmation, confirm_shifts
from kaibo.live.actions.explaining_roster import Explained, Meaning, explain_roster
from kaibo.live.actions.explaining_roster import Newcomer as NewOnRoster
from kaibo.live.actions.joining import join_sessions
from kaibo.live.actions.outages import confirm_outages, record_outage
from kaibo.live.actions.rooms import edit_account, set_split_rule, set_target
from kaibo.live.actions.sessions import edit_session
from kaibo.live.actions.shifts import Newcomer, add_shift, edit_shift, mark_absent, set_lead
from kaibo.live.actions.simulcasting import save_simulcast
from kaibo.live.actions.tagging import save_tag_rule
from kaibo.live.models import (
    Account,
    AdAccountPart,
    AirKind,
    CrewRole,
    Outage,
    OutageCause,
    Responsibility,
    RoomDuty,
    Session,
    Shift,
    ShiftCode,
    ShiftState,
    Simulcast,
    SplitRule,
    TagRule,
    Target,
)
from kaibo.live.roster import offers, plain
from kaibo.login.actions import accept_invitation
from kaibo.login.models import Role, Scope, User
from kaibo.login.rights import SCOPES
from kaibo.measurement.rates import Said, add_rates, rates_in_use
from kaibo.org.actions import (
    add_department,
    appoint,
    create_person,
    deactivate,
    give_role,
    invite,
    protect,
    save_department,
)
from kaibo.org.models import Department, Person, Position
from kaibo.sample.answers import Decisions, Post, ShiftAnswer, SignIn
from kaibo.sample.cast import Code
from kaibo.sample.company import LIVE, UNDER_LIVE

# the lead of the tech people writes outages down
TELLS_OUTAGES = "tech"


def explain(decisions: Decisions, *, by: User) -> None:
    """Make the people that the rosters name and explain their codes. Raises RuntimeError if anything stays unclear."""
    offered = {plain(offer.name) for offer in offers().names}
    departments: dict[str, list[Post]] = defaultdict(list)
    for post in decisions.people:
        if plain(post.person) in offered:
            departments[post.department].append(post)
    positions = {position.key: position for position in Position.objects.all()}
    for department, posts in departments.items():
        newcomers = [NewOnRoster(one.person, positions[one.position], one.start) for one in posts]
        explain_roster(by=by, explained=Explained(newcomers=newcomers, department=department))
    known = set(ShiftCode.objects.values_list("code", flat=True))
    codes = [_meaning(code) for code in decisions.codes if code.code not in known]
    if codes:
        explain_roster(by=by, explained=Explained(codes=codes))
    left = offers()
    if left.any:
        raise RuntimeError(f"the sample does not explain its own rosters: {left}")


def fill_departments(decisions: Decisions, *, by: User) -> None:
    """Everyone whom no roster names, and who moved to another position since."""
    there = {department.name: department for department in Department.objects.all()}
    for name in decisions.departments:
        if name not in there:
            there[name] = add_department(by=by, name=name)
    for name in UNDER_LIVE:
        team = there[name]
        if team.parent_id is None:
            save_department(by=by, department=team, name=team.name, parent=there[LIVE])
    positions = {position.key: position for position in Position.objects.all()}
    known = set(Person.objects.values_list("name", flat=True))
    for one in decisions.people:
        if one.person not in known and one.person not in decisions.unknown_to_rosters:
            create_person(
                by=by, name=one.person, position=positions[one.position], department=there[one.department],
                start=one.start,
            )  # fmt: skip
    for new in decisions.newcomers:
        person = Person.objects.get(name=new.person)
        if not person.protections.filter(start=new.start).exists():
            protect(by=by, person=person, start=new.start, end=new.end)
    for one in decisions.transfers:
        person = Person.objects.get(name=one.person)
        if not person.appointments.filter(start=one.start).exists():
            appoint(
                by=by, person=person, position=positions[one.position], department=there[one.department],
                start=one.start,
            )  # fmt: skip


def see_off(decisions: Decisions, *, by: User) -> None:
    """Who left; their shifts are confirmed by then."""
    for leave in decisions.leavers:
        person = Person.objects.get(name=leave.person)
        if person.active:
            deactivate(by=by, person=person, day=leave.day)


def _meaning(code: Code) -> Meaning:
    if code.room is None:
        return Meaning(code.code, off=True)
    account = Account.objects.get(handle=code.room.handle)
    return Meaning(
        code.code, account=account, role=CrewRole.HOST, start=_clock(code.start), end=_clock(code.end),
        next_day=code.end >= 24 * 60,
    )  # fmt: skip


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def settle_rooms(decisions: Decisions, *, by: User) -> None:
    """How rooms share, what they aim at, which lines are no sales, which broadcasts were only a try."""
    accounts = {account.handle: account for account in Account.objects.all()}
    for handle, name in decisions.called.items():
        one = accounts[handle]
        if one.name != name:
            edit_account(by=by, account=one, name=name, other_names=[], zone=one.zone, currency=one.currency)
    for room in decisions.rooms:
        if accounts[room.handle].split_rule != room.split_rule:
            set_split_rule(by=by, account=accounts[room.handle], split_rule=SplitRule(room.split_rule))
    for target in decisions.targets:
        account = accounts[target.handle]
        if not Target.objects.filter(account=account, month=target.month, amount_minor=target.amount_minor).exists():
            set_target(by=by, account=account, month=target.month, amount_minor=target.amount_minor)
    for tag in decisions.tags:
        if not TagRule.objects.filter(tag=tag.tag, by=tag.by, value=tag.value).exists():
            save_tag_rule(by=by, tag=tag.tag, how=TagRule.By(tag.by), value=tag.value, reason=tag.reason)
    for handle, start in decisions.tests:
        session = Session.objects.get(account=accounts[handle], start=start)
        if session.air_kind != AirKind.TEST:
            edit_session(by=by, session=session, title=session.title, air_kind=AirKind.TEST)


def settle_further(decisions: Decisions, *, by: User) -> None:
    """What a rupiah is worth, which rooms one crew serves at once, whose ads are whose, which broadcasts were one."""
    known = {(rate.currency, rate.day) for rate in rates_in_use()}
    said = [Said(r.currency, r.day, Decimal(r.rate)) for r in decisions.rates if (r.currency, r.day) not in known]
    if said:
        add_rates(by=by, rates=said, source="示例汇率")
    accounts = {(account.platform, account.handle): account for account in Account.objects.all()}
    for one in decisions.simulcasts:
        if not Simulcast.objects.filter(name=one.name).exists():
            rooms = [accounts[room.platform, room.handle] for room in one.rooms]
            save_simulcast(by=by, name=one.name, accounts=rooms, start=one.start, end=None)
    for spender in decisions.ad_accounts:
        if not AdAccountPart.objects.filter(ad_account=spender.name).exists():
            shares = [(accounts[key], part) for key, part in spender.rooms]
            map_ad_account(by=by, ad_account=spender.name, start=spender.start, parts=shares)
    for joined in decisions.joined:
        parts = list(Session.objects.filter(account__handle=joined.handle, start__in=joined.starts))
        if not any(part.joined_to_id for part in parts):
            join_sessions(by=by, sessions=parts, reason=joined.reason)


def settle_duties(decisions: Decisions, *, by: User) -> None:
    """Who answers for a room, where it belongs, and what broke: told by the tech lead, confirmed by the floor's."""
    accounts = {(account.platform, account.handle): account for account in Account.objects.all()}
    people = {person.name: person for person in Person.objects.all()}
    for one in decisions.duties:
        account = accounts[one.room.platform, one.room.handle]
        held = Responsibility.objects.filter(account=account, duty=one.duty, start=one.start)
        if not held.exists():
            assign_responsibility(
                by=by, account=account, person=people[one.person], duty=RoomDuty(one.duty), start=one.start
            )
    departments = {department.name: department for department in Department.objects.all()}
    for place in decisions.placed:
        account = accounts[place.room.platform, place.room.handle]
        if not account.departments.exists():
            place_room(by=by, account=account, department=departments[place.department], start=place.start)
    teller, lead = User.objects.get(username=TELLS_OUTAGES), _lead(decisions.sign_ins)
    for told in decisions.outages:
        account = accounts[told.room.platform, told.room.handle]
        outage = Outage.objects.filter(account=account, start=told.start).first() or record_outage(
            by=teller, account=account, start=told.start, end=told.end, cause=OutageCause(told.cause), note=told.note
        )
        if told.confirmed:
            confirm_outages(by=lead, outages=[outage])


def make_sign_ins(decisions: Decisions, *, by: User) -> None:
    """The sample's sign-ins, whose passwords are no secret, and what they hold beyond being a person or a lead."""
    for one in decisions.sign_ins:
        role = Role(one.role)
        reaches = SCOPES[role][0]
        plain_role = role if reaches in (Scope.OWN, Scope.LINE) else Role.PERSON
        if one.person and not User.objects.filter(username=one.username).exists():
            person = Person.objects.get(name=one.person)
            link, _text = invite(by=by, person=person, username=one.username, role=plain_role)
            accept_invitation(by=link.user, link=link, username=one.username, password=decisions.password)
        if one.person and role != plain_role:
            user = User.objects.get(username=one.username)
            if not user.grants.filter(role=role).exists():
                over = Department.objects.get(name=one.over) if one.over else None
                give_role(
                    by=by, user=user, role=role, scope=reaches, department=over, start=timezone.localdate(),
                )  # fmt: skip


def confirm(decisions: Decisions) -> None:
    """Say of every shift what is said of it, one business day after the other, as the lead of the floor would."""
    by = _lead(decisions.sign_ins)
    days: dict[date, list[ShiftAnswer]] = defaultdict(list)
    for answer in decisions.shifts:
        days[timezone.localdate(answer.planned_start or answer.start)].append(answer)
    for day in sorted(days):
        _confirm_day(days[day], by)


def _lead(sign_ins: Iterable[SignIn]) -> User:
    return User.objects.get(username=next(one.username for one in sign_ins if one.role == Role.LEAD))


def _confirm_day(answers: list[ShiftAnswer], by: User) -> None:
    plain_ones = []
    for answer in (a for a in answers if a.planned_start and a.state != "planned"):
        shift = _shift(answer)
        if shift.state != ShiftState.PLANNED:
            continue
        if answer.state == "absent":
            mark_absent(by=by, shift=shift, reason=answer.note)
        elif (answer.start, answer.end) != (shift.planned_start, shift.planned_end):
            edit_shift(by=by, shift=shift, start=answer.start, end=answer.end, note=answer.note)
        else:
            plain_ones.append(Confirmation(shift, answer.start, answer.end))
    confirm_shifts(by=by, items=plain_ones)
    for answer in (a for a in answers if a.lead):
        shift = _shift(answer)
        if not shift.lead:
            set_lead(by=by, shift=shift)
    for answer in (a for a in answers if a.planned_start is None):
        _add(answer, by)


def _shift(answer: ShiftAnswer) -> Shift:
    return Shift.objects.select_related("person", "account").get(
        account__handle=answer.handle, role=answer.role, person__name=answer.person, planned_start=answer.planned_start
    )


def _add(answer: ShiftAnswer, by: User) -> None:
    """Someone whom no roster knows: the name is typed, and becomes a person of the lead's department."""
    there = Shift.objects.filter(person__name=answer.person, role=answer.role, confirmed_start=answer.start)
    if there.exists():
        return
    department = Department.objects.get(appointments__person__user=by, appointments__kind="main")
    account = Account.objects.get(handle=answer.handle)
    add_shift(
        by=by, account=account, role=CrewRole(answer.role), who=Newcomer(answer.person, department),
        start=answer.start, end=answer.end, note=answer.note,
    )  # fmt: skip
