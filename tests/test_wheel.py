"""The wheel: what is in it, and that it runs far from this folder."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.browser.conftest import PREPARED_WITHIN, environment

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
NEEDED = (
    "kaibo/appraisal/cards.toml",
    "kaibo/look/templates/look/base.html",
    "kaibo/look/static/look/kaibo.css",
    "kaibo/look/static/look/fonts/kaibo-latin.woff2",
    "kaibo/look/locale/zh_Hans/LC_MESSAGES/django.mo",
    "kaibo/login/migrations/0001_initial.py",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=PREPARED_WITHIN)
    return next(out.glob("*.whl"))


def test_it_holds_what_pages_need_and_no_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    ours = [p.relative_to(ROOT / "src") for p in (ROOT / "src/kaibo").glob("*/*") if p.name in ("templates", "static")]
    files = {str(q.relative_to(ROOT / "src")) for p in ours for q in (ROOT / "src" / p).rglob("*") if q.is_file()}
    assert set(NEEDED) | files <= names
    assert {name for name in names if name.endswith(".po")} == {n[:-2] + "po" for n in names if n.endswith(".mo")}
    assert [name for name in names if "/tests/" in name] == []


def test_it_makes_its_sample_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(install, check=True, timeout=PREPARED_WITHIN)
    # the libraries come from here, Kaibo itself does not: a path named in a .pth file brings no .pth of its own
    there = next((tmp_path / "venv/lib").glob("python3*/site-packages"))
    (there / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    run = {"cwd": tmp_path, "env": environment(tmp_path / "home"), "check": True, "text": True, "capture_output": True}
    found = subprocess.run([python, "-c", "import kaibo; print(kaibo.__file__)"], timeout=PREPARED_WITHIN, **run)
    assert Path(found.stdout.strip()).is_relative_to(there)
    made = subprocess.run([tmp_path / "venv/bin/kaibo", "demo", "--prepare-only"], timeout=PREPARED_WITHIN, **run)
    assert made.stdout.count("\n") > 5
    assert (tmp_path / "home/sample").exists()
