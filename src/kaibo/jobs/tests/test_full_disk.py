"""A full disk is known by whatever library tripped over it."""

import errno

import duckdb
import pytest
from django.db import OperationalError

from kaibo.jobs.full_disk import FULL, is_full
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress
from kaibo.jobs.worker import claim_this, run


def wrapped() -> Exception:
    error = RuntimeError("it failed")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "x"), OSError(errno.EDQUOT, "x"), OperationalError("database or disk is full"),
        duckdb.IOException("Could not write file: No space left on device"), wrapped(),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_known(error: Exception) -> None:
    assert is_full(error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "x"), OperationalError("database is locked"), ValueError()])
def test_not_mistaken(error: Exception) -> None:
    assert not is_full(error)


@pytest.mark.django_db
def test_the_jobs_row_says_it_in_a_sentence(cast) -> None:
    def full(_progress: Progress) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    job = Job.objects.create(kind="fill")
    claim_this(job)
    run(job, {"fill": full})
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error.startswith(FULL.text)
    assert "磁盘已满" in cast.client("owner").get(f"/jobs/{job.pk}/").content.decode()
