"""Marks English texts of this framework-free room for the extraction of translations."""


def gettext_noop(text: str) -> str:
    """The text itself: pages show `gettext(text)`."""
    return text
