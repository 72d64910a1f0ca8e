"""Who corrected their own numbers of a month, or a superior's, does not close it; who is alone does."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from kaibo.audit.record import record
from kaibo.closing.actions import close_month
from kaibo.closing.duties import corrected, in_the_way
from kaibo.imports.actions import NotNow, hold_batch, release_batch
from kaibo.imports.models import Batch
from kaibo.live.models import Account, MatchChoice, MatchDecision, Session, Shift, Simulcast
from kaibo.live.months import AFTER
from kaibo.login.models import Grant, Role, User
from kaibo.org.models import Appointment, Department, Person, Position

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
START, END = datetime(2026, 10, 18, 11, tzinfo=UTC), datetime(2026, 10, 18, 13, tzinfo=UTC)


def say(user, verb, target, *months, **data):
    with transaction.atomic():
        record(by=user, verb=verb, target=target, months=list(months), reason="x", **data)


@pytest.fixture
def house(cast):
    """Finance who is on air too, under an owner who has a person; a room, a broadcast, their shifts."""
    cast.boss = Person.objects.create(name="苏敏", user=cast.owner)
    cast.money = User.objects.create_user("money", role=Role.FINANCE)
    cast.me = Person.objects.create(name="柯然", user=cast.money)
    room = Account.objects.create(handle="a", name="a")
    cast.session = Session.objects.create(account=room, start=START, end=END, by_hand=True)
    for name, person in (("mine", cast.me), ("theirs", cast.boss), ("other", cast.host)):
        shift = Shift.objects.create(
            account=room, person=person, role="host", planned_start=START, planned_end=END,
        )  # fmt: skip
        setattr(cast, name, shift)
    return cast


def test_who_corrected_their_own_or_a_superiors_numbers_does_not_close(house):
    me = house.money
    say(me, "edit_shift", house.other, "2026-10")
    say(me, "confirm_shift", house.mine, "2026-10")
    say(house.owner, "edit_shift", house.mine, "2026-10")
    assert in_the_way(me, OCTOBER) is None, "somebody else's shift, an own one as proposed, and what another did"
    say(me, "edit_shift", house.theirs, "2026-10")
    assert corrected(me, OCTOBER) == ["苏敏"]
    assert in_the_way(me, NOVEMBER) is None
    with pytest.raises(NotNow, match="苏敏"):
        close_month(by=me, month=OCTOBER)
    decision = MatchDecision.objects.create(
        act="x", by=me, reason="x", start=START, end=END, account=house.session.account
    )
    MatchChoice.objects.create(decision=decision, session=house.session)
    say(me, "decide_match", decision, "2026-10")
    assert set(corrected(me, OCTOBER)) == {"苏敏", "柯然"}, "both were on air in the broadcast that got the orders"
    assert in_the_way(house.owner, OCTOBER) is None
    say(house.owner, "edit_session", house.session, "2026-10", "2026-11")
    assert in_the_way(house.owner, NOVEMBER) is not None
    assert in_the_way(None, OCTOBER) is None
    me.is_active = False
    me.save()
    assert in_the_way(house.owner, NOVEMBER) is None, "nobody else is there who could"


def test_what_was_done_to_a_shift_that_had_begun_and_to_whom_it_was_counts(house):
    me = house.money
    to_come = {"planned_start": "2099-10-18T11:00:00+00:00"}
    say(me, "move_shift", house.mine, "2026-10", former=to_come, now=to_come)
    assert corrected(me, OCTOBER) == [], "planning ahead is no correction"
    past = {"planned_start": START.isoformat()}
    given_away = {**past, "person_id": house.me.pk}
    say(me, "move_shift", house.other, "2026-10", former=given_away, now={**past, "person_id": house.host.pk})
    assert corrected(me, OCTOBER) == ["柯然"]
    say(me, "plan_shift", house.theirs, "2026-10", former={}, now=past, person=house.boss.pk)
    assert set(corrected(me, OCTOBER)) == {"苏敏", "柯然"}


def test_a_room_of_a_simulcast_is_the_crews_too(house):
    me, beside = house.money, Account.objects.create(handle="b", name="b")
    other = Session.objects.create(account=beside, start=START, end=END, by_hand=True)
    say(me, "edit_session", other, "2026-10")
    assert corrected(me, OCTOBER) == []
    together = Simulcast.objects.create(name="双开", start=date(2026, 10, 1))
    together.accounts.set([beside, house.session.account])
    assert set(corrected(me, OCTOBER)) == {"苏敏", "柯然"}


def test_orders_that_went_away_from_somebody_count(house):
    me, elsewhere = house.money, Account.objects.create(handle="b", name="b")
    other = Session.objects.create(account=elsewhere, start=START, end=END, by_hand=True)

    def decide(start, end, account):
        made = MatchDecision.objects.create(act="x", by=me, reason="x", start=start, end=end, account=account)
        MatchChoice.objects.create(decision=made, session=other)
        say(me, "decide_match", made, "2026-10")

    decide(START - AFTER * 2, START - AFTER, house.session.account)
    assert corrected(me, OCTOBER) == [], "long before anything of theirs"
    decide(END + AFTER / 2, END + AFTER / 2 + (END - START), house.session.account)
    assert set(corrected(me, OCTOBER)) == {"苏敏", "柯然"}, "what is bought after their broadcast was theirs"


def test_a_superior_is_who_was_one_in_the_month(house):
    """柯然's lead of October leads elsewhere since, and has left; today's lead came in November."""
    me, dept = house.money, Department.objects.create(name="财务部")
    boss = Person.objects.create(name="前主管", user=User.objects.create_user("former", role=Role.LEAD))
    Grant.objects.filter(user=boss.user).update(start=date(2026, 1, 1))
    post = Position.objects.create(key="desk", name="财务")
    for person, end in ((house.me, None), (boss, date(2026, 10, 20))):
        Appointment.objects.create(person=person, position=post, department=dept, start=date(2026, 1, 1), end=end)
    shift = Shift.objects.create(
        account=house.session.account, person=boss, role="host", planned_start=START, planned_end=END
    )
    say(me, "edit_shift", shift, "2026-10")
    boss.user.is_active = False
    boss.user.save()
    assert corrected(me, OCTOBER) == ["前主管"]
    shift.planned_start, shift.planned_end = START.replace(month=11), END.replace(month=11)
    shift.save()
    say(me, "edit_shift", shift, "2026-11")
    assert corrected(me, NOVEMBER) == [], "by November nobody of that department is above them"


def test_who_held_rows_does_not_release_them(house):
    batch = Batch.objects.create(
        source="x", table="event", file_name="x", sha256="0" * 64, as_of=START, folder="x", accepted=1, rejected=0
    )
    hold_batch(by=house.owner, batch=batch, reason="a dispute")
    with pytest.raises(NotNow):
        release_batch(by=house.owner, batch=batch, reason="settled")
    release_batch(by=house.lead.user, batch=batch, reason="settled")
    hold_batch(by=house.lead.user, batch=batch, reason="again")
    release_batch(by=house.owner, batch=batch, reason="settled")


def test_who_said_where_a_room_belongs_is_asked_of_those_whom_a_teams_rooms_score(house):
    say(house.money, "place_room", house.session.account, "2026-10")
    assert corrected(house.money, OCTOBER) == []
    leading = Position.objects.get_or_create(key="live_manager", defaults={"name": "直播运营经理"})[0]
    department = Department.objects.first()
    Appointment.objects.create(person=house.boss, position=leading, department=department, start=OCTOBER)
    assert corrected(house.money, OCTOBER) == ["苏敏"]
    assert corrected(house.money, NOVEMBER) == []
