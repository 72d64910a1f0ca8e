"""`kaibo backup FILE` and `kaibo restore FILE`: an installation as one file, made while it runs.

Exit code 0: done. 1: not, and why; nothing was changed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import DatabaseError
from django.utils.translation import gettext as _

from kaibo.site.backup import NoBackup, make_backup
from kaibo.site.restoring import NotRestored, restore
from kaibo.site.why import why


def backup(argv: Sequence[str]) -> int:
    """Back up this installation."""
    parser = argparse.ArgumentParser(
        prog="kaibo backup",
        description=_("Copy this installation into one file, while it runs: database, facts, keys."),
        epilog=_("Whoever has the file has everything. FILE.tar, or FILE.tar.gz to compress."),
    )  # fmt: skip
    parser.add_argument("file", type=Path)
    options = parser.parse_args(argv)
    try:
        manifest = make_backup(options.file)
    except NoBackup as error:
        print(_("No backup was made: %(why)s") % {"why": error}, file=sys.stderr)
        return 1
    except (OSError, DatabaseError) as error:
        print(_("No backup was made: %(why)s") % {"why": why(error)}, file=sys.stderr)
        return 1
    megabytes = -(-options.file.stat().st_size // 1024**2)
    text = _("%(file)s: %(n)s files, %(size)s MB. It holds the keys too: keep it where nobody else reads it.")
    print(text % {"file": options.file, "n": len(manifest["files"]), "size": megabytes})
    return 0


def restore_home(argv: Sequence[str], home: Path) -> int:
    """Make `home` of a backup."""
    parser = argparse.ArgumentParser(
        prog="kaibo restore", description=_("Make an installation of a backup, in an empty KAIBO_HOME."),
        epilog=_("With KAIBO_DATABASE_URL the database there must be empty too."),
    )  # fmt: skip
    parser.add_argument("file", type=Path)
    options = parser.parse_args(argv)
    try:
        manifest = restore(options.file, home)
    except NotRestored as error:
        print(_("Nothing was restored: %(why)s") % {"why": error}, file=sys.stderr)
        return 1
    except (OSError, DatabaseError) as error:
        print(_("Nothing was restored: %(why)s") % {"why": why(error)}, file=sys.stderr)
        return 1
    print(_("%(home)s is restored, as of %(when)s.") % {"home": home, "when": manifest["made_at"]})
    for month, snapshot in sorted(manifest["closed"].items()):
        print(f"  kaibo verify {month}   {snapshot[:12]}")
    return 0
