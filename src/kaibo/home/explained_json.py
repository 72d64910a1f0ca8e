"""What a table's columns are, as plain JSON: what is proposed, a document that says it, and the rows understood so.

The document (`said`): line, sheet, name, table, platform, zone, currency, whole, order_kind, and columns: heading → a
field or its part (start_ms:day), or {"is": field, "unit": unit}; a heading that is not there is left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from kaibo.home import explained
from kaibo.home import wizard_forms as forms
from kaibo.home.explained import Explained
from kaibo.home.records.saying import Plain, Told, Wrong, mapping, wrong_in
from kaibo.imports.sentences import say, say_all
from kaibo.sources.headers import Header
from kaibo.sources.mapped import Mapping as TableMapping
from kaibo.sources.mapped_targets import KIND_OF, KINDS, UNITS, target_of
from kaibo.sources.reading import Answers, Reading

WHOLE = ("name", "table", "platform", "zone", "currency", "whole", "order_kind")
SAID = ("line", "sheet", *WHOLE, "columns")
REJECTS_SHOWN = 50


def proposed(candidates: Sequence[Header], file_name: str, source: str = "") -> Plain:
    """What each column probably is; `said` may be corrected and sent back."""
    page = explained.first(candidates, file_name, source)
    return {
        "lines": [_line(header) for header in candidates], "said": _said(page),
        "like": {"name": page.like.name, "unconfirmed": page.preset} if page.like else None,
        "columns": [_column(one) for one in page.columns], "fields": _fields(page.table),
        "tables": [
            {"table": kind.table, "title": _(kind.title), "hint": _(kind.hint), "makes_possible": _(kind.unlocks)}
            for kind in KINDS
        ],
    }  # fmt: skip


def _line(header: Header) -> Plain:
    return {
        "line": header.line, "sheet": header.sheet.name,
        "headings": [str(cell).strip() for cell in header.cells if str(cell).strip()],
    }  # fmt: skip


def _said(page: Explained) -> Plain:
    """The proposals as a document. A column whose unit is asked has none yet."""
    whole = {name: page.form.initial.get(name, "") for name in WHOLE if name in page.form.fields}
    columns = {one.proposal.name: _of_column(one) for one in page.columns if one.target}
    return {"line": page.header.line, "sheet": page.header.sheet.name, **whole, "columns": columns}


def _of_column(one: forms.Said) -> Any:
    return {"is": one.target, "unit": one.unit} if one.unit or one.waits else one.target


def _column(one: forms.Said) -> Plain:
    """`asked`: its cells can be read in more than one way, so its unit has to be said."""
    return {
        "heading": one.proposal.name, "is": one.target or None, "unit": one.unit or None, "asked": one.waits,
        "unconfirmed": one.proposal.from_preset, "values": list(one.proposal.values),
    }  # fmt: skip


def _fields(table: str) -> list[Plain]:
    """Everything that a column of such a table may be."""
    found = []
    for field, label in forms.flat(table):
        target = target_of(table, field.partition(":")[0])
        units = UNITS.get(target.read, ()) if target and not field.endswith(":time") else ()
        found.append({"field": field, "title": label, "units": list(units)})
    return found


def understood(candidates: Sequence[Header], told: Told, file_name: str, source: str, answers: Answers) -> Explained:
    """The first rows as the document says. What it leaves out is as proposed, but columns. Raises Wrong."""
    strange = sorted(told.keys() - set(SAID))
    if strange:
        text = _("Unknown. This can be said: %(names)s.") % {"names": ", ".join(SAID)}
        raise Wrong({name: [text] for name in strange})
    start = explained.first(candidates, file_name, source)
    place = _place(candidates, told, start)
    whole = {name: told[name] for name in WHOLE if name in told}
    data = {**start.form.initial, **whole, "place": str(place)}
    if data["table"] not in KIND_OF:
        raise Wrong({"table": [_("One of these: %(names)s.") % {"names": ", ".join(KIND_OF)}]})
    data["of"] = f"{place}:{data['table']}"
    data |= _columns_said(candidates[place], str(data["table"]), mapping(told, "columns"))
    page = explained.told(candidates, data)
    if not page.form.is_valid():
        raise wrong_in(page.form)
    found = explained.usable(page)
    if found:
        explained.look(page, found, file_name, answers)
    if page.problems:
        raise Wrong({"columns": page.problems, **_rows_refused(page.reading)})
    return page


def mapping_of(page: Explained) -> TableMapping:
    """Of a table that was understood."""
    return forms.mapping_of(page.form, page.header, page.columns)


def _place(candidates: Sequence[Header], told: Told, start: Explained) -> int:
    if told.get("line") in (None, ""):
        return start.place
    line, sheet = str(told["line"]), str(told.get("sheet") or "")
    for place, header in enumerate(candidates):
        if str(header.line) == line and sheet in ("", header.sheet.name):
            return place
    lines = ", ".join(str(header.line) for header in candidates)
    raise Wrong({"line": [_("No line with headings. One of these: %(names)s.") % {"names": lines}]})


def _columns_said(header: Header, table: str, said: Mapping[str, Any]) -> dict[str, str]:
    """The form's fields for the columns. Raises Wrong, naming every heading, field and unit that there is not."""
    headings = [str(cell).strip() for cell in header.cells]
    wrong: list[str] = []
    data: dict[str, str] = {}
    for name, value in said.items():
        target, unit = (value.get("is"), value.get("unit")) if isinstance(value, dict) else (value, "")
        problem = _problem(headings, table, name, str(target or ""), str(unit or ""))
        if problem:
            wrong.append(problem)
        elif target:
            place = headings.index(name.strip())
            data |= {f"target-{place}": str(target), f"unit-{place}": str(unit or "")}
    if wrong:
        raise Wrong({"columns": wrong})
    return data


