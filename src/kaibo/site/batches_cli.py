"""`kaibo batches list | show | row | withdraw | restore | hold | release | period`: the batch pages, from a shell.

Exit code 0: done. 1: there is no such batch, or it is not in the state for it. 130: stopped; the next run goes on.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.imports.actions import NotNow, hold_batch, release_batch, restore_batch, state_period, withdraw_batch
from kaibo.imports.batch_json import batch_as_json, batch_in_full, row_in_full
from kaibo.imports.models import Batch
from kaibo.imports.periods import BadPeriod
from kaibo.imports.sentences import say
from kaibo.jobs.full_disk import FULL, is_full
from kaibo.site.import_cli import CLEAN, NOT_UNDERSTOOD, STOPPED, compute, follow_up

VERBS = {"withdraw": withdraw_batch, "restore": restore_batch, "hold": hold_batch, "release": release_batch}
# what has sessions, shifts and numbers follow
FOLLOWED = ("withdraw", "restore")


def run(argv: Sequence[str]) -> int:
    """One command; the exit code. Django is set up and the database migrated before."""
    options = _parser().parse_args(argv)
    if options.command == "list":
        return _list(options)
    batch = Batch.objects.filter(pk=options.batch).first()
    if batch is None:
        _tell(_("There is no batch #%(n)s.") % {"n": options.batch})
        return NOT_UNDERSTOOD
    if options.command == "show":
        found = batch_in_full(batch)
        print(json.dumps(found, ensure_ascii=False) if options.json else _whole(batch, found))
        return CLEAN
    if options.command == "row":
        return _row(batch, options)
    if options.command == "period":
        return _period(batch, options)
    return _change(batch, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaibo batches", description=_("What was imported, and taking it back."))
    commands = parser.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("list", help=_("every batch, newest first"))
    listed.add_argument("--table", default="", help=_("only batches that speak of this table, like order_line"))
    listed.add_argument("--json", action="store_true", help=_("one JSON object a line"))
    shown = commands.add_parser("show", help=_("one batch: counts, rejected rows, what it replaced"))
    shown.add_argument("batch", type=int)
    shown.add_argument("--json", action="store_true")
    row = commands.add_parser("row", help=_("one line of its file: as it stood there, and as it was read"))
    row.add_argument("batch", type=int)
    row.add_argument("row", type=int)
    row.add_argument("--json", action="store_true")
    for name, text in [
        ("withdraw", _("take it out of use; what it replaced counts again")),
        ("restore", _("use it again")),
        ("hold", _("keep its rows about viewers beyond their time")),
        ("release", _("let the rule about viewers' rows apply again")),
    ]:
        verb = commands.add_parser(name, help=text)
        verb.add_argument("batch", type=int)
        verb.add_argument("--reason", required=True, help=_("it stands in the history"))
    period = commands.add_parser("period", help=_("say which days it covers; without any, those of its rows"))
    period.add_argument("batch", type=int)
    period.add_argument("--first", default="", help=_("the first day, like 2026-11-01"))
    period.add_argument("--last", default="", help=_("the last day, like 2026-11-30"))
    period.add_argument("--reason", default="", help=_("it stands in the history"))
    return parser


def _list(options: argparse.Namespace) -> int:
    for batch in Batch.objects.all():
        if options.table and options.table not in batch.tables:
            continue
        found = batch_as_json(batch)
        print(json.dumps(found, ensure_ascii=False) if options.json else _line(batch))
    return CLEAN


def _row(batch: Batch, options: argparse.Namespace) -> int:
    found = row_in_full(batch, options.row)
    if found is None:
        _tell(_("Batch #%(n)s has no line %(row)s that was kept.") % {"n": batch.pk, "row": options.row})
        return NOT_UNDERSTOOD
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return CLEAN
    print(f"{found['file']} #{found['row']}")
    print("\n".join(f"  {name}: {text}" for name, text in found["text"].items()))
    for fact in found["facts"]:
        read = " · ".join(f"{name} {value}" for name, value in fact.items() if value not in (None, ""))
        print(f"  {found['table']}: {read}")
    for reject in found["rejects"]:
        print("  ! " + _reject_in_words(reject))
    return CLEAN


def _change(batch: Batch, options: argparse.Namespace) -> int:
    try:
        VERBS[options.command](by=None, batch=batch, reason=options.reason)
        code = CLEAN
        if options.command in FOLLOWED:
            code = NOT_UNDERSTOOD if follow_up(_tell) else CLEAN
            compute(_tell)
    except NotNow as error:
        _tell(say(error.message))
        return NOT_UNDERSTOOD
    except KeyboardInterrupt:
        _tell(_("Stopped. The batch itself is changed wholly or not at all; what follows goes on with the next run."))
        return STOPPED
    except (OSError, DatabaseError) as error:
        if not is_full(error):
            raise
        _tell(say(FULL))
        return NOT_UNDERSTOOD
    batch.refresh_from_db()
    print(_line(batch))
    return code


def _period(batch: Batch, options: argparse.Namespace) -> int:
    try:
        first, last = (date.fromisoformat(day) if day else None for day in (options.first, options.last))
    except ValueError:
        _tell(_("Write the first and the last day like 2026-04-01."))
        return NOT_UNDERSTOOD
    try:
        state_period(by=None, batch=batch, first=first, last=last, reason=options.reason)
    except BadPeriod as wrong:
        _tell(f"{say(wrong.message)} {say(wrong.todo)}")
        return NOT_UNDERSTOOD
    compute(_tell)
    print(_line(batch))
    return CLEAN


def _line(batch: Batch) -> str:
    first, last = (day.isoformat() for day in batch.covers) if batch.covers else ("—", "—")
    about = _("%(rows)s rows, %(out)s left out, %(first)s to %(last)s, as of %(as_of)s") % {
        "rows": batch.accepted, "out": batch.left_out, "first": first, "last": last,
        "as_of": f"{timezone.localtime(batch.as_of):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    return f"#{batch.pk} {batch.get_state_display()} {batch.file_name}: {about}"


def _whole(batch: Batch, found: dict[str, Any]) -> str:
    lines = [_line(batch), f"  sha256 {batch.sha256}", f"  {batch.source}: {', '.join(batch.tables)}"]
    lines += [f"  ! {text}" for text in found["warnings"]]
    replaced = found["replaced"]
    if replaced:
        text = _("replaced %(rows)s rows of older exports: %(same)s the same, %(changed)s changed, %(gone)s not there")
        lines.append("  " + text % replaced)
        lines += [f"    {one['name']}: {one['before']} → {one['after']} ({one['rows']})" for one in replaced["fields"]]
    lines += ["  " + _reject_in_words(row) for row in found["rejects"]]
    return "\n".join(lines)


def _reject_in_words(row: dict[str, Any]) -> str:
    text = _("line %(line)s, %(column)s, “%(value)s”: %(reason)s")
    return text % (row | {"column": row["column"] or "—"})


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
