"""What every page's frame shows: navigation by role with badges, how fresh the data is, whether a month is computing."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaibo.login.models import User


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail and of the phone's tabs. `area`: the URL namespaces that light it up."""

    label: str
    url: str
    icon: str
    badge: int = 0
    current: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of look/base.html. Errors before sign-in are shown without it."""
    user = getattr(request, "user", None)
    english = (get_language() or "").startswith("en")
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {"english": english, "theme": theme if theme in ("light", "dark") else ""}
    if not isinstance(user, User) or not user.is_authenticated:
        return context
    return context | {"nav": _nav(request, user), "me_name": str(user)}


def _nav(request: HttpRequest, user: User) -> list[NavItem]:
    name = request.resolver_match.view_name if request.resolver_match else ""
    entries = [
        (_("Today"), "home:today", "home", ("home:today",), True),
        (_("Mine"), "appraisal:mine", "user", ("appraisal:",), True),
        (_("Live"), "measurement:sessions", "broadcast", ("measurement:session", "live:"), True),
        (_("Daily"), "measurement:daily", "report", ("measurement:daily",), user.is_lead),
        (_("People"), "org:people", "users", ("org:",), user.is_lead),
        (_("Data"), "home:upload", "database-import", ("home:upload", "imports:"), user.is_lead),
    ]
    items = []
    for label, view, icon, areas, allowed in entries:
        try:
            url = reverse(view)
        except NoReverseMatch:
            continue
        if allowed:
            items.append(NavItem(label, url, icon, 0, name.startswith(areas)))
    return items
