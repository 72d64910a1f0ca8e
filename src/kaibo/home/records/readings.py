"""What is read off a room's screen at handovers: the phone's form for programs and the shell."""

from typing import Any

from django.http import Http404

from kaibo.home.records.saying import Kind, Plain, Told, Verb, at, read, who
from kaibo.imports.models import Upload
from kaibo.live import actions
from kaibo.live.access import rooms_of, visible_readings
from kaibo.live.views.readings import ReadingForm
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import own_person, require

FIGURES = ("views?", "gmv?", "orders?", "comments?", "new_followers?", "online?")


def _reading(one: Upload) -> Plain:
    return {
        "id": one.pk, "file": one.file_name, "state": one.batch.state if one.batch else one.state,
        "batch": one.batch_id, "by": who(one.by), "written_at": at(one.at),
    }  # fmt: skip


def _readings(user: User) -> Any:
    require(user, Right.SEE_FILES)
    return visible_readings(user).select_related("batch", "by")


def _take(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.IMPORT_FILES)
    got = read(ReadingForm, told, rooms=rooms_of(user))
    figures = {name: value for name, value in got.items() if name not in ("account", "at") and value is not None}
    person = own_person(user)
    name = person.name if person else ""
    return _reading(actions.take_reading(by=user, account=got["account"], at=got["at"], figures=figures, name=name))


def _take_back(user: User, pk: int, _told: Told) -> Plain:
    require(user, Right.IMPORT_FILES)
    found = visible_readings(user).select_related("batch").filter(pk=pk).first()
    if found is None:
        raise Http404
    actions.take_back_reading(by=user, reading=found)
    found.refresh_from_db()
    return _reading(found)


READINGS = Kind(
    "readings", "what was read off rooms' screens at handovers, the newest first; each is a batch of its own",
    _readings, _reading,
    (
        Verb("add", "all since the broadcast began; gmv is an amount like 1234.50; what is left out is unknown",
             ("room", "at", *FIGURES), _take, of_one=False),
        Verb("take-back", "it was mistyped; what it corrected counts again", (), _take_back),
    ), area=Area.LIVE,
)  # fmt: skip
