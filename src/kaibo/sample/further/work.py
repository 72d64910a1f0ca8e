"""What was done off air and beside the orders: money spent on ads, conversations, comings and goings."""

from dataclasses import dataclass, field

from kaibo.sample.further.ads import Spend
from kaibo.sample.further.attendance import Attendance
from kaibo.sample.further.service import Case, Result


@dataclass
class Work:
    """Filled while the files that tell of it are drafted."""

    spends: list[Spend] = field(default_factory=list)
    service: list[Result] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    attendance: list[Attendance] = field(default_factory=list)
