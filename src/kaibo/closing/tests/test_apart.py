"""A month with a room of a platform without orders: closed, verified, and as one closed before they were left out."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kaibo.closing.bundle import MANIFEST, Bundle, closed_root, sha256_of
from kaibo.closing.verifying import EQUAL, verify, verify_closing
from kaibo.kpi.canonical import dumps
from kaibo.live.models import Account, Session
from kaibo.measurement.models import Closing
from kaibo.measurement.person_values import kpi_values

from .conftest import OCTOBER, Autumn, at, fact, ms

HOST = "host"


@pytest.fixture
def apart(autumn: Autumn) -> Autumn:
    """The host's third evening is in a TikTok room, 700 views of which are known; the files of sales are Doudian's."""
    for batch, source in ((autumn.orders, "doudian_orders"), (autumn.sales, "doudian_after_sales")):
        batch.source = source
        batch.save()
    there = Account.objects.create(handle="tt", name="TT Shop", platform="tiktok")
    session = Session.objects.create(account=there, start=at(20, "19:00"), end=at(20, "21:00"))
    autumn.shift(autumn.cast.host, session.start, session.end, account=there)
    # and somebody is planned there, of whom no session is known
    autumn.shift(
        autumn.cast.outsider, at(21, "19:00"), at(21, "21:00"), account=there, state="absent", confirmed_start=None,
        confirmed_end=None,
    )  # fmt: skip
    report = fact(
        "session_report", 2, platform="tiktok", account="tt", account_name="TT Shop", currency="CNY",
        start_ms=ms(session.start), end_ms=ms(session.end), views=700,
    )  # fmt: skip
    autumn.batch("session_report", [report], as_of=at(10, "09:00", 12), name="tt.xlsx")
    autumn.compute()
    return autumn


def value(autumn: Autumn, kpi: str) -> tuple[Fraction | None, int, int]:
    found = kpi_values([autumn.cast.host], OCTOBER)[autumn.cast.host.pk, HOST][kpi]
    return found.number, found.sessions, found.of_sessions


def of_bundle(autumn: Autumn, folder: Path, kpi: str) -> dict[str, Any]:
    rows = Bundle(folder).lines("values")
    return next(row for row in rows if (row["person"], row["role"], row["kpi"]) == (autumn.cast.host.pk, HOST, kpi))


def test_a_closing_keeps_that_sessions_were_left_out(apart: Autumn) -> None:
    before = value(apart, "view_order_rate")
    assert before[1:] == (2, 3)
    closing = apart.close()
    found = verify_closing(closing)
    assert (found.problem, found.differences) == ("", [])
    kept = of_bundle(apart, closed_root() / closing.folder, "view_order_rate")
    assert (kept["number"], kept["sessions"], kept["of_sessions"]) == (str(before[0]), 2, 3)
    rows = Bundle(closed_root() / closing.folder).lines("values")
    planned = {row["kpi"]: row["missing"] for row in rows if row["person"] == apart.cast.outsider.pk}
    assert (planned["net_paid"], planned["airtime_attainment"]) == ("no_orders", "")
    # orders of the other platform that come since change nothing
    late = apart.batch(
        "order_line",
        [apart.order(70, at(20, "19:30"), 1, platform="tiktok", creator_id="tt")],
        as_of=at(15, "09:00", 12),
    )
    late.source = "tiktok_orders"
    late.save()
    apart.compute()
    assert value(apart, "view_order_rate") == before
    assert verify_closing(closing).code == EQUAL


def test_one_that_was_closed_before_gives_what_it_gave(apart: Autumn) -> None:
    """Then every session of the month counted: its bundle verifies with those values, and pages show them."""
    new = value(apart, "view_order_rate")
    closing = apart.close()
    folder = closed_root() / closing.folder
    _as_before(apart, closing, folder)
    found = verify(folder)
    assert (found.problem, found.differences) == ("", [])
    old = of_bundle(apart, folder, "view_order_rate")
    assert value(apart, "view_order_rate") == (Fraction(old["number"]), 3, 3)
    assert value(apart, "view_order_rate")[0] != new[0]
    assert value(apart, "net_paid")[1:] == (0, 0)


# a few of then
KPIS = {"airtime", "net_paid", "paid", "view_order_rate", "views"}


def _as_before(autumn: Autumn, closing: Closing, folder: Path) -> None:
    """The bundle as it was written when orders of one platform made the other's 0, every hash right."""
    closing.frozen.pop("leaves_out")
    closing.save()
    context = json.loads((folder / "context.json").read_text())
    del context["leaves_out"]
    _write(folder / "context.json", [context])
    _write(folder / "kpis.jsonl", [row for row in _rows(folder / "kpis.jsonl") if row["key"] in KPIS])
    values = [row for row in _rows(folder / "values.jsonl") if row["kpi"] in KPIS]
    _write(folder / "values.jsonl", [_then(row, autumn.cast.host.pk) for row in values])
    manifest = json.loads((folder / MANIFEST).read_text())
    for part in manifest["parts"]:
        part["sha256"] = sha256_of(folder / part["name"])
    _write(folder / MANIFEST, [manifest])


def _then(row: dict[str, Any], host: int) -> dict[str, Any]:
    """A value of then: the other platform's 700 views in it, and no word of sessions where files tell of sales."""
    if row["person"] == host and row["kpi"] == "view_order_rate":
        views = row["denominator"] | {"measured": row["denominator"]["measured"] + 700}
        number = Fraction(sum(row["numerator"].values()), sum(views.values()))
        return row | {"denominator": views, "number": str(number), "sessions": 3, "of_sessions": 3}
    if row["kpi"] in ("paid", "net_paid") and row["missing"] == "no_orders":
        # whoever was in no session sold nothing
        return row | {"missing": "", "number": "0"}
    if row["kpi"] == "view_order_rate" and row["missing"] == "no_orders":
        return row | {"missing": "zero_denominator"}
    return row | ({"sessions": 0, "of_sessions": 0} if row["kpi"] in ("paid", "net_paid") else {})


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.unlink()
    path.write_text("".join(dumps(row) + "\n" for row in rows))
