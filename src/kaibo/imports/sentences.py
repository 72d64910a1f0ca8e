"""Sentences that were stored as an English msgid and its values, said in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from kaibo.message import Message


def say(stored: Message | Mapping[str, Any] | str) -> str:
    """The sentence of a Message, of its JSON ({"text", "values"}), or plain text as it is."""
    if isinstance(stored, str):
        return stored
    plain = stored.as_json() if isinstance(stored, Message) else stored
    return fill(str(plain["text"]), plain.get("values", {}))


def say_all(stored: Sequence[Message | Mapping[str, Any] | str]) -> list[str]:
    return [say(one) for one in stored]


def fill(text: str, values: Mapping[str, Any]) -> str:
    """A translated msgid with its values. A value may itself be a msgid (a column's meaning, a source's title)."""
    return gettext(text).replace("%(n)d", "%(n)s") % {key: _translated(value) for key, value in values.items()}


def _translated(value: Any) -> str:
    # gettext("") answers with the catalog's header
    return gettext(value) if isinstance(value, str) and value else str(value)
