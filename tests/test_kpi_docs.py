"""docs/kpis.md says what the catalog declares."""

from tools import kpis


def test_the_page_is_written_from_the_catalog() -> None:
    assert kpis.FILE.read_text(encoding="utf-8") == kpis.text(), "run `python -m tools.kpis`"
