"""Outages, who answers for a room, and whose ad account it is: what the verbs change, refuse and write down."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.live import actions
from kaibo.live.ad_accounts import known_ad_accounts
from kaibo.live.models import AdAccountPart, Outage, OutageCause, Responsibility, RoomDuty
from kaibo.live.tests.night import at, room
from kaibo.org.models import Person


@pytest.fixture
def studio(cast):
    return room()


def outage(studio, start="11-18 20:00", end="11-18 20:10", by=None, cause=OutageCause.OWN_EQUIPMENT):
    return actions.record_outage(by=by, account=studio, start=at(start), end=at(end), cause=cause)


def responsible(studio, person, start, end=None):
    return actions.assign_responsibility(
        by=None, account=studio, person=person, duty=RoomDuty.MANAGER, start=start, end=end
    )


def test_one_records_an_outage_and_another_confirms_it(cast, studio):
    found = outage(studio, by=cast.lead.user)
    with pytest.raises(ValidationError, match="自己"):
        actions.confirm_outages(by=cast.lead.user, outages=[found])
    actions.confirm_outages(by=cast.owner, outages=[found])
    found.refresh_from_db()
    assert found.confirmed_by == cast.owner
    assert AuditEvent.objects.get(verb="confirm_outage").data["months"] == ["2026-11"]


def test_a_corrected_outage_has_to_be_confirmed_again(cast, studio):
    found = outage(studio, by=cast.lead.user)
    actions.confirm_outages(by=cast.owner, outages=[found])
    actions.edit_outage(
        by=cast.owner, outage=found, start=found.start, end=at("11-18 20:12"), cause=OutageCause.PLATFORM
    )
    found.refresh_from_db()
    assert (found.confirmed_at, found.recorded_by, found.cause) == (None, cast.owner, OutageCause.PLATFORM)


def test_an_old_open_outage_stands_above_newer_confirmed_ones(cast, studio):
    old = outage(studio, "11-10 20:00", "11-10 20:10")
    newer = outage(studio, by=cast.lead.user)
    actions.confirm_outages(by=cast.owner, outages=[newer])
    # what is taken back is not confirmed by an address that was kept
    gone = outage(studio, "11-17 20:00", "11-17 20:10")
    actions.remove_outage(by=None, outage=gone)
    actions.confirm_outages(by=cast.owner, outages=[gone])
    gone.refresh_from_db()
    assert gone.confirmed_at is None
    page = cast.client("owner").get("/outages/").content.decode()
    assert page.index(f"/outages/{old.pk}/") < page.index(f"/outages/{newer.pk}/")


def test_a_minute_is_out_once_and_touching_stretches_do_not_overlap(cast, studio):
    first = outage(studio)
    outage(studio, "11-18 20:10", "11-18 20:15")
    with pytest.raises(ValidationError):
        outage(studio, "11-18 20:09", "11-18 20:11")
    actions.remove_outage(by=None, outage=first)
    outage(studio, "11-18 20:00", "11-18 20:05")
    with pytest.raises(ValidationError):
        actions.restore_outage(by=None, outage=first)
    assert Outage.objects.filter(removed=False).count() == 2


def test_an_outage_to_come_or_that_ends_before_it_starts_is_refused(cast, studio):
    ahead = timezone.now() + timedelta(hours=1)
    with pytest.raises(ValidationError):
        actions.record_outage(
            by=None, account=studio, start=ahead, end=ahead + timedelta(minutes=5), cause=OutageCause.VENUE
        )
    with pytest.raises(ValidationError):
        outage(studio, "11-18 20:10", "11-18 20:10")


def test_the_next_one_in_a_duty_ends_the_one_before(cast, studio):
    first = responsible(studio, cast.host, date(2026, 10, 1))
    responsible(studio, cast.lead, date(2026, 11, 1))
    first.refresh_from_db()
    assert first.end == date(2026, 11, 1)
    with pytest.raises(ValidationError):
        responsible(studio, cast.host, date(2026, 10, 15))
    # a stretch before them that ends in time has room
    responsible(studio, cast.lead, date(2026, 9, 1), date(2026, 10, 1))
    assert Responsibility.objects.count() == 3


def test_parts_of_an_ad_account_hold_from_a_day_on(cast, studio):
    other = room("二号")
    actions.map_ad_account(by=None, ad_account=" 千川 一 ", start=date(2026, 10, 1), parts=[(studio, 1)])
    actions.map_ad_account(by=None, ad_account="千川 一", start=date(2026, 11, 1), parts=[(studio, 7), (other, 3)])
    rows = AdAccountPart.objects.order_by("start", "pk").values_list("account", "parts", "start", "end")
    assert list(rows) == [
        (studio.pk, 1, date(2026, 10, 1), date(2026, 11, 1)),
        (studio.pk, 7, date(2026, 11, 1), None),
        (other.pk, 3, date(2026, 11, 1), None),
    ]
    actions.map_ad_account(by=None, ad_account="千川 一", start=date(2026, 10, 1), parts=[(other, 1)])
    assert AdAccountPart.objects.get().account == other
    with pytest.raises(ValidationError):
        actions.map_ad_account(by=None, ad_account="x", start=date(2026, 1, 1), parts=[(other, 1), (other, 1)])


def test_what_is_mapped_is_listed_before_any_report_names_it(cast, studio):
    actions.map_ad_account(by=None, ad_account="千川一", start=date(2026, 10, 1), parts=[(studio, 1)])
    [known] = known_ad_accounts()
    assert (known.name, known.rows, known.open) == ("千川一", 0, False)


def test_a_host_records_an_outage_only_in_a_room_of_ones_own_shifts(cast, studio):
    client = cast.client("host")
    form = {"account": studio.pk, "cause": "platform", "start": "2026-11-18T20:00", "end": "2026-11-18T20:05"}
    assert client.post("/outages/", form).status_code == 422
    studio.shifts.create(
        person=Person.objects.get(pk=cast.host.pk), role="host", planned_start=at("11-18 19:00"),
        planned_end=at("11-18 21:00"),
    )  # fmt: skip
    assert client.post("/outages/", form).status_code == 302
    assert Outage.objects.get().recorded_by == cast.host.user
    assert "待确认" in client.get("/outages/").content.decode()
