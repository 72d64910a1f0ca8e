"""Who else rates, through the API: what programs of the raters, the manager and the reviewed read and may do."""

from datetime import date

import pytest
from django.utils import timezone

from kaibo.appraisal.actions import change_reviewer
from kaibo.appraisal.models import CycleState, Review
from kaibo.appraisal.tests.cycles import computed, kept, opened, rated_card, went_to
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, Department, Person, Position
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db


def ok(answer):  # type: ignore[no-untyped-def]
    assert answer.status_code in (200, 201), answer.content.decode()
    return answer.json()


@pytest.fixture
def team(cast):  # type: ignore[no-untyped-def]
    """林晓彤 is rated by 吴桐 and peers, 吴桐 by the outsider and by 林晓彤, 陈嘉禾 and 周一 from below."""
    third = Person.objects.create(name="周一", user=User.objects.create_user("zhouyi", password="x", role=Role.PERSON))
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    Appointment.objects.create(person=third, position=host, department=place, start=date(2026, 1, 1))
    cast.third = third
    rated_card(cast.owner, "host", craft={"superior": 60, "peer": 40})
    rated_card(cast.owner, "floor_manager", lead={"superior": 50, "report": 50})
    for one in (cast.host, cast.host2, third):
        kept(one, "host", [8])
    kept(cast.lead, "floor_manager", [8])
    cast.cycle = opened(cast.owner)
    computed(cast.cycle)
    cast.review = Review.objects.get(cycle=cast.cycle, person=cast.host)
    cast.above = Review.objects.get(cycle=cast.cycle, person=cast.lead)
    change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=cast.outsider, reason="上级空缺")
    cast.say = {name: Speaker(getattr(cast, name).user) for name in ("lead", "host", "host2", "third", "outsider")}
    cast.say["owner"] = Speaker(cast.owner)
    return cast


def test_a_peer_is_invited_rates_and_reads_their_own_form_alone(team) -> None:  # type: ignore[no-untyped-def]
    cast, say = team, team.say
    about = {"review": cast.review.pk}
    proposed = ok(say["host"].say("review-raters/propose/", **about, rater="周一", note="同组"))
    assert (proposed["state"], proposed["kind"]) == ("proposed", "peer")
    assert say["host"].say("review-raters/invite/", **about, rater="周一").status_code == 404
    asked = ok(say["lead"].say("review-raters/invite/", **about, rater="陈嘉禾", until="manager"))
    ok(say["lead"].say("review-raters/invite/", **about, rater="周一"))
    wrong = say["lead"].say("review-raters/invite/", **about, rater="没有的人")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["rater"])
    went_to(cast.cycle, CycleState.MANAGER)
    [mine] = [one for one in ok(say["host2"].get("review-asked/"))["review-asked"] if one["kind"] == "peer"]
    assert (mine["review"], mine["handed_in"]) == (cast.review.pk, False)
    at = f"reviews/{cast.review.pk}"
    out = say["host2"].say(f"{at}/say/", given={"craft": 20}, hand_in=True)
    assert (out.status_code, list(out.json()["fields"])) == (422, ["craft"]), "an extreme owes its evidence"
    ok(say["host2"].say(f"{at}/say/", given={"craft": 12}, strengths="肯教人", hand_in=True))
    # another peer's form is their own, and the review nobody's of them
    assert ok(say["third"].say(f"{at}/form/", rater="asked"))["given"] == []
    for who in ("host2", "third", "outsider"):
        assert say[who].get(f"{at}/").status_code == 404
        assert say[who].say(f"{at}/rate/", given={"craft": 1}, hand_in=True).status_code == 404
    assert say["outsider"].say(f"{at}/say/", given={"craft": 1}, hand_in=True).status_code == 404
    refused = say["lead"].say(f"review-raters/{asked['id']}/withdraw/", reason="换人")
    assert refused.status_code == 422, "handed in already"
    [open_one] = [one["id"] for one in ok(say["third"].get("review-raters/"))["review-raters"]]
    ok(say["third"].say(f"review-raters/{open_one}/decline/", reason="没有合作"))
    told = ok(say["lead"].get(f"{at}/"))
    assert (told["assessments"], [one["waits_for"] for one in told["lines"] if one["key"] == "craft"]) == (
        [], [["manager"]],
    )  # fmt: skip
    ok(say["lead"].say(f"{at}/rate/", given={"craft": 15}, hand_in=True))
    told = ok(say["lead"].get(f"{at}/"))
    assert [one["points"] for one in told["lines"] if one["key"] == "craft"] == ["69/5"]
    assert {(one["rater"], one["by"]) for one in told["assessments"]} == {("manager", "吴桐"), ("peer", "陈嘉禾")}


def test_from_below_is_null_until_it_is_published_and_names_nobody(team) -> None:  # type: ignore[no-untyped-def]
    cast, say = team, team.say
    went_to(cast.cycle, CycleState.MANAGER)
    at = f"reviews/{cast.above.pk}"
    ok(say["outsider"].say(f"{at}/rate/", given={"lead": 10}, hand_in=True))
    before = ok(say["owner"].get(f"{at}/"))
    for who, points in (("host", 4), ("host2", 8), ("third", 9)):
        ok(say[who].say(f"{at}/say/", given={"lead": points}, strengths=f"{who} 的话", hand_in=True))
        assert ok(say["owner"].get(f"{at}/")) == before, "nothing tells that one more handed in"
        assert say["lead"].get(f"{at}/").status_code == 404
    went_to(cast.cycle, CycleState.CALIBRATION)
    told = ok(say["owner"].get(f"{at}/"))
    [line] = [one for one in told["lines"] if one["key"] == "lead"]
    assert (line["points"], line["given"][0]["rater"], len(line["given"]), told["from_below"]) == (
        "17/2", "manager", 1, None,
    )  # fmt: skip
    Review.objects.filter(pk=cast.above.pk).update(published_at=timezone.now(), version=1)
    for who in ("owner", "lead", "outsider"):
        told = ok(say[who].get(f"{at}/"))
        assert told["from_below"]["lines"] == [{"line": "lead", "mean": "7", "n": 3, "words": []}]
        assert sorted(told["from_below"]["strengths"]) == ["host 的话", "host2 的话", "third 的话"]
        assert {one["rater"] for one in told["assessments"]} == {"manager"}
        assert [one for one in ("林晓彤", "陈嘉禾", "周一") if one in str(told)] == []
