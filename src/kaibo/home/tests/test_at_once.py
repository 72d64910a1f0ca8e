"""Two verbs at once on PostgreSQL: whoever waits for the other one goes by what that left. SQLite knows one writer."""

from collections.abc import Callable
from datetime import date
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from kaibo.appraisal.actions import advance_cycle, save_assessment, save_cycle_template
from kaibo.appraisal.cycle import stages
from kaibo.appraisal.models import Assessment, Cycle, CycleState, CycleTemplate, RaterKind, Review
from kaibo.audit.seen import Changed
from kaibo.home.records.cycle_template import _save_template
from kaibo.login.models import Role, User
from kaibo.org.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second begins while the first one's transaction is open, and has to end in time once that is written."""

    def run() -> None:
        try:
            second()
        finally:
            connection.close()

    beside = Thread(target=run, daemon=True)
    with transaction.atomic():
        first()
        if connection.vendor == "postgresql":
            beside.start()
            beside.join(timeout=1)
    if connection.vendor != "postgresql":
        beside.start()
    beside.join(timeout=60)
    assert not beside.is_alive()


def test_a_form_that_comes_while_rating_ends_comes_too_late() -> None:
    cycle = Cycle.objects.create(
        month=date(2026, 10, 1), pay_on=date(2026, 11, 28), state=CycleState.MANAGER, words_from_below=True
    )
    above, below = (
        Person.objects.create(name=name, user=User.objects.create_user(name, password="x", role=Role.PERSON))
        for name in ("上级", "下级")
    )
    review = Review.objects.create(cycle=cycle, person=above, role="host", main=True, computed_at=timezone.now())
    Review.objects.create(cycle=cycle, person=below, role="host", main=True, reviewer=above)
    refused = []

    def say() -> None:
        try:
            save_assessment(by=below.user, review=review, kind=RaterKind.UPWARD, given={}, strengths="好", hand_in=True)
        except ValidationError as error:
            refused.extend(error.messages)

    meanwhile(lambda: advance_cycle(by=None, cycle=cycle), say)
    assert len(refused) == 1
    assert not Assessment.objects.exists()


def test_two_who_save_the_template_first_make_one_and_the_second_is_told() -> None:
    boss = User.objects.create_user("沈砚", password="x", role=Role.OWNER)
    days = stages.days_before(stages.template())
    # both opened the page while nothing was saved yet
    seen = stages.mark_of_template(stages.template())
    refused = []

    def second() -> None:
        try:
            save_cycle_template(by=None, pay_day=15, hour=18, days=days, seen=seen)
        except Changed as error:
            refused.extend(error.messages)

    meanwhile(lambda: save_cycle_template(by=boss, pay_day=10, hour=18, days=days, seen=seen), second)
    assert [one.pay_day for one in CycleTemplate.objects.all()] == [10]
    assert [("沈砚" in one, "save" in one or "保存" in one) for one in refused] == [(True, True)]
    # who read that and saves once more has decided
    save_cycle_template(by=None, pay_day=15, hour=18, days=days, seen=stages.mark_of_template(stages.template()))
    assert stages.template().pay_day == 15


def test_what_a_program_leaves_unsaid_of_the_template_stays_as_somebody_else_left_it_meanwhile() -> None:
    owner = User.objects.create_user("owner", password="x", role=Role.OWNER)
    days = stages.days_before(stages.template())
    save_cycle_template(by=None, pay_day=28, hour=18, days=days)
    meanwhile(
        lambda: save_cycle_template(by=None, pay_day=10, hour=18, days=days),
        lambda: _save_template(owner, 0, {"hour": 9}),
    )
    now = stages.template()
    assert (now.pay_day, now.hour) == (10, 9)
