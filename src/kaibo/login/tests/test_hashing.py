"""Passwords are hashed with what a small web process can afford."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.test import override_settings

HASHERS = ["kaibo.login.hashing.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@override_settings(PASSWORD_HASHERS=HASHERS)
def test_a_password_is_kept_as_argon2id_of_19_mib() -> None:
    kept = make_password("kaibo-demo-1")
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("kaibo-demo-1", kept)
    assert not check_password("kaibo-demo-2", kept)


@override_settings(PASSWORD_HASHERS=HASHERS)
def test_one_that_was_kept_otherwise_is_kept_anew_at_the_next_sign_in() -> None:
    renewed: list[str] = []
    old = PBKDF2PasswordHasher().encode("kaibo-demo-1", "a-salt-that-is-long-enough", iterations=1000)
    assert check_password("kaibo-demo-1", old, renewed.append)
    assert renewed == ["kaibo-demo-1"]
