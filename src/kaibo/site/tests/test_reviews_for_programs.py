"""A month of reviewing by tokens alone: each step by whose it is, and nothing to be read before its time."""

import base64
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.appraisal.actions import begin_draft, save_draft, save_kpi
from kaibo.appraisal.calibration.models import CalibrationLock, PreviewRating
from kaibo.appraisal.cycle.computing import compute
from kaibo.appraisal.cycle.review_models import ChangeKind
from kaibo.appraisal.models import (
    Cycle,
    CycleRun,
    CycleState,
    KeptLine,
    KeptMonth,
    Review,
    ReviewChange,
    ReviewLine,
    StageDeadline,
)
from kaibo.appraisal.tests.cycles import OCTOBER, kept
from kaibo.home.records.appeals import files_in
from kaibo.home.records.kinds import BY_KEY
from kaibo.home.records.saying import Wrong
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.login.models import Role, User
from kaibo.measurement.models import Computation
from kaibo.org.models import Person
from kaibo.site.tests.between import between
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 the door's log"


@pytest.fixture
def people(cast) -> dict[str, Speaker]:  # type: ignore[no-untyped-def]
    """Tokens of everyone who has a part in the floor manager's October; `hr` runs cycles and sees no amounts."""
    kept(cast.lead, "floor_manager", [18, 9])
    kept(cast.host, "host", [16, 12])
    KeptLine.objects.filter(score__person=cast.host, number=1).update(
        kpi="net_paid", numerator={"measured": 44001}, top=44001
    )
    Computation.objects.create(
        month=OCTOBER, state="current", engine_version="1", folder="x", inputs_sha256="x", finished_at=timezone.now()
    )
    KeptMonth.objects.update(kept_at=timezone.now())
    cast.hr = User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR)
    users = {"owner": cast.owner, "hr": cast.hr, "lead": cast.lead.user, "host": cast.host.user,
             "rater": cast.outsider.user, "other": cast.host2.user}  # fmt: skip
    return {name: Speaker(user) for name, user in users.items()}


