"""A closed month computes again to the same integers after whatever happened, and every damage is found."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from kaibo.closing import bundling, freezing, verifying
from kaibo.closing.bundle import MANIFEST, closed_root, sha256_of
from kaibo.closing.verifying import DIFFERENT, EQUAL, IMPOSSIBLE, verify, verify_closing
from kaibo.imports import actions as import_actions
from kaibo.imports.sweeping import sweep as sweep_imports
from kaibo.kpi import catalog
from kaibo.kpi.canonical import dumps
from kaibo.live.actions.matching import Match, Scope, decide_matches
from kaibo.live.actions.outages import record_outage
from kaibo.live.actions.rooms import set_split_rule, set_target
from kaibo.live.actions.sessions import add_session, edit_session
from kaibo.live.actions.shifts import add_shift, edit_shift, mark_absent, set_lead
from kaibo.live.actions.tagging import save_tag_rule
from kaibo.live.models import AirKind, CrewRole, OutageCause, Shift, SplitRule, TagRule
from kaibo.measurement import computing
from kaibo.measurement import sweeping as measurement_sweeping
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.models import Closing, Computation, Credit
from kaibo.measurement.rates import Said, add_rates
from kaibo.org import actions as org_actions

from .conftest import OCTOBER, Autumn, at
from .test_closing import shown


def test_equal_from_rows_with_counts(autumn: Autumn) -> None:
    closing = autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.level, found.differences) == (EQUAL, "rows", [])
    assert found.snapshot == closing.snapshot
    assert found.counts["credits"] == closing.computation.credits.count() > 0  # type: ignore[union-attr]
    assert found.counts["values"] > 0
    assert found.counts["rows"] > 0


def test_the_bundle_alone_is_enough(autumn: Autumn, tmp_path: Path) -> None:
    """Carried elsewhere, with the installation's own files gone."""
    closing = autumn.close()
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(closed_root() / closing.folder, elsewhere)
    for batch in (autumn.orders, autumn.sales, autumn.reports):
        shutil.rmtree(Path(closed_root()).parent / batch.folder)
    assert verify(elsewhere).code == EQUAL
    _as_the_first(elsewhere)
    old = verify(elsewhere)
    assert (old.problem, old.differences[:3]) == ("", [])
    assert old.counts["values"] > 0


# what the first bundles had of the KPIs of today, and what they did not say yet
FIRST_KPIS = {"airtime", "airtime_attainment", "net_paid", "refund_rate", "view_order_rate"}
NO_INPUTS = {"people", "due", "ad_parts", "answers", "outages", "crowds", "within"}


def _as_the_first(folder: Path) -> None:
    """The bundle as the first version of the format would have written it, every hash right."""
    _rewrite(folder, "kpis", lambda rows: _keep(rows, lambda row: row["key"] in FIRST_KPIS))
    _rewrite(folder, "values", lambda rows: _keep(rows, lambda row: row["kpi"] in FIRST_KPIS and "route" not in row))
    _rewrite(folder, "inputs", lambda rows: _keep(rows, lambda row: row["field"] not in NO_INPUTS))
    _rewrite(folder, "plan", lambda rows: [row.pop("due") for row in rows])
    context = json.loads((folder / "context.json").read_text())
    first = {name: context[name] for name in ("targets", "coverage", "refund_days")}
    (folder / "context.json").unlink()
    (folder / "context.json").write_text(dumps(first) + "\n")
    manifest = json.loads((folder / MANIFEST).read_text())
    gone = {"direct.jsonl", "crowds.jsonl", "carried_facts.jsonl", "words.json"}
    manifest["parts"] = [part for part in manifest["parts"] if part["name"] not in gone]
    for part in manifest["parts"]:
        part["sha256"] = sha256_of(folder / part["name"])
    for name in gone:
        (folder / name).unlink()
    (folder / MANIFEST).write_text(dumps(manifest) + "\n")


def _keep(rows: list[dict[str, object]], wanted: Callable[[dict[str, object]], bool]) -> None:
    rows[:] = [row for row in rows if wanted(row)]


Edits = Iterator[tuple[str, Callable[[], object]]]


def edits(autumn: Autumn, monkeypatch: pytest.MonkeyPatch) -> Edits:
    """Twenty things that people and machines do after a month is closed, through the product's own verbs."""
    yield from edits_of_files_and_shifts(autumn)
    yield from edits_of_rules_and_sessions(autumn)
    yield from edits_by_machines(monkeypatch)


