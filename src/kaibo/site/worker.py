"""The worker process: `python -m kaibo.site.worker`."""

import os
import signal
import threading
from types import FrameType

import django


def main() -> None:
    """Run jobs until SIGTERM, SIGINT, or the death of the process that started it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    django.setup()
    # settings must be ready before models are imported
    from kaibo.jobs.worker import work
    from kaibo.site.jobs_list import HANDLERS, TICKS

    stopping = threading.Event()
    parent = os.getppid()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    def orphaned() -> None:
        if os.getppid() != parent:
            stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    work(HANDLERS, [orphaned, *TICKS], stopping)


if __name__ == "__main__":
    main()
