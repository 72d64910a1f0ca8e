"""The team's month, a draft's preview and papers by tokens alone: each by whose it is."""

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.cycle.models import Cycle, CycleRun, CycleState
from kaibo.appraisal.cycle.review_models import ChangeKind, LineKind, ReviewChange
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore, Review, ReviewLine
from kaibo.appraisal.tests.conftest import evening  # noqa: F401
from kaibo.appraisal.tests.cycles import OCTOBER, kept, opened
from kaibo.login.models import ApiToken, Role, User
from kaibo.login.token_scopes import MONEY, SCOPES
from kaibo.org.models import Person
from kaibo.site.tests.test_records import Speaker
from kaibo.site.tests.test_reviews_for_programs import ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.owner)


@pytest.fixture
def october(cast) -> None:  # type: ignore[no-untyped-def]
    """Two hosts, one of whom waits for data and has sold for 440.01, and the floor manager."""
    kept(cast.host, "host", [16, Fraction(25, 3)])
    kept(cast.host2, "host", [11, None])
    kept(cast.lead, "floor_manager", [18, 9])
    KeptLine.objects.filter(score__person=cast.host, number=1).update(
        kpi="net_paid", numerator={"measured": 44001}, top=44001, target=Fraction(50000)
    )
    KeptMonth.objects.update(kept_at=timezone.now())


@pytest.mark.usefixtures("october")
def test_the_teams_month_is_told_line_by_line_and_filtered_like_its_page(owner, cast) -> None:  # type: ignore[no-untyped-def]
    found = ok(owner.get("team/?month=2026-10&role=host&sort=-points"))["team"]
    by_name = {one["name"]: one for one in found}
    assert set(by_name) == {cast.host.name, cast.host2.name}
    mine = by_name[cast.host.name]
    # 16 + 25/3 = 73/3 of 2 × 20
    assert (mine["points"], Decimal(mine["of"]), mine["waiting"]) == ("73/3", 40, 0)
    line = mine["lines"][0]
    assert (line["kpi"], line["value"], line["numerator"], line["target"]) == ("net_paid", "44001", 44001, "50000")
    waits = by_name[cast.host2.name]["lines"][1]
    assert (waits["points"], waits["value"], waits["waiting"]) == (None, None, "no_report")
    waiting = ok(owner.get("team/?month=2026-10&role=host&state=waiting"))["team"]
    assert [one["name"] for one in waiting] == [cast.host2.name]
    assert ok(owner.get("team/?month=2026-09"))["team"] == []


@pytest.mark.usefixtures("october")
@pytest.mark.parametrize("asked", ["state=late", "role=pilot", "sort=shoes", "month=13", "department=here", "q2=x"])
def test_a_word_that_means_nothing_is_refused_by_name(owner, asked: str) -> None:  # type: ignore[no-untyped-def]
    answer = owner.get(f"team/?{asked}")
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [asked.partition("=")[0]]


@pytest.mark.usefixtures("october")
def test_amounts_and_people_are_told_to_those_who_may_know_them(cast) -> None:  # type: ignore[no-untyped-def]
    hr = Speaker(User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR))
    answer = hr.get("team/?month=2026-10&role=host")
    [line] = [one for row in ok(answer)["team"] for one in row["lines"] if one["kpi"] == "net_paid"]
    assert (line["numerator"], line["target"], line["withheld"], line["points"]) == (None, None, "amounts", "16")
    assert "44001" not in answer.content.decode()
    assert Speaker(cast.host.user).get("team/").status_code == 404