def edits_of_files_and_shifts(autumn: Autumn) -> Edits:
    owner, lead = autumn.cast.owner, autumn.cast.lead.user
    late = [autumn.order(90, at(14, "20:30"), 555_00)]
    older = [autumn.order(1, at(14, "20:00"), 1_00)]
    yield "a later import", lambda: autumn.batch("order_line", late, as_of=at(15, "09:00", 12))
    yield "an older export", lambda: autumn.batch("order_line", older, as_of=at(1, "09:00", 11))
    refund = [autumn.refund(9, "s1", at(17, "12:00"), 111_00)]
    yield "a later refund", lambda: autumn.batch("after_sale", refund, as_of=at(16, "09:00", 12))
    yield (
        "a corrected shift",
        lambda: edit_shift(by=lead, shift=autumn.first, start=at(14, "19:30"), end=at(14, "21:00"), note="迟到"),
    )
    second = Shift.objects.exclude(pk=autumn.first.pk).order_by("planned_start").first()
    yield "an absence", lambda: mark_absent(by=lead, shift=second, reason="没来")
    yield "another shift", lambda: add_shift(
        by=lead, account=autumn.room, role=CrewRole.HOST, who=autumn.cast.lead, start=at(14, "22:00"),
        end=at(14, "23:00"), note="",
    )  # fmt: skip
    yield "a withdrawn batch", lambda: import_actions.withdraw_batch(by=owner, batch=autumn.sales, reason="错了")
    yield "a renamed person", lambda: org_actions.rename(by=owner, person=autumn.cast.host, name="林晓")


def edits_of_rules_and_sessions(autumn: Autumn) -> Edits:
    owner, lead = autumn.cast.owner, autumn.cast.lead.user
    rate = [Said("USD", date(2026, 10, 1), Decimal("7.1"))]
    yield "a new rate", lambda: add_rates(by=owner, rates=rate, source="中国银行")
    yield (
        "a tag rule",
        lambda: save_tag_rule(by=owner, tag="福袋", how=TagRule.By.AMOUNT_AT_MOST, value="1", reason="抽奖"),
    )
    yield "a changed target", lambda: set_target(by=owner, account=autumn.room, month=OCTOBER, amount_minor=7)
    yield "another split", lambda: set_split_rule(by=owner, account=autumn.room, split_rule=SplitRule.SEVEN_THREE)
    yield "someone named first", lambda: set_lead(by=lead, shift=Shift.objects.get(pk=autumn.first.pk))
    yield (
        "a test that was live",
        lambda: edit_session(by=lead, session=autumn.evening, title="测试", air_kind=AirKind.TEST),
    )
    yield (
        "one more session",
        lambda: add_session(by=lead, account=autumn.room, start=at(20, "19:00"), end=at(20, "21:00"), title=""),
    )
    scope = Scope(at(14, "19:30"), at(14, "20:30"), account=autumn.room)
    yield "a decision on orders", lambda: decide_matches(by=lead, items=[Match(scope, {})], reason="不是我们的")
    yield (
        "an outage",
        lambda: record_outage(
            by=lead,
            account=autumn.room,
            start=at(14, "20:00"),
            end=at(14, "20:10"),
            cause=OutageCause.PLATFORM,
            note="",
        ),
    )
    yield (
        "a deleted alias",
        lambda: (
            org_actions.add_alias(by=owner, person=autumn.cast.host, alias="晓晓"),
            org_actions.remove_alias(by=owner, alias=autumn.cast.host.aliases.get(alias="晓晓")),
        ),
    )


def edits_by_machines(monkeypatch: pytest.MonkeyPatch) -> Edits:
    yield "settings", lambda: monkeypatch.setattr("django.conf.settings.REFUND_DAYS", 1)
    yield (
        "a newer engine",
        lambda: [monkeypatch.setattr(module, "VERSION", "99") for module in (computing, freezing, bundling, verifying)],
    )
    yield (
        "a KPI's next version",
        lambda: monkeypatch.setattr(
            catalog, "KPIS", {k: replace(v, version=v.version + 1) for k, v in catalog.KPIS.items()}
        ),
    )
    yield "sweeping", lambda: (
        sweep_imports(), measurement_sweeping.sweep(replaced_for=measurement_sweeping.timedelta(0))
    )  # fmt: skip


