"""Verbs on shifts, broadcasts, rooms and rules: what they change, refuse and write down."""

from datetime import UTC, date, time

import pytest
from django.core.exceptions import ValidationError

from kaibo.audit.models import AuditEvent
from kaibo.imports.holding import held_path
from kaibo.live import actions
from kaibo.live.actions.confirming import Confirmation
from kaibo.live.actions.shifts import Newcomer
from kaibo.live.history import TELLERS, history_of
from kaibo.live.models import (
    Account,
    AirKind,
    CrewRole,
    Session,
    Shift,
    ShiftCode,
    ShiftState,
    SplitRule,
    TagRule,
    Target,
)
from kaibo.live.tests.night import Evening, at, room, session, shift
from kaibo.look.numbers import clock_range
from kaibo.org.models import Person


@pytest.fixture
def evening(cast):
    return Evening(cast)


def refused(error) -> str:
    return " ".join(error.value.messages)


def test_confirm_in_bulk_and_undo_restores_every_shift(cast, evening):
    items = [Confirmation(evening.first, at("11-18 18:56"), at("11-18 21:30")),
             Confirmation(evening.second, at("11-18 21:30"), at("11-19 00:04"))]  # fmt: skip
    act = actions.confirm_shifts(by=cast.lead.user, items=items)
    evening.first.refresh_from_db()
    assert (evening.first.state, evening.first.confirmed_by) == (ShiftState.CONFIRMED, cast.lead.user)
    row = AuditEvent.objects.get(verb="confirm_shift", payload__data__months=["2026-11"])
    assert {int(pk): data["now"]["confirmed_start"] for pk, data in row.each()} == {
        item.shift.pk: item.start.astimezone(UTC).isoformat() for item in items
    }
    for item in items:
        (step,) = history_of(item.shift)
        assert step.what.endswith(clock_range(item.start, item.end))
    actions.undo(by=cast.lead.user, act=act)
    assert AuditEvent.objects.filter(verb="undo").count() == 1
    assert next(step.what for step in history_of(evening.second)) == TELLERS["undo"]({})
    evening.first.refresh_from_db()
    assert (evening.first.state, evening.first.confirmed_start) == (ShiftState.PLANNED, None)
    with pytest.raises(ValidationError):
        actions.undo(by=cast.lead.user, act=act)


def test_undo_is_ones_own_and_refuses_after_another_change(cast, evening):
    items = [Confirmation(evening.first, at("11-18 19:00"), at("11-18 21:30"))]
    act = actions.confirm_shifts(by=cast.lead.user, items=items)
    with pytest.raises(ValidationError):
        actions.undo(by=cast.owner, act=act)
    actions.edit_shift(by=cast.owner, shift=evening.first, start=at("11-18 19:05"), end=at("11-18 21:30"))
    with pytest.raises(ValidationError, match="林晓彤"):
        actions.undo(by=cast.lead.user, act=act)


def test_one_bad_shift_refuses_all_and_names_its_field(cast, evening):
    items = [Confirmation(evening.first, at("11-18 19:00"), at("11-18 21:30")),
             Confirmation(evening.second, at("11-19 00:00"), at("11-18 21:30"))]  # fmt: skip
    with pytest.raises(ValidationError) as error:
        actions.confirm_shifts(by=None, items=items)
    assert "end" in error.value.error_dict
    assert "陈嘉禾" in refused(error)
    assert not Shift.objects.filter(state=ShiftState.CONFIRMED).exists()


def test_one_person_twice_in_one_role_of_a_session_is_refused_naming_both(cast, evening):
    shift(evening.room, cast.host, "11-18 21:00", "11-18 22:00")
    with pytest.raises(ValidationError) as error:
        actions.edit_shift(by=None, shift=evening.first, start=at("11-18 19:00"), end=at("11-18 21:30"))
    assert "19:00–21:30" in refused(error)
    assert "21:00–22:00" in refused(error)


