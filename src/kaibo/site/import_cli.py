"""`kaibo import`: the same as the upload page, from a shell, without a server.

Exit code 0: every row of every file is in use. 3: some rows were rejected. 1: a file was not understood, or the disk is
full. 130: stopped with Ctrl-C; nothing is half in use.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.home.clock import now_ms
from kaibo.home.unlocks import unlocked_by
from kaibo.home.upload_jobs import import_upload, read_file
from kaibo.imports.actions import HeldRow
from kaibo.imports.holding import sha256_of
from kaibo.imports.landing import AlreadyImported, as_of, land, period_of
from kaibo.imports.models import Batch
from kaibo.imports.previewing import preview, refusal
from kaibo.imports.sentences import say
from kaibo.imports.twins import in_use, statement
from kaibo.jobs.full_disk import FULL, is_full
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.worker import Handler, claim_this, reclaim
from kaibo.jobs.worker import run as run_job
from kaibo.live.importer import follow_batch, foreseen
from kaibo.login.models import User
from kaibo.measurement.computing import compute_stale_now
from kaibo.message import Message
from kaibo.site.telling import telling
from kaibo.site.why import why
from kaibo.sources.reading import Answers, Reading, Refused, Rejected

CLEAN, NOT_UNDERSTOOD, WITH_REJECTS, STOPPED = 0, 1, 3, 130
# in the order in which one makes work for the next: what someone wrote down, then what its batch makes
HANDLERS: dict[str, Handler] = {"import_upload": import_upload, "follow_batch": follow_batch}
Tell = Callable[[str], None]
REJECTS_SHOWN = 20


def run(argv: Sequence[str]) -> int:
    """Import (or only check) files; the exit code. Django is set up and the database migrated before."""
    options = _parser().parse_args(argv)
    answers = Answers(**{answer.name: getattr(options, answer.name) for answer in fields(Answers)})
    by = User.objects.filter(username=options.user, is_active=True).first() if options.user else None
    if options.user and by is None:
        _progress(_("There is no sign-in “%(name)s”.") % {"name": options.user})
        return NOT_UNDERSTOOD
    codes = []
    try:
        for name in options.files:
            _progress(f"{name} …")
            result = check(Path(name), answers) if options.check else import_file(Path(name), answers, by)
            print(json.dumps(result, ensure_ascii=False) if options.json else _in_words(result))
            codes.append(int(result["code"]))
        if not options.check:
            codes += [NOT_UNDERSTOOD] * follow_up(_progress)
            compute(_progress)
    except KeyboardInterrupt:
        # what was begun is invisible; a batch that is in is in, and its follow-up waits for the next run
        _progress(_("Stopped. Files imported before stay; nothing of this one is in use."))
        return STOPPED
    except (OSError, DatabaseError) as error:
        if not is_full(error):
            raise
        _progress(say(FULL))
        return NOT_UNDERSTOOD
    return NOT_UNDERSTOOD if NOT_UNDERSTOOD in codes else max(codes, default=CLEAN)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo import", description=_("Import platform files; what each one is, is found out."),
        epilog=_("Exit code 0: clean. 3: imported, some rows rejected. 1: a file was not understood."),
    )  # fmt: skip
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--check", action="store_true", help=_("read and report, write nothing"))
    parser.add_argument("--json", action="store_true", help=_("one JSON object per file"))
    parser.add_argument(
        "--as", dest="user", default="", help=_("in whose name: a sign-in; else pages say “Command line”")
    )
    parser.add_argument("--account", default="", help=_("the room, where the file names none: its handle"))
    parser.add_argument("--zone", default="", help=_("the zone of the file's times, like Asia/Shanghai"))
    parser.add_argument("--currency", default="", help=_("the currency of the file's amounts, like CNY"))
    parser.add_argument("--as-of", default="", help=_("when it was exported, like 2026-11-01T08:00+08:00"))
    parser.add_argument("--month", default="", help=_("the month of a roster that does not say it, like 2026-11"))
    parser.add_argument("--platform", default="", help=_("the platform, where the file names none, like tiktok"))
    parser.add_argument("--ad-account", default="", help=_("the ad account whose spend it is"))
    parser.add_argument("--session", default="", help=_("the start of the session that the file is of, in ISO 8601"))
    parser.add_argument("--start", default="", help=_("the first day that the file covers, like 2026-11-01"))
    parser.add_argument("--end", default="", help=_("the last day that the file covers, like 2026-11-30"))
    parser.add_argument(
        "--order-kind", default="", choices=("", "self_live", "unknown"),
        help=_("what all orders of the file are, where it does not say: self_live, sales of the room's own broadcasts"),
    )  # fmt: skip
    parser.add_argument(
        "--day-order", default="", choices=("", "DM", "MD"),
        help=_("whether 5/6 is 5 June (DM) or 6 May (MD), where nothing in the file decides"),
    )  # fmt: skip
    parser.add_argument("--list-name", default="", help=_("what a list of orders that are not sales is called"))
    parser.add_argument("--tag", default="", help=_("the tag that the list's orders get, like 样品"))
    parser.add_argument("--reason", default="", help=_("why the list's orders are no sales"))
    return parser


def check(path: Path, answers: Answers) -> dict[str, Any]:
    """What importing the file would do; nothing is written."""
    reading, sha256, refused = _read(path, answers)
    if reading is None:
        return refused
    known = in_use(_identity(path, sha256, reading, answers))
    held = [] if known else foreseen(reading, as_of(reading, now_ms()))
    report = _report(path, sha256, reading, "already" if known else "checked", known, held)
    return report | {"makes_possible": [] if known else unlocked_by(report)}


def import_file(path: Path, answers: Answers, by: User | None = None) -> dict[str, Any]:
    """Make the file a batch. A file in use already stays as it is: the command can be repeated."""
    reading, sha256, refused = _read(path, answers)
    if reading is None:
        return refused
    try:
        with telling(_("Writing rows")) as watch:
            batch = land(
                reading, by=by, file_name=path.name, sha256=sha256, answers=answers, now_ms=now_ms(), watch=watch
            )
    except AlreadyImported as known:
        return _report(path, sha256, reading, "already", known.batch, [])
    code = NOT_UNDERSTOOD if follow_up(_progress) else CLEAN
    held = [
        HeldRow(batch.pk, row.line, row.column, row.value, Message(row.reason, row.values))
        for row in batch.rejects.filter(held=True)
    ]
    report = _report(path, sha256, reading, "imported", batch, held)
    return report | {"code": code or report["code"]}


def follow_up(tell: Tell = lambda _text: None) -> int:
    """Run what waits to become a batch (a typed reading), and what is made of batches: sessions, shifts.

    A server's worker may be faster; then nothing is left. How many did not work; `tell` says why.
    """
    reclaim(rest=timedelta(0))
    failed = 0
    waiting = Job.objects.filter(state=JobState.QUEUED).order_by("id")
    for job in chain.from_iterable(waiting.filter(kind=kind) for kind in HANDLERS):
        if claim_this(job):
            tell(f"{job.title} …")
            run_job(job, HANDLERS)
            job.refresh_from_db()
            if job.state == JobState.FAILED:
                tell(job.trouble or job.error.partition("\n")[0])
                failed += 1
    return failed


def compute(tell: Tell = lambda _text: None) -> None:
    """Compute the months that changed. What was imported stays imported if that fails; a worker tries again."""
    tell(_("Computing …"))
    months = compute_stale_now()
    keep_unkept_now()
    tell(_("Computed: %(months)s") % {"months": ", ".join(months)} if months else _("Nothing to compute again."))


def _read(path: Path, answers: Answers) -> tuple[Reading | None, str, dict[str, Any]]:
    """(reading, sha256, {}) or (None, "", the report of why not)."""
    try:
        sha256 = sha256_of(path)
        with telling(_("Reading rows")) as watch:
            reading = read_file(path, path.name, answers, now_ms(), watch=watch)
    except Refused as refused:
        return None, "", {"file": str(path), "state": "refused", "code": NOT_UNDERSTOOD, **refusal(refused)}
    except OSError as error:
        said = Message("The file cannot be opened: %(why)s.", {"why": why(error, path)}).as_json()
        return None, "", {"file": str(path), "state": "refused", "code": NOT_UNDERSTOOD, "refused": said, "todo": ""}
    if reading.questions:
        needed = {"file": str(path), "state": "asks", "code": NOT_UNDERSTOOD, "questions": reading.questions}
        needed["warnings"] = [warning.as_json() for warning in reading.warnings]
        return None, "", needed
    return reading, sha256, {}


def _identity(path: Path, sha256: str, reading: Reading, answers: Answers) -> str:
    return statement(sha256, len(reading.facts), period_of(reading, path.name, answers, now_ms()))


def _report(
    path: Path, sha256: str, reading: Reading, state: str, batch: Batch | None, held: Sequence[HeldRow]
) -> dict[str, Any]:
    rows: list[Rejected | HeldRow] = [*reading.rejects, *held]
    return {
        "file": str(path), "state": state, "code": WITH_REJECTS if rows else CLEAN, "sha256": sha256,
        "batch": batch.pk if batch else None, **preview(reading, held),
        "rejects": [
            {"line": r.line, "column": r.column, "value": r.value, "reason": say(r.reason)} for r in rows
        ],
    }  # fmt: skip


def _in_words(result: dict[str, Any]) -> str:
    """The report for people, in the installation's language."""
    name = result["file"]
    if result["state"] == "refused":
        return "\n".join(filter(None, [f"{name}: {say(result['refused'])}", f"  {say(result['todo'])}".rstrip()]))
    if result["state"] == "asks":
        flags = " ".join(f"--{question.replace('_', '-')} …" for question in result["questions"])
        asked = _("%(file)s: the file does not say this; add %(flags)s") % {"file": name, "flags": flags}
        return "\n".join([asked, *(f"  ! {say(warning)}" for warning in result["warnings"])])
    shown = result["rejects"][:REJECTS_SHOWN]
    lines = [_headline(result), *(f"  ! {say(warning)}" for warning in result["warnings"])]
    if result.get("makes_possible"):
        lines.append("  + " + _("With it becomes possible: %(names)s") % {"names": ", ".join(result["makes_possible"])})
    lines += ["  " + _("line %(line)s, %(column)s, “%(value)s”: %(reason)s") % _reject(reject) for reject in shown]
    if len(result["rejects"]) > REJECTS_SHOWN:
        lines.append("  " + _("… and %(n)s more; --json lists all") % {"n": len(result["rejects"]) - REJECTS_SHOWN})
    return "\n".join(lines)


def _headline(result: dict[str, Any]) -> str:
    words = {
        "checked": _("%(file)s: %(title)s, would be imported: %(accepted)s rows, %(rejected)s rejected"),
        "imported": _("%(file)s: %(title)s, imported as batch %(batch)s: %(accepted)s rows, %(rejected)s rejected"),
        "already": _("%(file)s: %(title)s, is batch %(batch)s already: %(accepted)s rows, %(rejected)s rejected"),
    }
    title = result["title"]
    line = words[result["state"]] % (result | {"title": gettext(title)})
    return line + (_(", %(n)s not usable") % {"n": result["held"]} if result["held"] else "")


def _reject(reject: dict[str, Any]) -> dict[str, Any]:
    return reject | {"column": reject["column"] or "—"}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
