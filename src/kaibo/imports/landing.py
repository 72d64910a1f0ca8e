"""How a reading becomes a batch: facts on disk first, then its row, all or nothing. Worker and command line only."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from kaibo.audit.record import record
from kaibo.facts import store
from kaibo.facts.watching import Watch, unwatched
from kaibo.imports.following import follow
from kaibo.imports.mappings import kind_of, said
from kaibo.imports.models import Batch, Reject, Upload, UploadState
from kaibo.imports.periods import About, Period, period_at_import
from kaibo.imports.twins import in_use, statement
from kaibo.login.models import User
from kaibo.sources.reading import Answers, Reading, Rejected

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AlreadyImported(Exception):
    """The same file is in use as `batch`; nothing was written."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(f"already imported as batch #{batch.pk}")
        self.batch = batch


class PutAway(Exception):
    """The upload was discarded while it was being imported; there is no batch."""


def land(
    reading: Reading, *, by: User | None, file_name: str, sha256: str, answers: Answers, now_ms: int,
    upload: Upload | None = None, watch: Watch = unwatched,
) -> Batch:  # fmt: skip
    """Write the facts, then the batch, its rejects, its audit row and its follow-up job in one transaction.

    A kill before the commit leaves a folder without a row, which `sweeping.sweep` removes. Raises AlreadyImported,
    and PutAway where the upload is no longer being imported.
    """
    sha256 = statement(sha256, len(reading.facts), period_of(reading, file_name, answers, now_ms))
    known = in_use(sha256)
    if known:
        raise AlreadyImported(known)
    folder = f"b-{secrets.token_hex(12)}"
    store.write_batch(Path(settings.FACTS_ROOT) / folder, reading.source.table, reading.facts, reading.more, watch)
    try:
        return _commit(reading, by, file_name, sha256, answers, now_ms, folder, upload)
    except IntegrityError:
        # another process was faster with the same file; ours stays invisible and is swept
        twin = in_use(sha256)
        if twin is None:
            raise
        raise AlreadyImported(twin) from None


def _commit(
    reading: Reading, by: User | None, file_name: str, sha256: str, answers: Answers, now_ms: int, folder: str,
    upload: Upload | None,
) -> Batch:  # fmt: skip
    mapping, of_mapping = said(reading.source.key)
    period = period_of(reading, file_name, answers, now_ms)
    with transaction.atomic():
        if upload:
            upload.lock()
            if upload.state != UploadState.IMPORTING:
                raise PutAway
        batch = Batch.objects.create(
            source=kind_of(reading.source.key), mapping=mapping, table=reading.source.table,
            more_tables=sorted(reading.more), file_name=file_name[-255:], sha256=sha256,
            as_of=as_of(reading, now_ms), as_of_from=reading.as_of_from or "import", by=by, folder=folder,
            accepted=len(reading.facts), rejected=len({reject.line for reject in reading.rejects}),
            rejected_minor=rejected_minor(reading.rejects), answers={**of_mapping, **told(answers)},
            first_instant=None if reading.first_instant_ms is None else instant(reading.first_instant_ms),
            last_instant=None if reading.last_instant_ms is None else instant(reading.last_instant_ms),
            warnings=[warning.as_json() for warning in reading.warnings],
            period_first=period.first if period else None, period_last=period.last if period else None,
            period_from=period.said_by if period else "",
        )  # fmt: skip
        Reject.objects.bulk_create([_reject(batch, reject) for reject in reading.rejects], batch_size=1000)
        if upload:
            upload.state, upload.batch = UploadState.DONE, batch
            upload.save(update_fields=["state", "batch"])
        record(
            by=by, verb="batch imported", target=batch, source=batch.source, file=file_name, sha256=sha256,
            accepted=batch.accepted, rejected=batch.rejected,
        )  # fmt: skip
        follow(batch, by)
    return batch


def period_of(reading: Reading, file_name: str, answers: Answers, now_ms: int) -> Period | None:
    """The days that the file covers, where its name or a person states them. Raises BadPeriod."""
    ends = (reading.first_instant_ms, reading.last_instant_ms)
    first, last = (None if ms is None else instant(ms) for ms in ends)
    known = About(reading.source.table, file_name, first, last, as_of(reading, now_ms))
    return period_at_import(known, {"start": answers.start, "end": answers.end})


def as_of(reading: Reading, now_ms: int) -> datetime:
    """The instant the file speaks of; where neither it nor anyone says so, the time of the import."""
    return instant(reading.as_of_ms if reading.as_of_ms is not None else now_ms)


def instant(ms: int) -> datetime:
    """Milliseconds since the epoch as an aware instant, without a float on the way."""
    return EPOCH + timedelta(milliseconds=ms)


def told(answers: Answers) -> Mapping[str, str]:
    return {key: value for key, value in asdict(answers).items() if value}


def rejected_minor(rejects: list[Rejected]) -> int | None:
    """The known amounts of rejected rows, once per row; None where none is known (unknown is not 0)."""
    known = {reject.line: reject.amount_minor for reject in rejects if reject.amount_minor is not None}
    return sum(known.values()) if known else None


def _reject(batch: Batch, reject: Rejected) -> Reject:
    return Reject(
        batch=batch, line=reject.line, column=reject.column[:100], value=reject.value[:200],
        reason=reject.reason.text[:300], values=reject.reason.as_json()["values"], amount_minor=reject.amount_minor,
        instant=instant(reject.about["ordered_ms"]) if "ordered_ms" in reject.about else None, about=dict(reject.about),
    )  # fmt: skip