@pytest.mark.usefixtures("october")
def test_an_exact_share_of_amounts_is_rounded_where_these_are_withheld(owner, cast) -> None:  # type: ignore[no-untyped-def]
    """44001/50000 of a target says what was sold and what was aimed at; so do the points made of it, and 1234/44001."""
    lines = KeptLine.objects.filter(score__person=cast.host)
    lines.filter(number=1).update(attainment=Fraction(44001, 50000), points=Fraction(44001, 2500))
    lines.filter(number=2).update(
        kpi="refund_rate", numerator={"measured": 1234}, denominator={"measured": 44001}, top=1234, bottom=44001
    )
    KeptScore.objects.filter(person=cast.host).update(points=Fraction(44001, 2500) + Fraction(25, 3))
    hr = Speaker(User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR))
    of = "team/?month=2026-10&role=host&q=" + cast.host.name
    [row] = ok(hr.get(of))["team"]
    sold, returned = row["lines"]
    # 17.6004 and 25.93…, 0.88002 and 0.02804…
    assert (sold["points"], row["points"], sold["attainment"], returned["value"]) == (
        "88/5", "259/10", "22/25", "7/250"
    )  # fmt: skip
    reader = Client()
    reader.force_login(User.objects.get(username="hr"))
    book = CalamineWorkbook.from_filelike(BytesIO(reader.get("/team.xlsx?month=2026-10&role=host").content))
    cells = {cell for row in book.get_sheet_by_index(0).to_python() for cell in row if isinstance(cell, float)}
    assert {17.6, 25.9, 0.028} <= cells
    assert not cells & {17.6004, 1234 / 44001}
    [row] = ok(owner.get(of))["team"]
    assert [row["lines"][0][name] for name in ("points", "attainment")] == ["44001/2500", "44001/50000"]
    assert row["lines"][1]["value"] == "1234/44001"


def test_reviews_and_cards_tell_no_amount_in_points_to_a_program_without_the_scope(evening) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    """390.01 sold of a target of 714.29: 1560040/71429 points of 40."""
    evening.target(100_000)
    keep_unkept_now()
    cast = evening.cast
    cycle = Cycle.objects.create(month=OCTOBER, state=CycleState.CALIBRATION, pay_on=OCTOBER + timedelta(days=40))
    points = Fraction(1560040, 71429)
    of = {"cycle": cycle, "person": cast.host, "role": "host", "computed_at": timezone.now()}
    review = Review.objects.create(**of, points=points, weights=40, hundred=points * 100 / 40)
    line = ReviewLine.objects.create(
        review=review, number=1, key="net_paid", kpi="net_paid", weight=40, points=points, computed_points=points,
        attainment=Fraction(39001, 71429), target=71429, numerator={"measured": 39001}, top=39001,
    )  # fmt: skip
    ReviewLine.objects.create(
        review=review, number=2, key="care", kind=LineKind.RATED, weight=20, points=Fraction("4.25")
    )
    run = CycleRun.objects.create(cycle=cycle, by=cast.owner)
    ReviewChange.objects.create(
        review=review, line=line, run=run, kind=ChangeKind.CALIBRATED, by=cast.owner, reason="x",
        before={"points": str(points)}, after={"points": str(points + 1)},
    )  # fmt: skip
    text = next(one["toml"] for one in ok(Speaker(cast.owner).get("cards/?role=host"))["cards"] if one["in_use"])
    [draft] = ok(Speaker(cast.owner).say("cards/import/", toml=text))["drafts"]

    def said(scopes: Sequence[str]) -> dict[str, str]:
        program = Speaker(cast.owner)
        ApiToken.objects.filter(pk=program.token.pk).update(scopes=list(scopes))
        found = {at: program.get(at) for at in (
            f"people/{cast.host.pk}/2026-10/", "team/?month=2026-10&role=host", f"reviews/{review.pk}/", "reviews/",
            f"calibration/{cycle.pk}/?role=host", f"calibration-reviews/?cycle={cycle.pk}",
            f"cycle-changes/?run={run.pk}",
        )}  # fmt: skip
        found |= {at: program.say(f"card-drafts/{draft['id']}/{at}/", **more) for at, more in (
            ("effect", {}), ("preview", {"person": cast.host.pk})
        )}  # fmt: skip
        assert {at: answer.status_code for at, answer in found.items()} == dict.fromkeys(found, 200)
        return {at: answer.content.decode() for at, answer in found.items()}

    without = said([scope for scope in SCOPES if scope != MONEY])
    assert [at for at, text in without.items() if re.search("71429|39001", text)] == []
    assert '"109/5"' in without["reviews/"], "21.84 as pages round it"
    # what somebody gave is of no amount
    assert '"17/4"' in without[f"reviews/{review.pk}/"]
    exact = said(SCOPES)
    # per 100 of the weight that counts, which is another share
    assert [at for at, text in exact.items() if "71429" not in text] == ["effect"], exact["effect"]
    assert exact["effect"] != without["effect"]


