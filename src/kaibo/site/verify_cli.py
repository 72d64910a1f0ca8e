"""`kaibo verify 2026-10`: compute a closed month again from its bundle alone, and compare.

Exit code 0: equal. 1: not equal, and where. 2: it could not be checked (no such closed month, the bundle is not there).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from kaibo.closing.verifying import IMPOSSIBLE, Verification, verify, verify_closing
from kaibo.closing.wording import counts_text, level_text, verification_words
from kaibo.measurement.models import Closing, ClosingState
from kaibo.measurement.months import month_of

SHOWN = 20


def run(argv: Sequence[str]) -> int:
    """One check; the exit code."""
    options = _parser().parse_args(argv)
    if options.bundle:
        found = verify(Path(options.bundle))
        return _tell(found, as_json=options.json)
    month = month_of(options.month or "")
    if month is None:
        return _cannot(_("Say which month, like 2026-10, or which --bundle folder."), options.json)
    states = [ClosingState.CLOSED, ClosingState.REOPENED]
    closing = Closing.objects.filter(month=month, state__in=states).exclude(folder="").order_by("-pk").first()
    if closing is None:
        return _cannot(_("%(month)s was never closed.") % {"month": f"{month:%Y-%m}"}, options.json)
    found = verify_closing(closing)
    if not options.dry_run:
        Closing.objects.filter(pk=closing.pk).update(verification=found.as_json())
    return _tell(found, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo verify", description=_("Compute a closed month again from its bundle alone, and compare."),
        epilog=_("Exit code 0: equal. 1: not equal. 2: it could not be checked."),
    )  # fmt: skip
    parser.add_argument("month", nargs="?", help=_("like 2026-10"))
    parser.add_argument("--bundle", default="", help=_("a bundle's folder, wherever it lies: no database is asked"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--dry-run", action="store_true", help=_("do not keep the answer for the month's page"))
    return parser


def _tell(found: Verification, *, as_json: bool) -> int:
    told = found.as_json()
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return found.code
    if found.code == IMPOSSIBLE:
        print(f"{found.month} {verification_words(told).title}: {found.problem}", file=sys.stderr)
        return found.code
    print(f"{found.month} {verification_words(told).title}: {level_text(told)}; {counts_text(told)}")
    print(f"  {_('Snapshot')} {found.snapshot}")
    for one in found.differences[:SHOWN]:
        print(f"  {one.table}  {one.key}\n    {_('Frozen')} {one.frozen}\n    {_('Computed')} {one.computed}")
    if found.found > SHOWN:
        print("  " + _("… and %(n)s more; --json names up to 200") % {"n": found.found - SHOWN})
    return found.code


def _cannot(text: str, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"code": IMPOSSIBLE, "problem": text}, ensure_ascii=False))
    else:
        print(text, file=sys.stderr)
    return IMPOSSIBLE
