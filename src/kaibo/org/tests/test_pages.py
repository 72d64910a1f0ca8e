"""The pages of people, as their readers get them."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from kaibo.org import chart
from kaibo.org.models import Appointment, Department, Person, PersonAlias, Position


@pytest.fixture
def new(cast):
    return {
        "name": "周可", "start": "2026-11-01", "position": Position.objects.get(key="host").pk,
        "department": Department.objects.get(name="直播一部").pk,
    }  # fmt: skip


def test_a_lead_sees_the_own_department_and_no_forms(cast):
    page = cast.client("lead").get("/people/").content.decode()
    assert "林晓彤" in page
    assert "何川" not in page
    assert "/people/add/" not in page


def test_the_owner_finds_by_alias_department_and_position(cast):
    cast.host.aliases.create(alias="晓晓")
    client = cast.client("owner")
    found = client.get("/people/", {"q": "晓晓"}).content.decode()
    assert "林晓彤" in found
    assert "陈嘉禾" not in found
    ads = client.get("/people/", {"position": "ads"}).content.decode()
    assert "何川" in ads
    assert "吴桐" not in ads
    assert (
        "何川"
        not in client.get("/people/", {"department": Department.objects.get(name="直播一部").pk}).content.decode()
    )


def test_who_left_is_listed_only_when_asked_for(cast):
    Person.objects.filter(pk=cast.host.pk).update(active=False)
    client = cast.client("owner")
    assert "林晓彤" not in client.get("/people/").content.decode()
    assert "林晓彤" in client.get("/people/", {"left": "on"}).content.decode()


def test_an_empty_filter_says_so(cast):
    assert cast.client("owner").get("/people/", {"q": "没有这个人"}).context["count"] == 0


def test_the_export_has_the_rows_of_the_page(cast):
    answer = cast.client("lead").get("/people.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sorted(row[0] for row in rows[1:]) == ["吴桐", "林晓彤", "陈嘉禾"]


def test_the_owner_adds_a_person(cast, new):
    answer = cast.client("owner").post("/people/add/", new)
    made = Person.objects.get(name="周可")
    assert answer["Location"] == f"/people/{made.pk}/"
    assert made.appointments.get().start == date(2026, 11, 1)


def test_a_refused_person_leaves_nothing_and_keeps_the_input(cast, new):
    answer = cast.client("owner").post("/people/add/", new | {"name": "林晓彤"})
    assert answer.status_code == 422
    assert 'value="林晓彤"' in answer.content.decode()
    assert Person.objects.count() == 4


@pytest.mark.parametrize(
    ("who", "what", "kind"), [("周可", "invite", "invitation"), ("何川", "new-password", "new-password")]
)
def test_a_link_is_shown_once_never_cached_and_can_be_taken_back(cast, who, what, kind):
    person = Person.objects.get_or_create(name=who)[0]
    client = cast.client("owner")
    answer = client.post(f"/people/{person.pk}/{what}/", {"role": "person"})
    url = answer.context["link_url"]
    assert url in answer.content.decode()
    assert url.startswith(f"http://testserver/{kind}/")
    assert "no-store" in answer["Cache-Control"]
    path = url.removeprefix("http://testserver")
    assert path not in client.get(f"/people/{person.pk}/").content.decode()
    assert Client().get(path).status_code == 200
    client.post(f"/people/{person.pk}/links/take-back/")
    assert Client().get(path).status_code == 410


def test_a_person_sees_the_own_page_without_forms_and_nobody_elses(cast):
    client = cast.client("host")
    page = client.get(f"/people/{cast.host.pk}/").content.decode()
    assert "linxiaotong" in page
    assert "/rename/" not in page
    assert client.get(f"/people/{cast.host2.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("rename/", {"name": "林小彤"}, 302), ("rename/", {"name": "吴桐"}, 422),
        ("aliases/", {"name": "晓晓"}, 302), ("aliases/", {"name": "吴桐"}, 422),
        ("leave/", {"end": "2026-11-01"}, 302), ("leave/", {"end": "soon"}, 422), ("return/", {}, 302),
    ],
)  # fmt: skip
def test_the_owners_changes(cast, path, data, status):
    answer = cast.client("owner").post(f"/people/{cast.host.pk}/{path}", data)
    assert answer.status_code == status


def test_positions_change_and_end(cast):
    client, held = cast.client("owner"), cast.host.appointments.get()
    data = {"position": held.position_id, "department": held.department_id, "start": "2025-01-01"}
    assert client.post(f"/people/{cast.host.pk}/appoint/", data).status_code == 422
    assert client.post(f"/people/{cast.host.pk}/appoint/", data | {"start": "2026-11-01"}).status_code == 302
    running = cast.host.appointments.get(end=None)
    ending = f"/people/{cast.host.pk}/appointments/{running.pk}/end/"
    assert client.post(ending, {"end": "2026-11-01"}).status_code == 422
    assert client.post(ending, {"end": "2026-11-02"}).status_code == 302
    assert client.post(ending, {"end": "2026-11-03"}).status_code == 404


def test_departments_and_aliases(cast):
    client = cast.client("owner")
    assert client.post("/departments/add/", {"name": "直播二部"}).status_code == 302
    assert client.post("/departments/add/", {"name": "直播二部"}).status_code == 422
    alias = cast.host.aliases.create(alias="晓晓")
    assert client.post(f"/people/{cast.host2.pk}/aliases/{alias.pk}/remove/").status_code == 404
    assert client.post(f"/people/{cast.host.pk}/aliases/{alias.pk}/remove/").status_code == 302


def test_a_large_team_is_listed_page_by_page_in_few_queries(cast, django_assert_max_num_queries):
    department, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    people = Person.objects.bulk_create([Person(name=f"人{number:03}") for number in range(300)])
    Appointment.objects.bulk_create(
        [Appointment(person=p, position=host, department=department, start=date(2026, 1, 1)) for p in people]
    )
    client = cast.client("owner")
    with django_assert_max_num_queries(17):
        first = client.get("/people/").content.decode()
    second = client.get("/people/?page=99").content.decode()
    assert ("人000" in first, "人299" in first, "人299" in second) == (True, False, True)
    assert "page=2" in first


def test_the_list_is_put_in_order_before_it_is_cut_into_pages(cast):
    """By department, within one by position and name; whoever holds nothing comes last, on whichever page that is."""
    live, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    Person.objects.bulk_create([Person(name=f"人{n:03}") for n in range(120)])
    some = list(Person.objects.filter(name__startswith="人").order_by("name"))
    Appointment.objects.bulk_create(
        [Appointment(person=one, position=host, department=live, start=date(2026, 1, 1)) for one in some[:110]]
    )
    client, seen = cast.client("owner"), []
    for page in (1, 2, 3):
        context = client.get("/people/", {"page": page}).context
        seen += [(str(group.department), entry.person.name) for group in context["groups"] for entry in group.entries]
        assert context["count"] == 124
    assert len(seen) == len({name for _department, name in seen}) == 124
    assert seen[0] == ("投放部", "何川") or seen[0][0] == "直播一部"
    hosts = [name for department, name in seen if department == "直播一部"]
    assert hosts == [*sorted([*(one.name for one in some[:110]), "林晓彤", "陈嘉禾"]), "吴桐"]
    assert {name for _department, name in seen[-10:]} == {one.name for one in some[110:]}
    assert [
        group.count for group in client.get("/people/").context["groups"] if str(group.department) == "直播一部"
    ] == [113]


def test_with_more_people_no_page_asks_more(cast, monkeypatch):
    """Speed is measured in bench/people; here that the queries do not grow, and what a page weighs at most."""
    live, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    above = Position.objects.create(key="above", name="上级")
    Position.objects.exclude(pk=above.pk).update(reports_to=above)
    # as in a company of which the chart does not name everybody
    monkeypatch.setattr(chart, "ALL_NAMES_UP_TO", 50)
    pages = [
        "/people/", "/people/?q=人", "/organisation/", f"/organisation/?open={live.pk}", f"/people/{cast.host.pk}/",
        "/duties/",
    ]  # fmt: skip
    asked = []
    for begin in (0, 120):
        some = Person.objects.bulk_create(Person(name=f"人{n:03}") for n in range(begin, begin + 120))
        Appointment.objects.bulk_create(
            [Appointment(person=one, position=host, department=live, start=date(2026, 1, 1)) for one in some]
        )
        PersonAlias.objects.bulk_create([PersonAlias(person=one, alias=f"又名{one.pk}") for one in some])
        found = []
        for who in ("owner", "lead"):
            client = cast.client(who)
            for page in pages:
                with CaptureQueriesContext(connection) as captured:
                    answer = client.get(page)
                assert (answer.status_code, len(answer.content) < 150 * 1024) == (200, True), page
                found.append((who, page, len(captured)))
        asked.append(found)
    assert asked[0] == asked[1]
    assert max(queries for _who, _page, queries in asked[1]) <= 15
