"""Events of viewers from the file to people, a closed month, the rule that erases them, and what stays after it."""

import shutil
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from kaibo.appraisal import line_page
from kaibo.appraisal.columns import Choice
from kaibo.appraisal.month import month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.sums import Check
from kaibo.closing.bundle import Bundle, closed_root
from kaibo.closing.verifying import DIFFERENT, EQUAL, FROM_ROWS, FROM_SEGMENT_FACTS, verify_closing
from kaibo.facts.schema import EVENT
from kaibo.imports.actions import withdraw_batch
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch
from kaibo.imports.retention import erase_due
from kaibo.jobs.queue import Progress
from kaibo.kpi.rules import Linear
from kaibo.kpi.scoring import Line, score
from kaibo.live.actions.shifts import edit_shift, mark_absent
from kaibo.live.models import Shift
from kaibo.measurement.computing import compute_month, compute_stale_now
from kaibo.measurement.models import Credit, KeptCrowd, SegmentFact
from kaibo.measurement.person_values import kpi_values

from .conftest import OCTOBER, Autumn, at, fact, ms
from .test_verifying import _rewrite

# the evening of the 14th, hosts change at 21:30: viewer 1 comes, goes and comes back, 2 stays over the change
STORY = (
    "19:00 enter 1, 19:05 like 1, 19:30 enter 2, 20:00 leave 1, 21:00 comment 2, 22:00 enter 1, 22:30 comment 1, "
    "23:00 enter 3, 23:05 click 3, 23:10 order 3, 23:50 leave 3, 23:59 leave 1"
)
VIEWERS = (7_000_000_000_000_000_001, 7_000_000_000_000_000_002, 7_000_000_000_000_000_003)


def with_events(autumn: Autumn, told: str = STORY) -> Batch:
    """A newer report of the evening says no views, so that there is nothing to compare events with."""
    silent = {**autumn.report(2, autumn.evening), "views": None}
    autumn.batch("session_report", [silent], as_of=at(11, "09:00", 12))
    rows = []
    for row, text in enumerate(told.split(", "), 2):
        clock, kind, viewer = text.split()
        about = {"instant_ms": ms(at(14, clock)), "kind": kind, "viewer": VIEWERS[int(viewer) - 1]}
        rows.append(fact(EVENT, row, platform="douyin", account="qinghe", **about))
    return autumn.batch(EVENT, rows, as_of=at(15, "09:00"), name="events.csv")


def erase(batch: Batch) -> None:
    """As the rule does, when its time has come."""
    Batch.objects.filter(pk=batch.pk).update(imported_at=timezone.now() - timedelta(days=settings.EVENT_DAYS + 1))
    assert [one.pk for one in erase_due()] == [batch.pk]
    assert not (folder_of(batch) / f"{EVENT}.parquet").exists()


def figures(autumn: Autumn) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    columns = ("measure", "basis", "amount", "segment")
    shown = {"session": autumn.evening, "computation__state": "current"}
    return (
        sorted(SegmentFact.objects.filter(**shown).values_list(*columns)),
        sorted(Credit.objects.filter(**shown).values_list(*columns, "role", "person")),
    )


def test_a_month_is_made_of_events_where_there_is_nothing_else(autumn: Autumn) -> None:
    with_events(autumn)
    for shift in Shift.objects.exclude(planned_start__lt=at(15, "00:00")):
        mark_absent(by=None, shift=shift, reason="只看这一晚")
    autumn.compute()
    values = kpi_values([autumn.cast.host, autumn.cast.host2], OCTOBER)
    mine, hers = (values[person.pk, "host"] for person in (autumn.cast.host, autumn.cast.host2))
    assert [mine[key].top for key in ("views", "audience", "comments")] == [2, 2, 1]
    # 2 was there before and is silent; 1 is a new face to her
    assert [hers[key].top for key in ("views", "audience", "comments", "buyers")] == [2, 2, 1, 1]
    # 1 for an hour and 2 for two, of two and a half hours; 2 throughout, 1 for 119 minutes and 3 for 50
    minute = 60_000
    assert (mine["acu"].top, mine["acu"].bottom) == (180 * minute, 150 * minute)
    assert hers["acu"].top == (150 + 119 + 50) * minute
    assert (mine["pcu"].top, hers["pcu"].top) == (2, 3)
    assert (hers["mean_stay"].top, hers["mean_stay"].bottom) == (319 * minute, 2)
    assert mine["views"].missing == ""


def line_of(autumn: Autumn, kpi: str, who: str, **choice: object) -> line_page.LinePage:
    """As if the card had a line on any KPI."""
    person = getattr(autumn.cast, who)
    mine = month_of(person, OCTOBER, only="view_order_rate")
    value = kpi_values([person], OCTOBER)[person.pk, "host"][kpi]
    line = MonthLine(1, score(Line(kpi, Decimal(20), Linear(), Fraction(1)), value))
    return line_page.build(mine, line, Choice(session=autumn.evening.pk, **choice))  # type: ignore[arg-type]


def checks(page: line_page.LinePage) -> list[Check]:
    found = [page.columns.sessions_check, page.columns.segments_check, *(link.check for link in page.columns.tabs)]
    return [check for check in found if check]


EVERY = ("views", "audience", "acu", "pcu", "mean_stay", "comments", "comment_rate", "commenter_rate", "buyers")


