"""Terms of engagement, the stages of a host, and a person's timeline."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.org import actions
from kaibo.org.engagement import engaged_on, labour_law_applies
from kaibo.org.models import Department, EngagementKind, Position, Stage, StageChange
from kaibo.org.stages import FIRST, FOLLOWING
from kaibo.org.timeline import away

pytestmark = pytest.mark.usefixtures("in_chinese")

DAY = date(2026, 11, 1)


EMPLOYEE, CONTRACTOR = EngagementKind.EMPLOYEE, EngagementKind.CONTRACTOR


def test_new_terms_end_the_former_and_a_slip_is_taken_back(cast):
    actions.engage(by=cast.owner, person=cast.host, kind=CONTRACTOR, start=date(2026, 1, 1), end=date(2027, 1, 1))
    made = actions.engage(by=cast.owner, person=cast.host, kind=EMPLOYEE, start=DAY)
    day_before = DAY - timedelta(days=1)
    assert engaged_on(day_before)[cast.host.pk] == CONTRACTOR
    assert engaged_on(DAY, [cast.host.pk, cast.host2.pk]) == {cast.host.pk: EMPLOYEE}
    actions.take_back_engagement(by=cast.owner, engagement=made)
    assert cast.host.engagements.get().end == date(2027, 1, 1)
    assert AuditEvent.objects.get(verb="take_back_engagement").data["kind"] == "employee"


def test_labour_law_is_for_employees_and_never_guessed():
    assert [labour_law_applies(kind) for kind in (*EngagementKind, None)] == [True, False, False, False]


def test_terms_are_not_rewritten(cast):
    actions.engage(by=cast.owner, person=cast.host, kind=EMPLOYEE, start=DAY)
    for said, field in (
        ({"kind": EMPLOYEE, "start": date(2026, 12, 1)}, "kind"),
        ({"kind": CONTRACTOR, "start": date(2026, 10, 1)}, "start"),
        ({"kind": CONTRACTOR, "start": date(2026, 12, 1), "end": date(2026, 12, 1)}, "end"),
    ):
        with pytest.raises(ValidationError) as refused:
            actions.engage(by=cast.owner, person=cast.host, **said)
        assert list(refused.value.error_dict) == [field]


@pytest.mark.parametrize("before", [None, *Stage])
@pytest.mark.parametrize("after", Stage)
def test_a_host_goes_only_where_the_path_leads(cast, before, after):
    if before:
        StageChange.objects.create(person=cast.host, stage=before, day=DAY)
    possible = FOLLOWING[before] if before else FIRST
    if after in possible:
        actions.move_host(by=cast.owner, person=cast.host, stage=after, day=DAY, reason="试播通过")
        assert list(cast.host.stages.values_list("stage", flat=True)) == [*([before] if before else []), after]
        return
    with pytest.raises(ValidationError) as refused:
        actions.move_host(by=cast.owner, person=cast.host, stage=after, day=DAY, reason="试播通过")
    said = " ".join(refused.value.messages)
    assert all(str(one.label) in said for one in possible)
    assert str(after.label) not in said.partition("：")[2]


def test_a_pause_owes_a_reason_and_days_go_forward(cast):
    move = {"by": cast.owner, "person": cast.host}
    actions.move_host(**move, stage=Stage.REGULAR, day=DAY)
    with pytest.raises(ValidationError) as refused:
        actions.move_host(**move, stage=Stage.PAUSED, day=DAY)
    assert list(refused.value.error_dict) == ["reason"]
    with pytest.raises(ValidationError) as refused:
        actions.move_host(**move, stage=Stage.PAUSED, day=DAY - timedelta(days=1), reason="嗓子休养")
    assert list(refused.value.error_dict) == ["day"]
    change = actions.move_host(**move, stage=Stage.PAUSED, day=DAY, reason="嗓子休养")
    actions.take_back_stage(by=cast.owner, change=change)
    assert cast.host.stages.get().stage == "regular"


def test_leaving_ends_the_terms_and_the_hosts_path(cast):
    actions.engage(by=cast.owner, person=cast.host, kind=EMPLOYEE, start=date(2026, 1, 1))
    actions.move_host(by=cast.owner, person=cast.host, stage=Stage.REGULAR, day=date(2026, 1, 1))
    actions.deactivate(by=cast.owner, person=cast.host, day=DAY, reason="合同到期")
    assert cast.host.engagements.get().end == DAY
    last = cast.host.stages.last()
    assert (last.stage, last.day, last.reason) == ("out", DAY, "合同到期")


@pytest.fixture
def on_leave(cast):
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, datetime.min.time()))
    for days in (30, 3):
        cast.host.leaves.create(
            kind="other", start=midnight - timedelta(days=days), state="approved",
            end=midnight + timedelta(days=days),
        )  # fmt: skip
    cast.host2.leaves.create(kind="other", start=midnight, end=midnight + timedelta(days=30), state="asked")
    return today


def test_long_leave_is_the_rosters_leave_of_two_weeks_or_more(cast, on_leave):
    assert away(on_leave) == {cast.host.pk}
    assert away(on_leave - timedelta(days=31)) == set()
    page = cast.client("outsider").get("/organisation/").content.decode()
    assert page.count("休假") == 1


def test_the_page_tells_the_way_in_few_queries(cast, on_leave, django_assert_max_num_queries):
    actions.engage(by=cast.owner, person=cast.host, kind=EMPLOYEE, start=date(2026, 1, 1))
    actions.move_host(by=cast.owner, person=cast.host, stage=Stage.REGULAR, day=DAY)
    client = cast.client("owner")
    actions.appoint(
        by=cast.owner, person=cast.host, position=Position.objects.get(key="ads"), start=DAY,
        department=Department.objects.get(name="投放部"),
    )  # fmt: skip
    with django_assert_max_num_queries(15):
        answer = client.get(f"/people/{cast.host.pk}/")
    moments = [moment for _year, of_year in answer.context["moments"] for moment in of_year]
    assert {moment.kind for moment in moments} == {"appointment", "engagement", "stage", "leave"}
    assert [moment.day for moment in moments] == sorted((moment.day for moment in moments), reverse=True)


def test_the_page_changes_terms_and_stage(cast):
    client, path = cast.client("owner"), f"/people/{cast.host.pk}/"
    assert client.post(f"{path}engagement/", {"kind": "", "start": "2026-11-01"}).status_code == 422
    assert client.post(f"{path}engagement/", {"kind": "agency", "start": "2026-11-01"}).status_code == 302
    engagement = cast.host.engagements.get()
    assert client.post(f"/people/{cast.host2.pk}/engagement/{engagement.pk}/take-back/").status_code == 404
    assert client.post(f"{path}engagement/{engagement.pk}/take-back/").status_code == 302
    assert client.post(f"{path}stage/", {"stage": "trial", "day": "2026-11-01"}).status_code == 302
    assert client.post(f"{path}stage/", {"stage": "candidate", "day": "2026-11-02"}).status_code == 422
    assert client.post(f"{path}stage/{cast.host.stages.get().pk}/take-back/").status_code == 302
    assert not cast.host.stages.exists()
