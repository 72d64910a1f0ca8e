"""Two sessions side by side: one scale, one axis from the start, and no difference where something is unknown."""

from datetime import timedelta

import pytest

from kaibo.live.models import Session
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.comparing import Row, candidates, compared
from kaibo.measurement.tests.test_panels import imported_minutes

from .conftest import at


@pytest.fixture
def two(evening, settings):  # type: ignore[no-untyped-def]
    """The evening with its minutes, and a shorter session of the room a week before."""
    evening.before = Session.objects.create(
        account=evening.account, start=at("19:10") - timedelta(days=7), end=at("20:10") - timedelta(days=7)
    )
    imported_minutes(settings, evening, [("19:00", {"online": 900}), ("19:01", {"online": 100})], account="qinghe")
    return evening


def both(evening, who: str = "owner"):  # type: ignore[no-untyped-def]
    user = evening.cast.owner if who == "owner" else getattr(evening.cast, who).user
    return compared(user, find_broadcast(user, evening.before.pk), find_broadcast(user, evening.session.pk))


def test_unknown_has_no_difference(two) -> None:  # type: ignore[no-untyped-def]
    found = both(two)
    rows = {str(row.title): row for row in found.rows}
    paid = next(iter(found.rows))
    assert (paid.a, paid.b, paid.difference, paid.share) == (None, 50_100, None, None)
    assert len(rows) == len(found.rows)


def test_a_difference_is_the_right_minus_the_left() -> None:
    row = Row("x", "money", 200, 150)
    assert (row.difference, row.share) == (-50, -0.25)
    assert Row("x", "rate", 1, 2).share is None
    assert Row("x", "money", 0, 2).share is None


def test_panels_share_axis_and_scale(two) -> None:  # type: ignore[no-untyped-def]
    found = both(two)
    online = next(pair for pair in found.pairs if pair.b and pair.b.key == "online")
    assert online.a is None
    # two minutes of the five hours of the longer session
    assert online.b.path.startswith("M0.0 ")
    assert found.ticks[0].text == "0:00"
    assert found.ticks[-1].text == "5:00"


def test_what_to_compare_with(two) -> None:  # type: ignore[no-untyped-def]
    near = Session.objects.create(account=two.account, start=at("10:00"), end=at("12:00"))
    found = candidates(two.cast.owner, two.session)
    assert [one.pk for _word, one in found] == [near.pk, two.before.pk]
    assert candidates(two.cast.host.user, two.session) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("a={b}", 200), ("a={a}&b={b}", 200), ("s={a}&s={b}", 200), ("s={b}", 200), ("a=x&b={b}", 404),
     ("a=99999&b={b}", 404), ("a={b}&b={b}", 200), ("a={a}", 200)],
)  # fmt: skip
def test_the_page(two, query: str, status: int) -> None:  # type: ignore[no-untyped-def]
    asked = query.format(a=two.before.pk, b=two.session.pk)
    answer = two.cast.client("owner").get(f"/sessions/compare/?{asked}")
    assert answer.status_code == status


def test_a_session_that_may_not_be_seen_is_not_compared(two) -> None:  # type: ignore[no-untyped-def]
    url = f"/sessions/compare/?a={two.before.pk}&b={two.session.pk}"
    assert two.cast.client("host").get(url).status_code == 404
    assert two.cast.client("host").get(f"/sessions/compare/?a={two.session.pk}").status_code == 200


def test_the_list_offers_to_tick_and_compare(two) -> None:  # type: ignore[no-untyped-def]
    text = two.cast.client("owner").get("/sessions/").content.decode()
    assert f'name="s" value="{two.session.pk}" form="compare"' in text
