"""A list of people that was kept, as it was read, and what it would make now."""

from collections.abc import Mapping
from datetime import date

from kaibo.message import Message
from kaibo.org.models import PeopleList
from kaibo.org.people_file import Plan, plan
from kaibo.sources import people_sheet
from kaibo.sources.people_sheet import Entry, PeopleSheet
from kaibo.sources.reading import Rejected


def sheet_of(found: PeopleList) -> PeopleSheet:
    """What was kept of a file, as it was read."""
    return PeopleSheet(
        found.titles, found.unread,
        [Entry(line, _texts(said), _dates(days)) for line, said, days in found.rows],
        [Rejected(line, column, value, Message(**reason)) for line, column, value, reason in found.rejected],
    )  # fmt: skip


def _texts(said: Mapping[str, str]) -> dict[str, str]:
    return {key: said.get(key, "") for key in people_sheet.NAMES}


def _dates(days: Mapping[str, str]) -> dict[str, date | None]:
    return {key: date.fromisoformat(days[key]) if key in days else None for key in people_sheet.DAYS}


def planned(found: PeopleList) -> Plan:
    return plan(sheet_of(found), by=found.by)
