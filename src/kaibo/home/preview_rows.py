"""A preview's first rows for a reader: headings as they stand in the file, fields of a recording in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext_lazy

from kaibo.facts.schema import EVENT
from kaibo.measurement.words import event_words

# what a recording or a log calls nothing, since it has no headings
FIELDS = {
    "instant": pgettext_lazy("field of an event", "Time"),
    "account": pgettext_lazy("field of an event", "Room"),
    "kind": pgettext_lazy("field of an event", "What happened"),
    "item": pgettext_lazy("field of an event", "Gift or product"),
    "count": pgettext_lazy("field of an event", "How many"),
    "amount": pgettext_lazy("field of an event", "Amount"),
    "currency": pgettext_lazy("field of an event", "Currency"),
    "viewer": pgettext_lazy("field of an event", "Viewer"),
}


def preview_rows(preview: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The headings, and the cells of each row."""
    heads, rows = preview.get("heads", []), preview.get("sample", [])
    if preview.get("table") != EVENT:
        return heads, rows
    words, kind = event_words(), heads.index("kind") if "kind" in heads else -1
    said = [[words.get(cell, cell) if at == kind else cell for at, cell in enumerate(row)] for row in rows]
    return [str(FIELDS.get(head, head)) for head in heads], said
