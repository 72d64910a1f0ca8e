"""Reading and importing a dropped file, in the worker. Both jobs are idempotent: run again, they do what is left."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, TAGGED_LINE
from kaibo.facts.watching import Watch, unwatched
from kaibo.home.clock import now_ms
from kaibo.imports.actions import refuse_upload
from kaibo.imports.holding import drop, held_path, keep_head
from kaibo.imports.landing import AlreadyImported, PutAway, as_of, land, period_of
from kaibo.imports.mappings import readable
from kaibo.imports.models import Upload, UploadState
from kaibo.imports.periods import COVERING, BadPeriod, Period
from kaibo.imports.previewing import preview, refusal
from kaibo.imports.twins import already_imported
from kaibo.jobs.queue import Progress
from kaibo.live.importer import foreseen, not_there_yet
from kaibo.live.models import Account
from kaibo.message import Message, gettext_noop
from kaibo.sources.headers import headers
from kaibo.sources.heads import head_of
from kaibo.sources.mapped import PREFIX
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Answers, Reading, Refused, UnknownTable
from kaibo.sources.registry import read

# what a job is doing, as its page says it
READING, WRITING = gettext_noop("Reading rows"), gettext_noop("Writing rows")

# of a file without rows: what it says of its days, and that they must be stated
NONE_THEN = {
    ORDER_LINE: gettext_noop("The file has no rows: it says that nothing was ordered from %(first)s to %(last)s."),
    AFTER_SALE: gettext_noop("The file has no rows: it says that nothing came back until %(last)s."),
}
NONE_WHEN = {
    ORDER_LINE: gettext_noop(
        "The file has the right columns and no rows. State which days it covers: then it says that nothing was ordered "
        "on them. Without days it is not imported."
    ),
    AFTER_SALE: gettext_noop(
        "The file has the right columns and no rows. State which days it covers: then it says that nothing came back "
        "until the last of them. Without days it is not imported."
    ),
}

log = logging.getLogger(__name__)


def read_upload(progress: Progress, *, upload: int) -> None:
    """Read a dropped file and keep what was understood as its preview, or why it is refused."""
    found = Upload.objects.filter(pk=upload, state=UploadState.READING).first()
    if found is None:
        return
    progress.step(0, 0, READING)
    at = now_ms()
    try:
        reading = _read(found, at, _rows(progress, READING))
    except Refused as refused:
        mappable = isinstance(refused, UnknownTable) and _keep_head(found)
        refuse_upload(upload=found, preview=refusal(refused), mappable=mappable)
        return
    if reading.source.key.startswith(PREFIX):
        _keep_head(found)
    period = period_of(reading, found.file_name, Answers(**found.answers), at)
    shown = preview(reading, foreseen(reading, as_of(reading, at)), period)
    Upload.objects.filter(pk=upload, state=UploadState.READING).update(
        state=UploadState.PREVIEW, source=reading.source.key, preview=shown
    )
    progress.step(1, 1)


def import_upload(progress: Progress, *, upload: int) -> None:
    """Make a confirmed file a batch. What follows from it is a job of its own, queued with the batch."""
    found = Upload.objects.filter(pk=upload, state=UploadState.IMPORTING).select_related("by").first()
    if found is None:
        return
    progress.step(0, 0, READING)
    try:
        at = now_ms()
        reading = _read(found, at, _rows(progress, READING))
        land(
            reading, by=found.by, file_name=found.file_name, sha256=found.sha256,
            answers=Answers(**found.answers), now_ms=at, upload=found,
            watch=_rows(progress, WRITING),
        )  # fmt: skip
    except Refused as refused:
        refuse_upload(upload=found, preview=refusal(refused))
    except AlreadyImported as known:
        refuse_upload(upload=found, preview=already_imported(known.batch))
    except PutAway:
        log.info("upload %s was put away while it was being imported", found.pk)
    drop(found.stored_as)


def _rows(progress: Progress, doing: str) -> Watch:
    """What hears of rows: the job says how many, and notices within the second that someone asked it to stop."""
    return lambda done, total: progress.step(done, total, doing)


def _keep_head(upload: Upload) -> bool:
    """Keep the first rows of its table for the page that asks about its columns; whether there is anything to ask."""
    sheets = Opened(held_path(upload.stored_as), upload.file_name).sheets
    if not headers(sheets) or not (head := head_of(sheets)):
        return False
    keep_head(upload.stored_as, head)
    return True


def _read(upload: Upload, at_ms: int, watch: Watch) -> Reading:
    path = held_path(upload.stored_as)
    if not path.exists():
        raise Refused(
            Message("The file is no longer here: it was put away after a week, or by hand."),
            Message("Upload it again."),
        )
    return read_file(path, upload.file_name, Answers(**upload.answers), at_ms, source=upload.source, watch=watch)


def read_file(
    path: Path, file_name: str, answers: Answers, at_ms: int, *, source: str = "", watch: Watch = unwatched
) -> Reading:
    """A file as understood. Raises Refused, also where not one of its rows could be read; whatever `watch` raises."""
    key = str(settings.INSTALLATION_KEY).encode()
    mappings = readable(source)
    read_as = partial(read, path, file_name, source=source, now_ms=at_ms, secret=key, mappings=mappings, watch=watch)
    reading = read_as(answers)
    if known := _known_of_rooms(reading):
        reading = read_as(replace(answers, **known))
        said = {"known": ", ".join(known.values())}
        reading.warnings.append(Message("Not in the file, but known of its rooms: %(known)s.", said))
    reading.warnings += not_there_yet(reading)
    try:
        period = period_of(reading, file_name, answers, at_ms)
    except BadPeriod as wrong:
        raise Refused(wrong.message, wrong.todo) from wrong
    if _may_state_none(reading):
        _state_none(reading, period)
        return reading
    if not reading.facts and not reading.questions:
        if reading.source.key.startswith(PREFIX):
            raise UnknownTable(_nothing(reading)[0], _look_at_columns(reading))
        raise Refused(*_nothing(reading))
    return reading


def _may_state_none(reading: Reading) -> bool:
    """A file of orders or after-sales with the right headings and no row: nothing of it there was on its days.

    Of a file that asks before its rows are read only the first rows are known.
    """
    return reading.source.table in COVERING and not (
        reading.facts or reading.rejects or reading.sample or reading.rows_seen > reading.dropped_totals
    )


def _state_none(reading: Reading, period: Period | None) -> None:
    """Which days these are must be stated, and whose platform's; nothing else that a file may be asked matters."""
    reading.questions = [name for name in reading.questions if name == "platform"]
    if period:
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        reading.warnings.append(Message(NONE_THEN[reading.source.table], days))
    else:
        reading.questions += ["start", "end"]
        reading.warnings.append(Message(NONE_WHEN[reading.source.table]))


