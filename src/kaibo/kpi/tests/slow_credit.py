"""Credit for the reference: every fact of a segment over its crew, everyone's time on air."""

from collections import defaultdict

from kaibo.kpi.tests import slow_ads
from kaibo.kpi.tests.slow_numbers import shares, union
from kaibo.kpi.tests.slow_totals import FIELDS, PEOPLE

LIVE_KINDS = ("live", "linked")
ORDERED = ("paid_minor", "orders", "refund_minor", "refund_orders")
OF_SESSION = (*FIELDS, *PEOPLE, "online_ms", "online_known_ms", "watch_ms", "pcu")
CREDITED = (*ORDERED, *OF_SESSION, *slow_ads.FIELDS, "outage_ms", "outages")


class Credits:
    """Of a Reference, which has the facts, the cut sessions and the answer."""

    def credit(self) -> None:
        for key, amount in list(self.answer.facts.items()):
            place, kind, _, session, number, _, measure, basis = key
            name = measure.partition("@")[0].removeprefix("out:")
            if place != "segment" or name not in CREDITED:
                continue
            segment = self.cut[session][number - 1]
            for role, crew in segment[4].items():
                how = basis
                if (
                    name in (*OF_SESSION, *slow_ads.FIELDS)
                    and kind != "ad_rooms"
                    and all(list(s[4][role]) == list(crew) for s in self.cut[session])
                    and len(crew) == 1
                ):
                    how = "measured"
                self.credit_role(session, number, role, crew, measure, how, amount, segment[3])

    def credit_role(self, session, number, role, crew, measure, how, amount, day) -> None:
        if self.own[session].air_kind not in LIVE_KINDS or not crew:
            reason = "no_one" if self.own[session].air_kind in LIVE_KINDS else "not_live"
            self.answer.credits[session, number, role, None, None, day, measure, how, reason] += amount
            return
        people = measure.removeprefix("out:")
        if measure == "pcu":
            if how != "measured":
                key = (session, number, role, None, None, day, measure, how, "only_total")
                self.answer.credits[key] += amount
                return
            parts = [amount] * len(crew)
        elif people in PEOPLE and self.events.people(session, people):
            crowd = self.events.people(session, people)
            parts = [crowd.met(people, role, person, number) for person in crew]
        else:
            parts = shares(amount, [weight for _, weight in crew.values()])
        if people in PEOPLE and len(crew) > 1 and not self.events.people(session, people):
            how = "approximated"
        for (person, (shift, _)), part in zip(crew.items(), parts, strict=True):
            date = self.business_date(shift.start_ms if shift.day_ms is None else shift.day_ms)
            self.answer.credits[session, number, role, person, shift.id, date, measure, how, ""] += part

    def air_time(self) -> None:
        every = [(seg[1], name, i, seg) for name, segs in self.cut.items() for i, seg in enumerate(segs, 1)]
        there: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for start, name, number, (_, _, end, day, crews) in sorted(every, key=lambda x: x[:3]):
            live = self.sessions[name].air_kind in LIVE_KINDS
            for role, crew in crews.items():
                if not live or not crew:
                    if name in self.own:
                        reason = "no_one" if live else "not_live"
                        key = (name, number, role, None, None, day, "air_ms", "measured", reason)
                        self.answer.credits[key] += end - start
                    continue
                for person, (shift, _) in crew.items():
                    before = union(there[role, person])
                    there[role, person].append((start, end))
                    if name in self.own:
                        date = self.business_date(shift.start_ms if shift.day_ms is None else shift.day_ms)
                        key = (name, number, role, person, shift.id, date, "air_ms", "measured", "")
                        self.answer.credits[key] += union(there[role, person]) - before
