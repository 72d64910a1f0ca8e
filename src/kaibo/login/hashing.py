"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes, as OWASP's cheat sheet recommends.

    Django's own 100 MiB would, with a few people signing in at once, be more than the whole web process may use.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
