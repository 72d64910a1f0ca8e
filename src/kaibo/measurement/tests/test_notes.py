"""Review notes: written by the crew, edited with their history, taken back and brought back, asked for and exported."""

from io import BytesIO

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.live.models import Session, SessionNote, Simulcast
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.models import AuditCursor
from kaibo.measurement.session_page import session_page

from .conftest import at
from .test_panels import imported_minutes


def write(evening, who: str = "host", **said: str):  # type: ignore[no-untyped-def]
    made = {"kind": "went_wrong", "text": "断流后先播口碑视频", **said}
    return evening.cast.client(who).post(f"/sessions/{evening.session.pk}/notes/", made)


def text(evening, who: str = "host") -> str:  # type: ignore[no-untyped-def]
    return str(evening.cast.client(who).get(f"/sessions/{evening.session.pk}/").content.decode())


def test_the_crew_writes_and_the_page_shows_it(evening) -> None:  # type: ignore[no-untyped-def]
    answer = write(evening, start="20:46", end="20:53", product="被子")
    note = SessionNote.objects.get()
    assert answer["Location"] == f"/sessions/{evening.session.pk}/#note-{note.pk}"
    assert (note.start, note.end, note.by) == (at("20:46"), at("20:53"), evening.cast.host.user)
    assert "断流后先播口碑视频" in text(evening, "lead")
    assert "被子" in text(evening)
    marks = session_page(evening.cast.owner, find_broadcast(evening.cast.owner, evening.session.pk)).marks
    assert [(mark.kind, mark.left, mark.href) for mark in marks] == [("went_wrong", "35.333", f"#note-{note.pk}")]
    assert AuditEvent.objects.filter(verb="write_note").count() == 1


def test_a_time_after_midnight_is_of_the_next_day(evening) -> None:  # type: ignore[no-untyped-def]
    Session.objects.filter(pk=evening.session.pk).update(end=at("26:00"))
    write(evening, start="00:30")
    assert SessionNote.objects.get().start == at("24:30")


@pytest.mark.parametrize(
    "said",
    [{"text": "  "}, {"start": "12:00"}, {"start": "20:00", "end": "23:59", "kind": "nonsense"}, {"end": "20:00"}],
)
def test_what_makes_no_sense_is_refused_and_the_words_stay(evening, said) -> None:  # type: ignore[no-untyped-def]
    answer = write(evening, **said)
    assert answer.status_code == 422
    assert said.get("text", "断流后先播口碑视频").strip() in answer.content.decode()
    assert not SessionNote.objects.exists()


def test_an_edit_keeps_what_was_said_before(evening) -> None:  # type: ignore[no-untyped-def]
    write(evening)
    note = SessionNote.objects.get()
    client = evening.cast.client("lead")
    client.post(f"/notes/{note.pk}/", {"kind": "next_time", "text": "备用线路放进清单"})
    page = client.get(f"/notes/{note.pk}/").content.decode()
    assert "断流后先播口碑视频" in page
    note.refresh_from_db()
    assert (note.kind, note.text, note.by) == ("next_time", "备用线路放进清单", evening.cast.host.user)
    assert [(f.kind, f.text, f.by) for f in note.former.all()] == [
        ("went_wrong", "断流后先播口碑视频", evening.cast.lead.user)
    ]
    client.post(f"/notes/{note.pk}/", {"kind": "next_time", "text": "备用线路放进清单"})
    assert note.former.count() == 1


def test_a_colleague_cannot_change_it_and_its_writer_can(evening) -> None:  # type: ignore[no-untyped-def]
    write(evening)
    note = SessionNote.objects.get()
    got = {who: evening.cast.client(who).get(f"/notes/{note.pk}/").status_code for who in ("host", "host2", "outsider")}
    assert got == {"host": 200, "host2": 404, "outsider": 404}
    assert write(evening, "outsider").status_code == 404


def test_taken_back_and_brought_back(evening) -> None:  # type: ignore[no-untyped-def]
    write(evening)
    note = SessionNote.objects.get()
    client = evening.cast.client("host")
    client.post(f"/notes/{note.pk}/remove/")
    assert "恢复" in text(evening)
    assert "断流后先播口碑视频" not in text(evening, "host2")
    client.post(f"/notes/{note.pk}/remove/")
    assert "断流后先播口碑视频" in text(evening, "host2")


def test_the_list_shows_those_without_a_review(evening) -> None:  # type: ignore[no-untyped-def]
    client = evening.cast.client("owner")
    url = "/sessions/?from=2026-10-14&to=2026-10-14&state=unreviewed"
    assert "秋冬专场" in client.get(url).content.decode()
    write(evening)
    assert "秋冬专场" not in client.get(url).content.decode()


def test_all_of_them_as_a_file(evening) -> None:  # type: ignore[no-untyped-def]
    write(evening, start="20:46")
    got = evening.cast.client("host2").get("/notes.xlsx?from=2026-10-14&to=2026-10-14")
    rows = CalamineWorkbook.from_filelike(BytesIO(got.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[1:]] == ["出了问题"]
    assert rows[1][7] == "断流后先播口碑视频"
    other = evening.cast.client("outsider").get("/notes.xlsx?from=2026-10-14&to=2026-10-14")
    assert len(CalamineWorkbook.from_filelike(BytesIO(other.content)).get_sheet_by_index(0).to_python()) == 1


def test_simulcast_partners_stand_beside(evening) -> None:  # type: ignore[no-untyped-def]
    room = type(evening.account).objects.create(handle="other", name="同播间")
    beside = Session.objects.create(account=room, start=at("20:00"), end=at("22:00"))
    group = Simulcast.objects.create(name="双播", start=at("12:00", 15).date())
    group.accounts.set([room, evening.account])
    owner = evening.cast.owner
    # the group begins a day later
    assert list(find_broadcast(owner, evening.session.pk).partners) == []
    Simulcast.objects.update(start=at("12:00").date())
    assert list(find_broadcast(owner, evening.session.pk).partners) == [beside]
    host = find_broadcast(evening.cast.host.user, evening.session.pk)
    assert [(one.pk, one.seen) for one in host.partners] == [(beside.pk, False)]


def test_few_queries_with_six_hours_of_minutes(evening, settings, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    Session.objects.filter(pk=evening.session.pk).update(end=at("25:00"))
    minutes = [(f"{19 + n // 60}:{n % 60:02}", {"online": n, "entries": 1}) for n in range(360)]
    imported_minutes(settings, evening, minutes, account="qinghe")
    for _ in range(3):
        write(evening, start="20:00")
    # as in any installation whose worker has run
    AuditCursor.objects.create(pk=1, at=timezone.now())
    for who in ("owner", "host"):
        client = evening.cast.client(who)
        with django_assert_max_num_queries(15):
            assert client.get(f"/sessions/{evening.session.pk}/").status_code == 200
