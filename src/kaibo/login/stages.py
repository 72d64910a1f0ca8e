"""What stands between a right password and being signed in."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse
from django.shortcuts import redirect


class SecondFactor(AuthenticateStage):  # type: ignore[misc]
    """Asks for a code or a key of those who have set one up."""

    urlname = "login:second_factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self._should_handle(self.request):
            return redirect(self.urlname), True
        return None, True
