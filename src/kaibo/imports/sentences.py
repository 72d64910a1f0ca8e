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
    """A translated msgid with its values. Only a source's title is itself a msgid; a cell's text stays as it is."""
    shown = {key: gettext(value) if key == "source" and value else str(value) for key, value in values.items()}
    return gettext(text) % shown
