"""A month whose orders end before its last broadcasts: closed, verified, and closed as before days were asked."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kaibo.closing.bundle import MANIFEST, Bundle, closed_root, sha256_of
from kaibo.closing.changes import changes
from kaibo.closing.overview import as_json, month_row
from kaibo.closing.verifying import EQUAL, verify, verify_closing
from kaibo.imports.actions import state_period
from kaibo.imports.models import Batch
from kaibo.kpi.canonical import dumps
from kaibo.measurement.person_values import kpi_values

from .conftest import OCTOBER, Autumn, at

HOST = "host"


@pytest.fixture
def early(autumn: Autumn) -> Autumn:
    """Orders until the 20th: of the host's evening on the 31st, and of the other's night after it, nobody knows."""
    for batch, source in ((autumn.orders, "doudian_orders"), (autumn.sales, "doudian_after_sales")):
        batch.source = source
    autumn.orders.last_instant = at(20, "21:00")
    autumn.orders.save()
    autumn.sales.save()
    autumn.compute()
    return autumn


def value(autumn: Autumn, person: Any, kpi: str) -> tuple[Fraction | None, int, int, str]:
    found = kpi_values([person], OCTOBER)[person.pk, HOST][kpi]
    return found.number, found.sessions, found.of_sessions, found.missing


def test_a_closing_keeps_what_lacked_of_which_session(early: Autumn) -> None:
    cast = early.cast
    before = value(early, cast.host, "view_order_rate")
    # of two evenings the first; the other person's night begins on 1 November
    assert before[1:] == (1, 2, "")
    # of the 14th and of the night, of which the former is known
    assert value(early, cast.host2, "view_order_rate")[1:] == (1, 2, "")
    closing = early.close()
    lacks = {int(session): tables for session, tables in closing.frozen["silent"].items()}
    # 5 November is no day of the month, nor near it
    assert lacks == {early.last.pk: ["order_line"], early.night.pk: ["order_line"]}
    assert closing.frozen["first_broadcasts"] == {str(early.room.pk): early.evening.start.isoformat()}
    found = verify_closing(closing)
    assert (found.problem, found.differences) == ("", [])
    assert value(early, cast.host, "view_order_rate") == before
    # whatever is said of the file's days since, and of the times of a broadcast
    state_period(by=cast.owner, batch=early.orders, first=OCTOBER, last=date(2026, 11, 30))
    early.last.start = at(15, "20:00")
    early.last.save()
    early.compute()
    assert value(early, cast.host, "view_order_rate") == before
    assert verify_closing(closing).code == EQUAL


def test_days_of_a_file_that_are_stated_after_closing_stand_beside(early: Autumn) -> None:
    """No row came and nothing was corrected: what the files cover is another, and so would the figures be."""
    client = early.cast.client("owner")

    def told() -> tuple[bool, str]:
        said = as_json(month_row(OCTOBER), early.cast.owner)["changed_since"]
        page = client.get("/months/2026-10/").content.decode()
        return said, page.partition('id="since"')[2].partition("</section>")[0]

    closing = early.close()
    before = told()
    assert before[0] is False
    state_period(by=early.cast.owner, batch=early.orders, first=OCTOBER, last=date(2026, 11, 30))
    early.compute()
    closing.refresh_from_db()
    # it is computed from the same rows as before
    assert closing.candidate is None
    rows = changes(closing, early.cast.owner).rows
    # of both hosts the second evening's sales are known now
    assert {one.person.name for one in rows if one.kpi == "成交"} == {"林晓彤", "陈嘉禾"}
    changed, page = told()
    assert changed is True
    for one in rows:
        assert one.now in page
    assert 'href="/months/2026-10/#since"' in client.get("/months/").content.decode()
    assert verify_closing(closing).code == EQUAL
    # taken back, there is nothing beside it
    state_period(by=early.cast.owner, batch=early.orders, first=None, last=None)
    assert told() == before


def test_one_that_was_closed_before_asks_by_month(early: Autumn) -> None:
    """Then a file of the month spoke of all its days: its bundle verifies with those values, and pages show them."""
    new = value(early, early.cast.host, "view_order_rate")
    Batch.objects.filter(pk=early.orders.pk).update(period_first=OCTOBER, period_last=date(2026, 11, 30))
    whole = value(early, early.cast.host, "view_order_rate")
    assert whole[1:3] == (2, 2)
    closing = early.close()
    folder = closed_root() / closing.folder
    # what it was written from then: orders until the 20th, and no word of sessions
    closing.frozen.pop("silent")
    closing.frozen["coverage"]["order_line"] = [["2026-10-01", "2026-10-20", "2026-12-10", "douyin"]]
    closing.save()
    context = json.loads((folder / "context.json").read_text())
    del context["silent"]
    context["coverage"] = closing.frozen["coverage"]
    _write(folder / "context.json", [context])
    manifest = json.loads((folder / MANIFEST).read_text())
    for part in manifest["parts"]:
        part["sha256"] = sha256_of(folder / part["name"])
    _write(folder / MANIFEST, [manifest])
    found = verify(folder)
    assert (found.problem, found.differences) == ("", [])
    assert value(early, early.cast.host, "view_order_rate") == whole != new
    kept = [row for row in Bundle(folder).lines("values") if row["person"] == early.cast.host.pk]
    assert Fraction(next(row["number"] for row in kept if row["kpi"] == "view_order_rate")) == whole[0]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.unlink()
    path.write_text("".join(dumps(row) + "\n" for row in rows))
