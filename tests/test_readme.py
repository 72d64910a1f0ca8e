"""The README tells the truth about commands and settings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_of_the_environment_is_documented() -> None:
    code = "".join(p.read_text() for p in (ROOT / "src/kaibo/site").glob("*.py"))
    used = set(re.findall(r'environ(?:\.get\(|\[)"(KAIBO_\w+)"', code))
    assert used
    assert {name for name in used if name not in README} == set()


def test_every_linked_file_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [t for t in targets if not (ROOT / t).exists()] == []