def _problem(headings: Sequence[str], table: str, name: str, target: str, unit: str) -> str:
    if name.strip() not in headings:
        return _("“%(name)s” is no heading of this line. They are: %(names)s.") % {
            "name": name, "names": "、".join(filter(None, headings)),
        }  # fmt: skip
    known = target_of(table, target.partition(":")[0]) if target else None
    if target and (known is None or target not in dict(forms.flat(table))):
        return _("“%(column)s”: there is nothing called %(target)s in such a table.") % {
            "column": name, "target": target,
        }  # fmt: skip
    units = UNITS.get(known.read, ()) if known else ()
    if unit and unit not in units:
        return _("“%(column)s”: %(unit)s is no way to write it. One of these: %(names)s.") % {
            "column": name, "unit": unit, "names": ", ".join(units) or "—",
        }  # fmt: skip
    return ""


def _rows_refused(reading: Reading | None) -> dict[str, list[str]]:
    if reading is None or not reading.rejects:
        return {}
    text = _("Line %(line)s, %(column)s, “%(value)s”: %(why)s")
    return {
        "rows": [
            text % {"line": r.line, "column": r.column or "—", "value": r.value, "why": say(r.reason)}
            for r in reading.rejects[:REJECTS_SHOWN]
        ]
    }


def seen(page: Explained) -> Plain:
    """The first rows as they will be understood, and what of them could not be."""
    reading = page.reading
    sample = list(reading.sample) if reading else []
    rejects = reading.rejects[:REJECTS_SHOWN] if reading else []
    return {
        "said": _told(mapping_of(page), page.header.line), "rows": [dict(row) for row in sample],
        "rejects": [
            {"line": r.line, "column": r.column or None, "value": r.value, "why": say(r.reason)} for r in rejects
        ],
        "warnings": say_all(reading.warnings) if reading else [], "questions": reading.questions if reading else [],
    }  # fmt: skip


def _told(found: TableMapping, line: int) -> Plain:
    columns = {one.name: {"is": one.target, "unit": one.unit} if one.unit else one.target for one in found.columns}
    whole = {name: getattr(found, name) for name in WHOLE}
    return {"line": line, "sheet": found.sheet, **whole, "columns": columns}
