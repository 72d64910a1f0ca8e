"""What an installation is without a setting: closed; and what its settings refuse."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from tests.browser.conftest import environment

from kaibo.site import settings as said

FIRST_START = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
print(settings.DEBUG, len(settings.SECRET_KEY), settings.PASSWORD_HASHERS[0], settings.ALLOWED_HOSTS)
"""


def test_the_first_start_is_closed_and_makes_its_own_secret(tmp_path: Path) -> None:
    """One process of its own: the settings are read as anybody's are, with every check of Django for deployment."""
    home = environment(tmp_path) | {"KAIBO_HTTPS": "1"}
    told = subprocess.run([sys.executable, "-c", FIRST_START], env=home, check=True, capture_output=True, text=True)
    debug, length, hasher, *hosts = told.stdout.splitlines()[-1].split()
    assert (debug, int(length) >= 50, hasher) == ("False", True, "kaibo.login.hashing.Argon2")
    assert "*" not in "".join(hosts)
    assert {name: oct((tmp_path / name).stat().st_mode & 0o777) for name in ("secret_key", "installation_key")} == {
        "secret_key": "0o600",
        "installation_key": "0o600",
    }


def test_half_a_company_sign_on_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIBO_OIDC_ISSUER", "https://sso.example.com")
    with pytest.raises(ImproperlyConfigured, match="CLIENT_ID"):
        importlib.reload(said)
    monkeypatch.setenv("KAIBO_OIDC_CLIENT_ID", "kaibo")
    monkeypatch.setenv("KAIBO_OIDC_ISSUER", "http://sso.example.com")
    with pytest.raises(ImproperlyConfigured, match="https"):
        importlib.reload(said)
    monkeypatch.delenv("KAIBO_OIDC_ISSUER")
    monkeypatch.setenv("KAIBO_SECOND_FACTOR", "owner,boss")
    with pytest.raises(ImproperlyConfigured, match="boss"):
        importlib.reload(said)