@pytest.mark.usefixtures("october")
def test_the_teams_month_asks_as_often_for_many_as_for_few(owner, cast) -> None:  # type: ignore[no-untyped-def]
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            ok(owner.get("team/?month=2026-10&role=host"))
        return len(captured)

    owner.get("team/")
    few = asked()
    for number in range(20):
        kept(Person.objects.create(name=f"主播{number}"), "host", [1, 2])
    assert asked() == few


def begun(evening) -> tuple[Speaker, int, dict[str, Any]]:  # type: ignore[no-untyped-def]  # noqa: F811
    """Who may write cards, a host's draft of theirs, and its card: full points from 4 orders on."""
    evening.target(100_000)
    keep_unkept_now()
    boss = Speaker(evening.cast.owner)
    text = next(one["toml"] for one in ok(boss.get("cards/?role=host"))["cards"] if one["in_use"])
    [draft] = ok(boss.say("cards/import/", toml=text))["drafts"]
    rule = {"form": "bands", "bands": [{"at_least": "4", "points": "100"}, {"below": "4", "points": "0"}]}
    card: dict[str, Any] = {"role": "host", "line": [{"kpi": "orders", "weight": "100", "rule": rule}]}
    ok(boss.say(f"card-drafts/{draft['id']}/save/", card=card))
    return boss, draft["id"], card


def test_a_drafts_preview_is_one_real_month_under_it(evening) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    boss, draft, card = begun(evening)
    cast, at, rule = evening.cast, f"card-drafts/{draft}/preview/", card["line"][0]["rule"]
    # the host sold 4 orders, the other one fewer
    for person, points in ((cast.host, "100"), (cast.host2, "0")):
        found = ok(boss.say(at, person=person.pk))
        assert [(one["kpi"], one["draft"]) for one in found["lines"]] == [("orders", points)]
        none = {"grade": None, "grade_title": None, "coefficient": None}
        assert found["draft"] == {"points": points, "of": "100", "score": points, **none}
    # 4 itself belongs to the lower band, and the file says so again
    rule["bands"] = [{"above": "4", "points": "100"}, {"at_most": "4", "points": "0"}]
    ok(boss.say(f"card-drafts/{draft}/save/", card=card))
    assert ok(boss.say(at, person=cast.host.pk))["draft"]["points"] == "0"
    drafted = ok(boss.get(f"card-drafts/{draft}/"))
    assert drafted["card"]["line"][0]["rule"]["bands"] == rule["bands"]
    twice = boss.say(
        f"card-drafts/{draft}/save/",
        card={
            "role": "host",
            "line": [
                {
                    "kpi": "orders",
                    "weight": "100",
                    "rule": {"form": "bands", "bands": [{"at_least": "4", "above": "4"}]},
                }
            ],
        },
    )
    assert twice.status_code == 422
    assert list(boss.say(at, person=999_999).json()["fields"]) == ["person"]
    assert list(boss.say(at, person=cast.host.pk, month="2020-01").json()["fields"]) == ["month"]
    assert Speaker(cast.host.user).say(at, person=cast.host.pk).status_code == 404


