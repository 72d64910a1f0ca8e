"""A nickname that stood for a room's number: matched where only one room has it, else offered and merged."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from kaibo.audit.models import AuditEvent
from kaibo.imports.tests.made import SESSIONS
from kaibo.imports.tests.made import session as reported
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.live import actions
from kaibo.live.actions.matching import Match, Scope
from kaibo.live.importer import follow_batch
from kaibo.live.matches import decisions_in_force
from kaibo.live.models import (
    Account,
    DayPlan,
    OutageCause,
    PublishedShift,
    RoomDepartment,
    RoomDuty,
    RosterPublication,
    Session,
    SessionNote,
    Shift,
    Target,
)
from kaibo.live.same_rooms import same_names
from kaibo.live.tests.night import at, shift
from kaibo.live.tests.test_importer import EVENING, followed
from kaibo.measurement.gathering import gather
from kaibo.org.models import Department

pytestmark = pytest.mark.django_db
NICK = "一号间"
LATER = ("2026-10-05 19:00:00", "2026-10-05 22:00:00")


def by_nickname(*when: str, sha: str = "n"):  # type: ignore[no-untyped-def]
    return followed(SESSIONS, [reported(2, *when, NICK, NICK)], sha=sha, as_of="2026-10-06 08:00")


def by_number(*when: str, sha: str = "h"):  # type: ignore[no-untyped-def]
    return followed(SESSIONS, [reported(2, *when, "101", NICK)], sha=sha, as_of="2026-10-07 08:00")


def shown() -> list[tuple[str, str]]:
    there = Session.objects.filter(gone=False).select_related("account").order_by("start")
    return [(s.account.handle, f"{s.start:%d %H:%M}") for s in there]


def test_a_nickname_that_one_room_has_makes_no_second_room() -> None:
    by_number(*EVENING)
    by_nickname(*EVENING)
    by_nickname(*LATER, sha="n2")
    assert [a.handle for a in Account.everyone.all()] == ["101"]
    assert [handle for handle, _ in shown()] == ["101", "101"]
    assert same_names() == []


def test_a_nickname_that_two_rooms_have_is_no_room_of_ours_for_sure() -> None:
    by_number(*EVENING)
    followed(SESSIONS, [reported(2, *LATER, "102", NICK)], sha="x", as_of="2026-10-07 09:00")
    by_nickname("2026-10-04 10:00:00", "2026-10-04 12:00:00")
    assert set(Account.objects.values_list("handle", flat=True)) == {"101", "102", NICK}
    assert same_names() == []


def merged(cast) -> tuple[Account, Account]:  # type: ignore[no-untyped-def]
    """Two evenings by nickname, then one of them and no other by number; the pair that is offered."""
    by_nickname(*EVENING)
    by_nickname(*LATER, sha="n2")
    by_number(*EVENING)
    (offer,) = same_names()
    return offer.room, offer.into


def left_behind(room: Account) -> set[str]:
    """Which models of this app still name the room; the broadcasts that both had stay as its history."""
    there = [m for m in apps.get_app_config("live").get_models() if m is not Account]
    return {
        model._meta.label
        for model in there
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is Account
        if model._base_manager.filter(**{field.name: room}).exists()
    }


def test_merging_makes_one_room_with_everything_of_both(cast) -> None:
    room, into = merged(cast)
    assert (room.handle, into.handle) == (NICK, "101")
    there = shift(room, cast.host, "10-05 19:00", "10-05 22:00")
    Target.objects.create(account=room, month=at("10-01 00:00").date(), amount_minor=500)
    later = Session.objects.get(account=room, start=at("10-05 19:00"))
    same = Session.objects.get(account=room, gone=False, start__lt=at("10-05 00:00"))
    scope = Scope(same.start, same.end, currency="CNY", platform="douyin", about="x")
    actions.decide_matches(by=cast.owner, items=[Match(scope, {same: 1})], reason="看过回放")
    note = SessionNote.objects.create(session=same, kind="went_well", text="开场很稳")
    month = at("10-01 00:00").date()
    DayPlan.objects.create(account=room, month=month, weekdays=[100] * 7)
    published = RosterPublication.objects.create(month=month)
    PublishedShift.objects.create(
        publication=published, shift=there, person=cast.host, account=room, role="host", start=there.planned_start,
        end=there.planned_end,
    )  # fmt: skip

    actions.merge_rooms(by=cast.owner, room=room, into=into)
    for _ in range(2):
        # at once, and after the job that makes sessions anew
        assert [a.handle for a in Account.objects.all()] == ["101"]
        assert [handle for handle, _ in shown()] == ["101", "101"]
        later.refresh_from_db()
        assert (later.account, later.gone) == (into, False)
        kept = Session.objects.get(account=into, gone=False, start=same.start)
        assert [d.sessions for d in decisions_in_force(same.start, same.end)] == [(kept.pk,)]
        job = Job.objects.filter(kind="follow_batch").latest("pk")
        follow_batch(Progress(), batch=job.args["batch"])
    there.refresh_from_db()
    assert there.account == into
    note.refresh_from_db()
    assert (note.session.account, note.session.gone) == (into, False)
    assert left_behind(room) == {"live.Session"}
    assert Target.objects.get().account == into
    (inputs,) = [gather(at("10-01 00:00").date()).inputs]
    assert [(a.id, set(a.names)) for a in inputs.accounts] == [(into.pk, {"101", NICK})]
    assert {s.account for s in inputs.sessions} == {into.pk}
    event = AuditEvent.objects.get(verb="merge_rooms")
    assert event.data["months"] == ["2026-10"]
    # and the next file by nickname is the room's
    by_nickname("2026-10-08 19:00:00", "2026-10-08 21:00:00", sha="n3")
    assert {handle for handle, _ in shown()} == {"101"}
    assert same_names() == []


def test_what_cannot_be_one_room_is_refused_and_changes_nothing(cast) -> None:
    room, into = merged(cast)
    Account.objects.filter(pk=into.pk).update(currency="IDR")
    with pytest.raises(ValidationError):
        actions.merge_rooms(by=cast.owner, room=room, into=into)
    Account.objects.filter(pk=into.pk).update(currency="CNY")
    Session.objects.filter(account=room, start__lt=at("10-05 00:00")).update(by_hand=True)
    with pytest.raises(ValidationError):
        actions.merge_rooms(by=cast.owner, room=room, into=into)
    with pytest.raises(ValidationError):
        actions.merge_rooms(by=cast.owner, room=into, into=into)
    assert (Account.objects.count(), AuditEvent.objects.filter(verb="merge_rooms").count()) == (2, 0)


def test_both_rooms_parts_of_an_ad_account_are_the_ones(cast) -> None:
    """A quarter each and a half elsewhere: half of what it spends is the one room's."""
    room, into = merged(cast)
    third = Account.objects.create(handle="103", name="三号间")
    said = {"by": cast.owner, "ad_account": "千川一", "start": at("10-01 00:00").date()}
    actions.map_ad_account(**said, parts=[(room, 1), (into, 1), (third, 2)])
    actions.merge_rooms(by=cast.owner, room=room, into=into)
    parts = gather(said["start"]).inputs.ad_parts
    assert sorted((one.account, one.parts) for one in parts) == sorted([(into.pk, 2), (third.pk, 2)])


