"""After a change of shifts, outages or decisions on orders the month is the same, row for row, as if all of it were
computed again.
"""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from kaibo.facts import segment_rows
from kaibo.facts.store import write_batch
from kaibo.facts.tests.placed import placed_rows
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.kpi import counted
from kaibo.kpi.crowd import Crowd
from kaibo.kpi.engine import events
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import SessionIn
from kaibo.kpi.tests.effort import many
from kaibo.kpi.tests.generated import MINUTE
from kaibo.kpi.tests.month_files import fact
from kaibo.live.models import Account, MatchDecision, Session
from kaibo.measurement import amending
from kaibo.measurement.computing import compute_month
from kaibo.measurement.finders import rows_path
from kaibo.measurement.models import (
    Computation,
    ComputationState,
    Credit,
    DirectCredit,
    KeptCrowd,
    Segment,
    SegmentFact,
)
from kaibo.measurement.remembered import FILE
from kaibo.measurement.sweeping import derived_root
from kaibo.measurement.tests.generated_world import World

MONTH = "2026-10"
# of the tables that are made of sessions and people, everything but the computation and its own number
TABLES = (Segment, SegmentFact, Credit, DirectCredit)


@pytest.fixture(autouse=True)
def said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker: the engine's tests have looked at the builders of steps."""
    monkeypatch.setattr(Run, "again", False)


def everything(computation: Computation) -> dict[str, Counter]:
    """All rows of a computation, without their own numbers; and what a page reads of its placed rows."""
    found = {}
    for model in TABLES:
        names = [f.attname for f in model._meta.concrete_fields if f.name not in ("id", "computation")]
        rows = model._default_manager.filter(computation=computation).values_list(*names)
        found[model.__name__] = Counter(repr(row) for row in rows)
    path, placed = rows_path(computation), []
    for session in Session.objects.values_list("pk", flat=True):
        placed += placed_rows(path, session)
    placed += placed_rows(path, None)
    found["placed"] = Counter(repr(sorted(row.items())) for row in placed)
    return found


def computed() -> Computation:
    return compute_month(Progress(), MONTH)


def from_scratch() -> Computation:
    """Nothing is remembered, and no result is good enough."""
    current = Computation.objects.get(state=ComputationState.CURRENT)
    (derived_root() / current.folder / FILE).unlink()
    # all folders: the last one counts, whether it is shown or not
    for counts in derived_root().glob(f"*/{counted.FILE}"):
        counts.unlink()
    Computation.objects.filter(pk=current.pk).update(inputs_sha256="")
    made = computed()
    assert made.pk != current.pk
    return made


def agree(seed: int, edits: int) -> None:
    world = World(seed)
    computed()
    for _ in range(edits):
        for _ in range(world.rng.choice([1, 1, 1, 3])):
            world.edit()
        amended = computed()
        found = everything(amended)
        assert everything(from_scratch()) == found, f"seed {seed}"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [42])
def test_amended_equals_from_scratch(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    amendments = []
    amend = amending.amend
    monkeypatch.setattr(amending, "amend", lambda *args: amendments.append(1) or amend(*args))
    agree(seed, edits=2)
    assert amendments


@pytest.mark.django_db
def test_a_decision_moves_what_is_no_sale_out_of_the_months_rest(cast: Any) -> None:
    """Two broadcasts of one room at once may claim an order that nobody paid: of none it becomes one's, and back."""
    room = Account.objects.create(handle="room1", name="旗舰店")
    start = datetime(2026, 10, 20, 12, tzinfo=UTC)
    first, second = (
        Session.objects.create(account=room, start=start + timedelta(minutes=n), end=start + timedelta(hours=3))
        for n in (0, 30)
    )
    at = round((start - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) + 60 * MINUTE
    order = fact(
        "order_line", 1, platform="douyin", sub_order="s1", ordered_ms=at, payable_minor=9_900, flow_kind="直播",
        creator_id="room1", currency="CNY",
    )  # fmt: skip
    write_batch(settings.FACTS_ROOT / "b1", "order_line", [order])
    Batch.objects.create(
        source="douyin_orders", table="order_line", file_name="o", sha256="o", as_of=start, folder="b1", accepted=1,
        rejected=0,
    )  # fmt: skip
    kept = computed()
    assert list(kept.facts.filter(place="unpaid", measure="paid_minor").values_list("session", "amount")) == [
        (None, 9_900)
    ]
    decision = MatchDecision.objects.create(
        start=first.start, end=first.end, about="test", reason="test", account=room
    )  # fmt: skip
    decision.choices.create(session=second, weight=1)
    now = computed()
    assert list(now.facts.filter(place="unpaid", measure="paid_minor").values_list("session", "amount")) == [
        (second.pk, 9_900)
    ]
    assert everything(from_scratch()) == everything(now)
    MatchDecision.objects.update(undone=True)
    undone = computed()
    assert everything(from_scratch()) == everything(undone)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 100 + many(6, 30)))
def test_amended_equals_from_scratch_through_many_edits(seed: int) -> None:
    agree(seed, edits=5)


@pytest.fixture
def world(db: None) -> World:
    made = World(42)
    computed()
    return made


