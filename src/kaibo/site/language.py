"""The language of the command line: its messages, its help, and what argparse itself says."""

import argparse
import gettext as catalogues
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

CHINESE, ENGLISH = "zh-hans", "en"
# in the order in which a terminal's programs ask them; the first that is set decides
ASKED = ("KAIBO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language(environment: Mapping[str, str]) -> str:
    """English where the environment says so; else Chinese, as the pages: C, POSIX and other languages say neither."""
    said = next((text for name in ASKED if (text := environment.get(name, ""))), "")
    return ENGLISH if said.lower().partition("_")[0].partition(".")[0] == "en" else CHINESE


@cache
def _catalogue(chosen: str) -> catalogues.NullTranslations:
    if chosen == ENGLISH:
        return catalogues.NullTranslations()
    locale = Path(__file__).parent / "locale"
    return catalogues.translation("django", locale, languages=["zh_Hans"], fallback=True)


def gettext(text: str) -> str:
    """In the command line's language, before there are settings: `kaibo --help` makes no installation."""
    return _catalogue(language(os.environ)).gettext(text)


def gettext_noop(text: str) -> str:
    """Marks a msgid that stands in a plain string, for extraction."""
    return text


# argparse's own sentences, those that whoever types a command can meet
ARGPARSE = (
    gettext_noop("usage: "),
    gettext_noop("options"),
    gettext_noop("positional arguments"),
    gettext_noop("show this help message and exit"),
    gettext_noop("show program's version number and exit"),
    gettext_noop("%(prog)s: error: %(message)s\n"),
    gettext_noop("argument %(argument_name)s: %(message)s"),
    gettext_noop("the following arguments are required: %s"),
    gettext_noop("one of the arguments %s is required"),
    gettext_noop("unrecognized arguments: %s"),
    gettext_noop("invalid choice: %(value)r (choose from %(choices)s)"),
    gettext_noop("invalid %(type)s value: %(value)r"),
    gettext_noop("expected one argument"),
    gettext_noop("expected at least one argument"),
    gettext_noop("not allowed with argument %s"),
    gettext_noop("ambiguous option: %(option)s could match %(matches)s"),
    gettext_noop("ignored explicit argument %r"),
)


def teach_argparse() -> None:
    """Let argparse speak the command line's language. It asks its module's `_`, and has no catalogue of its own."""
    vars(argparse)["_"] = gettext
