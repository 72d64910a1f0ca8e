"""A kind of record, its verbs, and how what was said is read and refused."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from kaibo.audit.seen import claim
from kaibo.home.records.shapes import ANYTHING, Shape
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.look import numbers as look
from kaibo.look.ids import LARGEST
from kaibo.measurement.months import month_of

Told = Mapping[str, Any]
Plain = dict[str, Any]
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
# a form's word for a field → the word that programs use
WORDS = {"account": "room", "accounts": "rooms", "gmv_minor": "gmv"}


class Wrong(Exception):
    """What was said cannot be done: field → what is wrong with it and what helps; "" is of no single field."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self.fields = {WORDS.get(name, name): list(texts) for name, texts in fields.items()}
        super().__init__(" ".join(text for texts in self.fields.values() for text in texts))

    def as_json(self) -> Plain:
        """{"error": a sentence, "fields": {field: [sentences]}}."""
        lines = [f"{name}: {' '.join(texts)}" if name else " ".join(texts) for name, texts in self.fields.items()]
        return {"error": " ".join(lines), "fields": self.fields}


@dataclass(frozen=True)
class Verb:
    """Something to do with a record. `fields`: what it has to be told; those that end in ? may be left out.

    `run` gets the user, the record's id (None for a verb that is `of_one` not) and what was told, and gives plain JSON:
    the row, or what `gives` describes (shapes.py). `files`: which of the fields are files. `reads`: it changes nothing,
    so that a token that may read is enough. `also`: an area besides the kind's that it tells of.
    """

    key: str
    says: str
    fields: tuple[str, ...]
    run: Callable[[User, int, Told], Plain]
    of_one: bool = True
    gives: Shape | None = None
    files: tuple[str, ...] = ()
    reads: bool = False
    also: Area | None = None

    @property
    def names(self) -> list[str]:
        return [name.rstrip("?") for name in self.fields]


@dataclass(frozen=True)
class Kind:
    """A kind of record. `listed`: those that the user may see; `row`: one of them as plain JSON, its number as `id`.

    `asks`: what its list may be told, like a Verb's `fields`; `listed` is given it then, after the user.
    `rows`: a page of them at once, where what one may read of a row is the reader's; then there is no `row`.
    `one`: a single record with all that its page says, by its id and what `asks_one` names.
    `shape`, `one_shape`: what these look like (shapes.py). `personal`: for everyone who signs in, not only for who sees
    others. `area`: which scope a token needs.
    """

    key: str
    says: str
    listed: Callable[..., QuerySet[Any] | Sequence[Any]]
    row: Callable[[Any], Plain] | None = None
    verbs: tuple[Verb, ...] = ()
    asks: tuple[str, ...] = ()
    rows: Callable[[User, Sequence[Any]], list[Plain]] | None = None
    one: Callable[[User, int, Told], Plain] | None = None
    asks_one: tuple[str, ...] = ()
    shape: Shape = ANYTHING
    one_shape: Shape = ANYTHING
    personal: bool = False
    area: Area = field(kw_only=True)

    def found(self, user: User, told: Told) -> QuerySet[Any] | Sequence[Any]:
        """The list, as it was asked for. Raises Wrong."""
        _refuse_unknown(told, [name.rstrip("?") for name in self.asks])
        require_text(told)
        return self.listed(user, told) if self.asks else self.listed(user)

    def plain(self, user: User, found: Iterable[Any]) -> list[Plain]:
        """These of the list as plain JSON."""
        if self.rows is not None:
            return self.rows(user, list(found))
        assert self.row is not None  # noqa: S101 -- a kind has one or the other
        return [self.row(one) for one in found]

    def shown(self, user: User, pk: int, told: Told) -> Plain:
        """A single one. Raises Wrong, and Http404 where there is none or none for this user."""
        if self.one is None:
            raise Http404
        _refuse_unknown(told, [name.rstrip("?") for name in self.asks_one])
        require_text(told)
        return self.one(user, pk, told)

    def verb(self, key: str) -> Verb:
        """Raises KeyError."""
        return {verb.key: verb for verb in self.verbs}[key]


