"""The account one signs in with. What the person does in the team is in org."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.login.grants import Grant, HoldsGrants, Users
from kaibo.login.rights import Right, Role, Scope

__all__ = ["ApiToken", "Grant", "Link", "LinkKind", "Right", "Role", "Scope", "SignInFailure", "User"]


class User(HoldsGrants, AbstractUser):
    """A sign-in. Its grants say what kind of rights it has; org.access says over whom."""

    language = models.CharField(max_length=8, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    # whether there is one, said here too so that no request has to ask for it: login/factors.py keeps it true
    second_factor = models.BooleanField(default=False)

    objects: ClassVar[Users] = Users()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_invited(self) -> bool:
        """Made for somebody who has not come yet: closed, and without a password until they choose one."""
        return not self.is_active and not self.has_usable_password()


class SignInFailure(models.Model):
    """A wrong password. `key` hides which name and address it was; rows older than a day are removed."""

    key = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%Y-%m-%d %H:%M}"


class LinkKind(models.TextChoices):
    INVITATION = "invitation", _("Invitation")
    RESET = "reset", _("New password")


class Link(models.Model):
    """Lets whoever holds it choose a password for `user`, once. Only a hash is kept: the text is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=LinkKind)
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=LinkKind.values), name="link_kind_is_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"


class ApiToken(models.Model):
    """Lets a program act with a user's rights, as far as its scopes go (token_scopes), until it expires.

    Only a hash is kept: the token itself is shown once, when it is made. `expires_at` None: it does not.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