def test_overlap_outside_any_session_other_role_or_room_is_allowed(cast, evening):
    shift(evening.room, cast.host, "11-18 20:00", "11-18 21:00", CrewRole.OPERATOR)
    shift(room("家纺优选"), cast.host, "11-18 20:00", "11-18 21:00")
    actions.edit_shift(by=None, shift=evening.first, start=at("11-18 19:00"), end=at("11-18 21:30"))
    shift(evening.room, cast.host, "11-20 19:00", "11-20 21:00")
    twice = shift(evening.room, cast.host, "11-20 20:00", "11-20 22:00")
    actions.edit_shift(by=None, shift=twice, start=at("11-20 20:00"), end=at("11-20 22:00"))
    assert {s.state for s in Shift.objects.filter(pk__in=[evening.first.pk, twice.pk])} == {ShiftState.CONFIRMED}


def test_editing_answers_a_flag(cast, evening):
    actions.flag_shift(by=cast.host.user, shift=evening.first, words=" 我 21:10 就下了 ")
    assert evening.first.flag == "我 21:10 就下了"
    actions.edit_shift(by=cast.lead.user, shift=evening.first, start=at("11-18 19:00"), end=at("11-18 21:10"))
    evening.first.refresh_from_db()
    assert evening.first.flag == ""
    with pytest.raises(ValidationError):
        actions.flag_shift(by=cast.host.user, shift=evening.first, words="  ")


def test_unflag_leaves_the_shift_alone(cast, evening):
    actions.flag_shift(by=cast.host.user, shift=evening.first, words="不对")
    actions.unflag(by=cast.lead.user, shift=evening.first)
    assert Shift.objects.get(pk=evening.first.pk).flag == ""
    assert AuditEvent.objects.get(verb="unflag").data["former"] == "不对"


@pytest.mark.parametrize(("verb", "state"), [(actions.mark_absent, "absent"), (actions.cancel, "cancelled")])
def test_absent_and_cancelled_credit_nobody_and_can_be_undone(cast, evening, verb, state):
    act = verb(by=cast.owner, shift=evening.first, reason="病假")
    evening.first.refresh_from_db()
    assert (evening.first.state, evening.first.note, evening.first.confirmed_start) == (state, "病假", None)
    actions.undo(by=cast.owner, act=act)
    assert Shift.objects.get(pk=evening.first.pk).note == ""


def test_a_substitute_nobody_knew_becomes_a_person_with_a_position(cast, evening):
    department = cast.host.appointments.get().department
    made = actions.add_shift(
        by=cast.lead.user, account=evening.room, role=CrewRole.HOST, who=Newcomer("周可", department),
        start=at("11-18 21:30"), end=at("11-18 22:00"), instead_of=evening.second,
    )  # fmt: skip
    assert made.state == ShiftState.CONFIRMED
    assert made.person.appointments.get().position.key == "host"
    assert Shift.objects.get(pk=evening.second.pk).state == ShiftState.ABSENT
    assert AuditEvent.objects.get(verb="add_shift").data["months"] == ["2026-11"]


def test_a_substitute_known_by_an_alias_is_nobody_new(cast, evening):
    cast.outsider.aliases.create(alias="小何")
    made = actions.add_shift(
        by=None, account=evening.room, role=CrewRole.ADS, who=Newcomer("小何"), start=at("11-18 19:00"),
        end=at("11-18 22:00"),
    )  # fmt: skip
    assert made.person == cast.outsider
    with pytest.raises(ValidationError):
        actions.add_shift(by=None, account=evening.room, role=CrewRole.ADS, who=Newcomer("许静"),
                          start=at("11-18 22:00"), end=at("11-18 19:00"))  # fmt: skip
    assert not Person.objects.filter(name="许静").exists()


def test_set_lead_takes_the_lead_from_the_other(cast, evening):
    beside = shift(evening.room, cast.host2, "11-18 20:00", "11-18 21:00", lead=True)
    actions.set_lead(by=cast.owner, shift=evening.first)
    assert [s.lead for s in (Shift.objects.get(pk=evening.first.pk), Shift.objects.get(pk=beside.pk))] == [True, False]
    assert AuditEvent.objects.get(verb="set_lead").data["instead_of"] == [beside.pk]


def test_a_month_touched_at_its_first_night_is_also_the_month_before(cast, evening):
    early = shift(evening.room, cast.host, "11-01 00:30", "11-01 02:00")
    actions.mark_absent(by=None, shift=early)
    assert AuditEvent.objects.get(verb="mark_absent").data["months"] == ["2026-10", "2026-11"]


