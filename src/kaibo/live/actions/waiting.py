"""Of two who add at once, the second sees what the first wrote: both lock the room or the person before they look.

Rooms come before broadcasts, people before shifts and leave; several by their ids.
"""

from collections.abc import Iterable

from kaibo.live.models import Account
from kaibo.org.models import Person


def lock_rooms(rooms: Iterable[int]) -> None:
    """Until the commit; rows that point to them are written meanwhile."""
    list(Account.everyone.select_for_update(no_key=True).filter(pk__in=set(rooms)).order_by("pk").values_list("pk"))


def lock_people(people: Iterable[int]) -> None:
    """Until the commit; rows that point to them are written meanwhile."""
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=set(people)).order_by("pk").values_list("pk"))
