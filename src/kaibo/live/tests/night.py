"""A night to confirm, for tests: one room, one broadcast 18:56–00:04, two hosts and a floor manager."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kaibo.live.models import Account, CrewRole, Session, Shift
from kaibo.org.models import Person

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """`11-18 19:00` of 2026, in Shanghai."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


NOW = at("11-19 09:00")


def room(name: str = "生活旗舰店", **more: object) -> Account:
    return Account.objects.create(handle=name, name=name, **more)


def session(account: Account, start: str, end: str, **more: object) -> Session:
    return Session.objects.create(account=account, start=at(start), end=at(end), **more)


def shift(account: Account, person: Person, start: str, end: str, role: str = CrewRole.HOST, **more: object) -> Shift:
    return Shift.objects.create(
        account=account, person=person, role=role, planned_start=at(start), planned_end=at(end), **more
    )


class Evening:
    """11-18 in 生活旗舰店: 林晓彤 19:00–21:30, then 陈嘉禾 to midnight; 吴桐 is 场控 throughout."""

    def __init__(self, cast: object) -> None:
        self.room = room()
        self.session = session(self.room, "11-18 18:56", "11-19 00:04")
        self.first = shift(self.room, cast.host, "11-18 19:00", "11-18 21:30")
        self.second = shift(self.room, cast.host2, "11-18 21:30", "11-19 00:00")
        self.floor = shift(self.room, cast.lead, "11-18 19:00", "11-19 00:00", CrewRole.FLOOR_MANAGER)
