"""What a batch replaced: counted, laid side by side, and told apart from what only stopped being spoken of."""

from pathlib import Path

from kaibo.facts.replaced import Differing, replaced
from kaibo.facts.schema import EVENT, MINUTE, SESSION_REPORT
from kaibo.facts.tests.slow_visible import Told
from kaibo.facts.tests.test_visible import files, minute, report


def test_a_newer_report_changed_one_row_and_left_one_as_it_was(tmp_path: Path) -> None:
    old = Told(1, 1, [report(2, 10, views=100, gmv_minor=5000, title="a"), report(3, 20, views=7), report(4, 30)])
    new = Told(2, 2, [report(2, 10, views=120, gmv_minor=4000, title="b"), report(3, 20, views=7), report(9, 99)])
    read = files(tmp_path, SESSION_REPORT, [old, new])
    found = replaced(SESSION_REPORT, read, 2)
    assert (found.counting, found.beaten, found.replaced) == (3, 0, {1: 2})
    assert (found.same, found.changed, found.gone) == (1, 1, 0)
    assert set(found.fields) == {
        Differing("views", 1, 100, 120), Differing("gmv_minor", 1, 5000, 4000), Differing("title", 1, None, None)
    }  # fmt: skip
    (example,) = found.examples
    assert (example.batch, example.line, example.new_line) == (1, 2, 2)
    assert example.before == {"views": 100, "gmv_minor": 5000, "title": "a"}
    # and the older one knows that it was beaten
    beaten = replaced(SESSION_REPORT, read, 1)
    assert (beaten.counting, beaten.beaten, beaten.rows) == (1, 2, 0)


def test_unknown_before_is_no_zero(tmp_path: Path) -> None:
    old, new = Told(1, 1, [report(2, 10)]), Told(2, 2, [report(2, 10, views=5)])
    found = replaced(SESSION_REPORT, files(tmp_path, SESSION_REPORT, [old, new]), 2)
    assert found.fields == [Differing("views", 1, None, None)]


def test_minutes_that_disagree_and_minutes_that_are_gone(tmp_path: Path) -> None:
    old = Told(1, 1, [minute(n, n) | {"comments": n} for n in range(6)])
    new = Told(2, 2, [minute(1, 2) | {"comments": 2}, minute(2, 4) | {"comments": 40}])
    found = replaced(MINUTE, files(tmp_path, MINUTE, [old, new]), 2)
    assert (found.replaced, found.same, found.changed, found.gone) == ({1: 3}, 1, 1, 1)
    assert found.fields == [Differing("comments", 1, 4, 40)]


def test_what_a_third_batch_replaced_already_is_not_counted_again(tmp_path: Path) -> None:
    batches = [Told(n, n, [report(2, 10, views=n)]) for n in (1, 2, 3)]
    assert replaced(SESSION_REPORT, files(tmp_path, SESSION_REPORT, batches), 3).replaced == {2: 1}


def test_the_same_event_twice_in_a_file(tmp_path: Path) -> None:
    event = {"account": "a", "instant_ms": 5, "kind": "like", "viewer": 1, "event_id": "x"}
    old, new = Told(1, 1, [event | {"row": 1}, event | {"row": 2}]), Told(2, 2, [event | {"row": n} for n in (1, 2, 3)])
    found = replaced(EVENT, files(tmp_path, EVENT, [old, new]), 2)
    assert (found.rows, found.same, found.changed, found.gone) == (2, 2, 0, 0)


def test_alone_it_replaced_nothing(tmp_path: Path) -> None:
    found = replaced(SESSION_REPORT, files(tmp_path, SESSION_REPORT, [Told(1, 1, [report(2, 10)])]), 1)
    assert (found.counting, found.rows, found.fields) == (1, 0, [])
