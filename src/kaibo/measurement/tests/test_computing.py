"""A month's computation: current at once or not at all, the same again, and nothing left behind."""

import shutil
from pathlib import Path

import pytest

from kaibo.jobs.queue import Cancelled, Progress
from kaibo.kpi.inputs import CreditOut, CrewMember, FactOut, MonthInputs, MonthResult, SegmentOut
from kaibo.live.models import Account, Session, TagRule
from kaibo.measurement import computing, sweeping
from kaibo.measurement.computing import compute_month
from kaibo.measurement.gathering import gather, to_ms
from kaibo.measurement.models import Computation, ComputationState, Credit, Segment, SegmentFact
from kaibo.measurement.sweeping import derived_root, sweep

from .conftest import OCTOBER, at

MONTH = "2026-10"


def result(inputs: MonthInputs, folder: Path, amount: int = 100, rows: int = 3) -> MonthResult:
    """What an engine could give: one segment, `rows` facts, one credit."""
    (folder / "rows.parquet").write_bytes(b"rows")
    session, day = inputs.sessions[0], "2026-10-14"
    start, end = session.start_ms, session.end_ms
    crew = {"host": [CrewMember(s.person, s.id, 1, s.confirmed) for s in inputs.shifts]}
    return MonthResult(
        segments=[SegmentOut(session.id, 1, start, end, day, crew)],
        facts=[
            FactOut("segment", "self_live", session.account, session.id, 1, day, "paid_minor", "measured", amount)
        ] * rows,
        credits=[CreditOut(session.id, 1, "host", None, None, day, "paid_minor", "measured", amount)],
        rows_path=folder / "rows.parquet",
        coverage={"order_line": {"as_of_ms": 1, "until_ms": 2, "rows": 3}},
    )  # fmt: skip


def by_hand(**changes):  # type: ignore[no-untyped-def]
    return lambda inputs, folder, step: result(inputs, folder, **changes)


@pytest.fixture
def session(db: None) -> Session:
    account = Account.objects.create(handle="qinghe", name="生活旗舰店")
    return Session.objects.create(account=account, start=at("19:00"), end=at("24:00"))


def change_something() -> None:
    TagRule.objects.create(tag="福袋", by="amount_at_most", value="100", reason="抽奖")


def test_rows_appear_only_when_the_computation_is_current(session: Session) -> None:
    seen: list[int] = []

    def compute(inputs: MonthInputs, folder: Path, step) -> MonthResult:  # type: ignore[no-untyped-def]
        seen.append(Computation.objects.filter(state=ComputationState.CURRENT).count())
        return result(inputs, folder)

    made = compute_month(Progress(), MONTH, compute=compute)
    assert seen == [0]
    assert made.state == ComputationState.CURRENT
    assert made.coverage["order_line"]["rows"] == 3
    assert (made.segments.count(), made.facts.count(), made.credits.count()) == (1, 3, 1)
    assert (derived_root() / made.folder / "rows.parquet").is_file()


def test_the_same_inputs_again_change_nothing(session: Session) -> None:
    first = compute_month(Progress(), MONTH, compute=by_hand())
    again = compute_month(Progress(), MONTH, compute=by_hand(amount=999))
    assert again.pk == first.pk
    assert again.facts.first().amount == 100  # type: ignore[union-attr]
    assert Computation.objects.get().started_at > first.started_at


def test_changed_inputs_replace_the_current_one_and_sweep_the_old(session: Session) -> None:
    first = compute_month(Progress(), MONTH, compute=by_hand())
    change_something()
    second = compute_month(Progress(), MONTH, compute=by_hand(amount=200))
    first.refresh_from_db()
    assert first.state == ComputationState.OLD
    sweep(replaced_for=sweeping.timedelta(0))
    assert list(Computation.objects.all()) == [second]
    assert set(SegmentFact.objects.values_list("amount", flat=True)) == {200}
    assert [f.name for f in derived_root().iterdir()] == [second.folder]


def test_nothing_is_swept_while_somebody_copies(session: Session, settings) -> None:  # type: ignore[no-untyped-def]
    """A backup of an hour must find the files that its first second named."""
    old = compute_month(Progress(), MONTH, compute=by_hand())
    change_something()
    stage = settings.FACTS_ROOT / f"{sweeping.STAGE}of-now"
    with sweeping.unswept(), sweeping.unswept():
        new = compute_month(Progress(), MONTH, compute=by_hand(amount=200))
        stage.mkdir()
        assert sweep(replaced_for=sweeping.timedelta(0), silent_for=sweeping.timedelta(0)) == 0
        assert {f.name for f in derived_root().iterdir()} == {old.folder, new.folder}
    # what is left of a killed one goes with the rest
    assert stage.is_dir()
    assert sweep(replaced_for=sweeping.timedelta(0)) == 1
    assert [f.name for f in derived_root().iterdir()] == [new.folder]
    assert not stage.exists()


