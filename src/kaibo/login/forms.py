"""What the sign-in pages ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from allauth.mfa.totp.internal.auth import validate_totp_code
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kaibo.login import throttle
from kaibo.login.actions import THEMES
from kaibo.login.factors import use_code
from kaibo.login.models import User
from kaibo.login.passkeys import check_authentication
from kaibo.login.token_scopes import MONEY, READ, WRITE, Area, scope_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


# days; 0: never
LASTS = [(30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year")), (0, _("never"))]
OPENS = [("", _("not open")), (READ, _("may read")), (WRITE, _("may read and write"))]
WRITES = {"": (), READ: (False,), WRITE: (False, True)}


class SignIn(AuthenticationForm):
    """Username and password, at most ten wrong ones in a quarter of an hour."""

    error_messages = {
        "invalid_login": _("Username and password do not fit together."),
        "inactive": _("This sign-in is closed."),
    }
    # how long to wait, when it was refused without looking at the password
    blocked = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username")
        self.fields["password"].label = _("Password")

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        self.blocked = throttle.waiting_minutes(username, address)
        if self.blocked:
            raise ValidationError(
                ngettext(
                    "Too many wrong passwords. You can try again in %(minutes)d minute.",
                    "Too many wrong passwords. You can try again in %(minutes)d minutes.",
                    self.blocked,
                )
                % {"minutes": self.blocked}
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            throttle.note_failure(username, address)
            raise
        throttle.forget_failures(username, address)
        return cleaned


class NewPassword(forms.Form):
    """A password that is chosen."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 8 characters, and none that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class Accept(NewPassword):
    """What the invited choose."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("You sign in with it."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    field_order = ("name", "username", "password")


class FirstRun(Accept):
    """The owner of a new installation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )


class ChangePassword(PasswordChangeForm):
    """The old password once, the new one twice."""

    error_messages = {
        "password_incorrect": _("This is not your current password."),
        "password_mismatch": _("The two new passwords differ."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Current password")
        self.fields["new_password1"].label = _("Your new password")
        self.fields["new_password1"].help_text = _("At least 8 characters, and none that many people use.")
        self.fields["new_password2"].label = _("New password, once more")
        self.fields["new_password2"].help_text = ""


class Language(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


class Theme(forms.Form):
    theme = forms.ChoiceField(choices=[(theme, theme) for theme in THEMES if theme], required=False)


class Throttled(forms.Form):
    """A form whose wrong answers are counted: after ten in a quarter of an hour it refuses without looking."""

    what: str = ""
    wrong: StrOrPromise = ""
    blocked = 0

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def right(self, cleaned: dict[str, Any]) -> bool:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = self.user.username
        self.blocked = throttle.waiting_minutes(name, "", self.what)
        if self.blocked:
            raise ValidationError(
                ngettext(
                    "Too many wrong answers. You can try again in %(minutes)d minute.",
                    "Too many wrong answers. You can try again in %(minutes)d minutes.",
                    self.blocked,
                )
                % {"minutes": self.blocked}
            )
        if self.errors:
            return cleaned
        if not self.right(cleaned):
            throttle.note_failure(name, "", self.what)
            raise ValidationError(self.wrong)
        throttle.forget_failures(name, "", self.what)
        return cleaned


class Code(Throttled):
    """A code of the authenticator app, or a recovery code."""

    what, wrong = "second factor", _("This code is not right, or it has been used already. Wait for the next one.")
    code = forms.CharField(
        label=_("Verification code"),
        max_length=20,
        help_text=_("Six digits of the authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )
    used: str | None = None

    def right(self, cleaned: dict[str, Any]) -> bool:
        self.used = use_code(self.user, cleaned["code"])
        return self.used is not None


class Passkey(Throttled):
    """What the browser signed."""

    what, wrong = "second factor", _("The passkey was not accepted. Try again, or use another way.")
    credential = forms.JSONField(widget=forms.HiddenInput)

    def right(self, cleaned: dict[str, Any]) -> bool:
        try:
            check_authentication(self.user, cleaned["credential"]).record_usage()
        except ValidationError:
            return False
        return True


class FirstCode(Throttled):
    """Proves that the app holds the secret."""

    what, wrong = "first code", _("This code is not right. Look whether the phone's clock is, and type the newest one.")
    code = forms.CharField(
        label=_("The six digits that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, user: User, secret: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.secret = secret

    def right(self, cleaned: dict[str, Any]) -> bool:
        return bool(validate_totp_code(self.secret, "".join(cleaned["code"].split())))


class NewPasskey(forms.Form):
    """A key that the browser made, and what to call it."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("So that you know later which it is: “phone”, “grey key”."),
    )
    credential = forms.JSONField(widget=forms.HiddenInput)


class OwnPassword(Throttled):
    """The password once more, before something that guards the sign-in is changed."""

    what, wrong = "confirm", _("This is not your current password.")
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def right(self, cleaned: dict[str, Any]) -> bool:
        return self.user.check_password(cleaned["password"])


class TokenForm(forms.Form):
    """What a token is for, so that one knows later which to revoke; how long it lasts, and how far it goes."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)
    lasts = forms.TypedChoiceField(label=_("Expires"), coerce=int, choices=LASTS, initial=90)
    money = forms.BooleanField(label=_("Amounts of money in people's numbers"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for area in Area:
            self.fields[area.value] = forms.ChoiceField(label=area.label, choices=OPENS, required=False)

    @property
    def areas(self) -> list[forms.BoundField]:
        return [self[area.value] for area in Area]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.scopes:
            raise ValidationError(_("Choose at least one area: a token that opens nothing is of no use."))
        return cleaned

    @property
    def scopes(self) -> list[str]:
        """Who writes reads too; amounts alone open nothing."""
        told = {area: self.cleaned_data.get(area.value) for area in Area}
        chosen = [scope_of(area, writes=writes) for area, said in told.items() for writes in WRITES[said or ""]]
        return [*chosen, MONEY] if chosen and self.cleaned_data.get("money") else chosen

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lasts"]
        return timezone.now() + timedelta(days=days) if days else None