def test_amendments_add_up_and_pages_read_them(world: World) -> None:
    first = Computation.objects.get()
    session = max(world.case.inputs.sessions, key=lambda s: s.end_ms - s.start_ms)
    for number in range(3):
        start = session.start_ms + number * 20 * MINUTE
        world.shift(session.account, 1 + number, "control", start, start + 10 * MINUTE)
        amended = computed()
        assert amended.pk == first.pk
    assert amended.folder != first.folder
    parts = sorted(p.name for p in (derived_root() / amended.folder).glob("*.parquet"))
    assert parts == ["rows-1.parquet", "rows-2.parquet", "rows-3.parquet", "rows.parquet"]
    numbers = [s.number for s in Segment.objects.filter(session=session.id)]
    whole = segment_rows.rows(rows_path(amended), [(session.id, n) for n in numbers], ["views"], limit=1000)
    assert {row["segment"] for row in whole} == set(numbers)


def test_the_same_inputs_after_an_amendment_change_nothing(world: World) -> None:
    world.edit()
    amended = computed()
    again = computed()
    assert (again.folder, again.inputs_sha256) == (amended.folder, amended.inputs_sha256)
    assert Computation.objects.get(pk=again.pk).started_at > amended.started_at


def test_another_process_was_faster(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The computation was replaced while the sessions were computed: all of it is computed again."""
    session = world.case.inputs.sessions[0]
    world.shift(session.account, 1, "control", session.start_ms, session.end_ms)
    compute = amending.compute

    def slow(*args):  # type: ignore[no-untyped-def]
        Computation.objects.filter(state=ComputationState.CURRENT).update(folder="another")
        return compute(*args)

    monkeypatch.setattr(amending, "compute", slow)
    made = computed()
    assert made.state == ComputationState.CURRENT
    assert Computation.objects.get(folder="another").state == ComputationState.OLD


def test_a_part_of_the_rows_that_is_gone_computes_the_whole_month(world: World) -> None:
    session = world.case.inputs.sessions[0]
    world.shift(session.account, 1, "control", session.start_ms, session.end_ms)
    before = computed()
    (derived_root() / before.folder / "rows-1.parquet").unlink()
    world.shift(session.account, 2, "control", session.start_ms, session.end_ms)
    assert computed().pk != before.pk


def test_killed_before_it_is_shown_everything_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Computation.objects.get()
    found = everything(before)
    session = world.case.inputs.sessions[0]
    world.shift(session.account, 1, "control", session.start_ms, session.end_ms)

    def killed(*rows: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(amending, "rows_of", killed)
        with pytest.raises(SystemExit):
            computed()
    assert everything(Computation.objects.get()) == found
    assert Computation.objects.get().folder == before.folder
    assert [folder.name for folder in derived_root().iterdir()] == [before.folder]
    found = everything(computed())
    assert everything(from_scratch()) == found


def test_a_new_file_computes_the_whole_month(world: World) -> None:
    before = Computation.objects.get()
    Batch.objects.filter(table="order_line").update(state="withdrawn")
    assert computed().pk != before.pk


def test_a_file_of_events_redoes_its_sessions_and_a_kill_in_between_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Computation.objects.get()
    batch = Batch.objects.filter(table="event").order_by("pk").last()
    assert batch
    Batch.objects.filter(pk=batch.pk).update(state="withdrawn")
    before = computed()
    seen = everything(before)
    assert (before.pk, before.coverage == first.coverage) == (first.pk, False)
    Batch.objects.filter(pk=batch.pk).update(state="visible")
    counts: list[int] = []
    count = events.count

    def killed(run: Run, crowd: Crowd, sessions: list[SessionIn]) -> None:
        counts.append(len(sessions))
        count(run, crowd, sessions)
        raise SystemExit

    def stopped(*_rows: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(events, "count", killed)
        # a killed process tidies nothing up
        patch.setattr(shutil, "rmtree", lambda *_args, **_more: None)
        with pytest.raises(SystemExit):
            computed()
    assert 0 < sum(counts) < len(world.case.inputs.sessions)
    assert everything(Computation.objects.get()) == seen
    # what was counted is kept before it is shown: nobody would count it again, and the rows are erased one day
    KeptCrowd.objects.all().delete()
    with monkeypatch.context() as patch:
        patch.setattr(amending, "rows_of", stopped)
        with pytest.raises(SystemExit):
            computed()
    kept = list(KeptCrowd.objects.order_by("session").values("session", "counts"))
    assert kept
    assert everything(Computation.objects.get()) == seen
    amended = computed()
    assert list(KeptCrowd.objects.order_by("session").values("session", "counts")) == kept
    assert (amended.pk, amended.coverage) == (first.pk, first.coverage)
    assert everything(amended) != seen
    # a month that is computed whole has the same counts, though a line of what is remembered of them is cut off
    path = derived_root() / amended.folder / counted.FILE
    path.write_bytes(path.read_bytes()[:-20])
    Batch.objects.filter(table="order_line").update(state="withdrawn")
    counts.clear()
    monkeypatch.setattr(events, "count", lambda run, crowd, some: counts.append(len(some)) or count(run, crowd, some))
    again = computed()
    assert again.pk != amended.pk
    assert counts == [1]
    found = everything(again)
    assert everything(from_scratch()) == found
