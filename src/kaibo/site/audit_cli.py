"""`kaibo audit verify | export`: whether the audit is whole, and the audit as a file.

Exit code of verify: 0 whole; 1 not, and the first row that is altered, removed or inserted.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kaibo.audit import exporting
from kaibo.audit.verifying import Fault, Finding, verify

SHOWN = 20


def run(argv: Sequence[str]) -> int:
    """One command; the exit code."""
    options = _parser().parse_args(argv)
    return _verify(options) if options.command == "verify" else _export(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaibo audit", description="Who did what to what, when and why.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="walk the chain of hashes; exit code 1 where it does not hold")
    check.add_argument(
        "--expect", metavar="HASH", default="", help="a tail written down before: it must be in the chain"
    )
    check.add_argument("--json", action="store_true", help="for programs")
    export = commands.add_parser("export", help="every audit row with its link, as CSV")
    export.add_argument("file", type=Path, help="where to; an existing file is not overwritten; - for standard output")
    export.add_argument("--month", default="", help="only this one: YYYY-MM")
    return parser


def _verify(options: argparse.Namespace) -> int:
    finding = verify(options.expect.strip().lower())
    if options.json:
        print(json.dumps(asdict(finding) | {"holds": finding.holds}))
        return 0 if finding.holds else 1
    print(_summary(finding))
    for fault in finding.faults[:SHOWN]:
        print(_line(fault), file=sys.stderr)
    if len(finding.faults) > SHOWN:
        print(f"… and {len(finding.faults) - SHOWN} more", file=sys.stderr)
    return 0 if finding.holds else 1


def _summary(finding: Finding) -> str:
    erased = f"{finding.erased} of them erased by rule" if finding.erased else "none erased by rule"
    if finding.holds:
        return f"whole: {finding.events} rows, {erased}\ntail {finding.tail}\n(write it down; later: --expect …)"
    return f"NOT whole: {finding.events} rows, {erased}; first of {len(finding.faults)} faults:"


def _line(fault: Fault) -> str:
    place = [f"link {fault.position}"] if fault.position is not None else []
    place += [f"row {fault.event}"] if fault.event is not None else []
    return f"{fault.kind}: {', '.join(place) or 'audit'}: {fault.what}"


def _export(options: argparse.Namespace) -> int:
    try:
        events = exporting.of_month(options.month)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if str(options.file) == "-":
        exporting.write_csv(events, sys.stdout)
        return 0
    try:
        with options.file.open("x", encoding="utf-8-sig", newline="") as file:
            count = exporting.write_csv(events, file)
    except OSError as error:
        print(f"not written: {error}", file=sys.stderr)
        return 2
    print(f"{count} rows in {options.file}")
    return 0
