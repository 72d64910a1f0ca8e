"""Hours due against the slow way: every millisecond on its own."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.due import length, merged, without

STRETCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


def each(stretches):
    return {at for start, end in stretches for at in range(start, end)}


@given(STRETCHES, STRETCHES)
def test_planned_is_due_and_leave_to_the_millisecond(planned, away):
    due = without(planned, away)
    assert each(due) == each(planned) - each(away)
    assert length(due) == len(each(due))
    assert length(planned) == length(due) + len(each(planned) & each(away))


@given(STRETCHES)
def test_merged_stretches_are_in_order_and_apart(stretches):
    found = merged(stretches)
    assert each(found) == each(stretches)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


@given(STRETCHES, st.lists(STRETCHES, max_size=4))
def test_leave_taken_one_after_the_other_adds_up(planned, leaves):
    """As the page of a line tells it: what each leave takes off, and what is left."""
    rest, taken = merged(planned), 0
    for away in leaves:
        left = without(rest, away)
        taken += length(rest) - length(left)
        rest = left
    assert length(planned) == taken + length(rest)