def test_an_engine_that_fails_leaves_the_old_numbers_and_nothing_else(session: Session) -> None:
    first = compute_month(Progress(), MONTH, compute=by_hand())
    change_something()

    def fails(inputs: MonthInputs, folder: Path, step) -> MonthResult:  # type: ignore[no-untyped-def]
        (folder / "half").write_text("half")
        raise Cancelled

    with pytest.raises(Cancelled):
        compute_month(Progress(), MONTH, compute=fails)
    assert Computation.objects.get().pk == first.pk
    assert [f.name for f in derived_root().iterdir()] == [first.folder]


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_killed_between_chunks_the_old_one_stays(
    session: Session, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    first = compute_month(Progress(), MONTH, compute=by_hand())
    change_something()
    monkeypatch.setattr(computing, "CHUNK", 2)
    # a killed process tidies nothing up
    monkeypatch.setattr(computing, "discard", lambda computation: None)
    written = 0

    def alive(computation: Computation) -> None:
        nonlocal written
        written += 1
        if written > killed_after:
            raise SystemExit

    monkeypatch.setattr(computing, "_alive", alive)
    with pytest.raises(SystemExit):
        compute_month(Progress(), MONTH, compute=by_hand(amount=200))
    assert Computation.objects.get(state=ComputationState.CURRENT).pk == first.pk
    monkeypatch.undo()
    sweep(silent_for=sweeping.timedelta(0))
    assert list(Computation.objects.all()) == [first]
    assert (Segment.objects.count(), Credit.objects.count()) == (1, 1)


def test_one_that_read_its_inputs_earlier_never_replaces_a_later_one(session: Session) -> None:
    def overtaken(inputs: MonthInputs, folder: Path, step) -> MonthResult:  # type: ignore[no-untyped-def]
        change_something()
        compute_month(Progress(), MONTH, compute=by_hand(amount=200))
        return result(inputs, folder, amount=100)

    made = compute_month(Progress(), MONTH, compute=overtaken)
    assert Computation.objects.get(state=ComputationState.CURRENT).pk == made.pk
    assert made.facts.first().amount == 200  # type: ignore[union-attr]


def test_lost_derived_files_are_computed_again(session: Session) -> None:
    first = compute_month(Progress(), MONTH, compute=by_hand())
    shutil.rmtree(derived_root() / first.folder)
    assert compute_month(Progress(), MONTH, compute=by_hand()).pk != first.pk


def test_what_is_no_month_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="not a month"):
        compute_month(Progress(), "2026-13")


def test_gathers_confirmed_times_and_leaves_the_absent_out(evening) -> None:  # type: ignore[no-untyped-def]
    evening.shift(evening.cast.outsider, "19:00", "24:00", state="absent")
    evening.shift(evening.cast.outsider, "19:00", "23:00", state="planned", confirmed_start=None, confirmed_end=None)
    evening.shifts[0].planned_start = at("18:00")
    evening.shifts[0].save()
    inputs = gather(OCTOBER).inputs
    assert [s.id for s in inputs.sessions] == [evening.session.pk]
    assert [(s.person, s.confirmed) for s in inputs.shifts] == [
        (evening.cast.host.pk, True), (evening.cast.host2.pk, True), (evening.cast.outsider.pk, False),
    ]  # fmt: skip
    assert inputs.shifts[0].start_ms == to_ms(at("19:04"))


def test_a_session_of_the_last_evening_belongs_to_its_local_month(evening) -> None:  # type: ignore[no-untyped-def]
    late = Session.objects.create(account=evening.account, start=at("23:30", 31), end=at("26:00", 31))
    next_one = Session.objects.create(account=evening.account, start=at("00:30", 1, 11), end=at("02:00", 1, 11))
    inputs = gather(OCTOBER).inputs
    assert {s.id for s in inputs.sessions} == {evening.session.pk, late.pk}
    assert [s.id for s in inputs.neighbours] == [next_one.pk]


def test_a_visible_batch_without_its_file_is_loud(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("order_line")
    with pytest.raises(FileNotFoundError, match="order_line"):
        gather(OCTOBER)
