"""Files come, go and come back in any order: what counts is the same, and a batch says what it replaced."""

import random

import pytest

from kaibo.facts import reader
from kaibo.facts.schema import MINUTE, SESSION_REPORT
from kaibo.imports.actions import restore_batch, withdraw_batch
from kaibo.imports.files import files_of
from kaibo.imports.landing import land
from kaibo.imports.models import Batch, BatchState
from kaibo.imports.tests.made import SESSIONS, landed, ms, reading, session
from kaibo.sources.reading import Answers, Reading, Source

pytestmark = pytest.mark.django_db
MINUTES = Source("minutes", "Minutes", MINUTE, (), (), "Minutes", "Kaibo", mode="replace")


def report(name: str, as_of: int, days: range, views: int) -> tuple[str, Reading]:
    facts = [session(d, f"2026-10-{d:02} 19:00:00", f"2026-10-{d:02} 23:00:00") | {"views": views} for d in days]
    return name, reading(SESSIONS, facts, as_of=f"2026-11-{as_of:02} 08:00")


def minutes(name: str, as_of: int, span: range, comments: int) -> tuple[str, Reading]:
    start = ms("2026-10-03 19:00")
    facts = [
        {"row": n, "raw": "{}", "account": "a", "minute_ms": start + n * 60_000, "comments": comments} for n in span
    ]
    return name, Reading(MINUTES, facts, as_of_ms=ms(f"2026-11-{as_of:02} 08:00"), as_of_from="file")


FILES = dict([
    report("r1", 1, range(1, 9), 10), report("r2", 5, range(4, 7), 20), report("r3", 3, range(6, 12), 30),
    minutes("m1", 1, range(30), 1), minutes("m2", 6, range(10, 20), 2), minutes("m3", 4, range(15, 40), 3),
])  # fmt: skip


def bring(name: str) -> Batch:
    made = FILES[name]
    return land(made, by=None, file_name=name, sha256=name, answers=Answers(), now_ms=ms("2026-12-01 08:00"))


def counting() -> dict[str, set[tuple[str, int]]]:
    """table → (file, its line) of everything that counts, however the batches are numbered."""
    names = dict(Batch.objects.values_list("pk", "file_name"))
    return {
        table: {(names[row["batch"]], row["row"]) for row in reader.shown(table, files_of(table), ["row"])}
        for table in (SESSION_REPORT, MINUTE)
    }


def run(steps: list[tuple[str, str]]) -> None:
    for verb, name in steps:
        if verb == "import":
            bring(name)
        else:
            batch = Batch.objects.get(file_name=name)
            (withdraw_batch if verb == "withdraw" else restore_batch)(by=None, batch=batch, reason="a test")


def story(dice: random.Random, gone: set[str]) -> list[tuple[str, str]]:
    """Each file imported, then withdrawn and restored a few times, the files' steps shuffled into each other."""
    of_file = []
    for name in FILES:
        turns = 2 * dice.randrange(2) + (name in gone)
        of_file.append([("import", name), *[(("withdraw", "restore")[n % 2], name) for n in range(turns)]])
    steps = []
    while of_file:
        one = dice.choice(of_file)
        steps.append(one.pop(0))
        of_file = [rest for rest in of_file if rest]
    return steps


@pytest.mark.parametrize(
    "gone", [set(), {"r2"}, {"m2", "r3"}, {"r1", "m1"}], ids=lambda names: "-".join(sorted(names)) or "none"
)
def test_any_order_of_imports_withdrawals_and_restorations_shows_the_same_rows(gone: set[str]) -> None:
    dice, shown = random.Random(20261101), []
    for _ in range(12):
        Batch.objects.all().delete()
        run(story(dice, gone))
        assert set(Batch.objects.filter(state=BatchState.WITHDRAWN).values_list("file_name", flat=True)) == gone
        shown.append(counting())
    assert all(one == shown[0] for one in shown)
    if not gone:
        # worked out by hand: r2 is newest for the 4th to the 6th, r3 from then on, r1 has the rest
        assert shown[0][SESSION_REPORT] == (
            {("r1", d) for d in (1, 2, 3)} | {("r2", d) for d in (4, 5, 6)} | {("r3", d) for d in range(7, 12)}
        )
        assert shown[0][MINUTE] == (
            {("m1", n) for n in range(10)} | {("m2", n) for n in range(10, 20)} | {("m3", n) for n in range(20, 40)}
        )


def test_the_batch_page_says_how_many_rows_it_replaced_and_what_differs(cast) -> None:
    one = [session(d, f"2026-10-0{d} 19:00:00", f"2026-10-0{d} 23:00:00") for d in (3, 4)]
    old = landed(SESSIONS, one, sha="a", as_of="2026-10-05 08:00")
    new = landed(SESSIONS, [one[0] | {"paid_minor": 10000}, one[1]], sha="b", as_of="2026-10-06 08:00")
    client = cast.client("owner")
    page = client.get(f"/batches/{new.pk}/replaced/").content.decode()
    assert f'href="/batches/{old.pk}/"' in page
    assert "直播间用户支付金额" in page
    assert "123.45" in page
    assert "100.00" in page
    assert f"/batches/{new.pk}/replaced/" in client.get(f"/batches/{new.pk}/").content.decode()
    withdraw_batch(by=None, batch=new, reason="x")
    assert "123.45" not in client.get(f"/batches/{new.pk}/replaced/").content.decode()


def test_a_batch_whose_file_is_lost_says_so_and_does_not_fail(cast) -> None:
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="a")
    files_of(SESSION_REPORT)[0].path.unlink()
    assert cast.client("owner").get(f"/batches/{batch.pk}/replaced/").status_code == 200
