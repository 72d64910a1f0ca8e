"""Who corrected their own numbers of a month, or a superior's, does not close it; who is alone does."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from kaibo.audit.record import record
from kaibo.closing.actions import close_month
from kaibo.closing.duties import corrected, in_the_way
from kaibo.imports.actions import NotNow, hold_batch, release_batch
from kaibo.imports.models import Batch
from kaibo.live.models import Account, MatchChoice, MatchDecision, Session, Shift
from kaibo.login.models import Role, User
from kaibo.org.models import Person

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
START, END = datetime(2026, 10, 18, 11, tzinfo=UTC), datetime(2026, 10, 18, 13, tzinfo=UTC)


def say(user, verb, target, *months):
    with transaction.atomic():
        record(by=user, verb=verb, target=target, months=list(months), reason="x")


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
