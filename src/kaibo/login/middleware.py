"""What is looked at on each request of somebody who is signed in."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from kaibo.login.access import must_set_up
from kaibo.login.models import User
from kaibo.login.sessions import note_seen

# what one may open before the second factor that one must have is set up
OPEN = {
    "login:security", "login:add_app", "login:add_passkey", "login:confirm", "login:password",
    "login:sign_out", "login:language", "login:theme",
}  # fmt: skip


class SignedIn:
    """Below the check that somebody is signed in: notes that their browser was here, and leads to the set-up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        if not isinstance(user, User):
            return None
        note_seen(request)
        if must_set_up(user) and match is not None and match.view_name not in OPEN:
            return redirect("login:security")
        return None
