"""How long a password must be, said in our own words: Django's Chinese lacks that sentence."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Refuses a shorter one, in the reader's language."""

    def get_error_message(self) -> str:
        return ngettext(
            "Too short: at least %(count)d character.", "Too short: at least %(count)d characters.", self.min_length
        ) % {"count": self.min_length}
