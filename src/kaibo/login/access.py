"""The signed-in user of a request, typed."""

from django.http import Http404, HttpRequest

from kaibo.login.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user; Http404 where nobody is (the login middleware has sent them to sign in before)."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
