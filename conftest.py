"""Settings for every test: a throw-away installation, and the shared cast of people."""

import os
import subprocess
from collections.abc import Generator, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# the command line speaks the terminal's language: tests read the default one, whoever runs them
os.environ["LC_ALL"] = "C.UTF-8"

# a busy machine is no fault of the code: speed is measured in bench/. What a fixture made stays between examples: who
# asks for one undoes what an example did. The CI tries the same examples each time and so fails at none that was never
# seen before; everybody else tries new ones
hypothesis_settings.register_profile(
    "kaibo",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize="CI" in os.environ,
)
hypothesis_settings.load_profile("kaibo")


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.KAIBO_HOME = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.FACTS_ROOT = tmp_path / "facts"
    settings.UPLOADS_ROOT = tmp_path / "uploads"
    # what was remembered of another test's database
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """The tests' database begins as a copy of a migrated one."""
    from django.db.backends.base.creation import BaseDatabaseCreation
    from tests import migrated

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseCreation, "create_test_db", migrated.create_test_db)
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptied_audit() -> Iterator[None]:
    """Tests with transactions of their own empty every table at their end, the guarded audit too."""
    from django.db import connection

    from kaibo.audit import guards
    from kaibo.audit.tests.emptying import around

    operations = type(connection.ops)
    flush = operations.sql_flush

    def sql_flush(self, style, tables, **options):  # type: ignore[no-untyped-def]
        statements = flush(self, style, tables, **options)
        return around(statements, self.connection.vendor) if set(guards.TABLES) <= set(tables) else statements

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = flush


class Cast:
    """Owner 苏敏; lead 吴桐 of 直播一部 with hosts 林晓彤 and 陈嘉禾; outsider 何川 of another department."""

    def __init__(self) -> None:
        from kaibo.login.models import Grant, Role, User
        from kaibo.org.models import Appointment, Department, Person, Position

        live, ads = Department.objects.create(name="直播一部"), Department.objects.create(name="投放部")
        positions = {
            key: Position.objects.get_or_create(key=key, defaults={"name": name})[0]
            for key, name in [("host", "主播"), ("floor_manager", "场控"), ("ads", "投流")]
        }

        def person(name: str, username: str, role: str, position: str, department: Department) -> Person:
            user = User.objects.create_user(username, password="kaibo-demo-1", role=role)
            made = Person.objects.create(name=name, user=user)
            Appointment.objects.create(
                person=made, position=positions[position], department=department, start=date(2026, 1, 1)
            )
            return made

        self.owner = User.objects.create_user("owner", password="kaibo-demo-1", role=Role.OWNER)
        self.lead = person("吴桐", "wutong", Role.LEAD, "floor_manager", live)
        self.host = person("林晓彤", "linxiaotong", Role.PERSON, "host", live)
        self.host2 = person("陈嘉禾", "chenjiahe", Role.PERSON, "host", live)
        self.outsider = person("何川", "hechuan", Role.PERSON, "ads", ads)
        # as long as their appointments: a test may take place on any day of the year
        Grant.objects.update(start=date(2026, 1, 1))

    def client(self, who: str) -> Client:
        """A browser signed in as `owner`, `lead`, `host`, `host2` or `outsider`; `nobody` is not signed in."""
        client = Client()
        if who != "nobody":
            found = getattr(self, who)
            client.force_login(found if who == "owner" else found.user)
        return client


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def in_english() -> Iterator[None]:
    """Whatever another test left this process speaking."""
    with translation.override("en"):
        yield


@pytest.fixture
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


@pytest.fixture(scope="session")
def real_files() -> Path:
    """The folder of real-shaped files; tests that need it are skipped, with this reason, where it is not set."""
    folder = os.environ.get("KAIBO_REAL_FILES")
    if not folder:
        pytest.skip("KAIBO_REAL_FILES is not set")
    return Path(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever closes the months of `autumn` computes them several times; what asks for the database is run on both."""
    for item in items:
        if item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
        if "autumn" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.months)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a process said before it failed or was given up stands in the report: its exit code says nothing."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    while error is not None:
        if isinstance(error, subprocess.CalledProcessError | subprocess.TimeoutExpired):
            for name in ("stdout", "stderr"):
                said = getattr(error, name) or b""
                text = said.decode(errors="replace") if isinstance(said, bytes) else said
                report.sections.append((f"{name} of the process", text[-SAID_AT_MOST:]))
        error = error.__cause__ or error.__context__
    return report


# the end of it, where the error stands
SAID_AT_MOST = 10_000
ALLOWED_SKIPS = Path(__file__).parent / "tests" / "allowed_skips.txt"
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skipped.append(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skip is a failure, unless its reason is listed in tests/allowed_skips.txt."""
    if not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return
    allowed = [x for x in ALLOWED_SKIPS.read_text().splitlines() if x and not x.startswith("#")]
    unlisted = [s for s in _skipped if not any(s.endswith(reason) for reason in allowed)]
    if unlisted:
        print("\nskipped in CI without a listed reason:\n  " + "\n  ".join(unlisted))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its reader's language behind; the next test begins in the team's."""
    yield
    translation.deactivate()