def test_a_line_is_followed_to_the_rows_of_events(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    for who in ("host", "host2"):
        for kpi in EVERY:
            page = line_of(autumn, kpi, who)
            assert page.recomputed, (who, kpi)
            assert [check.text for check in checks(page) if not check.holds] == [], (who, kpi)
    page = line_of(autumn, "audience", "host2")
    # of the second half's viewers each with the first event there counts; 2 is silent and is not there
    assert [(r.record.row, r.figure) for r in page.columns.records] == [
        (7, "1"), (8, "0"), (9, "1"), (10, "0"), (11, "0"),
    ]  # fmt: skip
    assert {r.record.batch for r in page.columns.records} == {batch.pk}
    assert "点击商品" in page.columns.records[3].record.label
    page = line_of(autumn, "pcu", "host2")
    assert [(r.record.row, r.figure) for r in page.columns.records] == [(7, "+1"), (9, "+1"), (12, "−1"), (13, "−1")]
    records = next(step for step in page.steps if "观众事件" in step.note)
    # and the report, which says nothing of it
    assert records.value == "5"
    # the file's own line behind the one that was chosen
    page = line_of(autumn, "comments", "host2", row=f"{batch.pk}-8")
    assert page.columns.origin
    assert (page.columns.origin.batch, page.columns.origin.file and page.columns.origin.file.line) == (batch, 8)


def test_after_the_rule_a_line_says_that_its_rows_are_erased(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    before = {kpi: line_of(autumn, kpi, "host2").columns.sessions_check for kpi in EVERY}
    erase(batch)
    compute_month(Progress(), "2026-10")
    for kpi in EVERY:
        page = line_of(autumn, kpi, "host2", segment=2)
        assert [check.text for check in checks(page) if not check.holds] == [], kpi
        assert page.columns.sessions_check == before[kpi]
        assert page.columns.records == []
        assert "2026-12-20" in page.columns.tabs[0].check.text
    address = reverse("appraisal:line", args=[autumn.cast.host2.pk, OCTOBER, "view_order_rate"])
    text = autumn.cast.client("lead").get(f"{address}?session={autumn.evening.pk}&measure=views").content.decode()
    assert "只保留一段时间" in text


def test_figures_stay_when_the_rows_go(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    before = figures(autumn)
    erase(batch)
    computation = compute_month(Progress(), "2026-10")
    assert figures(autumn) == before
    assert any(measure == "viewers" for measure, *_ in before[0])
    # again, from the very same: nothing is computed anew
    assert compute_month(Progress(), "2026-10").pk == computation.pk
    # a batch that is taken out of use takes its figures along, erased or not
    withdraw_batch(by=None, batch=batch, reason="直播间错了")
    compute_month(Progress(), "2026-10")
    assert not any(measure == "viewers" for measure, *_ in figures(autumn)[0])


def test_no_viewer_stands_anywhere_but_in_the_batch(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    closing = autumn.close()
    bundle = closed_root() / closing.folder
    texts = [path.read_bytes() for path in bundle.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    assert texts
    assert not any(str(viewer).encode() in text for viewer in VIEWERS for text in texts)
    assert not list(bundle.rglob(f"{EVENT}.parquet"))
    assert f"facts/{batch.folder}/{EVENT}.parquet" in {part.name for part in Bundle(bundle).parts if part.missing}
    assert not any(str(viewer) in str(row.counts) for viewer in VIEWERS for row in KeptCrowd.objects.all())


def test_a_closed_month_verifies_before_and_after_its_events_are_erased(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    closing = autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.level, found.differences) == (EQUAL, FROM_ROWS, [])
    erase(batch)
    # and the installation forgets what it kept: the bundle has its own
    KeptCrowd.objects.all().delete()
    found = verify_closing(closing)
    assert (found.code, found.level, found.differences) == (EQUAL, FROM_SEGMENT_FACTS, [])
    assert found.erased
    # whom the host met is checked too
    _rewrite(closed_root() / closing.folder, "crowds", lambda rows: rows[0]["counts"].update(viewers=[9, 9]))  # type: ignore[attr-defined]
    assert verify_closing(closing).code == DIFFERENT


def test_a_month_closed_after_its_events_were_erased_verifies(autumn: Autumn) -> None:
    batch = with_events(autumn)
    compute_month(Progress(), "2026-10")
    before = figures(autumn)
    erase(batch)
    compute_month(Progress(), "2026-10")
    closing = autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.differences) == (EQUAL, [])
    assert figures(autumn) == before


def test_a_shift_corrected_after_the_rows_went(autumn: Autumn) -> None:
    """Sums are shared out by time; of people and levels nothing can be said any more, and nothing is."""
    erase_after = with_events(autumn)
    compute_month(Progress(), "2026-10")
    erase(erase_after)
    edit_shift(by=autumn.cast.lead.user, shift=autumn.first, start=at(14, "19:00"), end=at(14, "21:00"), note="早走")
    assert "2026-10" in compute_stale_now()
    views = SegmentFact.objects.filter(session=autumn.evening, computation__state="current", measure="views")
    assert sum(views.values_list("amount", flat=True)) == 4
    assert "allocated" in set(views.values_list("basis", flat=True))
    shown = SegmentFact.objects.filter(session=autumn.evening, computation__state="current")
    assert not shown.filter(measure__in=["viewers", "online_ms", "pcu"]).exists()


def test_a_file_of_events_that_is_gone_stops_the_month(autumn: Autumn) -> None:
    """Forgetting it silently would lower people's numbers."""
    batch = with_events(autumn)
    shutil.rmtree(Path(settings.FACTS_ROOT) / batch.folder)
    with pytest.raises(FileNotFoundError, match=r"events\.csv"):
        compute_month(Progress(), "2026-10")
