"""The command line: `kaibo demo | serve | import | columns | batches | facts | verify | records | backup | …`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import execute_from_command_line
from django.utils import translation

from kaibo import __version__
from kaibo.site.language import gettext as _
from kaibo.site.language import language, teach_argparse

WITHOUT_SERVER = ("import", "columns", "batches", "facts", "verify", "records", "backup", "audit", "unlock")
HELP = {"-h", "--help"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    teach_argparse()
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in WITHOUT_SERVER:
        return _about_files(words[0], words[1:])
    if words[:1] == ["restore"]:
        return _restore(words[1:])
    if words[:1] == ["manage"]:
        execute_from_command_line(["kaibo manage", *words[1:]])
        return 0
    options = _parser().parse_args(words)
    if options.command == "demo" and "KAIBO_HOME" not in os.environ:
        os.environ["KAIBO_HOME"] = str(Path.home() / ".local/share/kaibo-demo")
    return _serve(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo", description=_("From a platform's export to a person's explained number.")
    )
    parser.add_argument("--version", action="version", version=f"kaibo {__version__}",
                        help=_("show program's version number and exit"))  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in [
        ("demo", _("make the sample through the product's own code, then serve it")),
        ("serve", _("serve this installation: web and worker together")),
    ]:
        _add_serving(commands.add_parser(name, help=text, description=text), name)
    for name, text in [
        ("import", _("import files without a server; see kaibo import --help")),
        ("columns", _("say what the columns of an unknown table are; see kaibo columns --help")),
        ("batches", _("list, show, withdraw, restore what was imported; see kaibo batches --help")),
        ("facts", _("what lies on the disk, and what may go; see kaibo facts --help")),
        ("verify", _("compute a closed month again from its bundle; see kaibo verify --help")),
        ("records", _("outages, duties, rates, decisions …; see kaibo records --help")),
        ("audit", _("whether the audit is whole, and the audit as a file; see kaibo audit --help")),
        ("unlock", _("let in again who has lost password or phone; see kaibo unlock --help")),
        ("backup", _("copy this installation into one file, while it runs")),
        ("restore", _("make an installation of a backup, in an empty KAIBO_HOME")),
        ("manage", _("Django's own commands: kaibo manage migrate, … shell, …")),
    ]:
        commands.add_parser(name, help=text)
    return parser


def _add_serving(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--port", type=int, default=8000, help=_("where the pages are: 8000, if nothing is said"))
    command.add_argument("--host", default="127.0.0.1", help=_("which address to listen on: only this machine's own"))
    command.add_argument("--lan", action="store_true", help=_("reachable from phones in this network"))
    command.add_argument("--web-workers", type=int, choices=range(1, 17), default=1, metavar="N",
                         help=_("web processes side by side; see docs/postgresql.md"))  # fmt: skip
    only = command.add_mutually_exclusive_group()
    only.add_argument("--web-only", action="store_true", help=_("the pages, without what computes in the background"))
    only.add_argument(
        "--worker-only", action="store_true", help=_("what computes in the background, without the pages")
    )
    if name == "demo":
        command.add_argument("--prepare-only", action="store_true", help=_("make the sample and stop"))


def _set_up() -> None:
    """Django's settings, and its words in the command line's language."""
    django.setup()
    translation.activate(language(os.environ))


def _about_files(command: str, words: Sequence[str]) -> int:
    _set_up()
    # settings must be ready before models are imported: the one reason for imports inside functions here
    from kaibo.site import (
        audit_cli,
        backup_cli,
        batches_cli,
        columns_cli,
        facts_cli,
        import_cli,
        records_cli,
        serving,
        unlock_cli,
        verify_cli,
    )

    if not HELP & set(words):
        # on the error stream, so that answers stay whole
        serving.prepare_database(lambda text: print(text, file=sys.stderr, flush=True))
    runs = {
        "import": import_cli.run, "batches": batches_cli.run, "facts": facts_cli.run, "verify": verify_cli.run,
        "records": records_cli.run, "columns": columns_cli.run,
        "backup": backup_cli.backup, "audit": audit_cli.run, "unlock": unlock_cli.run,
    }  # fmt: skip
    return runs[command](words)


def _restore(words: Sequence[str]) -> int:
    """The settings make keys in the home they find, and this one has to stay empty: they get a passing one."""
    home = Path(os.environ.get("KAIBO_HOME") or Path.home() / ".local/share/kaibo").resolve()
    with tempfile.TemporaryDirectory(prefix="kaibo-restore-") as passing:
        os.environ["KAIBO_HOME"] = passing
        _set_up()
        from kaibo.site import backup_cli

        return backup_cli.restore_home(words, home)


def _serve(options: argparse.Namespace) -> int:
    _set_up()
    from kaibo.site import serving

    serving.prepare_database(lambda text: print(text, flush=True))
    sign_ins: list[str] = []
    if options.command == "demo":
        from kaibo.site import demo

        demo.prepare(print)
        sign_ins = demo.sign_ins()
        if options.prepare_only:
            return 0
    return serving.serve(
        host=serving.lan_host(options.host) if options.lan else options.host,
        port=options.port,
        web=not options.worker_only,
        worker=not options.web_only,
        sign_ins=sign_ins,
        web_workers=options.web_workers,
    )
