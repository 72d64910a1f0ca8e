"""`kaibo records KIND [VERB] …`: what people record, and what comes of files, from a shell, with a person's rights.

Exit code 0: done. 1: refused, with the reason; there is no such record, kind, verb or sign-in. 130: stopped.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.http import Http404
from django.utils.translation import gettext as _

from kaibo.home.records.kinds import BY_KEY, KINDS
from kaibo.home.records.saying import Kind, Verb, Wrong, act
from kaibo.imports.actions import NotNow
from kaibo.imports.sentences import say
from kaibo.jobs.full_disk import FULL, is_full
from kaibo.login.models import User
from kaibo.look.cells import as_text
from kaibo.site.import_cli import CLEAN, NOT_UNDERSTOOD, STOPPED, compute, follow_up
from kaibo.site.why import why
from kaibo.sources.cells import shown
from kaibo.sources.reading import Refused
from kaibo.sources.tables import open_sheets

SHOW = "show"


def run(argv: Sequence[str]) -> int:
    """One command; the exit code. Django is set up and the database migrated before."""
    options = _parser().parse_args(argv)
    kind = BY_KEY[options.kind]
    user = _user(options.user)
    if user is None:
        return NOT_UNDERSTOOD
    try:
        if options.verb in ("", "list") or "=" in options.verb:
            return _list(kind, user, options)
        if options.verb == SHOW and kind.one is not None:
            pk, told = _told_of_one(options.said)
            print(_shown(kind.shown(user, pk, told), options.json))
            return CLEAN
        return _do(kind, user, options)
    except Http404:
        _tell(_("There is no such record, or not for %(user)s.") % {"user": user})
    except Wrong as wrong:
        _tell(wrong.as_json()["error"])
    except NotNow as error:
        _tell(say(error.message))
    except KeyboardInterrupt:
        _tell(_("Stopped. What was said is kept wholly or not at all; numbers follow with the next run."))
        return STOPPED
    except (OSError, DatabaseError) as error:
        if not is_full(error):
            raise
        _tell(say(FULL))
    return NOT_UNDERSTOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo records", description=_("Outages, rates, decisions, sources and the like: list them, and act."),
        formatter_class=argparse.RawDescriptionHelpFormatter, epilog="\n".join(_help()),
    )  # fmt: skip
    parser.add_argument("kind", choices=[kind.key for kind in KINDS], metavar="KIND")
    parser.add_argument("verb", nargs="?", default="", metavar="VERB", help=_("list where it is left out"))
    parser.add_argument("said", nargs="*", metavar="ID | name=value",
                        help=_("the record's id where the verb is about one, then what it has to be told; "
                        "name=@FILE takes what stands in a file"))  # fmt: skip
    parser.add_argument(
        "--as", dest="user", default="", help=_("whose rights and name; needed unless there is one owner")
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON object a line"))
    parser.add_argument("--csv", action="store_true", help=_("of a list: a table with a header, for a spreadsheet"))
    parser.add_argument(
        "--later", action="store_true", help=_("leave computing the numbers to the server or the next run")
    )
    return parser


def _help() -> list[str]:
    lines = [_("kinds and their verbs (a ? may be left out):")]
    for kind in KINDS:
        asks = "".join(f" {name}=…" for name in kind.asks)
        lines.append(f"  {kind.key}{asks}: {_(kind.says)}")
        if kind.one is not None:
            lines.append(f"    {SHOW} ID{''.join(f' {name}=…' for name in kind.asks_one)}")
        for verb in kind.verbs:
            words = " ".join([*(["ID"] if verb.of_one else []), *(f"{name}=…" for name in verb.fields)])
            lines.append(f"    {verb.key} {words}")
    return lines


def _user(name: str) -> User | None:
    """Who acts: the one named, or the only owner."""
    if name:
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            _tell(_("There is no sign-in “%(name)s”.") % {"name": name})
        return found
    owners = list(User.objects.lasting_owners()[:2])
    if len(owners) == 1:
        return owners[0]
    _tell(_("Say who acts: --as with the name of a sign-in."))
    return None


def _list(kind: Kind, user: User, options: argparse.Namespace) -> int:
    """Told like a verb, with or without the word list before it."""
    said = [word for word in (options.verb, *options.said) if word not in ("", "list")]
    rows = kind.plain(user, kind.found(user, _named(said)))
    if options.csv:
        _table(rows)
        return CLEAN
    for row in rows:
        print(_shown(row, options.json))
    return CLEAN


def _table(rows: Iterable[dict[str, Any]]) -> None:
    """UTF-8 with the mark that spreadsheet programs need for Chinese; a text is never a formula, unknown is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for number, row in enumerate(rows):
        if not number:
            head = list(row)
            sys.stdout.write("\ufeff")
            writer.writerow(head)
        writer.writerow([as_text(_text(value) if isinstance(value, list | dict) else value) for value in row.values()])


def _do(kind: Kind, user: User, options: argparse.Namespace) -> int:
    try:
        verb = kind.verb(options.verb)
    except KeyError:
        known = ", ".join(["list", *(verb.key for verb in kind.verbs)])
        raise Wrong({"": [_("%(kind)s can do this: %(verbs)s.") % {"kind": kind.key, "verbs": known}]}) from None
    pk, told = _told(verb, options.said)
    print(_shown(act(verb, user, pk, told), options.json))
    if options.later:
        return CLEAN
    code = NOT_UNDERSTOOD if follow_up(_tell) else CLEAN
    compute(_tell)
    return code


def _told(verb: Verb, said: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """The record's id (0 for none), and what follows it as name=value; lists and objects are JSON. Raises Wrong."""
    return _told_of_one(said) if verb.of_one else (0, _named(said))


def _told_of_one(said: Sequence[str]) -> tuple[int, dict[str, Any]]:
    if not said or not said[0].isdecimal():
        raise Wrong({"": [_("Say which one: its id comes first.")]})
    return int(said[0]), _named(said[1:])


def _named(said: Sequence[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for word in said:
        name, mark, value = word.partition("=")
        if not mark:
            raise Wrong({"": [_("“%(word)s” is no name=value.") % {"word": word}]})
        told[name] = _value(name, value)
    return told


def _value(name: str, text: str) -> Any:
    if text.startswith("@"):
        return _in_file(name, Path(text[1:]))
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise Wrong({name: [_("This begins like JSON and is none.")]}) from None


def _in_file(name: str, path: Path) -> str:
    """What stands in a file, as text; the first sheet of a workbook as lines of a table. Raises Wrong."""
    try:
        if path.suffix == ".toml":
            return path.read_text(encoding="utf-8")
        [sheet, *_others] = open_sheets(path, path.name)
    except (Refused, OSError, UnicodeDecodeError) as error:
        said = say(error.message) if isinstance(error, Refused) else why(error, path)
        raise Wrong({name: [f"{path}: {said}"]}) from error
    text = StringIO()
    csv.writer(text).writerows([shown(cell) for cell in row] for row in sheet.rows())
    return text.getvalue()


def _shown(row: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(row, ensure_ascii=False)
    # 0 is said; it is equal to False
    said = {name: value for name, value in row.items() if value is not None and value is not False}
    texts = {name: _text(value) for name, value in said.items() if value not in ("", [], {})}
    first = f"#{texts.pop('id')} " if "id" in texts else ""
    return first + " · ".join(f"{name} {text}" for name, text in texts.items())


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
