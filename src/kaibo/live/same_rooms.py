"""What files call rooms, and rooms that may be one: a file gave a nickname where another gives the number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kaibo.kpi.inputs import AccountIn
from kaibo.kpi.matching import Names, accounts_by_name
from kaibo.live.models import Account


def as_input(account: Account) -> AccountIn:
    """The room as a computation knows it."""
    names = tuple(dict.fromkeys([account.handle, account.name, *map(str, account.other_names)]))
    return AccountIn(account.pk, names, account.zone, account.currency, account.split_rule, account.platform)


def room_names() -> Names:
    """(platform, name) → the room's id, as a computation finds it; None where two rooms share the name; one query."""
    return accounts_by_name([as_input(account) for account in Account.objects.all()])


def read_otherwise(new: Account, before: Iterable[Account]) -> list[Account]:
    """The rooms of which files may say something else now that there is a `new` one.

    Orders that name no room were those of the platform's only one, amounts that name no currency were in the only one
    there was, and a name that two rooms have is neither's.
    """
    there = [one for one in before if one.platform == new.platform and one.pk != new.pk]
    currencies = {one.currency for one in there}
    if len(there) == 1 or (len(currencies) == 1 and new.currency not in currencies):
        return there
    return [one for one in there if set(as_input(new).names) & set(as_input(one).names)]


@dataclass(frozen=True)
class SameName:
    """`room` is known by a nickname only, and `into` has that name and a number of its own."""

    room: Account
    into: Account


def same_names() -> list[SameName]:
    """Rooms whose number is the name of one other room of the platform; one query."""
    rooms = list(Account.objects.all())
    owners: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for room in rooms:
        for name in {room.name, *map(str, room.other_names)}:
            owners[room.platform, name].append(room)
    found = []
    for room in rooms:
        others = [other for other in owners[room.platform, room.handle] if other.pk != room.pk]
        found += [SameName(room, others[0])] if len(others) == 1 and others[0].handle != others[0].name else []
    return found
