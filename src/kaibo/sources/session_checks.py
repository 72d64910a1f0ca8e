"""What holds of a list of sessions, whichever platform exported it."""

from collections.abc import Callable, Iterable
from typing import Any

from kaibo.message import Message
from kaibo.sources.reading import Fact


def overlaps(facts: Iterable[Fact], grace_ms: int = 0) -> list[Message]:
    """One account cannot be live twice at once; orders in the shared time could not be told apart.

    `grace_ms`: by how much times may be rounded in the file.
    """
    latest: dict[Any, Fact] = {}
    pairs = []
    for fact in sorted(facts, key=lambda f: (f["start_ms"], f["row"])):
        before = latest.get(fact["account"])
        if before is not None and fact["start_ms"] + grace_ms < before["end_ms"]:
            pairs.append((before["row"], fact["row"]))
        if before is None or fact["end_ms"] > before["end_ms"]:
            latest[fact["account"]] = fact
    if not pairs:
        return []
    return [
        Message(
            "Sessions of one account that overlap: %(count)s (first: lines %(one)s and %(other)s).",
            {"count": len(pairs), "one": pairs[0][0], "other": pairs[0][1]},
        )
    ]


def length_to_end(column: str) -> Callable[[Fact], tuple[str, Message] | None]:
    """For files that tell how long a session was, in this column: `end_ms`, read as a length, becomes its end."""

    def finish(fact: Fact) -> tuple[str, Message] | None:
        if not fact["end_ms"]:
            return column, Message("The session has no length.")
        fact["end_ms"] += fact["start_ms"]
        return None

    return finish