def test_add_session_proposes_test_below_ten_minutes(db):
    made = actions.add_session(by=None, account=room(), start=at("11-18 19:00"), end=at("11-18 19:09"))
    assert (made.air_kind, made.by_hand) == (AirKind.TEST, True)


def test_sessions_of_one_room_do_not_overlap(cast, evening):
    with pytest.raises(ValidationError, match="18:56"):
        actions.add_session(by=None, account=evening.room, start=at("11-18 23:00"), end=at("11-19 01:00"))
    with pytest.raises(ValidationError) as error:
        actions.add_session(by=None, account=evening.room, start=at("11-20 23:00"), end=at("11-20 21:00"))
    assert "end" in error.value.error_dict
    actions.add_session(by=None, account=evening.room, start=at("11-19 00:04"), end=at("11-19 01:00"))


def test_a_reports_times_stay_and_its_kind_can_be_corrected(cast, evening):
    edited = actions.edit_session(by=None, session=evening.session, title="秋冬家纺专场", air_kind=AirKind.RECORDED)
    assert edited.air_kind == AirKind.RECORDED
    with pytest.raises(ValidationError):
        actions.edit_session(by=None, session=evening.session, title="", air_kind=AirKind.LIVE, end=at("11-19 01:00"))
    with pytest.raises(ValidationError):
        actions.remove_session(by=None, session=evening.session)


def test_a_session_by_hand_can_move_and_go(cast, evening):
    made = actions.add_session(by=None, account=evening.room, start=at("11-20 19:00"), end=at("11-20 21:00"))
    actions.edit_session(by=None, session=made, title="", air_kind=AirKind.LIVE, end=at("11-20 22:00"))
    actions.remove_session(by=None, session=made)
    assert Session.objects.get(pk=made.pk).gone


def test_rooms_share_no_names(db):
    one, two = room(), room("家纺优选", other_names=["旧名"])
    changes = {"zone": "Asia/Shanghai", "currency": "CNY"}
    with pytest.raises(ValidationError, match="家纺优选"):
        actions.edit_account(by=None, account=one, name="生活旗舰店", other_names=["旧名"], **changes)
    with pytest.raises(ValidationError):
        actions.edit_account(by=None, account=one, name="生活", other_names=[], zone="Mars/Base", currency="CNY")
    actions.edit_account(by=None, account=one, name="生活", other_names=["a", "a", " "], **changes)
    assert one.other_names == ["a"]
    with pytest.raises(ValidationError):
        actions.add_account(by=None, handle=two.handle, name="x")


def test_a_new_room_has_the_installations_zone_and_currency(db, settings):
    settings.TIME_ZONE, settings.KAIBO_CURRENCY = "America/New_York", "USD"
    made = actions.add_account(by=None, handle="7", name="纽约间")
    assert (made.zone, made.currency) == ("America/New_York", "USD")


def test_the_currency_stays_while_there_are_amounts_in_it(db):
    account = room()
    made = session(account, "10-05 19:00", "10-05 22:00")
    wanted = {"account": account, "name": account.name, "other_names": [], "zone": "Asia/Shanghai", "currency": "HKD"}
    with pytest.raises(ValidationError) as refused:
        actions.edit_account(by=None, **wanted)
    assert list(refused.value.error_dict) == ["currency"]
    Session.objects.filter(pk=made.pk).update(gone=True)
    assert actions.edit_account(by=None, **wanted).currency == "HKD"


def test_split_rule_and_targets_say_which_months_move(db):
    account = room()
    session(account, "10-05 19:00", "10-05 22:00")
    actions.set_split_rule(by=None, account=account, split_rule=SplitRule.SEVEN_THREE)
    assert AuditEvent.objects.get(verb="set_split_rule").data["months"] == ["2026-10"]
    actions.set_target(by=None, account=account, month=date(2026, 11, 1), amount_minor=1_200_000_00)
    actions.set_target(by=None, account=account, month=date(2026, 11, 9), amount_minor=None)
    assert not Target.objects.exists()


