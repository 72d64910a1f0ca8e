"""From a file of people to what it would make, and the job that makes it."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from kaibo.jobs.queue import Progress
from kaibo.login.models import User
from kaibo.message import Message, gettext_noop
from kaibo.org.actions import import_people, receive_people
from kaibo.org.models import PeopleList
from kaibo.org.people_file import Plan, plan
from kaibo.org.people_kept import sheet_of
from kaibo.sources import people_sheet
from kaibo.sources.people_sheet import Entry, PeopleSheet
from kaibo.sources.reading import Refused

# bytes: twenty thousand people with every column are smaller
LIMIT = 8 * 1024**2
# faults and names that a page shows
TOLD = 200
CHECKING, WRITING = gettext_noop("Checking rows"), gettext_noop("Writing people")


def read_people(content: bytes, file_name: str) -> PeopleSheet:
    """Raises Refused."""
    if len(content) > LIMIT:
        raise Refused(
            Message("A list of people has at most %(size)s MB.", {"size": LIMIT // 1024**2}), people_sheet.LOOK
        )
    with tempfile.TemporaryDirectory(prefix="kaibo-people-") as folder:
        path = Path(folder) / f"list{Path(file_name).suffix.lower()[:8]}"
        path.write_bytes(content)
        return people_sheet.read(path, file_name)


def keep(by: User | None, content: bytes, file_name: str) -> PeopleList:
    """Raises Refused."""
    sheet = read_people(content, file_name)
    said = {
        "titles": dict(sheet.titles), "unread": list(sheet.unread),
        "rows": [[one.line, {k: v for k, v in one.said.items() if v}, _days(one)] for one in sheet.entries],
        "rejected": [[one.line, one.column, one.value, one.reason.as_json()] for one in sheet.rejected],
    }  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    return receive_people(by=by, file_name=file_name, sha256=digest, said=said)


def _days(entry: Entry) -> dict[str, str]:
    return {key: value.isoformat() for key, value in entry.days.items() if value}


def import_list(progress: Progress, *, people_list: int) -> None:
    """The job: checked again against what is there now, then written as a whole."""
    found = PeopleList.objects.select_related("by").filter(pk=people_list, done_at=None).first()
    if found is None:
        return
    made = plan(sheet_of(found), lambda done, total: progress.step(done, total, CHECKING), by=found.by)
    progress.step(0, 0, WRITING, force=True)
    try:
        import_people(by=found.by, found=found, made=made)
    except ValidationError as error:
        _keep_told(found, made)
        # what its page shows: a sentence, and the faults of the list stand on the list's own page
        raise RuntimeError(" ".join(error.messages)) from error


def check_list(progress: Progress, *, people_list: int) -> None:
    """The job that looks at a long list before anybody says yes: what it would make is kept for its page."""
    found = PeopleList.objects.select_related("by").filter(pk=people_list, done_at=None).first()
    if found is not None:
        _keep_told(found, plan(sheet_of(found), lambda done, total: progress.step(done, total, CHECKING), by=found.by))


def _keep_told(found: PeopleList, made: Plan) -> None:
    PeopleList.objects.filter(pk=found.pk, done_at=None).update(checked=told(made))


def told(made: Plan) -> dict[str, Any]:
    """What the page of a list says, as plain values: counts, the first faults and names, whether anything is new."""
    return {
        "counts": counts(made), "is_empty": made.is_empty,
        "faults": [[one.line, one.column, one.value, one.reason.as_json()] for one in made.rejected[:TOLD]],
        "new": [one.name for one in made.people[:TOLD]], "changed": [one.name for one in made.changed[:TOLD]],
    }  # fmt: skip


def counts(made: Plan) -> dict[str, Any]:
    """What a preview says, for pages and programs."""
    return {
        "new": len(made.people), "changed": len(made.changed), "same": made.same,
        "appointments": len(made.appointments), "engagements": len(made.engagements), "aliases": len(made.aliases),
        "sign_ins": len(made.sign_ins), "wrong": len(made.rejected),
    }  # fmt: skip
