"""The signed-in user of a request, typed, and what is asked of them."""

from django.conf import settings
from django.http import Http404, HttpRequest

from kaibo.login.models import User
from kaibo.login.rights import Right


def user_of(request: HttpRequest) -> User:
    """The signed-in user; Http404 where nobody is (the login middleware has sent them to sign in before)."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def needs_second_factor(user: User) -> bool:
    """Does what this user may do ask for a second factor? The only place that knows which roles."""
    asked = settings.SECOND_FACTOR_ROLES
    return bool(asked) and any(role in asked for role in user.roles)


def must_set_up(user: User) -> bool:
    """Needs a second factor and has none: can do nothing else. Costs at most the grants, which a page reads anyway."""
    return not user.second_factor and needs_second_factor(user)


def needed(request: HttpRequest, *, see: Right, change: Right) -> Right:
    """Which right an address needs that shows on GET and changes on POST."""
    return change if request.method == "POST" else see
