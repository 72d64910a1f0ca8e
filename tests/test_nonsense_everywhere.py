"""Every address of the product with numbers that no column holds in every field it reads: an answer, never a fault."""

import logging
from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.asking import ask
from tests.test_access import rows
from tests.things import one_of_each

FAR = "9" * 5000
# no number, below every number, beyond every column, and each digit of another script
ODD = ("²", "-1", "9" * 30, FAR, "٣", "1.5e400", "NaN", "\x00", "0001-01-01", "9999-12-31", "9999-12")


class Noted(dict[str, object]):
    """What `QueryDict.dict()` gives, noting what is read of it."""

    def __init__(self, said: dict[str, object], names: set[str]) -> None:
        super().__init__(said)
        self.names = names

    def get(self, key: str, default: object = None) -> object:
        self.names.add(key)
        return super().get(key, default)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the fields that were read of a request's address or form."""
    names: set[str] = set()
    for method in ("__getitem__", "get", "getlist", "__contains__"):
        real = getattr(MultiValueDict, method)

        def noting(self, key, *args, real=real, **options):
            names.add(key)
            return real(self, key, *args, **options)

        monkeypatch.setattr(QueryDict, method, noting, raising=False)
    monkeypatch.setattr(QueryDict, "dict", lambda self: Noted({key: self[key] for key in list(self)}, names))
    return names


def _asked(client: Client, method: str, path: str, fields: dict[str, str]) -> str:
    """What went wrong; nothing where it was answered."""
    path, _mark, said = path.partition("?")
    known = QueryDict(said, mutable=True)
    for name, value in fields.items() if method == "GET" else ():
        known[name] = value
    try:
        status = ask(client, method, f"{path}?{known.urlencode()}", fields).status_code
    except Exception as error:  # noqa: BLE001 -- of this address; the others are asked too
        return f"{method} {path[:60]} {[(name, value[:12]) for name, value in fields.items()]}: {error!r}"[:400]
    return f"{method} {path}: {status}" if status >= 500 else ""


def _problems(client: Client, method: str, path: str, read: set[str], *, each: bool) -> Iterator[str]:
    read.clear()
    yield _asked(client, method, path, {})
    known: set[str] = set()
    # what is read only once something else was said is said in the next round
    for _round in range(3):
        new = {name for name in read - known if not name.startswith("csrf")}
        if not new:
            break
        known |= new
        yield _asked(client, method, path, dict.fromkeys(known, FAR))
        for name in sorted(new) if each else ():
            for odd in ODD:
                yield _asked(client, method, path, {name: odd})


@pytest.mark.parametrize("each", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["together", "each"])
def test_no_field_of_any_address_fails_at_nonsense(cast, settings, read, each):
    things, client = one_of_each(cast, settings), cast.client("owner")
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    wrong = []
    for name, method, path, wanted in rows():
        # what only a token opens is asked by site/tests/test_openapi.py
        if "401" in wanted.values() or name == "login:sign_out":
            continue
        wrong += _problems(client, method, path.format(**things), read, each=each)
    assert list(filter(None, wrong)) == [], "\n".join(filter(None, wrong))


def test_no_address_fails_at_numbers_of_nothing(cast, settings):
    things, client = one_of_each(cast, settings), cast.client("owner")
    wrong = []
    for _name, method, path, wanted in rows():
        numbers = {key: thing for key, thing in things.items() if str(thing).isdecimal()}
        if "401" in wanted.values() or not any(f"{{{key}}}" in path for key in numbers):
            continue
        for odd in ("0", "9" * 18, "9" * 30, FAR):
            wrong.append(_asked(client, method, path.format(**{**things, **dict.fromkeys(numbers, odd)}), {}))
    assert list(filter(None, wrong)) == [], "\n".join(filter(None, wrong))
