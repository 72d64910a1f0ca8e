"""The history of a session's numbers: every export in use that speaks of it, in order, with what changed."""

from pathlib import Path

import pytest

from kaibo.facts.schema import SESSION_REPORT
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch, BatchState
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.snapshots import snapshots

from .conftest import at


def export(settings, evening, name: str, day: int, **numbers: object) -> Batch:  # type: ignore[no-untyped-def]
    """A session report exported on that day of October at 9 o'clock."""
    start = to_ms(evening.session.start)
    row = {"row": 2, "raw": "{}", "platform": "douyin", "account": "qinghe", "start_ms": start, **numbers}
    write_batch(Path(settings.FACTS_ROOT) / name, SESSION_REPORT, [row, row | {"row": 3, "account": "other"}])
    return Batch.objects.create(
        source="douyin_sessions", table=SESSION_REPORT, file_name=f"{name}.xlsx", sha256=name, folder=name,
        as_of=at("09:00", day), accepted=2, rejected=0, first_instant=evening.session.start,
        last_instant=evening.session.start,
    )  # fmt: skip


@pytest.fixture
def three(settings, evening):  # type: ignore[no-untyped-def]
    """Exported on the 15th, the 20th and (uploaded last) the 17th."""
    return [
        export(settings, evening, "a", 15, views=1000, orders=10, paid_minor=50_000, refund_minor=None),
        export(settings, evening, "b", 20, views=1000, orders=9, paid_minor=45_000, refund_minor=5_000),
        export(settings, evening, "c", 17, views=1000, orders=10, paid_minor=50_000, refund_minor=1_000),
    ]


def test_in_the_order_of_their_exports_with_differences(evening, three) -> None:  # type: ignore[no-untyped-def]
    a, b, c = three
    found = snapshots(evening.session)
    assert [(one.batch, one.current) for one in found] == [(a.pk, False), (c.pk, False), (b.pk, True)]
    assert [one.values["orders"].difference for one in found] == [None, 0, -1]
    # the first one did not say: no difference to what is unknown
    assert [one.values["refund_minor"].difference for one in found] == [None, None, 4_000]
    assert found[0].values["refund_minor"].now is None


def test_a_withdrawn_export_is_no_part_of_it(evening, three) -> None:  # type: ignore[no-untyped-def]
    Batch.objects.filter(pk=three[1].pk).update(state=BatchState.WITHDRAWN)
    assert [(one.batch, one.current) for one in snapshots(evening.session)] == [
        (three[0].pk, False), (three[2].pk, True)
    ]  # fmt: skip


def test_another_platforms_room_of_the_same_name_is_another_room(settings, evening, three) -> None:  # type: ignore[no-untyped-def]
    export(settings, evening, "t", 22, platform="tiktok", views=1)
    assert len(snapshots(evening.session)) == 3


def test_a_session_reported_in_two_parts_has_their_sum(settings, evening) -> None:  # type: ignore[no-untyped-def]
    export(settings, evening, "a", 15, views=700)
    later = to_ms(evening.session.start) + 3_600_000
    row = {"raw": "{}", "platform": "douyin", "account": "qinghe"}
    batch = export(settings, evening, "b", 16, views=700)
    (Path(settings.FACTS_ROOT) / "b" / "session_report.parquet").unlink()
    (Path(settings.FACTS_ROOT) / "b").rmdir()
    parts = [
        row | {"row": 2, "start_ms": to_ms(evening.session.start), "views": 400},
        row | {"row": 3, "start_ms": later, "views": 350},
    ]
    write_batch(Path(settings.FACTS_ROOT) / "b", SESSION_REPORT, parts)
    found = snapshots(evening.session)
    assert (found[-1].batch, found[-1].values["views"].now, found[-1].values["views"].difference) == (batch.pk, 750, 50)


def test_the_page_shows_them_and_links_batches_to_leads_only(evening, three) -> None:  # type: ignore[no-untyped-def]
    lead, host = (
        evening.cast.client(who).get(f"/sessions/{evening.session.pk}/").content.decode() for who in ("lead", "host")
    )
    assert 'id="snapshots"' in lead
    assert f"/batches/{three[1].pk}/rows/2/" in lead
    assert 'id="snapshots"' in host
    assert "/batches/" not in host


def test_one_export_has_no_history_and_a_lost_file_no_page_fault(settings, evening) -> None:  # type: ignore[no-untyped-def]
    export(settings, evening, "a", 15, views=1)
    client = evening.cast.client("owner")
    assert 'id="snapshots"' not in client.get(f"/sessions/{evening.session.pk}/").content.decode()
    (Path(settings.FACTS_ROOT) / "a" / "session_report.parquet").unlink()
    assert client.get(f"/sessions/{evening.session.pk}/").status_code == 200
