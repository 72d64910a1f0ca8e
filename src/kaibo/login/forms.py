"""What the sign-in pages ask for."""

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from kaibo.login.actions import THEMES


class FirstRun(forms.Form):
    """The owner of a new installation."""

    name = forms.CharField(
        label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("You sign in with it."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
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


class Language(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


class Theme(forms.Form):
    theme = forms.ChoiceField(choices=[(theme, theme) for theme in THEMES if theme], required=False)
