"""Of two who edit the same record, the second is told; what they typed stays, and saving again is their decision."""

import re
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from conftest import Cast
from django.core.exceptions import ValidationError
from django.test import Client

from kaibo.audit.seen import Changed, mark
from kaibo.database.tests.at_once import are_beside, beside
from kaibo.live import actions
from kaibo.live.models import (
    Account,
    NoteKind,
    Outage,
    OutageCause,
    Session,
    SessionNote,
    Shift,
    Simulcast,
    TagRule,
)
from kaibo.org import actions as people
from kaibo.org.models import Department, Process

START, END = datetime(2026, 10, 18, 11, tzinfo=UTC), datetime(2026, 10, 18, 13, tzinfo=UTC)
HIDDEN = re.compile(r'name="seen" value="([^"]*)"')
TOLD = "您写的内容保留在下面"


class Records:
    def __init__(self, cast: Cast) -> None:
        self.room = Account.objects.create(handle="a", name="生活旗舰店")
        self.other = Account.objects.create(handle="b", name="家纺")
        self.third = Account.objects.create(handle="c", name="童装")
        self.session = Session.objects.create(account=self.room, start=START, end=END, by_hand=True)
        self.shift = Shift.objects.create(
            account=self.room, person=cast.host, role="host", planned_start=START, planned_end=END
        )
        self.outage = Outage.objects.create(account=self.room, start=START, end=END, cause="venue")
        self.note = SessionNote.objects.create(session=self.session, kind="free", text="x", by=cast.owner)
        self.tag = TagRule.objects.create(tag="福袋", by="amount_at_most", value="1", reason="福袋")
        self.simulcast = Simulcast.objects.create(name="双播", start=date(2026, 10, 1))
        self.simulcast.accounts.set([self.room, self.other])
        self.department = Department.objects.get(name="直播一部")
        self.process = Process.objects.create(name="直播现场")
        self.person = cast.host


@pytest.fixture
def records(cast: Cast) -> Records:
    return Records(cast)


ROOM = {"other_names": "", "zone": "Asia/Shanghai", "currency": "CNY", "split_rule": "1:1"}
LOCAL = {"start": "2026-10-18T19:00", "end": "2026-10-18T21:00"}
# page with the form, where it is sent (empty: there), what is typed first, and what is typed by the second
FORMS = {
    "room": ("/rooms/{0.room.pk}/", "/rooms/{0.room.pk}/edit/", {"name": "甲", **ROOM}, {"name": "乙", **ROOM}),
    "session": (
        "/sessions/{0.session.pk}/edit/", "",
        {"title": "甲", "air_kind": "live", **LOCAL}, {"title": "乙", "air_kind": "live", **LOCAL},
    ),
    "outage": (
        "/outages/{0.outage.pk}/", "",
        {"cause": "platform", "note": "甲", **LOCAL}, {"cause": "platform", "note": "乙", **LOCAL},
    ),
    "note": ("/notes/{0.note.pk}/", "", {"kind": "free", "text": "甲"}, {"kind": "free", "text": "乙"}),
    "department": ("/departments/{0.department.pk}/", "", {"name": "甲"}, {"name": "乙"}),
    "person": ("/people/{0.person.pk}/", "/people/{0.person.pk}/rename/", {"name": "甲甲"}, {"name": "乙乙"}),
    "shift": (
        "/shifts/{0.shift.pk}/", "/shifts/{0.shift.pk}/edit/",
        {"start": "19:00", "end": "20:30", "note": "甲"}, {"start": "19:10", "end": "21:00", "note": "乙"},
    ),
    "plan": (
        "/calendar/shifts/{0.shift.pk}/", "",
        {"start": "2026-10-18T18:00", "end": "2026-10-18T20:30", "note": "甲"},
        {"start": "2026-10-18T18:30", "end": "2026-10-18T20:30", "note": "乙"},
    ),
    "targets": (
        "/targets/?month=2026-10", "/targets/",
        {"month": "2026-10", "room-{0.room.pk}": "100"}, {"month": "2026-10", "room-{0.room.pk}": "200"},
    ),
    "days": (
        "/rooms/{0.room.pk}/days/?month=2026-10", "/rooms/{0.room.pk}/days/",
        {"month": "2026-10", **{f"weekday-{n}": "100" for n in range(7)}, "special": "10-11 500 甲"},
        {"month": "2026-10", **{f"weekday-{n}": "50" for n in range(7)}, "special": "10-11 500 乙"},
    ),
    "tag": (
        "/tags/?edit={0.tag.pk}", "/tags/",
        {"rule": "{0.tag.pk}", "tag": "甲", "how": "merchant_code", "value": "甲", "reason": "甲"},
        {"rule": "{0.tag.pk}", "tag": "乙", "how": "merchant_code", "value": "乙", "reason": "乙"},
    ),
    "simulcast": (
        "/simulcasts/?edit={0.simulcast.pk}", "/simulcasts/",
        # the rooms alone are another
        {
            "edit": "{0.simulcast.pk}", "name": "双播", "accounts": ["{0.room.pk}", "{0.third.pk}"],
            "start": "2026-10-01",
        },
        {"edit": "{0.simulcast.pk}", "name": "乙", "accounts": ["{0.room.pk}", "{0.other.pk}"], "start": "2026-10-01"},
    ),
    "process": ("/duties/{0.process.pk}/", "", {"name": "甲"}, {"name": "乙"}),
}  # fmt: skip


