"""Knows a full disk by whatever library tripped over it, and says so in one sentence."""

import errno

from kaibo.message import Message

FULL = Message("The disk is full. Nothing was changed; make room on it, then try again.")
NUMBERS = {errno.ENOSPC, errno.EDQUOT}
# SQLite, PostgreSQL, DuckDB and Arrow pass on the words, not the number
# SQLite could not lengthen the index of its log: it says no more than "disk I/O error"
SQLITE = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}
WORDS = ("disk is full", "no space left", "disk full", "disk quota exceeded")


def is_full(error: BaseException) -> bool:
    """The error, or what it was raised from, comes of a disk without room."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in NUMBERS:
            return True
        if getattr(seen, "sqlite_errorname", "") in SQLITE:
            return True
        if any(word in str(seen).lower() for word in WORDS):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
