"""What the organisation's pages cost with many people, and how many a second two web processes answer.

    python -m bench.people [--rounds 20] [--people 5000] [--seconds 20]

Makes the handbook's organisation with a hundred teams, prints for the list of people, the organisation chart, a person
and the duty matrix, with 500 people and with all, as the owner and as a lead: SQL queries, CPU milliseconds (median of
the rounds, in one process, database included on SQLite) and KB of HTML. Then `kaibo serve --web-workers 2` is asked for
the list over ten connections: requests a second, and how long half of them and 95 % took. Before that a workbook of as
many people is brought in through the page (`bench.people_import`). Fails where a promise is broken; with more people
there may be no more queries.
"""

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench.people_import import imported
from tests.browser.conftest import environment, free_port

CONNECTIONS, FEW = 10, 500
QUERIES_AT_MOST, KB_AT_MOST, A_SECOND_AT_LEAST, P95_AT_MOST = 15, 150.0, 20.0, 800.0
TEAMS, EXECUTIVES = 100, 3
# page → address, CPU milliseconds at most
PAGES = {
    "people": ("/people/", 45.0),
    "people searched": ("/people/?q=07", 45.0),
    "people, last page": ("/people/?page=999", 45.0),
    "organisation chart": ("/organisation/", 80.0),
    "chart, a team opened": ("/organisation/?open={team}", 80.0),
    "a person": ("/people/{person}/", 80.0),
    "duty matrix": ("/duties/", 80.0),
}
MAY = {"owner": tuple(PAGES), "lead": tuple(PAGES)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"KAIBO_HOME": home, "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        _organisation()
        kept = [_imported(Path(home), options.people)]
        queries: dict[tuple[str, str], list[int]] = {}
        for count in (FEW, options.people):
            _people(count)
            print(f"\n{count:,} people\n{'queries':>7} {'CPU ms':>7} {'KB':>5}  page", flush=True)
            for who in MAY:
                for name in MAY[who]:
                    asked, fits = _measure(who, name, options.rounds)
                    queries.setdefault((who, name), []).append(asked)
                    kept.append(fits)
        same = all(more <= fewer for fewer, more in queries.values())
        served = _served(Path(home), options.seconds)
    fits = same and served and all(kept)
    print("as promised" if fits else "MORE THAN PROMISED")
    return 0 if fits else 1


def _organisation() -> None:
    """The handbook's departments and positions, with teams below them, and who asks."""
    from kaibo.login.models import Role, User
    from kaibo.org.actions import apply_organisation
    from kaibo.org.handbook import handbook
    from kaibo.org.models import Appointment, Department, Level, Person, Position

    apply_organisation(by=None, organisation=handbook())
    above = list(Department.objects.order_by("pk"))
    Department.objects.bulk_create(Department(name=f"Team {n:03d}", parent=above[n % len(above)]) for n in range(TEAMS))
    User.objects.create_user("owner", password="x", role=Role.OWNER)  # noqa: S106
    lead = User.objects.create_user("lead", password="x", role=Role.LEAD)  # noqa: S106
    Appointment.objects.create(
        person=Person.objects.create(name="Lead", user=lead), start=date(2026, 1, 1),
        position=Position.objects.filter(level=Level.MIDDLE)[0], department=Department.objects.get(name="Team 007"),
    )  # fmt: skip


def _imported(home: Path, people: int) -> bool:
    """Whether as many come in through the page as fast as promised."""
    from django.db import connection

    from kaibo.org.models import Department, Position

    departments = list(Department.objects.filter(name__startswith="Team").values_list("name", flat=True))
    positions = list(Position.objects.values_list("name", flat=True))
    session = _client("owner").cookies["sessionid"].value
    connection.close()
    return imported(home, session, departments, positions, people)


def _people(count: int) -> None:
    """As many as are missing to `count`: executives, a manager a team, the rest at the front; a fifth sign in."""
    from kaibo.login.models import Grant, Role, Scope, User
    from kaibo.org.models import Appointment, Department, Level, Person, PersonAlias, Position

    there = Person.objects.count()
    dice = random.Random(count)
    teams = list(Department.objects.filter(name__startswith="Team").order_by("name"))
    by_level: dict[str, list[Position]] = {level: list(Position.objects.filter(level=level)) for level in Level.values}
    numbers = range(there, count)
    users = User.objects.bulk_create(
        User(username=f"user{n}", password="", email=f"user{n}@example.org") for n in numbers if n % 5 == 0
    )
    Grant.objects.bulk_create(
        Grant(user=one, role=Role.PERSON, scope=Scope.OWN, start=date(2026, 1, 1)) for one in users
    )
    signs_in = {int(one.username[4:]): one for one in users}
    people = Person.objects.bulk_create(Person(name=f"Person {n:05d}", user=signs_in.get(n)) for n in numbers)
    held = []
    for n, one in zip(numbers, people, strict=True):
        rank = Level.EXECUTIVE if n <= EXECUTIVES else Level.MIDDLE if n <= EXECUTIVES + TEAMS else Level.FRONT
        position, team = dice.choice(by_level[rank]), teams[n % len(teams)]
        held.append(Appointment(person=one, position=position, department=team, start=date(2026, 1, 1)))
    Appointment.objects.bulk_create(held)
    PersonAlias.objects.bulk_create(PersonAlias(person=one, alias=f"Alias {one.pk}") for one in people[::10])


def _client(who: str) -> Any:
    from django.test import Client

    from kaibo.login.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=who))
    return client