def test_a_drafts_preview_reckons_with_gates_grades_and_what_is_outside(evening) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    boss, draft, card = begun(evening)
    cast, at = evening.cast, f"card-drafts/{draft}/preview/"
    card |= {
        "outside": [{"key": "late", "each": "-5", "floor": "-20", "cap": "0", "zh": "迟交", "en": "Late"}],
        "gate": [{"key": "fine", "at_least": "1", "grade": "low", "zh": "罚单", "en": "Fine"}],
        "grade": [{"key": "high", "at_least": "90", "coefficient": "1.2", "zh": "高", "en": "High"},
                  {"key": "low", "coefficient": "0.5", "zh": "低", "en": "Low"}],
    }  # fmt: skip
    ok(boss.say(f"card-drafts/{draft}/save/", card=card))
    found = ok(boss.say(at, person=cast.host.pk))
    assert (found["draft"]["score"], found["lacking"]) == (None, ["迟交", "罚单"])
    cycle = opened(cast.owner)
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"late": "1", "fine": "2"})
    found = ok(boss.say(at, person=cast.host.pk))
    assert found["outside"] == [{"key": "late", "title": "迟交", "times": "1", "now": None, "draft": "-5"}]
    assert found["gates"] == [{"key": "fine", "title": "罚单", "times": "2", "grade": "low", "holds": True}]
    assert {name: found["draft"][name] for name in ("score", "grade", "coefficient")} == {
        "score": "95", "grade": "low", "coefficient": "1/2",
    }  # fmt: skip
    # more than 2 times shuts another gate, and more than 95 points are asked for: 95 itself is not enough
    card["gate"][0] = {"key": "fine", "above": "2", "grade": "low", "zh": "罚单", "en": "Fine"}
    card["grade"] = [{"key": "high", "above": "95", "coefficient": "1.2", "zh": "高", "en": "High"},
                     {"key": "low", "at_most": "95", "coefficient": "0.5", "zh": "低", "en": "Low"}]  # fmt: skip
    ok(boss.say(f"card-drafts/{draft}/save/", card=card))
    told = ok(boss.get(f"card-drafts/{draft}/"))["card"]
    assert [told[name] for name in ("gate", "grade")] == [card["gate"], card["grade"]]
    found = ok(boss.say(at, person=cast.host.pk))
    assert (found["gates"][0]["holds"], found["draft"]["grade"]) == (False, "low")
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"late": "0", "fine": "3"})
    found = ok(boss.say(at, person=cast.host.pk))
    assert (found["gates"][0]["holds"], found["draft"]["grade"]) == (True, "low")
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"late": "0", "fine": "2"})
    assert ok(boss.say(at, person=cast.host.pk))["draft"]["grade"] == "high"


def test_papers_are_those_of_the_pages(owner, cast) -> None:  # type: ignore[no-untyped-def]
    cycle = Cycle.objects.create(month=OCTOBER, state=CycleState.PUBLISHED, pay_on=OCTOBER + timedelta(days=40))
    review = Review.objects.create(cycle=cycle, person=cast.host, role="host", points=Fraction(12), weights=20)
    ReviewLine.objects.create(review=review, number=1, key="views", kpi="views", weight=20, points=Fraction(12))
    host, at = Speaker(cast.host.user), f"reviews/{review.pk}/review.pdf"
    assert host.get(at).status_code == 404
    Review.objects.update(published_at=timezone.now(), version=1)
    answer = host.get(at)
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "attachment" in answer["Content-Disposition"]
    assert Speaker(cast.outsider.user).get(at).status_code == 404
    assert host.get("cards/card.pdf?role=host").content[:5] == b"%PDF-"
    newest = cards_in(timezone.localdate().replace(day=1))["host"]
    book = host.get(f"cards/card.xlsx?role=host&version={newest.version}")
    assert CalamineWorkbook.from_filelike(BytesIO(book.content)).sheet_names
    for asked in ("role=pilot", "role=host&version=9999", "role=host&version=x", ""):
        assert host.get(f"cards/card.pdf?{asked}").status_code == 404, asked
    cast.host.name = "林晓彤🎉"
    cast.host.save()
    refused = host.get(at)
    assert refused.status_code == 422
    assert "🎉" in refused.json()["error"]
