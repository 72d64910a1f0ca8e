"""What the sign-in pages ask for."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kaibo.login import throttle
from kaibo.login.actions import THEMES


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


class TokenName(forms.Form):
    """What a token is for, so that one knows later which to revoke."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)
