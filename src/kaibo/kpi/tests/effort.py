"""How many generated cases the slow tests try: some in CI, whose time is short, and all with KAIBO_LONG=1."""

import os

LONG = bool(os.environ.get("KAIBO_LONG"))


def many(in_ci: int, in_all: int) -> int:
    return in_all if LONG else in_ci
