"""`kaibo audit verify | export`: whether the audit is whole, and the audit as a file.

Exit code of verify: 0 whole; 1 not, and the first row that is altered, removed or inserted.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kaibo.audit import exporting
from kaibo.audit.verifying import ALTERED, INSERTED, REMOVED, UNEXPECTED, UNGUARDED, Fault, Finding, verify
from kaibo.imports.sentences import say
from kaibo.site.why import why

SHOWN = 20
# as the exit says them on a terminal; programs get the words themselves
KINDS = {
    ALTERED: gettext_noop("altered"), REMOVED: gettext_noop("removed"), INSERTED: gettext_noop("inserted"),
    UNGUARDED: gettext_noop("unguarded"), UNEXPECTED: gettext_noop("unexpected"),
}  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """One command; the exit code."""
    options = _parser().parse_args(argv)
    return _verify(options) if options.command == "verify" else _export(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaibo audit", description=_("Who did what to what, when and why."))
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help=_("walk the chain of hashes; exit code 1 where it does not hold"))
    check.add_argument(
        "--expect", metavar="HASH", default="", help=_("a tail written down before: it must be in the chain")
    )
    check.add_argument("--json", action="store_true", help=_("for programs"))
    export = commands.add_parser("export", help=_("every audit row with its link, as CSV"))
    export.add_argument(
        "file", type=Path, help=_("where to; an existing file is not overwritten; - for standard output")
    )
    export.add_argument("--month", default="", help=_("only this one: YYYY-MM"))
    return parser


def _verify(options: argparse.Namespace) -> int:
    finding = verify(options.expect.strip().lower())
    if options.json:
        faults = [asdict(fault) | {"what": str(fault.what)} for fault in finding.faults]
        print(json.dumps(asdict(finding) | {"faults": faults, "holds": finding.holds}))
        return 0 if finding.holds else 1
    print(_summary(finding))
    for fault in finding.faults[:SHOWN]:
        print(_line(fault), file=sys.stderr)
    if len(finding.faults) > SHOWN:
        print(_("… and %(n)s more") % {"n": len(finding.faults) - SHOWN}, file=sys.stderr)
    return 0 if finding.holds else 1


def _summary(finding: Finding) -> str:
    erased = _("none erased by rule")
    if finding.erased:
        erased = _("%(n)s of them erased by rule") % {"n": finding.erased}
    said = {"n": finding.events, "erased": erased, "tail": finding.tail, "faults": len(finding.faults)}
    if finding.holds:
        lines = [_("whole: %(n)s rows, %(erased)s"), _("tail %(tail)s"), _("(write it down; later: --expect …)")]
        return "\n".join(lines) % said
    return _("NOT whole: %(n)s rows, %(erased)s; first of %(faults)s faults:") % said


def _line(fault: Fault) -> str:
    place = [_("link %(n)s") % {"n": fault.position}] if fault.position is not None else []
    place += [_("row %(n)s") % {"n": fault.event}] if fault.event is not None else []
    where = _(", ").join(place) if place else _("the audit as a whole")
    return f"{_(KINDS[fault.kind])}: {where}: {say(fault.what)}"


def _export(options: argparse.Namespace) -> int:
    try:
        events = exporting.of_month(options.month)
    except ValueError:
        print(_("“%(text)s” is no month; write it as 2026-11.") % {"text": options.month}, file=sys.stderr)
        return 2
    if str(options.file) == "-":
        exporting.write_csv(events, sys.stdout)
        return 0
    try:
        with options.file.open("x", encoding="utf-8-sig", newline="") as file:
            count = exporting.write_csv(events, file)
    except OSError as error:
        print(_("Not written: %(why)s") % {"why": why(error)}, file=sys.stderr)
        return 2
    print(_("%(n)s rows in %(file)s") % {"n": count, "file": options.file})
    return 0
