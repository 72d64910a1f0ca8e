"""What a token is for: an area of the API, to read or to write. It never opens more than its user's rights do."""

from collections.abc import Collection, Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

READ, WRITE = "read", "write"
# amounts in people's numbers, as the right to see them; one's own too
MONEY = "money"


class Lacking(Exception):
    """A token that would need this scope besides, for what an address works on."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(scope)


class Area(models.TextChoices):
    """What the API's addresses are about. A new one is a scope that no token has yet."""

    IMPORTS = "imports", _("Files: uploads, batches, columns, what was left out, background jobs")
    LIVE = "live", _("Live: rooms, broadcasts, outages, readings, rates, tags, targets")
    PEOPLE = "people", _("People, departments, positions, duties")
    RIGHTS = "rights", _("Roles: who holds which")
    SCORES = "scores", _("Months and people's scores")
    CARDS = "cards", _("Scorecards and own KPIs")
    REVIEWS = "reviews", _("Review cycles, reviews, notes, calibration, appeals")


SCOPES: tuple[str, ...] = (*(f"{area}:{act}" for area in Area.values for act in (READ, WRITE)), MONEY)


def scope_of(area: Area, *, writes: bool) -> str:
    return f"{area.value}:{WRITE if writes else READ}"


def covers(held: Collection[str], scope: str) -> bool:
    """Whether one of these is enough: who writes reads too."""
    area, _colon, act = scope.partition(":")
    return scope in held or (act == READ and f"{area}:{WRITE}" in held)


def in_order(scopes: Iterable[str]) -> list[str]:
    """Each once, as the page lists them. Raises ValueError for what is none."""
    chosen = set(scopes)
    unknown = chosen - set(SCOPES)
    if unknown:
        raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
    return [scope for scope in SCOPES if scope in chosen]


def shortest(scopes: Collection[str]) -> list[str]:
    """What a page lists of a token: without the reading that its writing covers."""
    written = {scope.replace(f":{WRITE}", f":{READ}") for scope in scopes if scope.endswith(f":{WRITE}")}
    return [scope for scope in in_order(scopes) if scope not in written]
