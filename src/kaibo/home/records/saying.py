"""A kind of record, its verbs, and how what was said is read and refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from kaibo.login.models import User

Told = Mapping[str, Any]
Plain = dict[str, Any]
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

    `run` gets the user, the record's id (None for a verb that is `of_one` not) and what was told, and gives plain JSON.
    """

    key: str
    says: str
    fields: tuple[str, ...]
    run: Callable[[User, int, Told], Plain]
    of_one: bool = True

    @property
    def names(self) -> list[str]:
        return [name.rstrip("?") for name in self.fields]


@dataclass(frozen=True)
class Kind:
    """A kind of record. `listed`: those that the user may see; `row`: one of them as plain JSON, its number as `id`.

    `asks`: what its list may be told, like a Verb's `fields`; `listed` is given it then, after the user.
    """

    key: str
    says: str
    listed: Callable[..., QuerySet[Any] | Sequence[Any]]
    row: Callable[[Any], Plain]
    verbs: tuple[Verb, ...] = ()
    asks: tuple[str, ...] = ()

    def found(self, user: User, told: Told) -> QuerySet[Any] | Sequence[Any]:
        """The list, as it was asked for. Raises Wrong."""
        _refuse_unknown(told, [name.rstrip("?") for name in self.asks])
        return self.listed(user, told) if self.asks else self.listed(user)

    def verb(self, key: str) -> Verb:
        """Raises KeyError."""
        return {verb.key: verb for verb in self.verbs}[key]


def act(verb: Verb, user: User, pk: int, told: Told) -> Plain:
    """Do it. Raises Wrong with what to do, Http404 where there is no such record, or none for this user."""
    _refuse_unknown(told, verb.names)
    try:
        return verb.run(user, pk, told)
    except ValidationError as error:
        raise refusal(error) from error


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
    made = form({back.get(name, name): value for name, value in told.items()}, **more)
    if not made.is_valid():
        raise wrong_in(made)
    return made.cleaned_data


def wrong_in(form: forms.Form) -> Wrong:
    """What a form says is wrong with it."""
    found = form.errors.items()
    return Wrong({"" if name == NON_FIELD_ERRORS else name: [str(text) for text in texts] for name, texts in found})


def number(told: Told, name: str) -> int:
    """A whole number that was told. Raises Wrong."""
    value = told.get(name)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
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


def mapping(told: Told, name: str) -> Plain:
    """An object that was told. Raises Wrong."""
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise Wrong({name: [_("Say an object of names and values.")]})
    return value


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
