"""The clock, for who tells pure rooms what time it is. Alone, so that pages load nothing of what the worker needs."""

import time


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
