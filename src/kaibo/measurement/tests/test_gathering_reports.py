"""A computation is told which rows of session reports make no session, so that none counts twice."""

from pathlib import Path

from django.conf import settings

from kaibo.facts.schema import SESSION_REPORT
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch, BatchState, Reject
from kaibo.measurement.gathering import gather
from kaibo.measurement.tests.conftest import OCTOBER, at


def test_held_rows_of_visible_reports_are_put_aside(db: None) -> None:
    def batch(name: str, state: str) -> Batch:
        write_batch(Path(settings.FACTS_ROOT) / name, SESSION_REPORT, [{"row": 2, "raw": "{}", "start_ms": 0}])
        return Batch.objects.create(
            source="douyin_sessions", table=SESSION_REPORT, file_name=name, sha256=name, as_of=at("09:00"), folder=name,
            accepted=2, rejected=0, state=state,
        )  # fmt: skip

    shown, gone = batch("b-one", BatchState.VISIBLE), batch("b-two", BatchState.WITHDRAWN)
    for one in (shown, gone):
        Reject.objects.create(batch=one, line=3, column="x", value="x", reason="x", held=True)
    Reject.objects.create(batch=shown, line=4, column="x", value="x", reason="x")
    assert gather(OCTOBER).inputs.aside == [(shown.pk, 3)]
