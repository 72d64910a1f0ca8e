"""What viewers did, on the page of a session: people counted once, shares of the right whole, unknown in words."""

import pytest

from kaibo.measurement.behaviour import behaviour
from kaibo.measurement.finders import current_facts, fact_sums, segments_of
from kaibo.measurement.session_figures import by_place, by_segment

pytestmark = pytest.mark.django_db
# segment → measure → people, of the evening's three segments
TOLD = {
    1: {"first_viewers": 40, "carried_in": 0, "viewers": 40, "came": 40, "could_stay_5": 40, "stayed_5": 10,
        "could_stay_30": 40, "stayed_30": 0, "first_product_click_users": 0, "first_buyers": 0, "came_back": 5},
    2: {"first_viewers": 100, "carried_in": 30, "viewers": 120, "came": 100, "could_stay_5": 100, "stayed_5": 50,
        "could_stay_30": 100, "stayed_30": 20, "first_product_click_users": 60, "first_buyers": 6, "came_back": 15},
    3: {"first_viewers": 60, "carried_in": 80, "viewers": 90, "came": 60, "could_stay_5": 50, "stayed_5": 30,
        "could_stay_30": 20, "stayed_30": 10, "first_product_click_users": 40, "first_buyers": 14, "came_back": 20},
}  # fmt: skip


def told(evening, numbers: dict[int, dict[str, int]], viewer: int | None = None):  # type: ignore[no-untyped-def]
    for number, sums in numbers.items():
        for measure, amount in sums.items():
            evening.fact(measure, amount, segment=number)
    places = fact_sums(current_facts().filter(session=evening.session), "place", "kind", "segment")
    assert by_place(places)
    return behaviour(evening.session, list(segments_of([evening.session.pk])), by_segment(places), viewer)


def test_everyone_once_and_shares_of_what_stands_before(evening) -> None:  # type: ignore[no-untyped-def]
    found = told(evening, TOLD)
    assert [(bar.number, bar.share) for bar in found.funnel] == [(200, ""), (100, "50.0\u202f%"), (20, "20.0\u202f%")]
    # of those who could have stayed so long
    assert [(bar.number, bar.share) for bar in found.stays] == [(90, "47.4\u202f%"), (30, "18.8\u202f%")]
    assert [(bar.number, bar.share) for bar in found.faces] == [(160, "80.0\u202f%"), (40, "20.0\u202f%")]
    assert (found.enters, found.leaves, found.unknown) == (True, True, [])


def test_the_picture_and_the_rows_by_segment_and_by_host(evening) -> None:  # type: ignore[no-untyped-def]
    found = told(evening, TOLD)
    assert [(c.before, c.fresh) for c in found.columns] == [(0, 40), (30, 100), (80, 60)]
    # the tallest fills the picture, and one is as high as it counts
    assert [c.before_px + c.fresh_px for c in found.columns] == [32, 104, 112]
    assert [row.fresh for row in found.rows] == [40, 100, 60]
    assert [(row.title, row.fresh, row.bought, row.carried_in) for row in found.hosts] == [
        ("林晓彤", 100, 6, None), ("陈嘉禾", 60, 14, None),
    ]  # fmt: skip
    assert found.whole.carried_in is None
    assert "第 2 段" in found.said


def test_a_plain_person_sees_colleagues_only_together(evening) -> None:  # type: ignore[no-untyped-def]
    found = told(evening, TOLD, viewer=evening.cast.host.pk)
    assert [(row.number, row.fresh) for row in found.rows] == [(2, 100), (0, 100)]
    assert [row.title for row in found.hosts] == ["林晓彤"]
    assert found.columns == []


def test_a_recording_of_chat_says_what_is_not_known(evening) -> None:  # type: ignore[no-untyped-def]
    chat = {n: {"first_active": 20, "comment_users": 25, "first_comment_users": 15} for n in (1, 2, 3)}
    found = told(evening, chat)
    assert [(bar.number, bar.share, bool(bar.why)) for bar in found.funnel] == [
        (60, "", False), (45, "75.0\u202f%", False), (None, "", True), (None, "", True),
    ]  # fmt: skip
    assert all(bar.number is None and bar.why for bar in (*found.stays, *found.faces))
    assert len(found.unknown) == 2
    page = evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "60 人有互动，每人只计一次" in page
    assert "只看不说的人不在其中" in page


def test_without_events_there_is_no_panel(evening) -> None:  # type: ignore[no-untyped-def]
    assert told(evening, {}) is None
    assert 'id="behaviour"' not in evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/").content.decode()


def test_too_few_events_are_named_with_both_numbers(evening) -> None:  # type: ignore[no-untyped-def]
    evening.fact("events_views", 812, place="report")
    evening.fact("report_views", 2_300, place="report")
    page = evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "导入的事件有 812，平台统计 2,300" in page
    assert "没有采用" in page