def ok(answer, status: int = 200):  # type: ignore[no-untyped-def]
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def computed(people: dict[str, Speaker], cast) -> int:  # type: ignore[no-untyped-def]
    """October opened and computed for both; the outsider rates the floor manager."""
    hr = people["hr"]
    assert hr.say("cycles/open/", month="2026-10", people=[99_999]).json()["fields"].keys() == {"people"}
    wrong = hr.say("cycles/open/", month="2026-10", deadlines={"opened": "2020-01-01T18:00"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["opened"])
    cycle = ok(hr.say("cycles/open/", month="2026-10", people=[cast.host.pk, cast.lead.pk]))
    assert (cycle["state"], cycle["counts"]["reviews"]) == ("opened", 2)
    assert hr.say("cycles/open/", month="2026-10").status_code == 422
    at = f"cycles/{cycle['id']}"
    assert ok(hr.say(f"{at}/advance/"))["state"] == "collecting"
    run = ok(hr.say(f"{at}/compute/"))
    assert Job.objects.get(pk=run["job"]).args["run"] == run["id"]
    compute(Progress(), cycle["id"], run["id"])
    assert CycleRun.objects.get().ended_at is not None
    mine = ok(hr.get(f"reviews/?cycle={cycle['id']}&person={cast.lead.pk}"))["reviews"][0]
    done = ok(hr.say(f"reviews/{mine['id']}/reviewer/", reviewer=cast.outsider.pk, reason="直属上级休假"))
    assert done["reviewer"] == cast.outsider.pk
    return int(cycle["id"])


def rated(people: dict[str, Speaker], cast) -> tuple[int, str]:  # type: ignore[no-untyped-def]
    """Both sides of the floor manager's review handed in, the cycle at calibration: the cycle, the review's path."""
    hr = people["hr"]
    cycle = computed(people, cast)
    at = f"reviews/{Review.objects.get(person=cast.lead).pk}"
    ok(hr.say(f"cycles/{cycle}/advance/"))
    ok(people["lead"].say(f"{at}/assess/", given={"handling": 4}, strengths="稳", hand_in=True))
    ok(hr.say(f"cycles/{cycle}/advance/"))
    ok(people["rater"].say(f"{at}/rate/", given={"handling": {"points": 4, "comment": "稳"}}, hand_in=True))
    ok(hr.say(f"cycles/{cycle}/advance/"))
    return cycle, at


def published(people: dict[str, Speaker], cast) -> tuple[int, str]:  # type: ignore[no-untyped-def]
    """The same, calibrated by the owner, who therefore does not publish it: the other one does."""
    cycle, at = rated(people, cast)
    [there] = ok(people["owner"].get(f"calibration-reviews/?cycle={cycle}&role=floor_manager"))["calibration-reviews"]
    seen = next(one["seen"] for one in there["lines"] if one["key"] == "handling")
    said = {"line": "handling", "points": "4.5", "reason": "与其他场一致", "seen": seen}
    ok(people["owner"].say(f"calibration-{at}/calibrate/", **said))
    done = ok(people["owner"].say(f"cycles/{cycle}/publish/"))
    assert (done["published"], done["held"][0]["somebody_else_can"]) == (1, True)
    people["boss"] = Speaker(User.objects.create_user("boss", password="kaibo-demo-1", role=Role.OWNER))
    assert ok(people["boss"].say(f"cycles/{cycle}/publish/"))["cycle"]["state"] == "published"
    return cycle, at


def test_each_side_is_written_by_its_own_and_read_once_both_are_in(people, cast) -> None:  # type: ignore[no-untyped-def]
    hr, lead, rater = people["hr"], people["lead"], people["rater"]
    cycle = computed(people, cast)
    shown = ok(hr.get(f"cycles/{cycle}/"))
    assert [one["mark"] for one in shown["stages"]].count("now") == 1
    assert (shown["state"], shown["counts"]["computed"], len(shown["runs"])) == ("computed", 2, 1)
    at = f"reviews/{Review.objects.get(person=cast.lead).pk}"
    ok(hr.say(f"cycles/{cycle}/advance/"))
    # of an open review of one's own one reads that it is there, and the form; nothing else
    [mine] = ok(lead.get(f"reviews/?person={cast.lead.pk}"))["reviews"]
    assert (mine["open_to_you"], mine["points"], mine["waiting"], mine["grade"]) == (False, None, None, None)
    assert lead.get(f"{at}/").status_code == 404
    saved = ok(lead.say(f"{at}/assess/", given={"handling": 4}, strengths="稳"))
    assert (saved["given"][0]["points"], saved["submitted_at"]) == ("4.000", None)
    assert ok(lead.say(f"{at}/assess/", hand_in=True))["strengths"] == "稳"
    assert rater.say(f"{at}/assess/", hand_in=True).status_code == 404
    # the rater reads the figures, and the other side only after their own
    assert ok(rater.get(f"{at}/"))["assessments"] == []
    ok(hr.say(f"cycles/{cycle}/advance/"))
    out = rater.say(f"{at}/rate/", given={"handling": {"points": 99}}, hand_in=True)
    assert (out.status_code, list(out.json()["fields"])) == (422, ["handling"])
    ok(rater.say(f"{at}/rate/", given={"handling": {"points": 4, "comment": "稳"}}, hand_in=True))
    assert [one["rater"] for one in ok(rater.get(f"{at}/"))["assessments"]] == ["manager", "self"]


def test_points_are_calibrated_by_whoever_read_the_newest(people, cast) -> None:  # type: ignore[no-untyped-def]
    hr, owner = people["hr"], people["owner"]
    cycle, at = rated(people, cast)
    board = ok(owner.get(f"calibration/{cycle}/?role=floor_manager"))
    assert [one["name"] for one in board["people"]] == ["吴桐"]
    assert hr.get(f"calibration/{cycle}/").status_code == 404
    [there] = ok(owner.get(f"calibration-reviews/?cycle={cycle}&role=floor_manager"))["calibration-reviews"]
    assert there["previews"] == []
    # whoever read it before somebody changed it is told
    line = next(one for one in there["lines"] if one["key"] == "handling")
    told = {"line": "handling", "points": "4.5", "reason": "与其他场一致"}
    changed = ok(owner.say(f"calibration-{at}/calibrate/", **told, seen=line["seen"]))
    assert changed["changes"][0]["after"] == "9/2"
    assert owner.say(f"calibration-{at}/calibrate/", **told | {"points": "5"}, seen=line["seen"]).status_code == 422
    assert ok(owner.say(f"calibration-{at}/preview/", points=88))["your_preview"] == "88.0"


def test_what_is_published_is_ones_own_to_read_to_acknowledge_and_to_dispute(people, cast) -> None:  # type: ignore[no-untyped-def]
    lead, rater = people["lead"], people["rater"]
    _cycle, at = published(people, cast)
    mine = ok(lead.get(f"{at}/"))
    assert (mine["open_to_you"], mine["appealable"], mine["seen"]) == (True, True, False)
    assert ok(lead.say(f"{at}/acknowledge/"))["seen"] is True
    bad = appeal(lead, mine["id"], SimpleUploadedFile("x.pdf", b"MZ"))
    assert (bad.status_code, list(bad.json()["fields"])) == (422, ["evidence"])
    made = ok(appeal(lead, mine["id"], SimpleUploadedFile("门禁.pdf", PDF)))
    [file] = made["rounds"][0]["files"]
    got = lead.get(f"appeal-files/{file['id']}/")
    assert (got.content, got["Content-Disposition"][:10]) == (PDF, "attachment")
    # the rater reads what is said, and not the evidence
    one = f"appeals/{made['id']}"
    assert ok(rater.get(f"{one}/"))["rounds"][0]["files"] == []
    assert rater.get(f"appeal-files/{file['id']}/").status_code == 404
    assert people["other"].get(f"{one}/").status_code == 404
    assert ok(lead.get("appeals/?of=mine"))["appeals"][0]["id"] == made["id"]
    assert ok(lead.get(f"{at}/"))["under_appeal"] is True


def test_an_appeal_is_decided_once_by_somebody_else(people, cast) -> None:  # type: ignore[no-untyped-def]
    owner, lead = people["owner"], people["lead"]
    _cycle, at = published(people, cast)
    made = ok(appeal(lead, ok(lead.get(f"{at}/"))["id"], SimpleUploadedFile("门禁.pdf", PDF)))
    decide = f"appeals/{made['id']}/decide/"
    decider = people[User.objects.get(pk=_reviewer_of(made)).username]
    assert lead.say(decide, verdict="granted", reason="x", points=5).status_code == 404
    settled = ok(decider.say(decide, verdict="granted", reason="班次不是他的", points="5"))
    assert (settled["state"], float(settled["differences"][0]["after"])) == ("decided", 5)
    assert decider.say(decide, verdict="refused", reason="x").status_code == 422
    [all_, *_rest] = ok(owner.get("appeal-statistics/?month=2026-10"))["appeal-statistics"]
    assert (all_["made"], all_["granted"]) == (1, 1)


def appeal(who: Speaker, review: int, evidence: SimpleUploadedFile):  # type: ignore[no-untyped-def]
    fields = {"review": review, "line": "handling", "about": "rating", "text": "10 月 12 日的事不是我的班"}
    return who.client.post("/api/v1/appeals/make/", {**fields, "evidence": evidence})


def test_evidence_in_json_has_a_name_as_a_browser_sends_it() -> None:
    def told(name: object) -> list[dict[str, object]]:
        return [{"name": name, "base64": base64.b64encode(PDF).decode()}]

    [one] = files_in({"evidence": told("门\r\n禁.pdf")}, "evidence")
    assert (one.name, one.read()) == ("门禁.pdf", PDF)
    for name in ("", " ", "..", "\n", 5, None):
        with pytest.raises(Wrong) as wrong:
            files_in({"evidence": told(name)}, "evidence")
        assert list(wrong.value.fields) == ["evidence"]


def test_a_review_goes_on_whatever_its_draft_says_of_items_that_no_longer_count(people, cast) -> None:  # type: ignore[no-untyped-def]
    hr, owner, lead, rater = people["hr"], people["owner"], people["lead"], people["rater"]
    cycle, review = computed(people, cast), Review.objects.get(person=cast.lead)
    at, rated = f"reviews/{review.pk}", review.lines.filter(key="handling")
    ok(hr.say(f"cycles/{cycle}/advance/"))
    # whether something of one's open review waits is not told by a list either
    assert rated.get().waiting
    assert ok(lead.get(f"reviews/?person={cast.lead.pk}&state=waiting"))["reviews"] == []
    assert [one["id"] for one in ok(rater.get("reviews/?state=waiting"))["reviews"]] == [review.pk]
    ok(lead.say(f"{at}/assess/", given={"handling": 4}))
    ok(rater.say(f"{at}/rate/", given={"handling": 4}))
    ok(owner.say(f"{at}/leave-out/", line="handling", reason="当月没有突发"))
    assert ok(rater.say(f"{at}/rate/", strengths="稳"))["strengths"] == "稳"
    assert list(rater.say(f"{at}/rate/", given={"handling": 3}).json()["fields"]) == ["given"]
    ok(owner.say(f"{at}/count-again/", line="handling", reason="有一次"))
    assert ok(rater.say(f"{at}/form/", rater="manager"))["given"][0]["points"] == "4.000"
    rated.update(gone=True)
    assert ok(lead.say(f"{at}/assess/", strengths="稳"))["strengths"] == "稳"
    # the page: a line of 5,000 digits is none
    send = {"do": "leave_out", "review": review.pk, "line": "9" * 5000, "reason": "x"}
    assert cast.client("owner").post(f"/reviews/{review.pk}/", send).status_code == 404
    # out of the cycle and back in
    assert ok(hr.say(f"{at}/drop/", reason="长假"))["dropped_reason"] == "长假"
    assert rater.say(f"{at}/take-back-in/", reason="x").status_code == 404
    assert list(hr.say(f"{at}/take-back-in/", reason=" ").json()) == ["error", "fields"]
    assert ok(hr.say(f"{at}/take-back-in/", reason="提前回来"))["dropped_at"] is None


def test_what_is_left_unsaid_stays_as_somebody_left_it_a_moment_before(people, cast) -> None:  # type: ignore[no-untyped-def]
    """Whoever comes in between the reading of a record and its edit loses nothing."""
    hr, lead = people["hr"].token.user, people["lead"]
    cycle, review = computed(people, cast), Review.objects.get(person=cast.lead)

    draft = begin_draft(by=hr, role="host")
    lines = [line | {"weight": "1"} if n == 0 else line for n, line in enumerate(draft.data["line"])]
    said = {**draft.data, "line": lines}
    done = between(
        "card-drafts", "save", hr, draft.pk, lambda: save_draft(by=cast.owner, draft=draft, data=said), note="甲"
    )
    assert (done["note"], done["card"]["line"][0]["weight"]) == ("甲", "1")

    kpi = {"key": "own_rate", "zh": "成交率", "en": "", "formula": "orders / views", "unit": "ratio", "direction": "up"}
    made = save_kpi(by=hr, **kpi)
    other = {**kpi, "formula": "orders / ad_views", "former": made}
    done = between("own-kpis", "edit", hr, made.pk, lambda: save_kpi(by=cast.owner, **other), zh="广告成交率")
    assert (done["zh"], done["formula"], done["version"]) == ("广告成交率", "orders / ad_views", 3)

    last = StageDeadline.objects.filter(cycle=cycle, state=CycleState.CLOSED)
    later = last.get().due_at + timedelta(days=1)
    done = between("cycles", "deadlines", hr, cycle, lambda: last.update(due_at=later), pay_on="2026-12-30")
    assert (done["pay_on"], last.get().due_at) == ("2026-12-30", later)

    ok(people["hr"].say(f"cycles/{cycle}/advance/"))
    at = f"reviews/{review.pk}/assess/"
    done = between(
        "reviews", "assess", cast.lead.user, review.pk,
        lambda: ok(lead.say(at, given={"handling": 4}, strengths="稳")), next_steps="再练",
    )  # fmt: skip
    assert (done["strengths"], done["next_steps"], done["given"][0]["points"]) == ("稳", "再练", "4.000")


def test_lists_ask_as_often_for_many_as_for_few(people, cast) -> None:  # type: ignore[no-untyped-def]
    """The board's reviews with items, changes and previews; cycles with how far they are."""
    boss = User.objects.create_user("boss", password="kaibo-demo-1", role=Role.EXECUTIVE)

    def more(month: date, state: CycleState, count: int) -> Cycle:
        """A cycle with so many reviews of one item each, calibrated and previewed."""
        cycle = Cycle.objects.create(month=month, pay_on=date(2026, 12, 10), state=state)
        CycleRun.objects.create(cycle=cycle)
        for number in range(count):
            person = Person.objects.create(name=f"主播{month:%m}-{number}")
            one = Review.objects.create(cycle=cycle, person=person, role="host")
            line = ReviewLine.objects.create(review=one, number=1, key="a", kpi="kpi_1", zh="甲", weight=Decimal(20))
            told = {"by": cast.owner, "before": {"points": "1"}, "after": {"points": "2"}, "reason": "口径"}
            ReviewChange.objects.create(review=one, line=line, kind=ChangeKind.CALIBRATED, **told)
            PreviewRating.objects.create(review=one, by=cast.owner, points=70)
        return cycle

    def asked(kind: str, **told: object) -> tuple[int, list[dict[str, Any]]]:
        with CaptureQueriesContext(connection) as queries:
            rows = BY_KEY[kind].plain(boss, BY_KEY[kind].found(boss, told))
        return len(queries), rows

    few = more(date(2026, 8, 1), CycleState.CALIBRATION, 1)
    CycleRun.objects.update(ended_at=timezone.now())
    asked("calibration-reviews", cycle=few.pk)
    board, [one] = asked("calibration-reviews", cycle=few.pk)
    cycles, _one = asked("cycles")
    CalibrationLock.objects.create(cycle=more(date(2026, 9, 1), CycleState.CALIBRATION, 3), role="host")
    there = Cycle.objects.get(month=date(2026, 9, 1))
    again, rows = asked("calibration-reviews", cycle=there.pk)
    assert (again, len(rows)) == (board, 3)
    # what each says is its own
    assert [row["changes"][0]["by"] for row in (one, *rows)] == ["owner"] * 4
    assert [(row["open"], row["given"], row["previews"]) for row in (one, *rows)] == [
        (True, 1, []), *[(False, 1, [])] * 3,
    ]  # fmt: skip
    assert [line["key"] for row in rows for line in row["lines"]] == ["a"] * 3
    again, rows = asked("cycles")
    assert [(row["month"], row["counts"]["reviews"], row["computing"]) for row in rows] == [
        ("2026-09", 3, True), ("2026-08", 1, False),
    ]  # fmt: skip
    assert again == cycles


def _reviewer_of(appeal) -> int:  # type: ignore[no-untyped-def]
    from kaibo.appraisal.models import AppealRound

    found = AppealRound.objects.get(appeal=appeal["id"]).reviewer_id
    assert found is not None
    return found


def test_what_an_own_kpi_added_up_when_it_was_computed_stays_withheld(people, cast) -> None:  # type: ignore[no-untyped-def]
    """Its formula may be another by now, which adds up no amounts: the figures of the review are those of then."""
    computed(people, cast)
    review = Review.objects.get(person=cast.host)
    said = {"key": "own_part", "zh": "退款占比", "en": "Refunded", "unit": "ratio", "direction": "down"}
    made = save_kpi(by=cast.owner, formula="refund_minor / paid_minor", **said)
    ReviewLine.objects.filter(review=review, kpi="net_paid").update(kpi="own_part", top=5000, bottom=44001)

    def told(who: str) -> dict[str, object]:
        lines = ok(people[who].get(f"reviews/{review.pk}/"))["lines"]
        return next(line for line in lines if line["kpi"] == "own_part")

    assert (told("hr")["numerator"], told("hr")["withheld"], told("owner")["numerator"]) == (None, "amounts", 5000)
    save_kpi(by=cast.owner, former=made, formula="orders / views", **said)
    assert (told("hr")["numerator"], told("hr")["withheld"], told("owner")["numerator"]) == (None, "amounts", 5000)


def test_amounts_are_withheld_and_others_months_hidden(people, cast) -> None:  # type: ignore[no-untyped-def]
    cycle = computed(people, cast)
    review = Review.objects.get(person=cast.host)
    ReviewLine.objects.filter(review=review, kpi="net_paid").update(target=Decimal(90_000))
    # the owner sees amounts, HR scores alone, a colleague nothing
    shown = {name: ok(people[name].get(f"reviews/{review.pk}/")) for name in ("owner", "hr", "lead")}
    lines = {name: next(line for line in one["lines"] if line["kpi"] == "net_paid") for name, one in shown.items()}
    assert lines["owner"]["numerator"] == lines["lead"]["numerator"] == 44001
    assert (lines["hr"]["numerator"], lines["hr"]["target"], lines["hr"]["withheld"]) == (None, None, "amounts")
    assert lines["hr"]["points"] == "16"
    assert "44001" not in people["hr"].get(f"reviews/{review.pk}/").content.decode()
    assert people["other"].get(f"reviews/{review.pk}/").status_code == 404
    assert ok(people["other"].get("reviews/"))["reviews"] == []
    assert people["other"].get("cycles/").status_code == 404
    assert people["host"].get(f"cycle-changes/?run={CycleRun.objects.get(cycle=cycle).pk}").status_code == 404
    # a note that is not told is not theirs to read
    lead, host = people["lead"], people["host"]
    about = {"person": cast.host.pk, "month": "2026-10"}
    ok(lead.say("review-notes/add/", **about, text="迟到两次", day="2026-10-14"))
    assert ok(host.get(f"review-notes/?person={cast.host.pk}&month=2026-10"))["review-notes"] == []
    own = ok(host.say("review-notes/add/", **about, text="生病", day="2026-10-14"))
    assert lead.say(f"review-notes/{own['id']}/take-back/").status_code == 404
    assert ok(host.say(f"review-notes/{own['id']}/take-back/"))["id"] == own["id"]
    # what else a token of who sees nobody opens: nothing
    assert host.get("people/").status_code == 404


def test_a_scorecard_goes_out_and_comes_back_as_a_version(people) -> None:  # type: ignore[no-untyped-def]
    hr, host = people["hr"], people["host"]
    cards = {one["role"]: one for one in ok(host.get("cards/?month=2026-10"))["cards"]}
    text = cards["host"]["toml"]
    assert host.say("cards/import/", toml=text).status_code == 404
    [draft] = ok(hr.say("cards/import/", toml=text))["drafts"]
    assert draft["card"]["line"] == cards["host"]["card"]["line"]
    assert hr.say("cards/import/", toml=text).status_code == 422
    one = f"card-drafts/{draft['id']}"
    lines = [line | {"weight": "1"} if n == 0 else line for n, line in enumerate(draft["card"]["line"])]
    wrong = ok(hr.say(f"{one}/save/", card={**draft["card"], "line": lines}, seen=draft["seen"]))
    assert wrong["faults"]
    next_year = f"{timezone.localdate().year + 1}-01"
    assert hr.say(f"{one}/publish/", since=next_year).status_code == 422
    assert hr.say(f"{one}/save/", card=draft["card"], seen=draft["seen"]).status_code == 422
    ok(hr.say(f"{one}/save/", card=draft["card"], seen=wrong["seen"]))
    done = ok(hr.say(f"{one}/publish/", since=next_year))
    assert (done["own"], done["since"], done["in_use"]) == (True, next_year, False)
    assert done["version"] > cards["host"]["version"]
    assert hr.get(f"{one}/").status_code == 404
    kpi = {"key": "own_rate", "zh": "成交率", "formula": "orders / views", "unit": "ratio", "direction": "up"}
    made = ok(hr.say("own-kpis/add/", **kpi))
    assert list(hr.say("own-kpis/add/", **kpi).json()["fields"]) == ["key"]
    assert list(hr.say(f"own-kpis/{made['id']}/edit/", formula="orders /").json()["fields"]) == ["formula"]
    assert ok(hr.say(f"own-kpis/{made['id']}/edit/", formula="orders / ad_views")).get("version") == 2
    assert host.get("own-kpis/").status_code == 404
