"""A sentence for a user from a room that knows no framework: an English msgid and its values.

Pages and the command line show it with `gettext(message.text) % message.values`; extraction of msgids knows `Message(`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """`text` holds %(name)s placeholders, one for each of `values`."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values

    def as_json(self) -> dict[str, Any]:
        return {"text": self.text, "values": {k: str(v) for k, v in self.values.items()}}


def gettext_noop(text: str) -> str:
    """Marks a msgid that stands in a plain string, for extraction."""
    return text
