"""What a web process loads: addresses are included by name, which the contract on imports cannot follow everywhere."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.browser.conftest import environment

ROOT = Path(__file__).parent.parent
LOADED = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import kaibo.site.wsgi
print(*sys.modules)
"""


def test_all_addresses_are_loaded_without_what_only_the_worker_needs(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", LOADED]
    said = subprocess.run(asked, env=environment(tmp_path), check=True, capture_output=True, text=True).stdout.split()
    assert "kaibo.home.urls" in said
    assert set(said) & {"ibis", "pyarrow", "numpy", "scipy", "pandas", "duckdb", "kaibo.kpi.engine"} == set()
    # loaded by the first sign-in that needs them
    assert set(said) & {"requests", "cryptography", "fido2", "qrcode"} == set()


def test_the_contract_names_every_module_of_addresses() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [light] = [one for one in linter["contracts"] if one["name"] == "The web process stays light"]
    folder = ROOT / "src/kaibo"
    there = {f"kaibo.{path.parent.name}.{path.stem}" for path in folder.glob("*/*urls.py")}
    assert there <= set(light["source_modules"])
