"""Records for programs and the shell: the verbs of the pages, their rights, and refusals that say what to do."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import get_resolver

from kaibo.audit.models import AuditEvent
from kaibo.facts import reader
from kaibo.facts.schema import READING
from kaibo.home.records.kinds import KINDS
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import SESSIONS, landed, session
from kaibo.jobs.models import Job
from kaibo.live.models import Account, AdAccountPart, Outage, Responsibility, Session, Simulcast, TagRule
from kaibo.measurement.models import ExchangeRate
from kaibo.org.models import Department
from kaibo.site import records_cli
from kaibo.site.tests.test_api import Program

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[4] / "docs" / "api.md"
EVENING = datetime(2026, 10, 18, 11, tzinfo=UTC)


class Speaker(Program):
    """A program that says objects."""

    def say(self, path: str, **told: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", json.dumps(told), content_type="application/json")

    def ids(self, kind: str) -> list[int]:
        return [one["id"] for one in self.get(f"{kind}/").json()[kind]]


@pytest.fixture
def owner(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.owner)


@pytest.fixture
def lead(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.lead.user)


@pytest.fixture
def rooms() -> list[Account]:
    return [Account.objects.create(handle=name, name=name, currency="CNY") for name in ("a", "b")]


def broadcast(room: Account, hour: int) -> Session:
    return Session.objects.create(
        account=room, start=EVENING.replace(hour=hour), end=EVENING.replace(hour=hour, minute=50)
    )


def test_every_address_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`(GET|POST) (/api/v1/[^`?]*)", DOCS.read_text(encoding="utf-8")))
    there = {re.sub(r"<\w+:(\w+)>", r"{\1}", path).replace("{pk}", "{id}") for path in _api_paths()}
    assert {path for _method, path in documented} == there
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    for kind in KINDS:
        assert ("GET", f"/api/v1/{kind.key}/") in documented
        if kind.asks:
            [line] = [one for one in lines if f"`GET /api/v1/{kind.key}/`" in one]
            assert ", ".join(f"`{name}`" for name in kind.asks) in line
        for verb in kind.verbs:
            path = f"/api/v1/{kind.key}/{'{id}/' if verb.of_one else ''}{verb.key}/"
            [line] = [one for one in lines if f"`POST {path}`" in one]
            assert ", ".join(f"`{name}`" for name in verb.fields) in line


def _api_paths() -> set[str]:
    api = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "api")
    return {f"/{api.pattern}{one.pattern}" for one in api.url_patterns if one.name != "nowhere"}  # type: ignore[union-attr]


def test_an_outage_from_recording_to_being_taken_back(owner, lead, rooms) -> None:  # type: ignore[no-untyped-def]
    said = {"room": rooms[0].pk, "start": "2026-10-18T20:10", "end": "2026-10-18T20:25", "cause": "own_equipment"}
    made = lead.say("outages/add/", **said)
    assert made.status_code == 200, made.content
    assert made.json()["start"] == "2026-10-18T12:10:00+00:00"
    one = f"outages/{made.json()['id']}"
    # nobody confirms their own
    assert lead.say(f"{one}/confirm/").status_code == 422
    assert owner.say(f"{one}/confirm/").json()["confirmed_by"]
    assert lead.say(f"{one}/edit/", note="路由器").json()["confirmed_by"] is None
    assert Outage.objects.get().note == "路由器"
    assert owner.say(f"{one}/take-back/").json()["taken_back"] is True
    assert owner.say(f"{one}/bring-back/").json()["taken_back"] is False
    assert owner.get("outages/").json()["outages"][0]["room"] == rooms[0].pk
    assert AuditEvent.objects.get(verb="record_outage").by_id == lead.token.user_id


def test_refusals_name_the_field_and_what_helps(lead, rooms) -> None:  # type: ignore[no-untyped-def]
    said = {"room": rooms[0].pk, "start": "2026-10-18T20:25", "end": "2026-10-18T20:10", "cause": "own_equipment"}
    wrong = lead.say("outages/add/", **said)
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["end"])
    assert wrong.json()["error"].startswith("end: ")
    assert list(lead.say("outages/add/", **(said | {"room": 999})).json()["fields"]) == ["room"]
    assert list(lead.say("outages/add/", **(said | {"cause": "moon"})).json()["fields"]) == ["cause"]
    assert list(lead.say("outages/add/", cause="platform").json()["fields"]) == ["room", "start", "end"]
    strange = lead.say("outages/add/", **(said | {"why": "x"})).json()["fields"]
    assert "cause" in strange["why"][0]
    assert lead.say("outages/999/confirm/").status_code == 404
    assert lead.client.post("/api/v1/outages/add/", "[1]", content_type="application/json").status_code == 400
    assert not Outage.objects.exists()


def test_what_no_record_can_say_is_refused_and_named(owner, lead, rooms, cast) -> None:  # type: ignore[no-untyped-def]
    said = {"room": rooms[0].pk, "start": "2026-10-18T20:10", "end": "2026-10-18T20:25", "cause": "platform"}
    for field, value in {
        "start": 1718238, "end": {"at": "20:25"}, "room": 2**70, "note": "half \ud800", "cause": "nul \0",
    }.items():  # fmt: skip
        wrong = lead.say("outages/add/", **(said | {field: value}))
        assert (wrong.status_code, list(wrong.json()["fields"])) == (422, [field])
    # days and instants that are lists, numbers that no column of any database holds
    house, far = Department.objects.get(name="投放部"), 10**30
    group = {"name": "双播", "rooms": [rooms[0].pk, far], "start": "2026-10-01"}
    for path, told, field in [
        ("outages/add/", said | {"start": ["2026-10-18"]}, "start"), ("simulcasts/add/", group, "rooms"),
        (f"departments/{house.pk}/open/", {"day": [5]}, "day"), (f"departments/{house.pk}/open/", {"day": 5}, "day"),
        ("cycles/open/", {"month": "2026-10", "pay_on": ["2026-11-20"]}, "pay_on"),
        ("cycles/open/", {"month": "2026-10", "deadlines": {"opened": [5]}}, "opened"),
        ("cycles/open/", {"month": "2026-10", "departments": [str(far)]}, "departments"),
        ("cycles/open/", {"month": "2026-10", "departments": [-far]}, "departments"),
        ("decisions/settle/", {"kind": "joins", "choices": {f"{far}-1": "join"}, "reason": "x"}, "choices"),
        ("cycles/open/", {"month": "2026-10", "people": ["9" * 5000]}, "people"),
    ]:  # fmt: skip
        wrong = owner.say(path, **told)
        assert (wrong.status_code, list(wrong.json()["fields"])) == (422, [field]), path
    assert list(owner.get(f"reviews/?person={'9' * 5000}").json()["fields"]) == ["person"]
    assert list(owner.get("reviews/?q=%00").json()["fields"]) == ["q"]
    deep = lead.client.post("/api/v1/outages/add/", "[" * 100_000, content_type="application/json")
    assert deep.status_code == 400
    nowhere = lead.get("outages/add/more/")
    assert (nowhere.status_code, list(nowhere.json())) == (404, ["error"])
    assert not Outage.objects.exists()


def test_programs_say_which_department_a_room_belongs_to(owner, lead, rooms, cast) -> None:  # type: ignore[no-untyped-def]
    one = Department.objects.get(name="直播一部")
    said = {"room": rooms[0].pk, "department": one.pk, "start": "2026-10-01"}
    assert lead.say("room-departments/add/", **said).status_code == 404
    made = owner.say("room-departments/add/", **said).json()
    assert {name: made[name] for name in said} == said
    assert owner.say("room-departments/add/", **said).status_code == 422
    assert owner.say("room-departments/add/", **(said | {"department": 10**9})).status_code == 422
    none = owner.say("room-departments/add/", room=rooms[0].pk, start="2026-11-01").json()
    assert none["department"] is None
    listed = lead.get("rooms/").json()["rooms"]
    history = [{"start": "2026-10-01", "department": one.pk}, {"start": "2026-11-01", "department": None}]
    assert [room["departments"] for room in listed] == [history, []]
    assert lead.say(f"room-departments/{none['id']}/remove/").status_code == 404
    assert owner.say(f"room-departments/{none['id']}/remove/").json() == none
    assert lead.ids("room-departments") == [made["id"]]


def test_what_is_the_owners_is_not_there_for_a_lead(owner, lead, rooms, cast) -> None:  # type: ignore[no-untyped-def]
    duty = {"room": rooms[0].pk, "person": cast.host.pk, "duty": "manager", "start": "2026-10-01"}
    spend = {"ad_account": "1788", "start": "2026-10-01", "parts": {str(rooms[0].pk): 7, str(rooms[1].pk): 3}}
    rule = {"tag": "福袋", "how": "amount_at_most", "value": "0.10", "reason": "福袋专拍"}
    group = {"name": "双播", "rooms": [room.pk for room in rooms], "start": "2026-10-01"}
    for path, told in [
        ("responsibilities/add/", duty), ("ad-accounts/map/", spend), ("tag-rules/add/", rule),
        ("simulcasts/add/", group),
    ]:  # fmt: skip
        assert lead.say(path, **told).status_code == 404
        done = owner.say(path, **told)
        assert done.status_code == 200, done.content
    held = Responsibility.objects.get()
    assert owner.say(f"responsibilities/{held.pk}/end/", end="2026-11-01").json()["end"] == "2026-11-01"
    assert owner.say(f"responsibilities/{held.pk}/remove/").status_code == 200
    assert sorted(AdAccountPart.objects.values_list("parts", flat=True)) == [3, 7]
    assert owner.say("ad-accounts/map/", **(spend | {"parts": {"999": 1}})).status_code == 422
    for parts in ({"1": "9" * 5000}, {"9" * 5000: 1}, {"1": 0}):
        settled = owner.say("decisions/settle/", kind="orders", choices={}, parts={"1-2~p": parts}, reason="看过")
        assert (settled.status_code, list(settled.json()["fields"])) == (422, ["parts"])
    assert TagRule.objects.get().value == "10"
    one = f"tag-rules/{TagRule.objects.get().pk}"
    assert owner.say(f"{one}/retire/", reason="改用名单").json()["retired_why"] == "改用名单"
    assert owner.say(f"{one}/edit/", **rule).status_code == 422
    assert owner.say(f"{one}/restore/").json()["retired_at"] is None
    both = Simulcast.objects.get()
    assert owner.get("simulcasts/").json()["simulcasts"][0]["rooms"] == sorted(room.pk for room in rooms)
    assert lead.say(f"simulcasts/{both.pk}/remove/").status_code == 404
    assert owner.say(f"simulcasts/{both.pk}/remove/").status_code == 200


def test_rates_are_added_and_taken_back_by_their_act(lead) -> None:  # type: ignore[no-untyped-def]
    assert list(lead.say("rates/add/", table="2026-10-18 USD zero", source="x").json()["fields"]) == ["table"]
    act = lead.say("rates/add/", table="2026-10-18 USD 7.1234", source="中国银行").json()["act"]
    assert lead.get("rates/").json()["rates"][0]["rate"] == "7.1234"
    assert lead.say("rates/take-back/", act=act).json() == {"taken_back": 1}
    assert lead.say("rates/take-back/", act=act).status_code == 422
    assert ExchangeRate.objects.get().undone


def test_broadcasts_are_called_recorded_joined_and_parted(lead, rooms) -> None:  # type: ignore[no-untyped-def]
    first, second = broadcast(rooms[0], 11), broadcast(rooms[0], 12)
    assert lead.say(f"sessions/{first.pk}/edit/", air_kind="recorded").json()["air_kind"] == "recorded"
    assert list(lead.say(f"sessions/{first.pk}/edit/", air_kind="live", start="2026-10-18T10:00").json()["fields"]) == [
        "start"
    ]
    both = {"sessions": [first.pk, second.pk]}
    assert lead.say("sessions/join/", **both, reason=" ").status_code == 422
    assert list(lead.say("sessions/join/", sessions=[first.pk, 999], reason="x").json()["fields"]) == ["sessions"]
    act = lead.say("sessions/join/", **both, reason="断网").json()["act"]
    second.refresh_from_db()
    assert second.joined_to_id == first.pk
    assert lead.say("decisions/undo/", act=act).json()["undone"] == 1
    assert lead.say("decisions/undo/", act=act).status_code == 422
    lead.say("sessions/join/", **both, reason="断网")
    assert lead.say(f"sessions/{first.pk}/part/", reason="两场").status_code == 200
    assert Session.objects.filter(joined_to__isnull=True).count() == 2


def test_a_doubt_is_listed_with_its_choices_and_settled(lead, rooms) -> None:  # type: ignore[no-untyped-def]
    Session.objects.create(account=rooms[0], start=EVENING, end=EVENING.replace(minute=50))
    Session.objects.create(account=rooms[0], start=EVENING.replace(minute=53), end=EVENING.replace(hour=13))
    [doubt] = [one for one in lead.get("decisions/").json()["decisions"] if one["kind"] == "joins"]
    assert "join" in doubt["choices"]
    settle = {"kind": "joins", "reason": "断网"}
    assert list(lead.say("decisions/settle/", **settle, choices={doubt["id"]: "moon"}).json()["fields"]) == ["choices"]
    assert list(lead.say("decisions/settle/", **settle, choices={"9-9": "join"}).json()["fields"]) == ["choices"]
    assert list(lead.say("decisions/settle/", kind="moon", choices={}, reason="x").json()["fields"]) == ["kind"]
    done = lead.say("decisions/settle/", **settle, choices={doubt["id"]: "join"})
    assert done.status_code == 200, done.content
    assert Session.objects.filter(joined_to__isnull=False).count() == 1


def test_pasted_numbers_become_an_upload(lead) -> None:  # type: ignore[no-untyped-def]
    said = {"numbers": "6921\n6922", "name": "自购", "tag": "自购", "reason": "员工", "platform": "douyin"}
    upload = lead.say("tag-lists/paste/", **said).json()["upload"]
    assert lead.get(f"uploads/{upload}/").json()["file"] == "自购.csv"
    assert lead.get("tag-lists/").json()["tag-lists"] == []


def test_lists_of_rooms_and_people_give_the_numbers_to_name_them_by(owner, lead, rooms, cast) -> None:  # type: ignore[no-untyped-def]
    assert lead.ids("rooms") == [room.pk for room in rooms]
    assert cast.host.pk in owner.ids("people")
    assert cast.outsider.pk not in lead.ids("people")


def test_the_shell_does_the_same_with_a_persons_rights(cast, rooms, capsys) -> None:  # type: ignore[no-untyped-def]
    add = ["outages", "add", f"room={rooms[0].pk}", "start=2026-10-18T20:10", "end=2026-10-18T20:25", "cause=platform"]
    assert records_cli.run([*add, "--as", cast.lead.user.username, "--later"]) == 0
    made = Outage.objects.get()
    assert made.recorded_by == cast.lead.user
    assert records_cli.run([*add, "--as", cast.lead.user.username, "--later"]) == 1
    assert "start" in capsys.readouterr().err
    assert records_cli.run(["outages", "confirm", str(made.pk), "--as", cast.owner.username, "--later", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["confirmed_by"]
    assert records_cli.run(["outages", "--as", cast.owner.username]) == 0
    assert f"#{made.pk} room {rooms[0].pk}" in capsys.readouterr().out
    spend = ["ad-accounts", "map", "ad_account=1788", "start=2026-10-01", f'parts={{"{rooms[0].pk}": 1}}', "--later"]
    assert records_cli.run([*spend, "--as", cast.lead.user.username]) == 1
    assert records_cli.run([*spend, "--as", cast.owner.username]) == 0
    assert AdAccountPart.objects.get().start == date(2026, 10, 1)
    for wrong in (["outages", "fly"], ["outages", "confirm"], ["outages", "add", "room"], ["rates", "add", "table={"]):
        assert records_cli.run([*wrong, "--as", cast.owner.username]) == 1
    assert records_cli.run(["outages", "--as", "nobody-here"]) == 1


def test_a_room_is_made_and_what_its_files_lack_is_said(owner, lead) -> None:  # type: ignore[no-untyped-def]
    assert lead.say("rooms/add/", name="Toko", handle="toko", platform="tiktok").status_code == 404
    made = owner.say("rooms/add/", name="Toko", handle="toko", platform="tiktok").json()
    assert list(owner.say("rooms/add/", name="Toko", handle="toko", platform="tiktok").json()["fields"]) == ["handle"]
    one = f"rooms/{made['id']}/edit/"
    assert list(owner.say(one, zone="Asia/Atlantis").json()["fields"]) == ["zone"]
    assert lead.say(one, zone="Asia/Jakarta").status_code == 404
    said = owner.say(one, zone="Asia/Jakarta", currency="IDR", other_names=["Toko Kita"]).json()
    assert (said["zone"], said["currency"], said["other_names"], said["name"]) == (
        "Asia/Jakarta", "IDR", ["Toko Kita"], "Toko",
    )  # fmt: skip
    # what is not said stays
    again = owner.say(one, split_rule="7:3").json()
    assert (again["other_names"], again["currency"], again["split_rule"]) == (["Toko Kita"], "IDR", "7:3")
    assert lead.get("rooms/").json()["rooms"] == [again]


def test_a_nickname_becomes_the_room_that_has_it(owner, lead) -> None:  # type: ignore[no-untyped-def]
    nick = Account.objects.create(handle="清河", name="清河", currency="CNY")
    room = Account.objects.create(handle="qinghe", name="清河", currency="CNY")
    assert lead.say(f"rooms/{nick.pk}/merge/").status_code == 404
    wrong = owner.say(f"rooms/{room.pk}/merge/")
    assert wrong.status_code == 422
    assert f"{nick.pk} → {room.pk}" in wrong.json()["error"]
    assert owner.say(f"rooms/{nick.pk}/merge/").json()["id"] == room.pk
    assert lead.ids("rooms") == [room.pk]
    assert owner.say(f"rooms/{nick.pk}/merge/").status_code == 404


def test_a_reading_is_written_down_and_taken_back_from_the_shell(cast, owner, rooms, capsys) -> None:  # type: ignore[no-untyped-def]
    said = {"room": rooms[0].pk, "at": "2026-10-18T21:30"}
    assert owner.say("readings/add/", **said).status_code == 422
    assert list(owner.say("readings/add/", **said, gmv="-1").json()["fields"]) == ["gmv"]
    add = ["readings", "add", f"room={rooms[0].pk}", "at=2026-10-18T21:30", "gmv=36580.20", "views=900"]
    assert records_cli.run([*add, "--as", cast.owner.username, "--json"]) == 0
    # imported without a server
    [taken] = owner.get("readings/").json()["readings"]
    assert taken["state"] == "visible"
    batch = Batch.objects.get(pk=taken["batch"])
    [fact] = reader.rows(Path(settings.FACTS_ROOT) / batch.folder, READING, [2])
    assert (fact["gmv_minor"], fact["views"], fact["orders"]) == (3_658_020, 900, None)
    assert owner.say(f"readings/{taken['id']}/take-back/").json()["state"] == "withdrawn"
    assert owner.say(f"readings/{taken['id']}/take-back/").status_code == 422


def test_the_history_of_a_broadcast_by_export(lead) -> None:  # type: ignore[no-untyped-def]
    for day, views in ((19, 100), (25, 130)):
        told = {**session(2, "2026-10-18 19:00", "2026-10-18 19:50", account="a", name="a"), "views": views}
        landed(SESSIONS, [told], sha=f"export-{day}", as_of=f"2026-10-{day} 09:00")
    one = broadcast(Account.objects.create(handle="a", name="a", currency="CNY"), 11)
    said = lead.say(f"sessions/{one.pk}/history/").json()
    assert [(export["views"], export["counts"]) for export in said["exports"]] == [(100, False), (130, True)]
    assert said["exports"][0]["as_of"] == "2026-10-19T01:00:00+00:00"
    # unknown is not 0
    assert said["exports"][0]["gmv_minor"] is None
    assert lead.say("sessions/999/history/").status_code == 404


def test_a_job_is_followed_stopped_and_run_again(lead, cast) -> None:  # type: ignore[no-untyped-def]
    waits = Job.objects.create(kind="compute_month", args={"month": "2026-10"}, by=cast.owner)
    runs = Job.objects.create(kind="keep_month", args={"month": "2026-09"}, state="running", done=3, total=9)
    newest, older = lead.get("jobs/").json()["jobs"][:2]
    assert (newest["id"], newest["done"], newest["total"], newest["about"]) == (runs.pk, 3, 9, "2026-09")
    assert (older["id"], older["state"], older["by"]) == (waits.pk, "queued", str(cast.owner))
    assert lead.say(f"jobs/{waits.pk}/stop/").json()["state"] == "cancelled"
    said = lead.say(f"jobs/{runs.pk}/stop/").json()
    assert (said["state"], said["stopping"]) == ("running", True)
    again = lead.say(f"jobs/{waits.pk}/again/").json()
    assert (again["state"], again["about"]) == ("queued", "2026-10")
    assert again["id"] != waits.pk
    assert lead.say("jobs/999/stop/").status_code == 404
