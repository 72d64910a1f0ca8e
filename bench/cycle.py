"""What a cycle of reviews costs: computed from stored scores, computed again, and its pages.

    python -m bench.cycle [--people 5000] [--rounds 10]

Makes a card of twelve lines with items outside, a gate, grades and a team's part, as many people with a kept month,
opens a cycle and computes it; then every figure changes and it is computed again. Prints queries (those that read, all)
and CPU seconds of this process, database included on SQLite, for a tenth of the people and for all. Then the pages: the
list of cycles with one and with six of them, a cycle, a calibration board of 200 people, a review. Fails beyond 10 s or
40 reads a computing, beyond 15 queries or 100 ms a page, or where the list of cycles asks more for more cycles.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

SECONDS_AT_MOST, READS_AT_MOST, QUERIES_AT_MOST, CPU_AT_MOST = 10.0, 40, 15, 100.0
KPIS = ("views", "paid", "orders", "audience", "comments", "airtime", "new_followers", "net_paid", "buyers",
        "mean_stay", "acu", "pcu")  # fmt: skip
BOARD = 200
CARD = """
[[card]]
role = "host"
version = 1
outside = [{ key = "commended", each = "5", floor = "0", cap = "10", zh = "表扬", en = "Commendation" }]
grade = [
  { key = "a", at_least = "90", coefficient = "1.2", zh = "优", en = "A" },
  { key = "b", at_least = "60", coefficient = "1", zh = "良", en = "B" },
  { key = "c", coefficient = "0.5", zh = "差", en = "C" },
]
gate = [{ key = "serious", at_least = "1", grade = "c", zh = "严重违规", en = "Serious violation" }]
[card.team]
kpi = "paid"
bands = [{ below = "1000000", points = "0.9" }, { at_least = "1000000", points = "1.1" }]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"KAIBO_HOME": home, "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        _basics()
        print(f"{'reads':>6} {'queries':>8} {'CPU s':>7}  computing")
        fits, reads = True, []
        for month, count in ((date(2026, 8, 1), options.people // 10), (date(2026, 9, 1), options.people)):
            _kept(month, count)
            found, ok = _computed(month, count)
            fits, reads = fits and ok, [*reads, found]
        print(f"\n{'queries':>7} {'CPU ms':>7} {'KB':>5}  page")
        fits = _pages(options.rounds, options.people) and fits
    print("as promised" if fits else "MORE THAN PROMISED")
    return 0 if fits else 1


def _basics() -> None:
    from kaibo.appraisal.actions import import_cards, publish_card
    from kaibo.login.models import Role, User

    owner = User.objects.create_user("owner", password="x", role=Role.OWNER)  # noqa: S106
    lines = [
        f'[[card.line]]\nkpi = "{kpi}"\nweight = "{9 if n < 8 else 7}"\n'
        f'rule = {{ form = "bands", bands = [{{ below = "1000", points = "3" }}, '
        f'{{ at_least = "1000", points = "{9 if n < 8 else 7}" }}] }}'
        for n, kpi in enumerate(KPIS)
    ]
    draft = import_cards(by=owner, text=CARD + "\n".join(lines))[0]
    publish_card(by=owner, draft=draft, since=date(2026, 1, 1))


def _kept(month: date, count: int) -> None:
    """So many people's kept scores of the month, twelve lines each; people are made as they are missing."""
    from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore, KeptState
    from kaibo.appraisal.month_data import cards_of
    from kaibo.org.models import Appointment, Department, Person, Position

    position, department = Position.objects.get(key="host"), Department.objects.order_by("pk")[0]
    there = list(Person.objects.order_by("pk")[:count])
    fresh = Person.objects.bulk_create(Person(name=f"Person {n:05d}") for n in range(len(there), count))
    Appointment.objects.bulk_create(
        Appointment(person=one, position=position, department=department, start=date(2026, 1, 1)) for one in fresh
    )
    KeptMonth.objects.create(month=month, ground="g", is_over=True)
    dice, version = random.Random(count), cards_of(month)["host"].version
    scores = KeptScore.objects.bulk_create(
        [
            KeptScore(
                month=month, person=one, role="host", state=KeptState.CURRENT, run="bench", digest=f"1 {one.pk}",
                main=True, version=version, sessions=4, air_ms=3_600_000, points=Fraction(0), weights=100,
                waiting_weights=0, waiting=0, provisional=False, beside={"counts": {}, "team": "1200000"},
            )
            for one in [*there, *fresh]
        ],
        batch_size=500,
    )  # fmt: skip
    KeptLine.objects.bulk_create(
        (
            KeptLine(
                score=score, number=n, kpi=kpi, weight=Decimal(9 if n <= 8 else 7), numerator={"measured": 7 * n},
                top=7 * n, points=Fraction(dice.randrange(1, 7000), 999), **_month(KeptLine, month),
            )
            for score in scores
            for n, kpi in enumerate(KPIS, 1)
        ),
        batch_size=2_000,
    )  # fmt: skip


def _month(model: Any, month: date) -> dict[str, date]:
    return {"month": month} if any(field.name == "month" for field in model._meta.get_fields()) else {}


def _opened(month: date, people: frozenset[int] = frozenset()) -> Any:
    from django.utils import timezone

    from kaibo.appraisal.actions import open_cycle
    from kaibo.appraisal.cycle import stages
    from kaibo.appraisal.cycle.opening import Asked

    found = stages.template()
    pay_on = stages.pay_date(found, month, timezone.localdate() + timedelta(days=1))
    return open_cycle(
        by=None, month=month, pay_on=pay_on, deadlines=stages.deadlines(found, pay_on), asked=Asked(people=people)
    )


def _computed(month: date, count: int) -> tuple[int, bool]:
    """(reads of the second computing, whether both keep what is promised), printed."""
    from django.db.models import Value
    from django.db.models.functions import Concat

    from kaibo.appraisal.actions import compute_cycle
    from kaibo.appraisal.cycle.computing import compute
    from kaibo.appraisal.models import CycleRun, KeptLine, KeptScore, ReviewLine
    from kaibo.jobs.queue import Progress

    cycle, fits, reads = _opened(month), True, 0
    for what in ("first", "again, all figures changed", "again, the same"):
        if what.startswith("again, all"):
            KeptScore.objects.filter(month=month).update(digest=Concat("digest", Value("x")))
            KeptLine.objects.filter(score__month=month).update(points="7/2", top=5)
        run = compute_cycle(by=None, cycle=cycle)
        asked, seconds = _asked(lambda run=run: compute(Progress(), cycle.pk, run.pk))
        reads = sum(one.startswith("SELECT") for one in asked)
        # a computing that copies nothing would be fast
        done = CycleRun.objects.get(pk=run.pk)
        changed, unchanged = (count, 0) if "changed" in what else (0, count)
        expected = (0, 0, 0) if what == "first" else (changed, unchanged, 0)
        assert (done.changed, done.unchanged, done.without) == expected, (what, done.__dict__)
        assert ReviewLine.objects.filter(review__cycle=cycle).count() == count * len(KPIS)
        fits = fits and seconds <= SECONDS_AT_MOST and reads <= READS_AT_MOST
        print(f"{reads:>6} {len(asked):>8} {seconds:>7.2f}  {count:,} reviews, {what}", flush=True)
    return reads, fits


def _asked(do: Callable[[], Any]) -> tuple[list[str], float]:
    """The statements, and CPU seconds; the statements are counted without keeping them as a debugger does."""
    from django.db import connection

    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql[:12])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        began = time.process_time()
        do()
        return asked, time.process_time() - began


def _pages(rounds: int, people: int) -> bool:
    from kaibo.appraisal.models import Cycle, Review
    from kaibo.org.models import Person

    few = _page("/reviews/cycles/", "list of 2 cycles", rounds)
    for month in (3, 4, 5, 6):
        first = date(2026, month, 1)
        chosen = frozenset(Person.objects.order_by("pk").values_list("pk", flat=True)[:BOARD])
        cycle = _opened(first, chosen)
        if month == 6:
            _kept(first, BOARD)
            from kaibo.appraisal.actions import compute_cycle
            from kaibo.appraisal.cycle.computing import compute
            from kaibo.jobs.queue import Progress

            compute(Progress(), cycle.pk, compute_cycle(by=None, cycle=cycle).pk)
            Cycle.objects.filter(pk=cycle.pk).update(state="calibration")
    review = Review.objects.filter(cycle=cycle).order_by("pk")[0]
    many = _page("/reviews/cycles/", "list of 6 cycles", rounds)
    rows = [
        few, many,
        _page("/reviews/cycles/2026-09/", f"cycle of {people:,}", rounds),
        _page("/reviews/cycles/2026-06/", f"cycle of {BOARD}, at calibration", rounds),
        _page("/calibration/2026-06/", f"calibration board of {BOARD}", rounds),
        _page(f"/reviews/{review.pk}/", "a review", rounds),
        _page("/reviews/", "my reviews", rounds),
    ]  # fmt: skip
    return few[0] == many[0] and all(queries <= QUERIES_AT_MOST and cpu <= CPU_AT_MOST for queries, cpu in rows)


def _page(path: str, name: str, rounds: int) -> tuple[int, float]:
    """(queries, CPU milliseconds) of one page, printed."""
    from django.test import Client

    from kaibo.login.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="owner"))
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    taken, asked = [], []
    for _ in range(rounds):
        asked, seconds = _asked(lambda: client.get(path))
        taken.append(seconds * 1000)
    reads = [one for one in asked if not one.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
    cpu = statistics.median(taken)
    print(f"{len(reads):>7} {cpu:>7.1f} {len(answer.content) / 1024:>5.0f}  {name}", flush=True)
    return len(reads), cpu


if __name__ == "__main__":
    sys.exit(main())