def require_text(told: Any) -> None:
    """Raises Wrong for characters that no text has (NUL, half a surrogate), however deep they stand."""
    left = [("", told)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += [(name or str(key), one) for key, one in value.items()] + [(name, key) for key in value]
        elif isinstance(value, list):
            left += [(name, one) for one in value]
        elif isinstance(value, str) and NO_TEXT.search(value):
            raise Wrong({name: [_("There is a character in it that no text has.")]})


def act(verb: Verb, user: User, pk: int, told: Told) -> Plain:
    """Do it. Raises Wrong with what to do, Http404 where there is no such record, or none for this user."""
    _refuse_unknown(told, verb.names)
    require_text(told)
    try:
        return verb.run(user, pk, told)
    except ValidationError as error:
        raise refusal(error) from error


@contextmanager
def held(row: Model, seen: str = "") -> Iterator[None]:
    """The record, locked and read again: what is not said of it stays as it is now, whoever changed it before.

    Around an edit that begins with what is there. Raises Changed where it is not what was `seen`.
    """
    with transaction.atomic():
        claim(row, seen)
        row.refresh_from_db()
        yield


def _refuse_unknown(told: Told, names: Sequence[str]) -> None:
    strange = sorted(told.keys() - set(names))
    if strange:
        text = _("Unknown. This can be said: %(names)s.") % {"names": ", ".join(names) or "—"}
        raise Wrong({name: [text] for name in strange})


def refusal(error: ValidationError) -> Wrong:
    if hasattr(error, "error_dict"):
        return Wrong({"" if name == NON_FIELD_ERRORS else name: texts for name, texts in error.message_dict.items()})
    return Wrong({"": error.messages})


def read(form: type[forms.Form], told: Told, **more: Any) -> Plain:
    """What the page's form makes of it. Raises Wrong."""
    back = {ours: theirs for theirs, ours in WORDS.items()}
    made = form({back.get(name, name): value for name, value in typed(told).items()}, **more)
    checked(made)
    return made.cleaned_data


def checked(form: forms.Form) -> None:
    """Raises Wrong for what the form refuses, and for a list where it asks for a day or an instant."""
    lists = [
        name
        for name, field in form.fields.items()
        if isinstance(field, forms.fields.BaseTemporalField) and isinstance(form.data.get(name), list)
    ]
    if lists:
        raise Wrong({name: [_("Say a text.")] for name in lists})
    if not form.is_valid():
        raise wrong_in(form)


def typed(told: Told) -> Plain:
    """What a form takes: texts and lists of texts, as a browser sends them. Raises Wrong for objects."""
    return {name: _typed(name, value) for name, value in told.items()}


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_typed(name, one) for one in value]
    if isinstance(value, dict):
        raise Wrong({name: [_("Say a text.")]})
    if isinstance(value, bool | int | float):
        return str(value)
    return value


def wrong_in(form: forms.Form) -> Wrong:
    """What a form says is wrong with it."""
    found = form.errors.items()
    return Wrong({"" if name == NON_FIELD_ERRORS else name: [str(text) for text in texts] for name, texts in found})


def number(told: Told, name: str) -> int:
    """A whole number that was told. Raises Wrong."""
    value = told.get(name)
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -LARGEST <= value <= LARGEST:
        raise Wrong({name: [_("Say a whole number.")]})
    return value


def numbers(told: Told, name: str) -> list[int]:
    """A list of whole numbers that was told. Raises Wrong."""
    value = told.get(name)
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not value:
        raise Wrong({name: [_("Say a list of whole numbers.")]})
    return [number({name: one}, name) for one in value]


def words(told: Told, name: str) -> str:
    """Text that was told, "" where it was not. Raises Wrong for what is no text."""
    value = told.get(name, "")
    if not isinstance(value, str):
        raise Wrong({name: [_("Say a text.")]})
    return value


def yes(told: Told, name: str) -> bool:
    """True or false that was told, false where it was not. Raises Wrong."""
    value = told.get(name, False)
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0", ""):
        return value.lower() in ("true", "1")
    if not isinstance(value, bool):
        raise Wrong({name: [_("Say true or false.")]})
    return value


def month_in(told: Told, name: str = "month") -> date | None:
    """The month that was told as 2026-11, None where none was. Raises Wrong."""
    text = words(told, name)
    if not text:
        return None
    found = month_of(text)
    if found is None or not 2000 <= found.year < 2100:
        raise Wrong({name: [_("Write the month as 2026-11.")]})
    return found


def needed_month(told: Told, name: str = "month") -> date:
    """The month that has to be told. Raises Wrong."""
    found = month_in(told, name)
    if found is None:
        raise Wrong({name: [_("Write the month as 2026-11.")]})
    return found


def mapping(told: Told, name: str) -> Plain:
    """An object that was told. Raises Wrong."""
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise Wrong({name: [_("Say an object of names and values.")]})
    return value


def exact(value: Fraction | None) -> str | None:
    """An exact number as text, “39001/71429”; None of what is unknown."""
    return None if value is None else str(Fraction(value))


def scored(value: Fraction | None, places: int = 1) -> str | None:
    """What is computed from figures: exact, and to so many decimals, as pages say it, while amounts are withheld.

    For an exact share of amounts says both of them: points of 1560040/71429 are of a target of 714.29.
    """
    if value is None or not look.withholds_amounts():
        return exact(value)
    return exact(Fraction(round(value * 10**places), 10**places))


def month_as_text(value: date) -> str:
    return f"{value:%Y-%m}"


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def at(value: datetime | None) -> str | None:
    """An instant in UTC, however it was told."""
    return value.astimezone(UTC).isoformat() if value else None


def who(user: User | None) -> str | None:
    return str(user) if user else None


def found_all(wanted: Iterable[int], find: Callable[[int], Any], name: str) -> list[Any]:
    """Each of these records. Raises Wrong, naming the number that there is not."""
    found = []
    for pk in wanted:
        try:
            found.append(find(pk))
        except Http404:
            raise Wrong({name: [_("There is no %(n)s, or not for you.") % {"n": pk}]}) from None
    return found