def _known_of_rooms(reading: Reading) -> dict[str, str]:
    """Zone and currency that a file does not say, where all the rooms it is about are known and agree.

    The platform of a list of orders, where the team sells on one alone.
    """
    if reading.source.table == TAGGED_LINE and "platform" in reading.questions:
        platforms = set(Account.objects.values_list("platform", flat=True))
        return {"platform": platforms.pop()} if len(platforms) == 1 else {}
    asked = [name for name in ("zone", "currency") if name in reading.questions]
    if not asked or not reading.accounts:
        return {}
    rooms = Account.objects.filter(platform=reading.source.platform, handle__in=reading.accounts)
    if len(rooms) < len(set(reading.accounts)):
        return {}
    values = {name: {getattr(room, name) for room in rooms} for name in asked}
    return {name: found.pop() for name, found in values.items() if len(found) == 1}


def _nothing(reading: Reading) -> tuple[Message, Message]:
    if not reading.rejects:
        return (
            Message("The file has the right columns and no rows."),
            Message("Choose a period with data on the platform and export again."),
        )
    first = reading.rejects[0]
    return (
        Message("None of the %(n)s rows could be read.", {"n": len({r.line for r in reading.rejects})}),
        Message(
            "The first one: line %(line)s, column %(column)s, value “%(value)s”. Export the file again, unedited.",
            {"line": first.line, "column": first.column or "—", "value": first.value[:80]},
        ),
    )


def _look_at_columns(reading: Reading) -> Message:
    """What to do where a mapped table gave nothing: what was said of it is as likely wrong as the file."""
    if not reading.rejects:
        return Message("Is this the line with the headings? Say again what its columns are.")
    first = reading.rejects[0]
    return Message(
        "The first one: line %(line)s, column %(column)s, value “%(value)s”. Say again what its columns are.",
        {"line": first.line, "column": first.column or "—", "value": first.value[:80]},
    )
