"""Proves the engine: the sample, brought in through the product, gives everyone exactly their true month."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kaibo.sample import reviews
from kaibo.sample.cast import FLOOR_ONE, FLOOR_TWO, HOST
from kaibo.sample.company import MEMBERS
from kaibo.sample.generate import Sample, generate
from kaibo.sample.team_cards import FLOOR
from kaibo.sample.truth import COUNTED, MEASURES, NOBODY, PersonMonth
from tests.browser.conftest import PREPARED_WITHIN

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
# the same month whenever the tests are run; by itself the sample is of the newest one
MONTH = {"month": "2026-10-01", "settled": True, "done": False}
KINDS = {"达播": "creator_live", "商品卡": "product_card", "短视频": "short_video"}


@dataclass(frozen=True)
class Installed:
    """A prepared sample: what it says, what is true, what it says after it was prepared a second time."""

    said: dict[str, Any]
    sample: Sample
    again_said: dict[str, Any]


def environment(home: Path) -> dict[str, str]:
    names = {name: value for name, value in os.environ.items() if not name.startswith("KAIBO_")}
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return names | {"KAIBO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kaibo.site.settings", "PYTHONPATH": paths}


def prepare(home: Path) -> None:
    home.mkdir(exist_ok=True)
    if not (home / "sample").exists():
        (home / "sample").write_text(json.dumps(MONTH))
    command = [sys.executable, "-m", "kaibo.site", "demo", "--prepare-only"]
    subprocess.run(command, env=environment(home), check=True, timeout=PREPARED_WITHIN, capture_output=True)


def values(home: Path) -> dict[str, Any]:
    run = f"import django, runpy; django.setup(); runpy.run_path({str(ROOT / 'tests/sample_values.py')!r})"
    command = [sys.executable, "-c", run]
    done = subprocess.run(command, env=environment(home), check=True, timeout=PREPARED_WITHIN, capture_output=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Preparing it takes minutes: of several workers one does, and the others wait for what it found."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    kept = place / "installed.json"
    with (place / "installed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(prepared(tmp_path_factory.mktemp("home"))))
    found = json.loads(kept.read_text())
    mark = found.pop("mark")
    sample = generate(tmp_path_factory.mktemp("files"), date.fromisoformat(mark["month"]), settled=mark["settled"])
    return Installed(sample=sample, **found)


def prepared(home: Path) -> dict[str, Any]:
    prepare(home)
    said = values(home)
    prepare(home)
    mark = json.loads((home / "sample").read_text())
    return {"said": said, "again_said": values(home), "mark": mark}


def by(key: PersonMonth) -> str:
    return f"{key.month}|{key.person}|{key.role}"


def total(amounts: dict[str, int], measure: str, bases: Iterable[str]) -> int:
    return sum(amounts.get(f"{measure}|{basis}", 0) for basis in bases)


def without_ids(said: dict[str, Any]) -> dict[str, Any]:
    """What must be the same in another installation: not in which order files and months were worked off."""
    return said | {"computations": 0, "batches": sorted(b["accepted"] for b in said["batches"])}


ALL = ("measured", "allocated", "approximated")


def test_everyone_has_exactly_their_true_month(installed: Installed) -> None:
    credited, wrong = installed.said["credited"], []
    for key, true in installed.sample.truth.people.items():
        for measure in MEASURES:
            bases = ALL if measure in COUNTED else ("measured",)
            found = total(credited.get(by(key), {}), measure, bases)
            if found != true[measure]:
                wrong.append((by(key), measure, "true", true[measure], "found", found))
    assert wrong == []
    true_keys = {by(key) for key in installed.sample.truth.people}
    assert set(credited) - true_keys == set()


def test_hours_are_exactly_the_true_ones(installed: Installed) -> None:
    truth, credited = installed.sample.truth, installed.said["credited"]
    for key, on_air in truth.on_air_ms.items():
        assert total(credited[by(key)], "air_ms", ALL) == on_air, by(key)
    for key, true in truth.people.items():
        if key.person == NOBODY:
            assert total(credited[by(key)], "air_ms", ALL) == true.get("air_ms", 0), by(key)


def test_pages_are_given_what_was_credited(installed: Installed) -> None:
    truth = installed.sample.truth
    for key, planned in truth.planned_ms.items():
        kpis = installed.said["shown"][by(key)]
        assert kpis["airtime_attainment"] == [truth.on_air_ms.get(key, 0), planned], by(key)
    for key, true in truth.people.items():
        if key.person and key.role != HOST:
            continue
        if key.person:
            assert installed.said["shown"][by(key)]["views"][0] == true["views"]


def test_every_line_of_everyone_is_explained_to_its_number(installed: Installed) -> None:
    explained = installed.said["explained"]
    assert explained["lines"] >= 50
    assert explained["wrong"] == []


def test_what_the_teams_table_keeps_is_what_each_page_says(installed: Installed) -> None:
    kept = installed.said["kept"]
    assert kept["seen"] >= 15
    assert kept["scores"] == kept["seen"]
    assert kept["wrong"] == []


def test_what_two_rooms_may_claim_is_shared_out_once(installed: Installed) -> None:
    doubtful = installed.sample.truth.doubtful
    assert doubtful
    for measure, true in [("paid_minor", sum(x.payable for x in doubtful)), ("orders", len(doubtful))]:
        hosts = [amounts for key, amounts in installed.said["credited"].items() if key.endswith(f"|{HOST}")]
        assert sum(total(amounts, measure, ["allocated"]) for amounts in hosts) == true


def test_what_nobody_sold_stands_where_it_belongs(installed: Installed) -> None:
    true: dict[str, int] = defaultdict(int)
    for (month, place, kind), amount in installed.sample.truth.elsewhere.items():
        where = "outside" if place == "pending" else place
        what = "pending" if place == "pending" else KINDS.get(kind, kind or "self_live")
        true[f"{month}|{where}|{what}"] += amount
    assert installed.said["elsewhere"] == true


def test_every_session_has_its_sum(installed: Installed) -> None:
    for (handle, start), true in installed.sample.truth.sessions.items():
        found = installed.said["sessions"][f"{handle}|{start}"]
        for measure in ("paid_minor", "orders", "refund_minor"):
            assert total(found, measure, ["measured"]) == true[measure], (handle, start, measure)
        for measure in COUNTED:
            assert total(found, measure, ALL) == true[measure], (handle, start, measure)
        assert total(found, "air_ms", ALL) == true["air_ms"]


def test_the_files_came_in_with_exactly_the_stated_rejects(installed: Installed) -> None:
    truth = installed.sample.truth
    batches = installed.said["batches"]
    orders = [b for b in batches if "order" in b["source"]]
    assert sum(b["accepted"] for b in orders) == truth.lines - len(truth.rejects)
    assert orders[0]["rejected"] == len(truth.rejects)
    assert sum(b["rejected"] + b["held"] for b in batches) == len(truth.rejects)
    assert sorted(map(tuple, installed.said["rejects"])) == sorted(truth.rejects.values())
    assert sum(b["accepted"] for b in batches if "after" in b["source"]) == truth.after_sales


def test_others_rated_by_name_and_from_below(installed: Installed) -> None:
    """In the month before everyone has; in the newest one is late by name, and from below nothing counts yet."""
    before, newest = installed.said["reviewed"].values()
    asked = [(one.whose, one.rater) for one in reviews.INVITED]
    for month, late in ((before, []), (newest, [one.rater for one in reviews.INVITED if one.late])):
        assert sorted((whose, rater) for whose, rater, _kind, _done in month["invited"]) == sorted(asked)
        assert {kind for _whose, _rater, kind, _done in month["invited"]} == {"peer", "other_department", "hr"}
        assert [rater for _whose, rater, _kind, done in month["invited"] if not done] == late
    assert before["below"] == [[reviews.OPERATIONS, 3, True]]
    assert newest["below"] == [[reviews.OPERATIONS, 2, False]]
    # half the manager's 10, a fifth of the mean of 10, 15 and 5, a fifth of another department's 10, a tenth of HR's 5
    assert before["rated"] == {reviews.OPERATIONS: "19/2"}
    assert newest["rated"] == {reviews.OPERATIONS: None}


def test_floor_managers_have_grades_and_what_is_outside_the_hundred(installed: Installed) -> None:
    before, newest = installed.said["reviewed"].values()
    floor = {name: told for name, told in before["outside"].items() if told[0] == FLOOR}
    assert len(floor) == 4
    for name, (_role, points, grade, written, counts) in floor.items():
        times = {key: Fraction(one) for key, one in {**counts, **written}.items() if one is not None}
        # two for praise up to six; three less for each wrong price down to nine; one for each time late down to five
        due = min(6, 2 * times["praised"]) - min(9, 3 * times["wrong_price"]) - min(5, times["late_times"])
        assert Fraction(points) == max(-12, min(6, due)), name
        # the gate holds one of them down
        assert (grade == "C") == (name == "陆沉舟") == (times["serious"] == 1), name
    assert {name: floor[name][3]["praised"] for name in (FLOOR_ONE, FLOOR_TWO)} == {FLOOR_ONE: "2", FLOOR_TWO: "1"}
    # the newest month's clock-in file counts who was late; the others' occurrences nobody has said yet
    told = newest["outside"]
    assert all(told[name][4]["late_times"] is not None for name in floor)
    assert [name for name in floor if told[name][3]] == [FLOOR_ONE]
    assert [name for name in floor if told[name][2]] == [FLOOR_ONE]


def test_people_rooms_and_tries_are_what_was_decided(installed: Installed) -> None:
    assert sorted(installed.said["people"]) == sorted(member.name for member in MEMBERS)
    assert installed.said["shifts"] == len(installed.sample.decisions.shifts)
    rooms = {room.handle for room in installed.sample.decisions.rooms}
    assert set(installed.said["rooms"]) == rooms
    assert len(rooms) == 6
    tests = [key for key, kind in installed.said["kinds"].items() if kind == "test"]
    decided = installed.sample.decisions.tests
    assert tests == [f"{handle}|{int(start.timestamp()) * 1000}" for handle, start in decided]


def test_killed_at_any_moment_it_goes_on_and_ends_the_same(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "sample").write_text(json.dumps(MONTH))
    for seconds in (2, 5, 8, 12, 16):
        command = [sys.executable, "-m", "kaibo.site", "demo", "--prepare-only"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=environment(tmp_path), start_new_session=True, **quiet)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    prepare(tmp_path)
    assert without_ids(values(tmp_path)) == without_ids(installed.said)


def test_a_second_run_brings_nothing_in_again_and_loses_nothing(installed: Installed) -> None:
    """How often months were computed and which files came in is part of what is said."""
    assert installed.again_said == installed.said