def _measure(who: str, name: str, rounds: int) -> tuple[int, bool]:
    """(queries, whether the page keeps what is promised), printed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from kaibo.org.models import Department, Person

    client, (pattern, at_most) = _client(who), PAGES[name]
    team = Department.objects.get(name="Team 007")
    person = Person.objects.filter(appointments__department=team).order_by("pk")[2]
    url = pattern.format(team=team.pk, person=person.pk)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    queries, kilobytes = len(captured), len(answer.content) / 1024
    assert answer.status_code == 200, (who, url, answer.status_code)
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        client.get(url)
        taken.append((time.process_time() - began) * 1000)
    cpu = statistics.median(taken)
    fits = queries <= QUERIES_AT_MOST and kilobytes <= KB_AT_MOST and cpu <= at_most
    print(f"{queries:7} {cpu:7.1f} {kilobytes:5.0f}  {who}: {name}{'' if fits else '  MORE THAN PROMISED'}", flush=True)
    return queries, fits


def _served(home: Path, seconds: int) -> bool:
    """Ask two web processes for the list of people over ten connections; whether they are fast enough."""
    port = free_port()
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(port), "--web-workers", "2"]
    cookie = f"sessionid={_client('owner').cookies['sessionid'].value}"
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        for _ in range(20):
            _ask(http.client.HTTPConnection("127.0.0.1", port), cookie)
        taken: list[float] = []
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=_visit, args=(port, cookie, end, taken)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        process.terminate()
        process.wait(20)
    middle, late = _percentile(taken, 50), _percentile(taken, 95)
    a_second = len(taken) / seconds
    print(f"\n{CONNECTIONS} connections, {seconds} s, two web processes, the list of people:")
    print(f"{a_second:.1f} requests/s, p50 {middle:.0f} ms, p95 {late:.0f} ms", flush=True)
    return a_second >= A_SECOND_AT_LEAST and late <= P95_AT_MOST


def _visit(port: int, cookie: str, end: float, taken: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while time.monotonic() < end:
        began = time.monotonic()
        _ask(connection, cookie)
        taken.append((time.monotonic() - began) * 1000)


def _ask(connection: http.client.HTTPConnection, cookie: str) -> None:
    connection.request("GET", "/people/", headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/sign-in/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("it does not answer")


def _percentile(taken: Sequence[float], percent: int) -> float:
    return sorted(taken)[min(len(taken) - 1, len(taken) * percent // 100)]


if __name__ == "__main__":
    sys.exit(main())
