from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone

from kaibo.live.models import Account
from kaibo.live.tests.night import room


@pytest.fixture
def late_november() -> Iterator[None]:
    """It is 25 November 2026, four in the morning by the clock of the installation."""
    with time_machine.travel(datetime(2026, 11, 25, 4, tzinfo=timezone.get_default_timezone()), tick=False):
        yield


@pytest.fixture
def place(db: None) -> Account:
    return room()