def filled(records: Records, said: dict[str, object]) -> dict[str, object]:
    def text(value: object) -> object:
        return [text(one) for one in value] if isinstance(value, list) else str(value).format(records)

    return {key.format(records): text(value) for key, value in said.items()}


def seen_on(page: bytes, said: dict[str, object]) -> str:
    """The hidden field of the form that these things are typed into."""
    forms = re.findall("<form.*?</form>", page.decode(), flags=re.DOTALL)
    fitting = [form for form in forms if all(f'name="{name}"' in form for name in said)]
    found = [found.group(1) for form in fitting if (found := HIDDEN.search(form))]
    assert len(found) == 1, "the form does not say what its writer saw"
    return found[0]


@pytest.mark.parametrize("what", FORMS)
def test_the_second_of_two_is_told(cast: Cast, records: Records, what: str) -> None:
    page, to, first, second = FORMS[what]
    page, to = page.format(records), (to or page).format(records)
    first, second = filled(records, first), filled(records, second)
    client, other = cast.client("owner"), Client()
    other.force_login(cast.lead.user if what in ("shift", "plan", "outage", "note") else cast.owner)
    seen = seen_on(client.get(page).content, second)
    assert other.post(to, {**first, "seen": seen_on(other.get(page).content, first)}).status_code == 302
    refused = client.post(to, {**second, "seen": seen})
    assert refused.status_code == 422
    text = refused.content.decode()
    typed = next(str(value) for key, value in second.items() if "乙" in str(value) or key.startswith("room-"))
    assert typed in text, "what was typed is kept"
    if what == "process":
        assert "保存" in text
        return
    assert TOLD in text
    # read, and decided
    again = client.post(to, {**second, "seen": seen_on(refused.content, second)})
    assert again.status_code == 302, again.content.decode()[:3000]


def test_another_mistake_does_not_make_one_forget_what_was_seen(cast: Cast, records: Records) -> None:
    client = cast.client("owner")
    to = f"/departments/{records.department.pk}/"
    seen = seen_on(client.get(to).content, {"name": ""})
    people.save_department(by=cast.owner, department=records.department, name="别的名字")
    refused = client.post(to, {"name": "", "seen": seen})
    assert seen_on(refused.content, {"name": ""}) == seen
    assert TOLD in client.post(to, {"name": "乙", "seen": seen}).content.decode()


def test_programs_that_saw_nothing_are_not_asked(cast: Cast, records: Records) -> None:
    actions.edit_outage(by=cast.owner, outage=records.outage, start=START, end=END, cause=OutageCause.VENUE, note="x")
    with pytest.raises(Changed):
        actions.edit_outage(
            by=cast.owner, outage=records.outage, start=START, end=END, cause=OutageCause.VENUE, note="y", seen="0"
        )
    records.note.delete()
    with pytest.raises(ValidationError, match="删除"):
        actions.edit_note(by=cast.owner, note=SessionNote(pk=99, session=records.session), kind=NoteKind.FREE, text="x")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins() -> None:
    """PostgreSQL: both have read the record before either saves."""
    room = Account.objects.create(handle="a", name="甲")
    seen, together, won = mark(room), Barrier(2, timeout=20), []

    def save(name: str) -> None:
        mine = Account.objects.get(pk=room.pk)
        if are_beside():
            together.wait()
        actions.edit_account(by=None, account=mine, name=name, other_names=[], zone="UTC", currency="CNY", seen=seen)
        won.append(name)

    wrong = beside(lambda: save("乙"), lambda: save("丙"))
    assert [type(one) for one in wrong] == [Changed]
    assert [Account.objects.get().name] == won