def test_what_both_aimed_at_is_aimed_at_once(cast) -> None:
    room, into = merged(cast)
    month = at("10-01 00:00").date()
    for account, amount in ((room, 500), (into, 700)):
        Target.objects.create(account=account, month=month, amount_minor=amount)
        DayPlan.objects.create(account=account, month=month, weekdays=[100] * 7)
    actions.merge_rooms(by=cast.owner, room=room, into=into)
    assert [(one.account, one.amount_minor) for one in Target.objects.all()] == [(into, 700)]
    assert DayPlan.objects.get().account == into
    told = AuditEvent.objects.get(verb="merge_rooms").data["dropped"]
    assert told == {"targets": {"2026-10": 500}, "day_plans": ["2026-10"]}


def test_a_department_goes_over_where_the_other_room_has_none(cast) -> None:
    room, into = merged(cast)
    first, second = Department.objects.order_by("pk")[:2]
    day = at("10-01 00:00").date()
    actions.place_room(by=cast.owner, account=room, department=first, start=day)
    held = actions.place_room(by=cast.owner, account=into, department=second, start=day)
    with transaction.atomic():
        actions.merge_rooms(by=cast.owner, room=room, into=into)
        assert [one.department for one in RoomDepartment.objects.all()] == [second]
        assert AuditEvent.objects.get(verb="merge_rooms").data["dropped"] == {"departments": [first.name]}
        transaction.set_rollback(True)
    actions.take_room_out(by=cast.owner, placed=held)
    actions.merge_rooms(by=cast.owner, room=room, into=into)
    assert [(one.account, one.department) for one in RoomDepartment.objects.all()] == [(into, first)]


def test_two_duties_or_outages_at_once_are_settled_before(cast) -> None:
    room, into = merged(cast)
    first = {"by": cast.owner, "duty": RoomDuty.MANAGER, "start": at("10-01 00:00").date()}
    held = actions.assign_responsibility(**first, account=room, person=cast.host)
    actions.assign_responsibility(**first, account=into, person=cast.host2)
    with pytest.raises(ValidationError, match="陈嘉禾"):
        actions.merge_rooms(by=cast.owner, room=room, into=into)
    actions.remove_responsibility(by=cast.owner, held=held)
    when = {"start": at("10-04 20:00"), "end": at("10-04 20:10"), "cause": OutageCause.OWN_EQUIPMENT}
    outage = actions.record_outage(by=cast.owner, account=room, **when)
    actions.record_outage(by=cast.owner, account=into, **when)
    with pytest.raises(ValidationError, match="10-04 20:00"):
        actions.merge_rooms(by=cast.owner, room=room, into=into)
    actions.remove_outage(by=cast.owner, outage=outage)
    assert actions.merge_rooms(by=cast.owner, room=room, into=into) == into


def test_the_pages_offer_it_and_the_owner_merges(cast) -> None:
    room, into = merged(cast)
    # a lead cannot put it right, and is not asked to
    assert "同名直播间" not in cast.client("lead").get("/").content.decode()
    assert "同名直播间" in cast.client("owner").get("/").content.decode()
    lead = cast.client("lead").get("/rooms/").content.decode()
    assert "同名直播间" in lead
    assert f"/rooms/{room.pk}/merge/" not in lead
    client = cast.client("owner")
    assert f"/rooms/{room.pk}/merge/" in client.get("/rooms/").content.decode()
    assert client.post(f"/rooms/{room.pk}/merge/")["Location"] == f"/rooms/{into.pk}/"
    assert "同名直播间" not in client.get("/rooms/").content.decode()
    # a second click finds no such room any more
    assert client.post(f"/rooms/{room.pk}/merge/").status_code == 404
    assert client.post(f"/rooms/{into.pk}/merge/").status_code == 422
    assert Shift.objects.count() == 0
