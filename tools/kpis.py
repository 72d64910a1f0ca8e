"""Writes docs/kpis.md: every KPI of the catalog as it is declared.

python -m tools.kpis
"""

from pathlib import Path

import django

FILE = Path(__file__).resolve().parent.parent / "docs/kpis.md"
HEAD = """# KPIs

Every KPI of the catalog (`src/kaibo/kpi/catalog.py`), written from its declarations by `python -m tools.kpis`; a test
compares. Ratios are Σ ÷ Σ over the sessions whose files tell both sides. *Audience* and *buyers in sum* add people of
each session and are no number of people. Spec tables, table in and table out, stand in `src/kaibo/kpi/tests/`:
`test_values`, `test_totals`, `test_levels`, `test_places`, `test_direct`, `test_ad_spend`, `test_rooms`,
`test_outages`, `test_broadcasts`. Routes: *shift* (the segment's crew), *account* (who answers for the room on that
day, on shift or off), *direct* (the row names the person), *team* (the rooms of one's department, ADR 51). A
scorecard's line names its own; else it is the first of those here (ADR 28). Ratios leave out what fell into confirmed
outages; hours against plan do not (ADR 30).

"""


def text() -> str:
    """The whole page, in English with the Chinese title beside."""
    from django.utils import translation

    from kaibo.kpi.catalog import KPIS

    parts = [HEAD]
    for kpi in KPIS.values():
        with translation.override("zh-hans"):
            chinese = translation.gettext(kpi.title)
        sides = _side(kpi.numerator) + (f" ÷ {_side(kpi.denominator)}" if kpi.denominator else "")
        sides = sides if kpi.scale == 1 else f"{kpi.scale} × {sides}"
        rows = [
            ("Formula", kpi.formula), ("Measures", f"`{sides}`"), ("Unit, better", f"{kpi.unit}, {kpi.direction}"),
            ("Source", kpi.source), ("Needs", ", ".join(f"`{table}`" for table in kpi.needs) or "—"),
            ("Time", kpi.time_basis), ("Routes", ", ".join(kpi.routes)),
            ("Variants", ", ".join(f"`{one}`" for one in kpi.variants) or "—"), ("Version", str(kpi.version)),
        ]  # fmt: skip
        parts.append(f"## `{kpi.key}` {kpi.title} · {chinese}\n\n| | |\n|---|---|\n")
        parts += [f"| {name} | {value} |\n" for name, value in rows]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _side(terms: object) -> str:
    text = " ".join(("− " if term.sign < 0 else "+ ") + term.measure for term in terms)  # type: ignore[attr-defined]
    return text.removeprefix("+ ")


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    django.setup()
    FILE.write_text(text(), encoding="utf-8")
