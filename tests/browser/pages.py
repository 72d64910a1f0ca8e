"""The pages that a team lives in, with the sample's people: what the gallery shows and what axe reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A page of the gallery. `find`: a link's CSS selector to follow from `path`, where the address is not fixed."""

    name: str
    who: str
    path: str
    find: str = ""


PAGES = (
    Shown("home-owner", "owner", "/"),
    Shown("home-host", "host", "/"),
    Shown("upload", "owner", "/upload/"),
    Shown("batches", "owner", "/batches/"),
    Shown("batch", "owner", "/batches/", "main table a[href^='/batches/']"),
    Shown("sessions", "owner", "/sessions/"),
    Shown("session", "owner", "/sessions/", "main a[href^='/sessions/']:not([href*='export'])"),
    Shown("shifts", "owner", "/shifts/"),
    Shown("people", "owner", "/people/"),
    Shown("month", "host", "/me/"),
    Shown("line", "host", "/me/", "main a[href*='/net_paid/']"),
    Shown("daily", "owner", "/daily/"),
    Shown("rooms", "owner", "/rooms/"),
)
