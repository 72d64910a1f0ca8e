"""What is not there, said in words to who may know that it could be."""

from django.http import Http404


class Missing(str):
    """The text of such an Http404, for the page 404.html; other texts, which libraries make, are not shown."""

    told = True
    href: str
    action: str


def missing(text: str, href: str, action: str) -> Http404:
    """To be raised once the right is checked: without it, what is not there and what is not one's own look the same."""
    said = Missing(text)
    said.href, said.action = href, action
    return Http404(said)
