"""What follows from a batch that came, went or came back: a job, which a higher room knows how to do."""

from kaibo.imports.models import Batch
from kaibo.jobs.models import Job
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User

KIND = "follow_batch"


def follow(batch: Batch, by: User | None) -> Job:
    """Queue what an importer makes of the batch, in the transaction that changed it: neither is ever lost alone."""
    return enqueue(kind=KIND, by=by, args={"batch": batch.pk}, once=True, about=batch.file_name)
