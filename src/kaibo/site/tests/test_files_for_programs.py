"""Files for programs and the shell: what each makes possible, how far those in use reach, what could not be used, the
bridge of a broadcast; holding batches and sweeping.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from kaibo.imports import sweeping
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import ORDERS, SESSIONS, landed, order, session
from kaibo.imports.tests.test_retention import events
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Cancelled, Progress
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.tests.conftest import Evening
from kaibo.site import batches_cli, facts_cli, records_cli
from kaibo.site.jobs_list import HANDLERS
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db
ONE = [session(4, "2026-10-03 19:00:00", "2026-10-03 23:00:00")]


@pytest.fixture
def lead(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.lead.user)


def test_a_batch_is_held_and_released_with_a_reason(cast, lead) -> None:  # type: ignore[no-untyped-def]
    batch, owner = events(days_ago=1), Speaker(cast.owner)
    one = f"batches/{batch.pk}"
    assert lead.say(f"{one}/hold/").status_code == 400
    assert lead.say(f"{one}/hold/", reason="a dispute").json()["legal_hold"] is True
    assert lead.say(f"{one}/hold/", reason="again").status_code == 409
    assert lead.get(f"{one}/").json()["erasable_on"] is None
    # held by one, released by another (ADR 38)
    assert lead.say(f"{one}/release/", reason="it is over").status_code == 409
    assert owner.say(f"{one}/release/", reason="it is over").json()["legal_hold"] is False
    assert owner.say(f"{one}/release/", reason="again").status_code == 409
    assert lead.say("batches/999/hold/", reason="x").status_code == 404


@pytest.fixture
def orphan(monkeypatch) -> Path:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sweeping, "ORPHAN_AGE", timedelta(0))
    monkeypatch.setattr(sweeping.orphans, "__kwdefaults__", {"orphan_age": timedelta(0)})
    monkeypatch.setattr(sweeping.sweep, "__kwdefaults__", {**sweeping.sweep.__kwdefaults__, "orphan_age": timedelta(0)})
    path = Path(settings.FACTS_ROOT) / "b-left"
    path.mkdir(parents=True)
    return path


def test_a_sweep_says_what_goes_and_the_worker_removes_it(lead, orphan) -> None:  # type: ignore[no-untyped-def]
    batch = landed(SESSIONS, ONE, sha="a")
    asked = lead.say("facts/sweep/")
    assert (asked.status_code, asked.json()["orphans"]) == (202, ["b-left"])
    job = Job.objects.get(pk=asked.json()["job"])
    assert lead.say("facts/sweep/").json()["job"] == job.pk
    assert orphan.exists()
    HANDLERS[job.kind](Progress(job=None), **job.args)
    assert not orphan.exists()
    assert (Path(settings.FACTS_ROOT) / batch.folder).is_dir()


def test_a_sweep_is_stopped_between_two_things(lead, orphan) -> None:  # type: ignore[no-untyped-def]
    job = Job.objects.get(pk=lead.say("facts/sweep/").json()["job"])
    Job.objects.filter(pk=job.pk).update(state="running")
    assert lead.say(f"jobs/{job.pk}/stop/").json()["stopping"] is True
    with pytest.raises(Cancelled):
        HANDLERS[job.kind](Progress(job), **job.args)
    assert orphan.exists()
    assert facts_cli.run(["sweep"]) == 0
    assert not orphan.exists()


def test_sources_say_what_they_make_possible_and_of_one_its_columns(lead, capsys, cast) -> None:  # type: ignore[no-untyped-def]
    landed(SESSIONS, ONE, sha="a")
    every = {one["source"]: one for one in lead.get("sources/").json()["sources"]}
    assert every["douyin_sessions"]["imported_at"]
    assert every["doudian_after_sales"]["imported_at"] is None
    assert "退款率" in " ".join(every["doudian_after_sales"]["kpis"])
    assert "columns" not in every["douyin_sessions"]
    [one] = lead.get("sources/?source=douyin_minutes").json()["sources"]
    status = {column["name"]: column["status"] for column in one["columns"]}
    assert set(one["unconfirmed"]) == {name for name, said in status.items() if said == "unconfirmed"} != set()
    assert list(lead.get("sources/?source=moon").json()["fields"]) == ["source"]
    assert list(lead.get("reach/?month=2026-10").json()["fields"]) == ["month"]
    assert records_cli.run(["sources", "source=douyin_minutes", "--json", "--as", cast.owner.username]) == 0
    assert json.loads(capsys.readouterr().out) == one
    # a plain person has no part in files
    assert Speaker(cast.host.user).get("sources/").status_code == 404


def test_how_far_each_kind_reaches_and_what_lacks(lead) -> None:  # type: ignore[no-untyped-def]
    landed(SESSIONS, ONE, sha="a", as_of="2026-10-05 08:00")
    there = {one["table"]: one for one in lead.get("reach/").json()["reach"]}
    assert there["session_report"]["as_of"] == "2026-10-05T00:00:00+00:00"
    assert there["session_report"]["last"] == "2026-10-03T11:00:00+00:00"
    assert there["session_report"]["imported"] is True
    lacking = there["after_sale"]
    assert (lacking["imported"], lacking["as_of"], lacking["last"]) == (False, None, None)
    assert lacking["kpis"]
    assert lacking["makes_possible"]


def test_rejected_rows_name_file_row_column_value_and_why(lead, cast, capsys) -> None:  # type: ignore[no-untyped-def]
    one, other = landed(SESSIONS, ONE, sha="a", rejects=1), landed(SESSIONS, ONE, sha="b", rejects=2)
    Batch.objects.filter(pk=other.pk).update(state="withdrawn")
    said = lead.get("rejects/").json()["rejects"]
    assert said == [
        {
            "batch": one.pk, "file": "a.xlsx", "row": 90, "column": "直播间成交金额", "value": "1.2.3",
            "why": said[0]["why"], "held": False, "amount_minor": None,
        }
    ]  # fmt: skip
    assert "1.2.3" in said[0]["why"]
    assert len(lead.get(f"rejects/?batch={other.pk}").json()["rejects"]) == 2
    assert lead.get("rejects/?batch=999").status_code == 404
    assert lead.get("rejects/?batch=x").status_code == 422
    assert records_cli.run(["rejects", f"batch={other.pk}", "--json", "--as", cast.owner.username]) == 0
    assert [json.loads(line)["row"] for line in capsys.readouterr().out.splitlines()] == [90, 91]
    assert records_cli.run(["rejects", "list", "month=1", "--as", cast.owner.username]) == 1
    assert "batch" in capsys.readouterr().err


def test_a_row_as_it_stood_in_the_file_and_as_it_was_read(lead, capsys) -> None:  # type: ignore[no-untyped-def]
    batch = landed(SESSIONS, ONE, sha="a", rejects=1)
    row = lead.get(f"batches/{batch.pk}/rows/3/")
    assert row.status_code == 404
    [line] = [one["row"] for one in ONE]
    told = lead.get(f"batches/{batch.pk}/rows/{line}/").json()
    assert told["text"] == {"直播开始时间": "2026-10-03 19:00:00"}
    assert [(fact["account"], fact["views"], fact["gmv_minor"]) for fact in told["facts"]] == [("101", 100, None)]
    assert told["rejects"] == []
    assert batches_cli.run(["row", str(batch.pk), str(line), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == told
    # of a row that was rejected, why
    assert batches_cli.run(["row", str(batch.pk), "90"]) == 0
    assert "1.2.3" in capsys.readouterr().out
    assert batches_cli.run(["row", str(batch.pk), "77"]) == 1


def test_the_bridge_of_a_broadcast_in_named_steps(lead, cast) -> None:  # type: ignore[no-untyped-def]
    evening = Evening(cast)
    path = f"sessions/{evening.session.pk}/bridge/"
    nothing = lead.say(path).json()
    assert nothing["bridge"] is None
    assert "对照" in nothing["why"]
    evening.fact("report_paid_minor", 51_000, place="report")
    evening.fact("report_gmv_minor", 51_300, place="report")
    evening.fact("paid_minor", 700, place="after")
    told = lead.say(path).json()
    found = told["bridge"]
    assert (found["from_minor"], found["to_minor"], found["difference_minor"]) == (50_100, 51_000, 900)
    assert {one["step"]: one["amount"] for one in found["steps"]} == {"after": 700, "wording": -300, "rest": 500}
    assert all(one["title"] for one in found["steps"])
    assert (told["currency"], told["why"]) == ("CNY", None)
    assert lead.say("sessions/999/bridge/").status_code == 404
    # without orders it is these that lack
    SegmentFact.objects.filter(measure="paid_minor", place="segment").delete()
    assert "订单还没导入" in lead.say(path).json()["why"]


def test_which_days_a_file_covers_is_said_and_taken_back(cast, lead, capsys) -> None:  # type: ignore[no-untyped-def]
    rows = [order(2, "1", "2026-10-03 19:00:00"), order(3, "2", "2026-10-20 21:00:00")]
    batch = landed(ORDERS, rows, sha="a")
    one = f"batches/{batch.pk}"
    assert (lead.get(f"{one}/").json()["covers"], lead.get(f"{one}/").json()["covers_from"]) == (
        ["2026-10-03", "2026-10-20"], "rows",
    )  # fmt: skip
    said = lead.say(f"{one}/period/", first="2026-10-01", last="2026-10-31", reason="没有成交").json()
    assert (said["covers"], said["covers_from"]) == (["2026-10-01", "2026-10-31"], "asked")
    late = lead.say(f"{one}/period/", last="2026-12-31")
    assert (late.status_code, "2026-11-01" in late.json()["error"]) == (400, True)
    assert lead.say(f"{one}/period/", last="31.10.").status_code == 400
    assert lead.say(f"{one}/period/").json()["covers_from"] == "rows"
    assert lead.say("batches/999/period/", last="2026-10-31").status_code == 404
    assert batches_cli.run(["period", str(batch.pk), "--last", "2026-10-31"]) == 0
    assert "2026-10-03 至 2026-10-31" in capsys.readouterr().out
    assert batches_cli.run(["period", str(batch.pk), "--last", "2026-11-30"]) == 1
    assert batches_cli.run(["period", str(batch.pk), "--last", "yesterday"]) == 1
    batch.refresh_from_db()
    assert batch.period_last is not None
    assert batch.period_last.isoformat() == "2026-10-31"
