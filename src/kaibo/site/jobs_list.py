"""What the worker can do, and what it looks after while idle. Imported by the worker only."""

import time
from collections.abc import Callable, Mapping, Sequence

from kaibo.appraisal import keeping
from kaibo.appraisal.cycle import computing as cycle_computing
from kaibo.appraisal.cycle import looking as cycle_looking
from kaibo.audit import retention as audit_retention
from kaibo.closing import stopped
from kaibo.closing.freezing import freeze
from kaibo.closing.verifying import verify_month
from kaibo.home.upload_jobs import import_upload, read_upload
from kaibo.imports import sweeping as imports_sweeping
from kaibo.jobs.worker import Handler
from kaibo.kpi.engine import VERSION
from kaibo.live.importer import follow_batch
from kaibo.measurement import sweeping as measurement_sweeping
from kaibo.measurement.computing import compute_month
from kaibo.measurement.due import enqueue_outdated, enqueue_stale
from kaibo.org import people_reading

HANDLERS: Mapping[str, Handler] = {
    "read_upload": read_upload,
    "import_upload": import_upload,
    "follow_batch": follow_batch,
    "compute_month": compute_month,
    keeping.KIND: keeping.keep_month,
    cycle_computing.KIND: cycle_computing.compute,
    "close_month": freeze,
    "verify_month": verify_month,
    "import_people": people_reading.import_list,
    "check_people": people_reading.check_list,
    "sweep_facts": imports_sweeping.sweep_facts,
}


def now_and_then(function: Callable[[], object], seconds: float) -> Callable[[], None]:
    """`function`, but at most once in `seconds`; the first time at once."""
    last: float | None = None

    def called() -> None:
        nonlocal last
        if last is None or time.monotonic() - last >= seconds:
            last = time.monotonic()
            function()

    return called


TICKS: Sequence[Callable[[], object]] = (
    now_and_then(enqueue_stale, 1),
    now_and_then(stopped.let_go, 2),
    now_and_then(keeping.enqueue_unkept, 2),
    # an update may have brought a newer engine
    now_and_then(lambda: enqueue_outdated(VERSION), 3600),
    now_and_then(imports_sweeping.sweep, 600),
    now_and_then(measurement_sweeping.sweep, 600),
    now_and_then(keeping.sweep, 600),
    now_and_then(cycle_looking.look_at_old, 600),
    now_and_then(audit_retention.erase_due, 3600),
)
