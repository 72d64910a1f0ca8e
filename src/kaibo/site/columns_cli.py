"""`kaibo columns FILE`: say what the columns of a table are that no source reads, from a shell, without a server.

Exit code 0: shown, or saved. 1: the file is read already or is no table, or what was said cannot be used.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from kaibo.home import explained_json
from kaibo.home.records.saying import Wrong
from kaibo.imports.mapping_actions import remember_mapping
from kaibo.imports.sentences import say
from kaibo.login.models import User
from kaibo.site.import_cli import CLEAN, NOT_UNDERSTOOD
from kaibo.site.why import why
from kaibo.sources.headers import Header, headers
from kaibo.sources.heads import head_of, sheets_of
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Answers, Refused, UnknownTable
from kaibo.sources.registry import detect


def run(argv: Sequence[str]) -> int:
    """One command; the exit code. Django is set up and the database migrated before."""
    options = _parser().parse_args(argv)
    by = User.objects.filter(username=options.user, is_active=True).first() if options.user else None
    if options.user and by is None:
        return _refused(_("There is no sign-in “%(name)s”.") % {"name": options.user})
    try:
        candidates = _candidates(options.file)
        if options.said is None:
            return _proposed(candidates, options)
        return _understood(candidates, options, by)
    except Refused as refused:
        return _refused(f"{options.file}: {say(refused.message)}\n  {say(refused.todo)}")
    except Wrong as wrong:
        lines = [f"  {name}: {text}" if name else f"  {text}" for name, of in wrong.fields.items() for text in of]
        return _refused("\n".join([f"{options.file}:", *lines]))
    except OSError as error:
        return _refused(f"{options.file}: {why(error, options.file)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaibo columns",
        description=_("Say once what the columns of an unknown table are; kaibo import reads such files by it then."),
        epilog=_("kaibo columns FILE --draft said.json; correct said.json; kaibo columns FILE --said said.json --save. "
        "kaibo records mappings lists, renames, switches off and deletes what was saved."),
    )  # fmt: skip
    parser.add_argument("file", type=Path, metavar="FILE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--draft", type=Path, metavar="JSON", help=_("write down what is proposed, to be corrected"))
    what.add_argument("--said", type=Path, metavar="JSON", help=_("show the first rows as they will be understood so"))
    parser.add_argument("--save", action="store_true", help=_("remember what --said says"))
    parser.add_argument(
        "--as", dest="user", default="", help=_("in whose name: a sign-in; else pages say “Command line”")
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON object, as the API answers"))
    return parser


def _candidates(path: Path) -> Sequence[Header]:
    """The lines of the file's first rows that may be headers. Raises Refused where there is nothing to be said."""
    try:
        source = detect(path, path.name)
    except UnknownTable:
        found = headers(sheets_of(head_of(Opened(path, path.name).sheets)))
        if not found:
            raise
        return found
    raise Wrong(
        {"": [_("Is read already as: %(source)s. Nothing has to be said of it.") % {"source": _(source.title)}]}
    )


def _proposed(candidates: Sequence[Header], options: argparse.Namespace) -> int:
    found = explained_json.proposed(candidates, options.file.name)
    if options.draft:
        options.draft.write_text(json.dumps(found["said"], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False) if options.json else _in_words(found))
    return CLEAN


def _understood(candidates: Sequence[Header], options: argparse.Namespace, by: User | None) -> int:
    try:
        told = json.loads(options.said.read_text(encoding="utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Wrong({"": [_("%(file)s is no JSON object.") % {"file": options.said}]})
    page = explained_json.understood(candidates, told, options.file.name, "", Answers())
    shown = {"file": str(options.file), **explained_json.seen(page), "mapping": None, "version": None}
    if options.save:
        said = explained_json.mapping_of(page)
        version = remember_mapping(by=by, name=said.name, mapping=said)
        shown |= {"mapping": version.mapping_id, "version": version.number}
    print(json.dumps(shown, ensure_ascii=False) if options.json else _rows_in_words(shown))
    return CLEAN


def _in_words(found: dict[str, Any]) -> str:
    said = found["said"]
    titles = {one["table"]: one["title"] for one in found["tables"]}
    shown = {"line": said["line"], "table": f"{titles[said['table']]} ({said['table']})"}
    lines = [_("Line %(line)s as the headings; a row is: %(table)s") % shown]
    for one in found["columns"]:
        unit = f" ({one['unit']})" if one["unit"] else _(" (say how it is written)") if one["asked"] else ""
        values = " / ".join(one["values"][:3])
        lines.append(f"  {one['heading']} → {one['is'] or '—'}{unit}    {values}")
    return "\n".join(lines)


def _rows_in_words(shown: dict[str, Any]) -> str:
    lines = ["  " + " · ".join(f"{name} {text}" for name, text in row.items() if text) for row in shown["rows"]]
    text = _("line %(line)s, %(column)s, “%(value)s”: %(reason)s")
    lines += ["  ! " + text % {**row, "column": row["column"] or "—", "reason": row["why"]} for row in shown["rejects"]]
    if shown["mapping"]:
        lines.append(_("Saved as mapping %(mapping)s, version %(version)s.") % shown)
    return "\n".join(lines)


def _refused(text: str) -> int:
    print(text, file=sys.stderr)
    return NOT_UNDERSTOOD
