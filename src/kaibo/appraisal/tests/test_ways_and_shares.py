"""Ways of credit in words, and whose month a shift that began early is of."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils.translation import override

from kaibo.appraisal.card_faults import faults
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.cycle.opening import shares
from kaibo.appraisal.tests.conftest import OCTOBER
from kaibo.kpi.catalog import Route
from kaibo.live.models import Account, Shift

LABELS = {"zh-hans": ("数据行里写明的人", "直播间负责人"), "en": ("Whom the rows name", "Who answers for the room")}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_fault_says_the_way_of_credit_as_the_form_does(language: str) -> None:
    """In a file it is the key that one writes there."""
    card = cards_in(OCTOBER)["host"]
    line = next(one for one in card.card.lines if one.by is Route.SHIFT)
    wrong = (replace(line, route=Route.DIRECT), replace(line, duty="operator"))
    for one, key, label in zip(wrong, ("direct", "account"), LABELS[language], strict=True):
        (told,) = [
            fault
            for fault in faults(replace(card, card=replace(card.card, lines=(one,))), ())
            if "%(route)s" in fault.message.text
        ]
        assert f"“{key}”" in str(told)
        with override(language):
            assert label in told.text
            assert key not in told.text
    aims = replace(card, card=replace(card.card, lines=(line,)), by_days=frozenset({line.kpi}))
    (told,) = [fault for fault in faults(aims, ()) if "%(other_route)s" in fault.message.text]
    assert ("“account”" in str(told), "“team”" in str(told)) == (True, True)
    with override(language):
        assert LABELS[language][1] in told.text


@pytest.mark.django_db
def test_the_share_of_a_position_goes_by_the_day_of_the_plan(cast: Any) -> None:
    """From 5:50 to 8:00 of 1 November in Shanghai, planned for 6:00."""
    room = Account.objects.create(handle="101", name="一号间")
    start, end = datetime(2026, 10, 31, 21, 50, tzinfo=UTC), datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    Shift.objects.create(
        person=cast.host, account=room, role="host", state="confirmed", confirmed_start=start, confirmed_end=end,
        planned_start=start.replace(hour=22, minute=0), planned_end=end,
    )  # fmt: skip
    assert shares(OCTOBER, [cast.host.pk]) == {}
    assert shares(date(2026, 11, 1), [cast.host.pk]) == {(cast.host.pk, "host"): 130 * 60_000}
