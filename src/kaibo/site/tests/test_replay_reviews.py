"""The sample's reviews: what does not apply says why, each item its own."""

import pytest

from kaibo.appraisal.actions import compute_cycle
from kaibo.appraisal.cycle.computing import compute
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import Review
from kaibo.appraisal.tests.conftest import evening  # noqa: F401 - a fixture
from kaibo.appraisal.tests.cycles import opened
from kaibo.jobs.queue import Progress
from kaibo.site.replay_reviews import _without_what_waits

pytestmark = pytest.mark.django_db


def test_each_item_that_is_left_out_says_what_it_waited_for(evening) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    cast = evening.cast
    keep_unkept_now()
    cycle = opened(cast.owner)
    compute(Progress(), cycle.pk, compute_cycle(by=cast.owner, cycle=cycle).pk)
    review = Review.objects.get(person=cast.host)
    review.reviewer = cast.lead
    review.save()
    waited = dict(review.lines.filter(kind="kpi", points=None, left_out="").values_list("key", "waiting"))
    _without_what_waits(review)
    reasons = dict(review.lines.filter(key__in=waited).values_list("key", "left_out"))
    assert set(waited.values()) == {"no_target"}
    # as the person's month says it: which room lacks it
    assert set(reasons.values()) == {"生活旗舰店还没有月目标，这一项不适用"}
