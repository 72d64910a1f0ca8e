"""The editor of scorecards as a browser has it: only fields that the page shows are filled, all of them are sent."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from django.urls import reverse

# rows of a table are asked for at most so often
PRESSES = 6


class Form(HTMLParser):
    """The last form of a page: what a browser would send of it as it stands, and what could be chosen."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, list[str]] = {}
        self.choices: dict[str, dict[str, str]] = {}
        self.buttons: list[tuple[str, str]] = []
        self._select, self._option = "", ""
        self._text = False
        self.feed(page.rpartition("<form")[2].partition("</form>")[0].partition(">")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "input" and name:
            boxed = said.get("type") == "checkbox"
            if boxed:
                self.choices.setdefault(name, {})[value] = ""
            if not boxed or "checked" in said:
                self.sent.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
            self.choices[name] = {}
        elif tag == "option" and self._select:
            self._option, self._text = value, True
            self.choices[self._select][value] = ""
            if "selected" in said or self._select not in self.sent:
                self.sent[self._select] = [value]
        elif tag == "button" and name:
            self.buttons.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._text:
            self.choices[self._select][self._option] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._text = False
        elif tag == "select":
            self._select = ""

    def fill(self, name: str, typed: Any) -> None:
        """One field: what is typed, the key of what is chosen, or the keys of the boxes that are ticked."""
        if name in self.choices:
            wanted = typed if isinstance(typed, list) else [typed]
            # a choice is named as the page writes it, or by its key
            keys = {text.strip(): key for key, text in self.choices[name].items()} if len(wanted) == 1 else {}
            wanted = [keys.get(one, one) if one not in self.choices[name] else one for one in wanted]
            unknown = [one for one in wanted if one not in self.choices[name]]
            assert not unknown, f"{name}: nobody can choose {unknown} of {list(self.choices[name])}"
            self.sent[name] = wanted
        else:
            assert name in self.sent, f"the page has no field {name}; it has {sorted(self.sent)}"
            self.sent[name] = [str(typed)]

    def offers(self, name: str, typed: str) -> bool:
        """Whether what is to be chosen stands among the choices."""
        return name not in self.choices or typed in {*self.choices[name], *self.choices[name].values()}

    def columns(self, table: str) -> list[str]:
        return [name.removeprefix(f"{table}-0-") for name in self.sent if name.startswith(f"{table}-0-")]

    def has_room(self, table: str, rows: int) -> bool:
        return any(name.startswith(f"{table}-{rows - 1}-") for name in self.sent)


def entered(
    boss: Any, address: str, typed: Mapping[str, Any], tables: Mapping[str, Sequence[Sequence[str]]],
    asked: Mapping[str, str] | None = None,
) -> Any:  # fmt: skip
    """Open a form, type everything, ask for more rows where the page has too few, and save; the answer of saving.

    `tables`: rows as read from left to right.
    """
    page = boss.get(address, asked or {})
    assert page.status_code == 200
    form = Form(page.content.decode())
    for _press in range(PRESSES):
        for name, value in typed.items():
            form.fill(name, value)
        for table, rows in tables.items():
            _fill_rows(form, table, rows)
        lacking = next((table for table, rows in tables.items() if not form.has_room(table, len(rows))), None)
        # what was typed in one table can be chosen in another once the page has seen it
        lacking = lacking or next((table for table, rows in tables.items() if _lacks_choice(form, table, rows)), None)
        if lacking is None:
            return boss.post(address, form.sent)
        name, press = "show", f"rows-{lacking}"
        assert (name, press) in form.buttons, f"nothing on the page gives more rows: {form.buttons}"
        page = boss.post(address, {**form.sent, name: [press]}, follow=True)
        form = Form(page.content.decode())
    raise AssertionError(f"no room for {[(name, len(rows)) for name, rows in tables.items()]}")


def _fill_rows(form: Form, table: str, rows: Sequence[Sequence[str]]) -> None:
    columns = form.columns(table)
    cells = [column for column in columns if not _is_sign(column)]
    for place, row in enumerate(rows):
        if form.has_room(table, place + 1):
            for column, value in zip(cells, row, strict=False):
                before = columns[columns.index(column) - 1]
                if _is_sign(before):
                    value = _chosen(form, f"{table}-{place}-{before}", value)
                if form.offers(f"{table}-{place}-{column}", value):
                    form.fill(f"{table}-{place}-{column}", value)
    place = len(rows)
    while form.has_room(table, place + 1):
        for column in columns:
            form.fill(f"{table}-{place}-{column}", next(iter(form.choices.get(f"{table}-{place}-{column}", {})), ""))
        place += 1


def _lacks_choice(form: Form, table: str, rows: Sequence[Sequence[str]]) -> bool:
    cells = [column for column in form.columns(table) if not _is_sign(column)]
    return any(
        not form.offers(f"{table}-{place}-{column}", value)
        for place, row in enumerate(rows) for column, value in zip(cells, row, strict=False)
    )  # fmt: skip


def _is_sign(column: str) -> bool:
    """Whether it stands before the number of an edge."""
    return column.rstrip("0123456789") in ("from", "to")


def _chosen(form: Form, name: str, value: str) -> str:
    """Of “≤35” the sign is chosen, as the page offers it, and the number is left to type."""
    number = value.lstrip("≥≤<>")
    sign = value.removesuffix(number)
    fitting = [key for key, text in form.choices[name].items() if text.startswith(sign)]
    assert fitting, f"{name}: nobody can choose {sign} of {form.choices[name]}"
    form.fill(name, fitting[0])
    return number


def at(view: str, *args: Any) -> str:
    return reverse(f"appraisal:{view}", args=args)
