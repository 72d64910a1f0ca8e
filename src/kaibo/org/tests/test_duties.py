"""The duty matrix: what does not add up, editing it as a grid, one's own part, exports."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.org.describing import Asked
from kaibo.org.handbook import handbook
from kaibo.org.matrix import faults, matrix, mine
from kaibo.org.models import Appointment, Department, Letters, Person, Position, Process

pytestmark = pytest.mark.usefixtures("in_chinese")

TODAY = date(2026, 11, 20)


def post(name: str, holders: int = 1) -> Position:
    position = Position(key=name, name=name)
    position.holders = holders
    return position


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("a", "A"), ("b", "R")], []),
        ([("a", "AR")], []),
        ([("b", "R")], ["没有岗位最终负责"]),
        ([("a", "A"), ("b", "AR")], ["2 个岗位最终负责（a、b）"]),
        ([("a", "A"), ("b", "C")], ["没有岗位执行"]),
        ([], ["没有岗位最终负责", "没有岗位执行"]),
    ],
)
def test_what_does_not_add_up_is_said_in_words(parts, said):
    found = faults([(post(name), letters) for name, letters in parts])
    assert len(found) == len(said)
    assert all(text in one for text, one in zip(said, found, strict=True))


def test_a_position_that_nobody_holds_is_a_hole():
    [said] = faults([(post("a"), "A"), (post("b", 0), "R")])
    assert "b目前无人在任" in said
    assert faults([(post("a"), "A"), (post("b", 0), "R"), (post("c"), "R")]) == []
    assert len(faults([(post("a", 0), "A"), (post("c"), "R")])) == 1


@given(st.lists(st.sampled_from(Letters.values), max_size=6))
def test_only_one_accountable_and_somebody_responsible_adds_up(letters):
    """Counted the slow way: the letters of all cells as one text."""
    text = "".join(letters)
    adds_up = text.count("A") == 1 and "R" in text
    assert (faults([(post(f"p{n}"), said) for n, said in enumerate(letters)]) == []) is adds_up


def test_the_handbooks_matrix_adds_up_where_every_position_is_held(described):
    shown = matrix(Asked(), TODAY)
    assert len(shown.rows) == len(handbook().processes) >= 20
    for row in shown.rows:
        every = [(position, letters) for position, letters in row.cells if letters]
        for position, _letters in every:
            position.holders = 1
        assert faults(every) == [], row.process.name


def cells(page) -> dict[str, str]:
    """What a browser would post back."""
    said = {}
    for one in page.context["grid"].rows:
        pk = one.row.process.pk
        said |= {f"s{pk}": one.seen, f"b{pk}": one.before} | {cell.name: cell.letters for cell in one.cells}
    return said


def test_the_grid_is_edited_and_only_what_changed_is_written(described):
    client = described.client("owner")
    process, host, ads = Process.objects.get(key="roster"), _key("host"), _key("ads")
    said = cells(client.get("/duties/edit/"))
    # as it comes from a Chinese keyboard
    said |= {f"c{process.pk}-{host.pk}": "", f"c{process.pk}-{ads.pk}": "ａ／ｒ"}
    assert client.post("/duties/edit/", said).status_code == 302
    assert dict(process.parts.filter(position__in=[host, ads]).values_list("position__key", "letters")) == {"ads": "AR"}
    row = AuditEvent.objects.get(verb="set_parts")
    assert row.data["cells"] == {"host": ["C", ""], "ads": ["", "AR"]}
    assert "2 个岗位最终负责" in client.get("/duties/").content.decode()


def test_a_letter_that_there_is_not_keeps_the_whole_grid_out(described):
    client = described.client("owner")
    process, host, ads = Process.objects.get(key="roster"), _key("host"), _key("ads")
    said = cells(client.get("/duties/edit/")) | {f"c{process.pk}-{host.pk}": "X", f"c{process.pk}-{ads.pk}": "R"}
    answer = client.post("/duties/edit/", said)
    assert answer.status_code == 422
    assert "排班，主播：没有“X”这种分工" in answer.content.decode()
    assert not process.parts.filter(position=ads).exists()


def test_two_who_edit_keep_each_others_rows_and_the_later_one_is_told_of_the_same_row(described):
    client = described.client("owner")
    roster, data, ads = Process.objects.get(key="roster"), Process.objects.get(key="data"), _key("ads")
    first, second = cells(client.get("/duties/edit/")), cells(client.get("/duties/edit/"))
    client.post("/duties/edit/", first | {f"c{roster.pk}-{ads.pk}": "R"})
    assert client.post("/duties/edit/", second | {f"c{data.pk}-{ads.pk}": "I"}).status_code == 302
    assert roster.parts.get(position=ads).letters == "R"
    late = client.post("/duties/edit/", second | {f"c{roster.pk}-{ads.pk}": "C", f"c{data.pk}-{ads.pk}": "R"})
    assert late.status_code == 422
    assert "排班" in " ".join(late.context["wrong"])
    assert (roster.parts.get(position=ads).letters, data.parts.get(position=ads).letters) == ("R", "I")


def test_a_process_is_made_changed_and_removed(described):
    client, host = described.client("owner"), _key("host")
    made = client.post("/duties/add/", {"name": "样品管理", f"p{host.pk}": "R"})
    process = Process.objects.get(name="样品管理")
    assert made["Location"] == f"/duties/{process.pk}/"
    assert client.post("/duties/add/", {"name": "样品管理"}).status_code == 422
    page = described.client("host").get(f"/duties/{process.pk}/").content.decode()
    assert "没有岗位最终负责" in page
    assert '<form method="post" class="card"' not in page
    client.post(f"/duties/{process.pk}/", {"name": "样品", f"p{host.pk}": "AR", "seen": "1"})
    assert process.parts.get().letters == "AR"
    client.post(f"/duties/{process.pk}/remove/")
    assert AuditEvent.objects.get(verb="remove_process").data["parts"] == {"host": "AR"}


def test_everyone_sees_what_they_are_responsible_for(described):
    found = mine(described.lead, TODAY)
    assert [one.position.key for one in found.appointments] == ["floor_manager"]
    groups = {letter: {part.process.key for part in parts} for letter, _title, parts in found.groups}
    assert groups["A"] == {"broadcast", "confirming"}
    assert "roster" in groups["R"]
    page = described.client("lead").get("/duties/mine/").content.decode()
    assert "控制节奏和排品" in page
    assert "上播确认" in page
    assert "没有对应的人员" in described.client("owner").get("/duties/mine/").content.decode()


def test_exports_hold_what_is_shown(described):
    client = described.client("host")
    Process.objects.filter(key="roster").update(name="=cmd")
    content = client.get("/duties.xlsx?level=executive").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["流程", "说明", "问题", "CEO", "COO", "CFO"]
    assert rows[1][3:] == ["A", "R", "C"]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'topLeftCell="B2"' in sheet, "the head and the processes stay in sight"
    assert "=cmd" in [row[0] for row in rows]
    text = client.get("/duties.csv?level=executive").content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[1] == [str(cell) for cell in rows[1]]
    assert [row[0] for row in table if "cmd" in row[0]] == ["'=cmd"]


def test_the_workbook_says_what_does_not_add_up_and_what_letters_mean_in_the_readers_language(described):
    content = Process.objects.get(key="content")
    content.parts.filter(letters="A").delete()
    client = described.client("host")
    answer = client.get("/duties.xlsx?level=executive", headers={"accept-language": "en"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    head, *rows = book.get_sheet_by_index(0).to_python()
    said = {row[0]: row[2] for row in rows}
    assert head[:3] == ["Process", "What it is", "Does not add up"]
    assert "Nobody is accountable" in said[content.name_en]
    legend = book.get_sheet_by_index(1).to_python()
    assert ["R", "Responsible"] in legend
    assert ["Positions left out by the filter", str(Position.objects.count() - 3)] in legend
    assert ["Processes that do not add up", str(len([one for one in said.values() if one]))] in legend


def test_the_matrix_asks_as_often_for_many_people_as_for_few(described):
    client, host, live = described.client("owner"), _key("host"), Department.objects.get(name="直播一部")
    mine_of = described.client("lead")

    def asked() -> list[int]:
        counts = []
        for who, path in ((client, "/duties/"), (client, "/duties/edit/"), (mine_of, "/duties/mine/")):
            with CaptureQueriesContext(connection) as seen:
                assert who.get(path).status_code == 200
            counts.append(len(seen))
        return counts

    few = asked()
    Person.objects.bulk_create([Person(name=f"人{n}") for n in range(300)])
    Appointment.objects.bulk_create(
        [
            Appointment(person=one, position=host, department=live, start="2026-01-01")
            for one in Person.objects.filter(name__startswith="人")
        ]
    )
    assert asked() == few
    assert max(few) <= 15, few


def _key(key: str) -> Position:
    return Position.objects.get(key=key)
