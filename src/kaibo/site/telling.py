"""Says on a terminal how many rows of a file are done: one line that changes, or a line now and then in a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kaibo.facts.watching import Watch

# seconds between two words on a terminal, and in a log
LIVE, LOGGED = 0.5, 5.0
CLEAR = "\r\x1b[K"


@contextmanager
def telling(doing: str) -> Iterator[Watch]:
    """What hears of rows while the block lasts. On the error stream, so that answers stay whole."""
    out = sys.stderr
    live = out.isatty()
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if not done or time.monotonic() - last < (LIVE if live else LOGGED):
            return
        last = time.monotonic()
        text = f"  {doing}: {done:,} / {total:,}" if total else f"  {doing}: {done:,}"
        out.write(f"{CLEAR}{text}" if live else f"{text}\n")
        out.flush()

    try:
        yield tell
    finally:
        if live:
            out.write(CLEAR)
            out.flush()
