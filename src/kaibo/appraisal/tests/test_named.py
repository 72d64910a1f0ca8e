"""Someone of customer service, judged by rows that name them: from the file to the explained line."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal.actions import begin_draft, publish_card, save_draft
from kaibo.appraisal.finders import latest_month
from kaibo.appraisal.keeping import keep_month
from kaibo.appraisal.models import KeptScore
from kaibo.appraisal.month import month_of
from kaibo.facts.schema import SERVICE_RESULT
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.kpi.tests.month_files import fact
from kaibo.measurement import due
from kaibo.measurement.computing import compute_month, compute_stale_now
from kaibo.org.actions import add_alias
from kaibo.org.models import Appointment, Department, Level, Person, Position

OCTOBER = date(2026, 10, 1)
WEEK = timedelta(days=7)


def week(row: int, start: datetime, **said) -> dict:  # type: ignore[no-untyped-def]
    begin, end = (int(at.timestamp() * 1000) for at in (start, start + WEEK))
    named = {"platform": "douyin", "agent": "kf01", "start_ms": begin, "end_ms": end}
    return fact(SERVICE_RESULT, row, **named | said) | {"raw": '{"客服账号": "kf01", "接待会话量": "100"}'}


@pytest.fixture
def agent(cast) -> Person:  # type: ignore[no-untyped-def]
    """周琪 of customer service, on no shift; a file of two weeks of October calls them kf01."""
    position = Position.objects.get_or_create(key="service", defaults={"name": "客服"})[0]
    person = Person.objects.create(name="周琪")
    Appointment.objects.create(
        person=person, position=position, department=Department.objects.get(name="直播一部"), start=date(2026, 1, 1)
    )
    first = datetime(2026, 9, 30, 16, tzinfo=UTC)
    rows = [
        week(2, first, received=100, ratings=20, good_ratings=19, in_3_minutes_ppm=960_000, first_reply_ms=30_000),
        week(3, first + WEEK, received=300, ratings=5, good_ratings=5, in_3_minutes_ppm=990_000, first_reply_ms=50_000),
    ]
    write_batch(Path(settings.FACTS_ROOT) / "b-service", SERVICE_RESULT, rows)
    Batch.objects.create(
        source="feige_results", table=SERVICE_RESULT, file_name="飞鸽_客服表现.xlsx", sha256="0" * 64,
        as_of=first + WEEK * 4, first_instant=first, last_instant=first + WEEK, folder="b-service",
        accepted=2, rejected=0,
    )  # fmt: skip
    return person


def test_a_name_that_nobody_has_waits_until_someone_says_whose_it_is(agent: Person) -> None:
    compute_month(Progress(), "2026-10")
    assert month_of(agent, OCTOBER).card is None
    add_alias(by=None, person=agent, alias="kf01")
    assert due.months_of(due.new_events()) == ["2026-10"]
    compute_stale_now()
    mine = month_of(agent, OCTOBER)
    values = {line.line.kpi: line.value.number for line in mine.lines}
    assert mine.role == "service"
    # 24 of 25; 96 % of 100 and 99 % of 300; 30 s of 100 and 50 s of 300
    assert values["satisfaction"] == pytest.approx(24 / 25)
    assert values["reply_3min_rate"] == pytest.approx(0.9825)
    assert values["first_reply"] == 45_000


def test_the_line_goes_down_to_the_rows_of_the_file(agent: Person, cast) -> None:  # type: ignore[no-untyped-def]
    add_alias(by=None, person=agent, alias="kf01")
    compute_month(Progress(), "2026-10")
    page = cast.client("lead").get(reverse("appraisal:line", args=[agent.pk, "2026-10", "satisfaction"]))
    assert page.status_code == 200
    path = page.context["path"]
    assert (path.count, path.holds, [row.line for row in path.rows]) == (2, True, [2, 3])
    assert path.sums == ["24", "25"]
    text = page.content.decode()
    assert "飞鸽_客服表现.xlsx" in text
    assert "接待会话量" in text
    assert page.context["page"].recomputed
    assert "先别用这个数" not in text
    book = cast.client("lead").get(reverse("appraisal:export", args=[agent.pk, "2026-10", "satisfaction"]))
    cells = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in cells[2:]] == [19, 20, 5, 5]


def test_a_line_against_a_benchmark_of_whom_it_measures_is_made_again_from_the_rows(agent: Person, cast) -> None:  # type: ignore[no-untyped-def]
    add_alias(by=None, person=agent, alias="kf01")
    draft = begin_draft(by=cast.owner, role="service")
    levels = [{"key": level, "value": "0.8"} for level in Level.values]
    rule = {
        "form": "benchmark", "benchmark": {"by": "level", "figures": levels},
        "bands": [{"points": "25", "at_least": "1"}, {"points": "0", "below": "1"}],
    }  # fmt: skip
    lines = [{**line, "rule": rule} if line["kpi"] == "satisfaction" else line for line in draft.data["line"]]
    save_draft(by=cast.owner, draft=draft, data={**draft.data, "line": lines})
    publish_card(by=cast.owner, draft=draft, since=OCTOBER)
    compute_month(Progress(), "2026-10")
    line = next(one for one in month_of(agent, OCTOBER).lines if one.line.kpi == "satisfaction")
    # 96 % against 80 %
    assert (line.score.benchmark, line.score.points) == (Fraction("0.8"), 25)
    page = cast.client("lead").get(reverse("appraisal:line", args=[agent.pk, "2026-10", "satisfaction"]))
    assert page.context["path"].holds


def test_ones_own_page_opens_on_the_month_that_files_tell_of(agent: Person) -> None:
    add_alias(by=None, person=agent, alias="kf01")
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC)):
        assert latest_month(agent) == date(2026, 11, 1)
        compute_month(Progress(), "2026-10")
        assert latest_month(agent) == OCTOBER


def test_a_withdrawn_file_leaves_the_line_waiting(agent: Person) -> None:
    add_alias(by=None, person=agent, alias="kf01")
    compute_month(Progress(), "2026-10")
    Batch.objects.update(state="withdrawn")
    compute_month(Progress(), "2026-10")
    assert month_of(agent, OCTOBER).card is None


def test_who_is_on_no_shift_is_kept_too_and_lacks_no_session(agent: Person, cast) -> None:  # type: ignore[no-untyped-def]
    add_alias(by=None, person=agent, alias="kf01")
    compute_month(Progress(), "2026-10")
    keep_month(Progress(), "2026-10")
    assert KeptScore.objects.filter(person=agent, role="service", state="current").exists()
    team = cast.client("owner").get("/team/?month=2026-10&role=service").content.decode()
    assert "周琪" in team
    assert "还差" not in team


def test_another_person_of_service_whom_no_row_names_has_nothing_instead_of_zero(agent: Person, cast) -> None:  # type: ignore[no-untyped-def]
    add_alias(by=None, person=agent, alias="kf01")
    compute_month(Progress(), "2026-10")
    assert month_of(cast.host, OCTOBER).card is None
