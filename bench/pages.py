"""What the team's table costs: a month of many people straight into the kept tables, then its page asked for again.

    python -m bench.pages [--rounds 20]

Prints for 500 and 5,000 people, as the owner and as a lead, plain, filtered, sorted and on the last page: SQL queries,
CPU milliseconds (median of the rounds, in one process, database included on SQLite) and KB of HTML. Fails where a page
takes more than 12 queries, or more of them with 5,000 people than with 500, or more than 80 ms.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from fractions import Fraction

QUERIES_AT_MOST, CPU_AT_MOST = 12, 80.0
PEOPLE = (500, 5_000)
OCTOBER = date(2026, 10, 1)
HOUR = 3_600_000
DEPARTMENTS, ROOMS = 40, 60
PAGES = {
    "everyone": "",
    "sorted": "&sort=-net_paid",
    "waiting": "&state=waiting",
    "a room": "&room=7",
    "searched": "&q=12",
    "last page": "&page=999",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"KAIBO_HOME": home, "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        _basics()
        worst = {}
        for count in PEOPLE:
            _people(count)
            print(f"\n{count:,} people\n{'queries':>7} {'CPU ms':>7} {'KB':>5}  page")
            worst[count] = [
                _measure(who, name, query, rounds) for who in ("owner", "lead") for name, query in PAGES.items()
            ]
    fewer, more = (max(queries for queries, _cpu in worst[count]) for count in PEOPLE)
    slowest = max(cpu for of_count in worst.values() for _queries, cpu in of_count)
    fits = fewer == more <= QUERIES_AT_MOST and slowest <= CPU_AT_MOST
    print(f"\nat most {more} queries, {slowest:.0f} ms: {'as promised' if fits else 'MORE THAN PROMISED'}")
    return 0 if fits else 1


def _basics() -> None:
    from django.utils import timezone

    from kaibo.appraisal.models import KeptMonth
    from kaibo.live.models import Account
    from kaibo.login.models import Role, User
    from kaibo.org.models import Appointment, Department, Person, Position

    now = timezone.now()
    Department.objects.bulk_create(Department(name=f"Department {n:02d}") for n in range(DEPARTMENTS))
    Account.objects.bulk_create(Account(handle=f"room{n}", name=f"Room {n:02d}") for n in range(ROOMS))
    KeptMonth.objects.create(month=OCTOBER, until=now, is_over=True, began_at=now, kept_at=now)
    User.objects.create_user("owner", password="x", role=Role.OWNER)  # noqa: S106
    lead = User.objects.create_user("lead", password="x", role=Role.LEAD)  # noqa: S106
    Appointment.objects.create(
        person=Person.objects.create(name="Lead", user=lead), position=Position.objects.all()[0],
        department=Department.objects.all()[0], start=date(2026, 1, 1),
    )  # fmt: skip


def _people(count: int) -> None:
    """As many people as are missing to `count`, each with a kept month as a host; the same every time."""
    from kaibo.appraisal.cards import cards_in
    from kaibo.appraisal.models import KeptLine, KeptRoom, KeptScore, KeptState
    from kaibo.live.models import Account
    from kaibo.org.models import Appointment, Department, Person, Position

    there = KeptScore.objects.count()
    dice = random.Random(count)
    departments, rooms = list(Department.objects.all()), list(Account.objects.all())
    position = Position.objects.all()[0]
    people = Person.objects.bulk_create(Person(name=f"Person {n:05d}") for n in range(there, count))
    held = [
        Appointment(person=one, position=position, department=dice.choice(departments), start=date(2026, 1, 1))
        for one in people
    ]
    Appointment.objects.bulk_create(held)
    card = cards_in(OCTOBER)["host"]
    scores = []
    for one, appointment in zip(people, held, strict=True):
        air = dice.randrange(10 * HOUR, 90 * HOUR)
        scores.append(
            KeptScore(
                month=OCTOBER, person=one, role="host", state=KeptState.CURRENT, run="bench", digest="", main=True,
                version=card.version, department=appointment.department, room=dice.choice(rooms),
                sessions=air // HOUR // 3, air_ms=air, planned_ms=80 * HOUR,
                points=Fraction(dice.randrange(60_000, 110_000), 999), weights=100, waiting_weights=0, waiting=0,
                provisional=dice.random() < 0.1, least_measured=dice.random(),
            )
        )  # fmt: skip
    KeptScore.objects.bulk_create(scores, batch_size=500)
    lines, places = [], []
    for score in scores:
        score.points_order = float(score.points)
        places += [KeptRoom(score=score, account=room, sessions=5, air_ms=HOUR) for room in dice.sample(rooms, 2)]
        for number, line in enumerate(card.card.lines, 1):
            top, bottom = dice.randrange(1, 40_000_000), dice.randrange(40_000_000, 80_000_000)
            waits = number == 1 and dice.random() < 0.05
            score.waiting += waits
            lines.append(
                KeptLine(
                    score=score, month=OCTOBER, number=number, kpi=line.kpi, weight=line.weight,
                    numerator={"measured": top},
                    denominator={"measured": bottom // 3, "allocated": bottom - bottom // 3} if number > 1 else {},
                    top=top, bottom=bottom if number > 1 else None, measured=bottom // 3 if number > 1 else top,
                    target=Fraction(bottom), points=None if waits else Fraction(top, 1_999_999), order=top / bottom,
                    waiting="no_target" if waits else "", points_order=top / 1_999_999,
                )
            )  # fmt: skip
    KeptLine.objects.bulk_create(lines, batch_size=500)
    KeptRoom.objects.bulk_create(places, batch_size=500)
    KeptScore.objects.bulk_update(scores, ["waiting", "points_order"], batch_size=200)


def _measure(who: str, name: str, query: str, rounds: int) -> tuple[int, float]:
    """(queries, CPU milliseconds) of one page, printed."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from kaibo.login.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=who))
    url = f"/team/?month=2026-10&role=host{query}"
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    queries = len(captured)
    assert answer.status_code == 200
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        client.get(url)
        taken.append((time.process_time() - began) * 1000)
    cpu = statistics.median(taken)
    print(f"{queries:7} {cpu:7.1f} {len(answer.content) / 1024:5.0f}  {who}: {name}", flush=True)
    return queries, cpu


if __name__ == "__main__":
    sys.exit(main())
