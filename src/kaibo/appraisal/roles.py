"""What a card can be for: a crew role, or any other position of the organisation, by its key.

A crew role is a position too; only its cards can credit by shift, since nobody is on shift in any other position.
"""

import time
from collections.abc import Iterable, Mapping
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaibo.live.models import CrewRole
from kaibo.look.numbers import in_chinese
from kaibo.org.handbook import handbook
from kaibo.org.models import Position
from kaibo.org.positions import rank

# positions that come without a card, and why
NO_CARD: Mapping[str, str | Promise] = {
    "ceo": _("Nobody in the company stands above, so nobody could rate it; the owners judge by the goals of the year."),
}
# how long a name of the company's own position may be an old one
KEPT_FOR_S = 30.0
_own: dict[str, tuple[str, str] | None] = {}
_read_at = -KEPT_FOR_S


def title_of(role: str) -> str:
    """In the reader's language; at most one query in half a minute, and none for what the handbook knows."""
    if role in CrewRole.values:
        return str(CrewRole(role).label)
    names = _of_handbook().get(role) or _of_company(role)
    return (names[0] if in_chinese() else names[1] or names[0]) if names else role


def exists(role: str) -> bool:
    """Whether anything is called by this key; a query for the company's own positions alone."""
    return role in handbook_keys() or Position.objects.filter(key=role).exists()


def has_shifts(role: str) -> bool:
    """Whether people are on shift in it, so that its hours are known."""
    return role in CrewRole.values


def in_order(roles: Iterable[str]) -> list[str]:
    """Crew roles as on the floor, then the others as in the list of positions."""
    place = {role: number for number, role in enumerate(CrewRole.values)}
    return sorted(roles, key=lambda role: (place.get(role, len(place)), rank(role), role))


@cache
def handbook_keys() -> frozenset[str]:
    return frozenset({*CrewRole.values, *_of_handbook()})


@cache
def _of_handbook() -> Mapping[str, tuple[str, str]]:
    """Key → name in Chinese, in English."""
    return {one.key: (one.zh.name, one.en.name) for one in handbook().positions}


def _of_company(role: str) -> tuple[str, str] | None:
    global _read_at
    if role not in _own or time.monotonic() - _read_at >= KEPT_FOR_S:
        _own.clear()
        _own.update({key: (zh, en) for key, zh, en in Position.objects.values_list("key", "name", "name_en")})
        _read_at = time.monotonic()
    # a key that is no position's any more is remembered too, else each mention of it would ask again
    return _own.setdefault(role, None)
