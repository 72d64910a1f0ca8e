"""Translations without gettext's programs: extract msgids, merge them into each app's .po, compile, check.

python tools/messages.py update    add new msgids (untranslated), drop unused ones, compile
python tools/messages.py check     exit 1 if a msgid is missing, unused or untranslated, or if two apps differ on it
"""

import io
import re
import sys
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

# dates and names in the header would change a .po without a change in it
UNWANTED = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Report-Msgid', "#")
ROOT = Path(__file__).resolve().parent.parent / "src" / "kaibo"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "Message": None,
    # what kinds of records are: the API's description in English, `kaibo records --help` in either language
    "Kind": (2,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def extracted(app: Path) -> Catalog:
    """Every msgid of one app's Python files and templates."""
    catalog = Catalog(locale="zh_Hans")
    for path in sorted(app.rglob("*")):
        inside = path.relative_to(app).parts
        if path.suffix not in (".py", ".html", ".txt") or "migrations" in inside or "tests" in inside:
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # templatize keeps the indentation, at which a Python tokenizer stumbles
            text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
        for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            if message and (message if isinstance(message, str) else message[0]):
                catalog.add(message, context=context, locations=[(str(path.relative_to(ROOT)), 0)])
    return catalog


def apps() -> list[Path]:
    return [p for p in sorted(ROOT.iterdir()) if p.is_dir() and (p / "__init__.py").exists()]


def po_path(app: Path) -> Path:
    return app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def known(app: Path) -> Catalog:
    path = po_path(app)
    if not path.exists():
        return Catalog(locale="zh_Hans")
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def update() -> int:
    for app in apps():
        wanted, old = extracted(app), known(app)
        if not len(wanted):
            continue
        fresh = Catalog(locale="zh_Hans", charset="utf-8", project="kaibo", fuzzy=False)
        for message in wanted:
            if message.id:
                before = old.get(message.id, context=message.context)
                # babel's own mark: no source positions, so that moving a line changes no .po
                fresh.add(message.id, before.string if before else "", context=message.context)
        path = po_path(app)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=0, omit_header=False, sort_output=True, ignore_obsolete=True)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(
            "".join(
                x
                for x in lines
                if "POT-Creation-Date" not in x and "PO-Revision-Date" not in x and "Generated-By" not in x
            ),
            encoding="utf-8",
        )
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, fresh)
    return report(problems() + disagreements())


def problems() -> list[str]:
    found = []
    for app in apps():
        wanted, have = extracted(app), known(app)
        for message in wanted:
            if not message.id:
                continue
            entry = have.get(message.id, context=message.context)
            if entry is None:
                found.append(f"{app.name}: not in the .po: {message.id!r}")
            elif not entry.string or (isinstance(entry.string, tuple) and not all(entry.string)):
                found.append(f"{app.name}: not translated: {message.id!r}")
            elif isinstance(entry.id, str) and isinstance(entry.string, str):
                holes = lambda text: sorted(re.findall(r"%\(\w+\)[sd]", text))  # noqa: E731
                if holes(entry.id) != holes(entry.string):
                    found.append(f"{app.name}: placeholders differ: {message.id!r}")
        found += [
            f"{app.name}: no longer used: {m.id!r}"
            for m in have
            if m.id and wanted.get(m.id, context=m.context) is None
        ]
    return found


def disagreements() -> list[str]:
    """Msgids that two apps translate differently: Django merges all catalogs, so only one of them would be seen."""
    found: dict[tuple[str, str | None], dict[str, list[str]]] = {}
    for app in apps():
        for message in known(app):
            if not message.id or not message.string:
                continue
            # ngettext shares its msgid with gettext, but not its translation
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            found.setdefault(("|".join(ids), message.context), {}).setdefault("|".join(strings), []).append(app.name)
    return [
        f"translated differently: {text!r}: " + ", ".join(f"{by}: {told}" for told, by in ways.items())
        for (text, _context), ways in sorted(found.items(), key=str)
        if len(ways) > 1
    ]


def report(found: list[str]) -> int:
    print("\n".join(found) or "translations complete")
    return 1 if found else 0


if __name__ == "__main__":
    settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(update() if sys.argv[1:] == ["update"] else report(problems() + disagreements()))
