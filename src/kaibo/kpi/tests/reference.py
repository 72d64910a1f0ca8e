"""The slow, obvious engine: plain loops over every order and every shift, to hold the fast one against.

It shares no code with kaibo.kpi but the input and output values. `tables`: fact table → [(batch, as_of_ms, fact)].
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from kaibo.kpi.inputs import MonthInputs, SessionIn, ShiftIn
from kaibo.kpi.tests.slow_numbers import local, mornings, newest, shares, union

HOUR = 3_600_000
LIVE_KINDS = ("live", "linked")


@dataclass
class Answer:
    """segments: (session, start, end, date, {role: {person: (shift, weight)}}); facts and credits: key → amount."""

    segments: list = field(default_factory=list)
    facts: Counter = field(default_factory=Counter)
    credits: Counter = field(default_factory=Counter)


class Reference:
    def __init__(self, inputs: MonthInputs, tables: dict) -> None:
        self.inputs, self.settings = inputs, inputs.settings
        self.accounts = {a.id: a for a in inputs.accounts}
        self.own = {s.id: s for s in inputs.sessions}
        self.sessions = {s.id: s for s in [*inputs.sessions, *inputs.neighbours]}
        self.answer = Answer()
        self.reports = newest(tables.get("session_report", []), ("account", "start_ms"))
        self.orders = newest(tables.get("order_line", []), ("sub_order",))
        self.sales = newest(tables.get("after_sale", []), ("after_sale",))
        self.cut = {s.id: self.segments_of(s) for s in self.sessions.values()}
        self.reported = self.read_reports()

    # Crew

    def business_date(self, ms: int) -> str:
        when = local(ms, self.settings.zone)
        day = when.date() if when.hour >= self.settings.business_day_starts_at else when.date() - timedelta(days=1)
        return day.isoformat()

    def segments_of(self, session: SessionIn) -> list:
        roles = {"host": []}
        for shift in self.inputs.shifts:
            if shift.account == session.account and shift.start_ms < shift.end_ms:
                start, end = max(shift.start_ms, session.start_ms), min(shift.end_ms, session.end_ms)
                if start < end:
                    roles.setdefault(shift.role, []).append([start, end, shift])
        for stays in roles.values():
            self.stretch(session, stays)
        edges = {session.start_ms, session.end_ms}
        edges.update(e for stays in roles.values() for stay in stays for e in stay[:2])
        is_long = session.end_ms - session.start_ms > self.settings.long_session_ms
        if is_long:
            hour = self.settings.business_day_starts_at
            edges.update(mornings(session.start_ms, session.end_ms, self.settings.zone, hour))
        cuts = sorted(edges)
        found = []
        for start, end in pairwise(cuts):
            crew = {role: self.crew(session, stays, start) for role, stays in roles.items()}
            found.append((session.id, start, end, self.business_date(start if is_long else session.start_ms), crew))
        return found

    def stretch(self, session: SessionIn, stays: list) -> None:
        if not stays:
            return
        first, last = min(s[0] for s in stays), max(s[1] for s in stays)
        for stay in stays:
            if stay[0] == first and first <= session.start_ms + self.settings.snap_ms:
                stay[0] = session.start_ms
            if stay[1] == last and last >= session.end_ms - self.settings.snap_ms:
                stay[1] = session.end_ms
        for stay in stays:
            leaves = stay[1]
            if any(other[0] <= leaves < other[1] for other in stays):
                continue  # someone is there
            coming = [other[0] for other in stays if other[0] > leaves]
            if coming and min(coming) - leaves <= self.settings.handover_gap_ms:
                stay.append(min(coming))
        for stay in stays:
            if len(stay) == 4:
                stay[1] = stay.pop()

    def crew(self, session: SessionIn, stays: list, instant: int) -> dict:
        people: dict[int, ShiftIn] = {}
        for start, end, shift in stays:
            if start <= instant < end:
                known = people.get(shift.person)
                better = (shift.confirmed, shift.lead, -shift.id)
                if known is None or better > (known.confirmed, known.lead, -known.id):
                    people[shift.person] = shift
        rule, leads = self.accounts[session.account].split_rule, sum(s.lead for s in people.values())
        rest = len(people) - leads
        crew = {}
        for person in sorted(people):
            shift, weight = people[person], 1
            if leads and rest and rule == "7:3":
                weight = 7 * rest if shift.lead else 3 * leads
            elif leads and rest and rule == "100:0":
                weight = 1 if shift.lead else 0
            crew[person] = (shift, weight)
        return crew

    # Reports

    def read_reports(self) -> dict[int, list]:
        found = defaultdict(list)
        for _batch, _as_of, report in self.reports:
            account = self.account_named(report["account"])[1]
            best, overlap = None, 0
            for session in sorted(self.sessions.values(), key=lambda s: (s.start_ms, s.id)):
                if session.account != account:
                    continue
                end = report["end_ms"] or report["start_ms"] + 1
                both = min(end, session.end_ms) - max(report["start_ms"], session.start_ms)
                if session.start_ms == report["start_ms"]:
                    best = session
                    break
                if both > overlap:
                    best, overlap = session, both
            if best:
                found[best.id].append(report)
            elif self.in_month(report["start_ms"]) and report["views"]:
                day = local(report["start_ms"], self.settings.zone).date().isoformat()
                key = ("unmatched", "no_session", account, None, None, day, "views", "measured")
                self.answer.facts[key] += report["views"]
        return found

    def said(self, session: int, name: str) -> int | None:
        values = [report[name] for report in self.reported.get(session, [])] or [None]
        return None if None in values else sum(values)

    # Orders

    def account_named(self, name: str | None) -> tuple[bool, int | None]:
        """Whether it is one of ours, and which, if only one has the name."""
        owners = [a.id for a in self.inputs.accounts if name and name.strip() in [n.strip() for n in a.names]]
        return bool(owners), owners[0] if len(owners) == 1 else None

    def in_month(self, ms: int) -> bool:
        return local(ms, self.settings.zone).strftime("%Y-%m") == self.inputs.month

    def kind_and_account(self, order: dict) -> tuple[str, int | None]:
        blank = ("", "-", "--", "—", "0")
        said = [x.strip() for x in (order["creator_id"], order["creator_name"]) if x and x.strip() not in blank]
        ours = [self.account_named(x) for x in said]
        is_ours = any(known for known, _ in ours)
        flow = (order["flow_kind"] or "").strip()
        flow = "" if flow in blank else flow
        if "数据将于第二天更新" in flow:
            kind = "pending"
        elif (said and not is_ours) or (flow == "直播" and not said and "精选联盟" in (order["flow_source"] or "")):
            kind = "creator_live"
        else:
            kinds = {
                "直播": "self_live",
                "商品卡": "product_card",
                "短视频": "short_video",
                "商城": "mall",
                "": "unknown",
            }
            kind = kinds.get(flow, "other")
        if said and not is_ours:
            return kind, None
        account = next((a for _, a in ours if a is not None), None)
        if account is None:
            account = self.account_named(order["account"])[1]
        if account is None and kind == "self_live" and len(self.accounts) == 1:
            account = next(iter(self.accounts))
        return kind, account

    def is_foreign(self, order: dict, account: int | None) -> bool:
        if order["currency"] is None:
            return False
        if account is not None:
            return order["currency"] != self.accounts[account].currency
        return order["currency"] not in {a.currency for a in self.accounts.values()}

    def tag(self, order: dict) -> str | None:
        for rule in self.inputs.tag_rules:
            if rule.by == "amount_at_most":
                if (order["payable_minor"] or 0) <= int(rule.value):
                    return rule.tag
            elif order[rule.by] == rule.value:
                return rule.tag
        return None

    def on_air(self, order: dict, account: int | None) -> list[SessionIn]:
        """The sessions that the order may be of, by their start."""
        currency = order["currency"]
        if currency is None and account is None:
            currencies = {a.currency for a in self.accounts.values()}
            currency = currencies.pop() if len(currencies) == 1 else "none"
        found = [
            s
            for s in self.sessions.values()
            if s.start_ms <= order["ordered_ms"] < s.end_ms
            and (s.account == account if account is not None else self.accounts[s.account].currency == currency)
        ]
        return sorted(found, key=lambda s: (s.start_ms, s.id))

    def just_over(self, order: dict, account: int | None) -> SessionIn | None:
        over = [s for s in self.sessions.values() if s.account == account and s.end_ms <= order["ordered_ms"]]
        if account is None or not over:
            return None
        last = max(over, key=lambda s: (s.end_ms, s.start_ms, s.id))
        return last if order["ordered_ms"] < last.end_ms + self.settings.after_days * 24 * HOUR else None

    def segment_at(self, session: SessionIn, ms: int) -> int:
        for number, (_, start, end, _, _) in enumerate(self.cut[session.id], 1):
            if start <= ms < end:
                return number
        raise AssertionError("segments do not cover the session")

    def refunds(self, order: dict) -> Counter:
        found = Counter()
        for _, _, sale in self.sales:
            if sale["sub_order"] == order["sub_order"] and sale["refunded_ms"] is not None:
                amount = (sale["refund_minor"] or 0) + (sale["freight_refund_minor"] or 0)
                days = local(sale["refunded_ms"], self.settings.zone).date()
                days -= local(order["ordered_ms"], self.settings.zone).date()
                if days.days <= self.settings.refund_days:
                    found["refund_minor"] += amount
                    found["refund_orders"] = 1
                else:
                    found["refund_late_minor"] += amount
        return found

    def place_order(self, order: dict, groups: dict) -> None:
        kind, account = self.kind_and_account(order)
        foreign, tag = self.is_foreign(order, account), self.tag(order)
        sums = Counter(paid_minor=order["payable_minor"] or 0, orders=1) + self.refunds(order)
        day = local(order["ordered_ms"], self.settings.zone).date().isoformat()
        session, segment, where, candidates = None, None, "unmatched", []
        if kind == "self_live" and not foreign:
            candidates = self.on_air(order, account)
            if len(candidates) == 1:
                session, where = candidates[0], "segment"
            elif not candidates:
                session = self.just_over(order, account)
                where = "after" if session else "unmatched"
            else:
                where = "many"
        elif kind not in ("self_live", "unknown"):
            where = "outside"
        place, placed_kind = where, kind
        if foreign:
            place, placed_kind = "unmatched", "currency"
        elif tag:
            place, placed_kind = "tagged", tag
        if session and session.id not in self.own:
            return
        if session:
            account = session.account
            cuts = self.cut[session.id]
            day = cuts[-1][3]
            if where == "segment":
                segment = self.segment_at(session, order["ordered_ms"])
                day = cuts[segment - 1][3]
        deposit = Counter(presale_orders=1) if "预售" in (order["order_type"] or "") else Counter()
        if place == "many":
            names = tuple(s.id for s in candidates)
            groups[names].append((order, Counter(deposit) + (sums if order["paid_ms"] is not None else Counter())))
        else:
            key = (place, placed_kind, account, session and session.id, segment if place == "segment" else None, day)
            if session or self.in_month(order["ordered_ms"]):
                self.add(key, deposit)
                if order["paid_ms"] is not None:
                    self.add(key, sums)
        if order["paid_ms"] is None and (session or self.in_month(order["ordered_ms"])):
            key = ("unpaid", kind, account, session and session.id, None, day)
            self.add(key, sums)

    def add(self, key: tuple, sums: Counter, basis: str = "measured") -> None:
        for measure, amount in sums.items():
            self.answer.facts[(*key, measure, basis)] += amount

    def share_out(self, groups: dict) -> None:
        for names, orders in groups.items():
            reported = [self.said(s, "paid_minor") for s in names]
            weights = [1] * len(names) if None in reported else reported
            for measure in (
                "paid_minor",
                "orders",
                "refund_minor",
                "refund_orders",
                "refund_late_minor",
                "presale_orders",
            ):
                parts = shares(sum(sums[measure] for _, sums in orders), weights)
                for name, part in zip(names, parts, strict=True):
                    if name in self.own:
                        self.over_segments(name, orders, measure, part)

    def over_segments(self, name: int, orders: list, measure: str, part: int) -> None:
        by_segment: Counter = Counter()
        for order, sums in orders:
            by_segment[self.segment_at(self.own[name], order["ordered_ms"])] += sums[measure]
        numbers = sorted(by_segment)
        for number, amount in zip(numbers, shares(part, [by_segment[n] for n in numbers]), strict=True):
            segment = self.cut[name][number - 1]
            key = ("segment", "self_live", self.own[name].account, name, number, segment[3])
            self.add(key, Counter({measure: amount}), "allocated")

    def stray_refunds(self) -> None:
        known = {order["sub_order"] for _, _, order in self.orders}
        stray = [s for _, _, s in self.sales if s["sub_order"] is None or s["sub_order"] not in known]
        counted = set()
        for sale in sorted(stray, key=lambda s: (s["refunded_ms"] or 0, s["after_sale"])):
            if sale["refunded_ms"] is None:
                continue
            line = sale["sub_order"] or sale["after_sale"]
            first = line not in counted
            counted.add(line)
            if self.in_month(sale["refunded_ms"]):
                day = local(sale["refunded_ms"], self.settings.zone).date().isoformat()
                amount = (sale["refund_minor"] or 0) + (sale["freight_refund_minor"] or 0)
                sums = Counter(refund_minor=amount, refund_orders=int(first))
                self.add(("unmatched", "unknown_line", None, None, None, day), sums)

    # Credit

    def session_totals(self) -> None:
        for session in self.own.values():
            segments = self.cut[session.id]
            for number, (_, start, end, day, _) in enumerate(segments, 1):
                key = ("segment", "", session.account, session.id, number, day)
                self.add(key, Counter(air_ms=end - start))
            views = self.said(session.id, "views")
            if views is not None:
                parts = shares(views, [end - start for _, start, end, _, _ in segments])
                basis = "measured" if len(segments) == 1 else "allocated"
                for number, ((_, _, _, day, _), part) in enumerate(zip(segments, parts, strict=True), 1):
                    self.add(("segment", "", session.account, session.id, number, day), Counter(views=part), basis)

    def credit(self) -> None:
        for key, amount in list(self.answer.facts.items()):
            place, _, _, session, number, _, measure, basis = key
            if place != "segment" or measure not in ("paid_minor", "orders", "refund_minor", "refund_orders", "views"):
                continue
            segment = self.cut[session][number - 1]
            for role, crew in segment[4].items():
                how = basis
                if (
                    measure == "views"
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
        parts = shares(amount, [weight for _, weight in crew.values()])
        for (person, (shift, _)), part in zip(crew.items(), parts, strict=True):
            date = self.business_date(shift.start_ms)
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
                        date = self.business_date(shift.start_ms)
                        key = (name, number, role, person, shift.id, date, "air_ms", "measured", "")
                        self.answer.credits[key] += union(there[role, person]) - before

    def compute(self) -> Answer:
        groups: dict = defaultdict(list)
        for _, _, order in self.orders:
            self.place_order(order, groups)
        self.share_out(groups)
        self.stray_refunds()
        self.session_totals()
        self.credit()
        self.air_time()
        self.answer.segments = [seg for s in self.own for seg in self.cut[s]]
        return self.answer