def test_codes_are_whole_or_days_off(db):
    account = room()
    with pytest.raises(ValidationError) as error:
        actions.save_code(by=None, code="A1", start=time(19))
    assert set(error.value.error_dict) == {"account", "end"}
    with pytest.raises(ValidationError):
        actions.save_code(by=None, code="A1", account=account, start=time(19), end=time(1))
    actions.save_code(by=None, code="A1", account=account, start=time(19), end=time(1), next_day=True)
    code = actions.save_code(by=None, code=" A1 ", off=True, account=account, start=time(19))
    assert (code.off, code.account, ShiftCode.objects.count()) == (True, None, 1)
    actions.remove_code(by=None, code=code)
    assert not ShiftCode.objects.exists()


@pytest.mark.parametrize("value", ["1e400", "1e999999", "9" * 19, "NaN", "-1", "Infinity"])
def test_a_tag_rules_amount_is_one_that_a_row_can_have(cast, value):
    told = {"tag": "福袋", "how": "amount_at_most", "value": value, "reason": "抽奖"}
    page = cast.client("owner").post("/tags/", told)
    assert page.status_code == 422
    assert "请填金额" in page.content.decode()
    assert not TagRule.objects.exists()


def test_a_target_has_no_more_digits_than_are_kept(cast):
    room = Account.objects.create(handle="kw", name="kw", currency="KWD")
    client = cast.client("owner")
    assert client.post(f"/rooms/{room.pk}/target/", {"month": "2026-11", "amount": "9" * 16}).status_code == 422
    assert client.post(f"/rooms/{room.pk}/target/", {"month": "2026-11", "amount": "9" * 15}).status_code == 302
    assert Target.objects.get().amount_minor == int("9" * 15) * 1000


def test_tag_rules_have_a_reason_and_a_whole_amount(db):
    words = {"tag": "福袋", "reason": "一分钱福袋"}
    with pytest.raises(ValidationError):
        actions.save_tag_rule(by=None, how=TagRule.By.AMOUNT_AT_MOST, value="1.5", **words)
    with pytest.raises(ValidationError):
        actions.save_tag_rule(by=None, how=TagRule.By.PRODUCT_ID, value="7", tag="福袋", reason=" ")
    assert not TagRule.objects.exists()


def test_a_retired_rule_keeps_who_and_why_and_comes_back(cast):
    words = {"tag": "福袋", "reason": "一分钱福袋"}
    rule = actions.save_tag_rule(by=cast.owner, how=TagRule.By.AMOUNT_AT_MOST, value="1", **words)
    with pytest.raises(ValidationError):
        actions.retire_tag_rule(by=cast.owner, rule=rule, reason=" ")
    actions.retire_tag_rule(by=cast.owner, rule=rule, reason="改用名单")
    rule.refresh_from_db()
    assert (rule.retired_by, rule.retired_why) == (cast.owner, "改用名单")
    for act in (lambda: actions.retire_tag_rule(by=None, rule=rule, reason="again"),
                lambda: actions.save_tag_rule(by=None, how=rule.by, value="2", rule=rule, **words)):  # fmt: skip
        with pytest.raises(ValidationError):
            act()
    actions.restore_tag_rule(by=cast.owner, rule=rule)
    rule.refresh_from_db()
    assert (rule.retired_at, rule.value) == (None, "1")
    with pytest.raises(ValidationError):
        actions.restore_tag_rule(by=cast.owner, rule=rule)
    assert AuditEvent.objects.get(verb="retire_tag_rule").reason == "改用名单"


def test_pasted_numbers_are_a_list_to_be_previewed(cast):
    words = {"name": "11月 自购", "tag": "自购", "reason": "员工自己买的", "platform": "douyin"}
    upload = actions.paste_list(by=cast.lead.user, numbers="6921234567890123456\n6921234567890123457，7，\t8", **words)
    assert (upload.file_name, upload.state, upload.by) == ("11月 自购.csv", "reading", cast.lead.user)
    kept = held_path(upload.stored_as).read_text(encoding="utf-8").splitlines()
    assert kept[0] == "订单编号,标签,原因,名单,平台"
    assert [line.split(",")[0] for line in kept[1:]] == ["6921234567890123456", "6921234567890123457", "7", "8"]
    assert kept[4] == "8,自购,员工自己买的,11月 自购,douyin"
    for wrong in ({"numbers": " ，"}, {"reason": " "}, {"platform": "moon"}):
        with pytest.raises(ValidationError):
            actions.paste_list(by=None, **(words | {"numbers": "1"} | wrong))
