"""`kaibo facts status | sweep`: what lies on the disk, and putting away what may go."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.imports.status import Status, TableStatus, status
from kaibo.imports.sweeping import sweep
from kaibo.site.telling import telling


def run(argv: Sequence[str]) -> int:
    """The exit code: 0; 1 where a batch in use has lost its file."""
    options = _parser().parse_args(argv)
    found = status(timezone.now())
    if options.command == "sweep":
        with telling(_("Removing what is left over")) as watch:
            gone = 0 if options.dry_run else sweep(watch=watch)
        told = {"orphans": list(found.orphans), "due": list(found.due), "gone": gone, "dry_run": options.dry_run}
        print(json.dumps(told) if options.json else _swept(found, gone, dry=options.dry_run))
        return 0
    print(json.dumps(found.as_json(), ensure_ascii=False) if options.json else _in_words(found))
    return 1 if any(one.lost for one in found.tables) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo facts", description=_("The rows that were imported, as they lie on disk.")
    )
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser(
        "status", help=_("per table: batches, rows, bytes, days, what counts and what is replaced")
    )
    one.add_argument("--json", action="store_true")
    two = commands.add_parser(
        "sweep", help=_("remove leftovers of killed imports, and rows about viewers past their time")
    )
    two.add_argument("--dry-run", action="store_true", help=_("say what would go, remove nothing"))
    two.add_argument("--json", action="store_true")
    return parser


def _in_words(found: Status) -> str:
    if not found.tables:
        return _("No file is imported yet")
    lines = [_line(one) for one in found.tables]
    if found.orphans:
        lines.append(_("Folders without a batch: %(names)s") % {"names": ", ".join(found.orphans)})
    if found.due:
        lines.append(_("Rows about viewers to be erased: %(batches)s") % {"batches": _numbers(found.due)})
    return "\n".join(lines)


def _line(one: TableStatus) -> str:
    text = _(
        "%(table)s: %(batches)s batches, %(rows)s rows (%(visible)s count, %(replaced)s replaced), %(size)s KB, "
        "%(oldest)s to %(newest)s"
    ) % {
        "table": one.table, "batches": one.batches, "rows": one.rows, "visible": one.visible,
        "replaced": one.replaced, "size": -(-one.bytes // 1024), "oldest": _day(one.oldest), "newest": _day(one.newest),
    }  # fmt: skip
    if one.withdrawn:
        text += _(", %(n)s withdrawn") % {"n": one.withdrawn}
    if one.erased:
        text += _(", %(n)s erased by rule") % {"n": one.erased}
    if one.erasable_on:
        text += _(", erased from %(day)s on") % {"day": _day(one.erasable_on)}
    if one.lost:
        text += "\n  " + _("! the files of these batches are gone: %(batches)s") % {"batches": _numbers(one.lost)}
    return text


def _swept(found: Status, gone: int, *, dry: bool) -> str:
    lines = [_("Folders without a batch: %(names)s") % {"names": ", ".join(found.orphans)}] if found.orphans else []
    if found.due:
        lines.append(_("Rows about viewers to be erased: %(batches)s") % {"batches": _numbers(found.due)})
    lines.append(_("Nothing was removed.") if dry or not gone else _("Removed: %(n)s") % {"n": gone})
    return "\n".join(lines)


def _numbers(batches: Sequence[int]) -> str:
    return ", ".join(f"#{pk}" for pk in batches)


def _day(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}" if at else "—"
