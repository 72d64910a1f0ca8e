"""Broadcasts for the reference: every minute of everyone is asked whether another room had it already."""

from itertools import pairwise

HOST_KINDS = ("live", "linked")


def broadcasts(reference) -> None:
    """Adds facts and credits; `reference.cut`: session → segments (session, start, end, day, crews)."""
    every = [(seg[1], name, i, seg) for name, segs in reference.cut.items() for i, seg in enumerate(segs, 1)]
    every = [one for one in sorted(every, key=lambda x: x[:3]) if reference.sessions[one[1]].air_kind in HOST_KINDS]
    for name in reference.own:
        days = [seg[3] for seg in reference.cut[name]]
        for day in dict.fromkeys(days):
            if reference.own[name].air_kind in HOST_KINDS:
                place = ("segment", "", reference.own[name].account, name, days.index(day) + 1, day)
                reference.answer.facts[(*place, "broadcasts", "measured")] += 1
    roles = sorted({role for one in every for role in one[3][4]})
    for role in roles:
        one_role(reference, role, [one for one in every if role in one[3][4]])


def one_role(reference, role: str, every: list) -> None:
    for key in dict.fromkeys((name, seg[3]) for _, name, _, seg in every if name in reference.own):
        mine = [one for one in every if (one[1], one[3][3]) == key]
        people = list(dict.fromkeys(person for one in mine for person in one[3][4][role]))
        number = mine[0][2]
        if not people:
            credit = (key[0], number, role, None, None, key[1], "broadcasts", "measured", "no_one")
            reference.answer.credits[credit] += 1
        for person in people:
            there = [one for one in mine if person in one[3][4][role]]
            whole = sum(seg[2] - seg[1] for *_, seg in there)
            before = sum(taken_before(one, role, person, every) for one in there)
            if (whole - before) * 2 >= whole:
                shift = there[0][3][4][role][person][0]
                date = reference.business_date(shift.start_ms if shift.day_ms is None else shift.day_ms)
                credit = (key[0], there[0][2], role, person, shift.id, date, "broadcasts", "measured", "")
                reference.answer.credits[credit] += 1


def taken_before(one, role: str, person: int, every: list) -> int:
    """How much of a segment the person had spent, too, in segments that stand before it."""
    start, end = one[3][1], one[3][2]
    others = [seg for *place, seg in every if tuple(place) < tuple(one[:3]) and person in seg[4][role]]
    edges = sorted({start, end, *(edge for seg in others for edge in seg[1:3] if start < edge < end)})
    return sum(
        b - a for a, b in pairwise(edges) if any(s[1] <= a and b <= s[2] for s in others)
    )  # fmt: skip
