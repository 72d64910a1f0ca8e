"""A prepared query gives what its queryset gives, each time anew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import CharField, F, QuerySet, Value

from kaibo.database.prepared import OFFSET, SHAPES, Prepared, among

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def permissions() -> QuerySet[Permission]:
    kind = ContentType.objects.create(app_label="t", model="m")
    Permission.objects.bulk_create(
        Permission(name=f"P{n}", codename=f"c{n % 3}{n}", content_type=kind) for n in range(9)
    )
    return Permission.objects.filter(content_type=kind).order_by("codename")


def test_it_gives_what_the_queryset_gives(permissions: QuerySet[Permission]) -> None:
    kind = permissions[0].content_type_id
    related = Prepared(
        lambda *, kind, start: (
            Permission.objects.select_related("content_type")
            .filter(content_type=kind, codename__startswith=start)
            .order_by("-codename")
        )
    )
    found = related(kind=kind, start="c1")
    assert [one.name for one in found] == ["P7", "P4", "P1"]
    assert found[0].content_type.model == "m"
    assert related(kind=kind, start="x") == []
    assert related(kind=kind + 1, start="c1") == []
    # what is in the database now, not what was there
    Permission.objects.create(name="new", codename="c19", content_type_id=kind)
    assert related.first(kind=kind, start="c1").name == "new"  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_lists_and_cuts(permissions: QuerySet[Permission], count: int) -> None:
    named = Prepared(lambda *, names: permissions.filter(among("name", names)).values_list("name", flat=True))
    names = [f"P{n}" for n in range(count)]
    assert (
        sorted(named(names=names))
        == names
        == sorted(permissions.filter(among("name", names)).values_list("name", flat=True))
    )
    inside = Prepared(
        lambda like, *, name: (
            Permission.objects.exclude(name=name)
            .filter(
                pk__in=permissions.filter(codename__contains=like).exclude(name=name).values("pk")[OFFSET : OFFSET + 2]
            )
            .order_by("codename")
            .values_list("name", flat=True)
        )
    )
    without = [name for name in permissions.values_list("name", flat=True) if name != "P0"]
    assert inside("c", name="P0", offset=count - 1) == without[count - 1 : count + 1]


def test_dicts_unions_and_times() -> None:
    Session.objects.create(session_key="old", session_data="x", expire_date=NOON)
    Session.objects.create(session_key="new", session_data="y", expire_date=NOON + timedelta(hours=1))
    Group.objects.create(name="late")

    def both(*, since: Any) -> QuerySet[Any, Any]:
        groups = Group.objects.order_by().values(of=Value("group", CharField()), called=F("name"))
        living = Session.objects.filter(expire_date__gt=since).values(
            of=Value("", CharField()), called=F("session_key")
        )
        return living.union(groups, all=True)

    asked = Prepared(both)
    for since in (NOON, NOON - timedelta(seconds=1), NOON + timedelta(hours=1)):
        assert sorted(map(str, asked(since=since))) == sorted(map(str, both(since=since)))
    assert Prepared(lambda: Group.objects.filter(pk__in=()))() == []


def test_it_is_built_once_for_each_shape() -> None:
    built = []

    def build(prefix: str, *, name: Any) -> QuerySet[Group]:
        built.append(prefix)
        return Group.objects.filter(name=name)

    asked = Prepared(build)
    for name in ("a", "b", "c"):
        asked("x", name=name)
    asked("y", name="a")
    assert built == ["x", "y"]
    for number in range(SHAPES):
        asked(str(number), name="a")
    asked("x", name="a")
    assert built.count("x") == 2


def test_what_it_would_answer_wrongly_is_refused() -> None:
    with pytest.raises(TypeError, match="give it as a value"):
        Prepared(lambda: Session.objects.filter(expire_date__gt=NOON))()
    with pytest.raises(TypeError, match="NoneType is no value"):
        Prepared(lambda *, name: Group.objects.filter(name=name))(name=None)
    with pytest.raises(TypeError, match="prefetches nothing"):
        Prepared(lambda: Group.objects.prefetch_related("permissions"))()


def test_a_key_that_no_table_can_hold_finds_nothing() -> None:
    found = Prepared(lambda *, pk: Group.objects.filter(pk=pk))
    assert found(pk=2**70) == []
    assert found(pk=-(2**70)) == []
