"""Generated scorecards with every form, and months to score by them: as a file writes them, from one seed."""

from fractions import Fraction
from random import Random
from typing import Any

UP = ("views", "orders", "paid", "comments", "new_followers")
DOWN = ("refund_rate", "late_times", "spend_rate")
KPIS = (*UP, *DOWN)
BY = ("room", "category", "level", "stage", "room_age")
NAMES = {
    "room": ("douyin:1", "douyin:2"), "category": ("beauty", "bedding"), "level": ("front", "middle"),
    "stage": ("trial", "regular"), "room_age": ("new", "mature"),
}  # fmt: skip
MONTH = "2026-10"
WHY = ("no_plan", "zero_denominator", "no_orders", "no_room")
# near the edges of whatever is asked for
NUMBERS = ("0", "0.5", "1", "2", "5", "7.5", "10", "12", "20", "50", "99.5", "100", "101", "200")


def card(rng: Random) -> dict[str, Any]:
    names = rng.sample(KPIS, k=rng.randint(1, 7))
    sections = [{"key": "one", "weight": "60"}, {"key": "two", "weight": "40"}] if rng.random() < 0.4 else []
    lines = [line(rng, name, names[place + 1 :], sections) for place, name in enumerate(names)]
    if sections and rng.random() < 0.6:
        # each section's lines make a hundred among themselves
        for section in sections:
            mine = [one for one in lines if one.get("section") == section["key"]]
            for place, one in enumerate(mine):
                one["weight"] = str(100 // len(mine) + (100 % len(mine) if place == 0 else 0))
    made: dict[str, Any] = {"section": sections, "line": lines}
    if rng.random() < 0.6:
        made["outside"] = [
            {"key": "praised", "each": rng.choice(["1", "2.5"]), "floor": "0", "cap": rng.choice(["5", "10"])},
            {"key": "complained", "each": "-3", "floor": rng.choice(["-9", "-20"]), "cap": "0"},
        ][: rng.randint(1, 2)]
        made["outside_floor"], made["outside_cap"] = rng.choice([None, "-5"]), rng.choice([None, "4"])
    made["grade"] = [
        {"key": "a", "coefficient": "1.2", "at_least": "90"}, {"key": "b", "coefficient": "1", "at_least": "75"},
        {"key": "c", "coefficient": "0.8", "at_least": "60"}, {"key": "d", "coefficient": "0"},
    ][: rng.choice([0, 2, 4, 4])]  # fmt: skip
    for one in made["grade"]:
        # the number itself may be left to the grade below
        if "at_least" in one and rng.random() < 0.4:
            one["above"] = one.pop("at_least")
    grades = [one["key"] for one in made["grade"]]
    if grades and rng.random() < 0.5:
        made["gate"] = [
            {"key": rng.choice(["praised", "injured"]), rng.choice(["at_least", "above"]): str(n)}
            | {"grade": rng.choice(grades)}
            for n in (1, 3)[: rng.randint(1, 2)]
        ]
    if rng.random() < 0.4:
        on, kpi = rng.choice(["value", "attainment"]), rng.choice(KPIS)
        made["team"] = {"kpi": kpi, "on": on, "bands": bands(rng, ("0.8", "1", "1.1")), "target": number(rng)}
    return made


def line(rng: Random, kpi: str, later: list[str], sections: list[dict[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {"kpi": kpi, "weight": rng.choice(["5", "10", "12.5", "20"]), "rule": rule(rng, kpi)}
    if rng.random() < 0.7:
        made["target"] = number(rng)
    if rng.random() < 0.3:
        made["targets"] = table(rng)
    if rng.random() < 0.3:
        made["newcomer"] = other(rng, kpi)
    if rng.random() < 0.4:
        made["variants"] = [
            {"by": by, "key": rng.choice(NAMES[by]), **other(rng, kpi)}
            | ({"target": number(rng)} if rng.random() < 0.3 else {})
            for by in rng.sample(BY, k=rng.randint(1, 2))
        ]
    if sections:
        made["section"] = rng.choice(sections)["key"]
    if rng.random() < 0.5:
        made["not_applicable"] = rng.sample(WHY, k=rng.randint(1, 2))
        made["gives_to"] = rng.sample(later, k=rng.randint(0, min(2, len(later))))
    return made


def other(rng: Random, kpi: str) -> dict[str, Any]:
    return rng.choice(
        [{"counts": False}, {"part": "0.8"}, {"rule": rule(rng, kpi)}, {"part": "0.5", "rule": rule(rng, kpi)}]
    )


def rule(rng: Random, kpi: str) -> dict[str, Any]:
    form = rng.choice(["linear", "bands", "bands", "step", "step", "per_occurrence", "benchmark", "together"])
    points = ("0", "2.5", "5", "8", "10")
    if form == "linear":
        return {"form": form, "cap": rng.choice(["1", "1.2", "1.5"])}
    if form == "bands":
        return {"form": form, "on": rng.choice(["value", "attainment"]), "bands": bands(rng, points)}
    if form == "benchmark":
        return {"form": form, "benchmark": table(rng), "bands": bands(rng, points)}
    if form == "per_occurrence":
        return {"form": form, "start": "10", "each": rng.choice(["-3", "-0.5", "1"]), "floor": "0", "cap": "12"}
    if form == "together":
        asked = [kpi, rng.choice(KPIS)]
        rungs = [
            {
                "points": gives,
                "conditions": [
                    edges(rng, *sorted((number(rng), number(rng)), key=Fraction)) | {"kpi": one} for one in asked
                ],
            }
            for gives in ("10", "4")[: rng.randint(1, 2)]
        ]
        return {"form": form, "rungs": rungs, "otherwise": rng.choice(["0", "1"])}
    said = {"form": form, "step": rng.choice(["0.05", "0.5", "3", "10"]), "start": "6", "cap": "10", "floor": "0"}
    said |= {"above": rng.choice(["0", "0.5", "2"]), "below": rng.choice(["0", "-0.5", "-2"])}
    said |= {"on": rng.choice(["value", "attainment"]), "counted": rng.choice(["whole", "begun", "part"])}
    return said | ({"base": number(rng)} if rng.random() < 0.5 else {})


def bands(rng: Random, points: tuple[str, ...]) -> list[dict[str, Any]]:
    """From the lowest up, half-open or with the edge on the other side; sometimes with a hole."""
    cuts = sorted({number(rng) for _ in range(rng.randint(1, 4))} - {"0"}, key=Fraction) or ["1"]
    kinds = [rng.random() < 0.3 for _ in cuts]
    found = []
    for place in range(len(cuts) + 1):
        one: dict[str, Any] = {"points": rng.choice(points)}
        if place:
            one["above" if kinds[place - 1] else "at_least"] = cuts[place - 1]
        if place < len(cuts):
            one["at_most" if kinds[place] else "below"] = cuts[place]
        if rng.random() < 0.93:
            found.append(one)
    return found or [{"points": "5"}]


def edges(rng: Random, low: str, high: str) -> dict[str, Any]:
    kinds = [("at_least", "above"), ("below", "at_most")]
    found = {rng.choice(kinds[0]): low}
    return found | ({rng.choice(kinds[1]): high} if rng.random() < 0.5 else {})


def table(rng: Random) -> dict[str, Any]:
    by = rng.choice(["", *BY])
    keys = ["", *NAMES[by]] if by else [""]
    places = [(key, month) for key in keys for month in ("", MONTH, "2026-09")]
    chosen = rng.sample(places, k=rng.randint(1, len(places)))
    figures = [{"value": rng.choice(["1", "5", "12.5", "100"]), "key": key, "month": month} for key, month in chosen]
    return {"by": by, "figures": figures}


def number(rng: Random) -> str:
    return rng.choice(NUMBERS)


def standing(rng: Random) -> dict[str, dict[str, int]]:
    return {
        by: {name: rng.choice([0, 1, 1, 2, 3_600_000]) for name in rng.sample(names, k=rng.randint(0, 2))}
        for by, names in NAMES.items()
    }


def values(rng: Random) -> dict[str, Any]:
    """KPI → (numerator, denominator), or why there is none."""
    return {kpi: rng.choice(WHY) if rng.random() < 0.12 else _fraction(rng) for kpi in KPIS}


def _fraction(rng: Random) -> tuple[int, int]:
    near = Fraction(number(rng)) + rng.choice([0, 0, Fraction(1, 1000), -Fraction(1, 1000), Fraction(1, 3)])
    return near.numerator, near.denominator