@pytest.mark.slow
def test_equal_after_twenty_disturbing_edits(autumn: Autumn, monkeypatch: pytest.MonkeyPatch) -> None:
    closing = autumn.close()
    before = shown()
    done = []
    for what, edit in edits(autumn, monkeypatch):
        edit()
        done.append(what)
    compute_stale_now()
    autumn.compute()
    closing.refresh_from_db()
    assert len(done) >= 20
    assert closing.candidate is not None, "the edits would have changed the month"
    assert shown() == before
    found = verify_closing(closing)
    assert (found.code, found.differences[:3]) == (EQUAL, [])


def _flip(path: Path, dice: Random) -> None:
    data = bytearray(path.read_bytes())
    place = dice.randrange(len(data))
    data[place] ^= 1 << dice.randrange(8)
    # a hard link: the original of a batch must stay as it is
    path.unlink()
    path.write_bytes(bytes(data))


def test_every_flipped_bit_is_found(autumn: Autumn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every file of the bundle. The computation itself is left out here: the hashes must be enough."""
    closing = autumn.close()
    monkeypatch.setattr(verifying, "_compare_numbers", lambda *_all: None)
    folder, dice = closed_root() / closing.folder, Random(20261031)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        for _again in range(5 if whole else 0):
            _flip(path, dice)
            assert verify_closing(closing).code != EQUAL, path.name
            path.write_bytes(whole)
        path.unlink()
        assert verify_closing(closing).code != EQUAL, path.name
        path.write_bytes(whole)
    (folder / "more.jsonl").write_text("")
    assert verify_closing(closing).code == DIFFERENT
    (folder / "more.jsonl").unlink()
    assert verify_closing(closing).code == EQUAL


def _rewrite(folder: Path, name: str, change: Callable[[list[dict[str, object]]], None]) -> None:
    """Change rows and make every hash fit, as someone would who knows how."""
    path = folder / f"{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows)
    path.unlink()
    path.write_text("".join(dumps(row) + "\n" for row in rows))
    manifest = json.loads((folder / MANIFEST).read_text())
    for part in manifest["parts"]:
        if part["name"] == f"{name}.jsonl":
            part["sha256"], part["bytes"] = sha256_of(path), path.stat().st_size
    (folder / MANIFEST).write_text(dumps(manifest) + "\n")


@pytest.mark.parametrize(
    ("part", "column", "table"),
    [("credits", "amount", "credits"), ("facts", "amount", "facts"), ("segments", "end_ms", "segments"),
     ("values", "number", "values"), ("plan", "planned_end_ms", "values")],
)  # fmt: skip
def test_a_value_changed_with_all_hashes_made_to_fit_is_named(
    autumn: Autumn, part: str, column: str, table: str
) -> None:
    closing = autumn.close()
    folder = closed_root() / closing.folder

    def change(rows: list[dict[str, object]]) -> None:
        row = next(row for row in rows if row.get(column) not in (None, 0))
        row[column] = "12345/7" if column == "number" else int(row[column]) + 60_000  # type: ignore[call-overload]

    _rewrite(folder, part, change)
    alone = verify(folder)
    assert alone.code == DIFFERENT
    assert table in {one.table for one in alone.differences}
    assert all(one.frozen != one.computed for one in alone.differences)
    # and the installation knows the snapshot's name
    assert "manifest.json" in {one.table for one in verify_closing(closing).differences}


def test_figures_changed_in_the_database_are_found(autumn: Autumn) -> None:
    closing = autumn.close()
    one = Credit.objects.filter(computation=closing.computation, measure="paid_minor", person__isnull=False).first()
    assert one is not None
    Credit.objects.filter(pk=one.pk).update(amount=one.amount + 1)
    found = verify_closing(closing)
    assert found.code == DIFFERENT
    assert [(d.table, d.frozen, d.computed) for d in found.differences] == [
        ("published credits", f'{{"amount":{one.amount}}}', f'{{"amount":{one.amount + 1}}}')
    ]


def test_what_cannot_be_checked_says_so(autumn: Autumn, tmp_path: Path) -> None:
    assert verify(tmp_path / "nowhere").code == IMPOSSIBLE
    (tmp_path / MANIFEST).write_text('{"format": 77, "kaibo": "9.1", "parts": []}')
    found = verify(tmp_path)
    assert found.code == IMPOSSIBLE
    assert "format 77, written by Kaibo 9.1, is not known here; this one reads format 1" in found.problem
    assert Computation.objects.count() == 2
    assert not Closing.objects.exists()
