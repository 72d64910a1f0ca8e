"""What outages set apart, for the reference."""


def stand_apart(reference, credited: tuple[str, ...]) -> None:
    """What lies in an outage stands once more under a name of its own; own equipment costs time."""
    seen = set()
    for name, segments in reference.cut.items():
        for number, (_, start, end, day, _) in enumerate(segments, 1):
            account = reference.sessions[name].account
            there = [
                o for o in reference.inputs.outages if o.account == account and o.start_ms < end and o.end_ms > start
            ]
            if name not in reference.own or not there:
                continue
            for key, amount in list(reference.answer.facts.items()):
                base = key[6].partition("@")[0]
                if key[0] == "segment" and key[3:5] == (name, number) and base in credited and base != "pcu":
                    reference.answer.facts[(*key[:6], f"out:{key[6]}", key[7])] += amount
            own = [o for o in there if o.cause == "own_equipment"]
            for measure, amount in (
                ("outage_ms", end - start if own else 0), ("outages", len({(name, o) for o in own} - seen)),
            ):  # fmt: skip
                if amount:
                    reference.answer.facts["segment", "", account, name, number, day, measure, "measured"] += amount
            seen |= {(name, o) for o in own}
