"""The slow, obvious engine: plain loops over every order and every shift, to hold the fast one against.

It shares no code with kaibo.kpi but the input and output values. `tables`: fact table → [(batch, as_of_ms, fact)].
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from kaibo.kpi.inputs import MonthInputs, SessionIn
from kaibo.kpi.tests import slow_ads, slow_outages
from kaibo.kpi.tests.slow_broadcasts import broadcasts
from kaibo.kpi.tests.slow_credit import CREDITED, Credits
from kaibo.kpi.tests.slow_crew import business_date, segments_of
from kaibo.kpi.tests.slow_doubts import product_lists, settle, stretches
from kaibo.kpi.tests.slow_events import Trusted
from kaibo.kpi.tests.slow_money import in_team_money
from kaibo.kpi.tests.slow_numbers import local, newest, shares
from kaibo.kpi.tests.slow_off_air import off_air_facts
from kaibo.kpi.tests.slow_totals import SINGLE, level_facts, total_facts

HOUR = 3_600_000
LIST_KEY = ("platform", "account", "account_name", "session_ms", "session_end_ms", "product_id", "sku")


def platform(row: dict) -> str:
    return row["platform"] or "douyin"


@dataclass
class Answer:
    """segments: (session, start, end, date, {role: {person: (shift, weight)}}); facts and credits: key → amount."""

    segments: list = field(default_factory=list)
    facts: Counter = field(default_factory=Counter)
    credits: Counter = field(default_factory=Counter)


class Reference(Credits):
    def __init__(self, inputs: MonthInputs, tables: dict) -> None:
        self.inputs, self.settings = inputs, inputs.settings
        self.accounts = {a.id: a for a in inputs.accounts}
        self.own = {s.id: s for s in inputs.sessions}
        self.sessions = {s.id: s for s in [*inputs.sessions, *inputs.neighbours]}
        self.answer = Answer()
        self.tables = tables
        # key → amount, with the currency as the last part of the key
        self.raw: Counter = Counter()
        self.reports = newest(tables.get("session_report", []), ("platform", "account", "start_ms"))
        self.orders = newest(tables.get("order_line", []), ("platform", "sub_order"))
        self.lists_of_tags = newest(tables.get("tagged_line", []), ("platform", "sub_order", "main_order"))
        self.sales = newest(tables.get("after_sale", []), ("platform", "after_sale"))
        self.lists = product_lists(
            newest(tables.get("session_product", []), LIST_KEY), list(self.sessions.values()), self.account_named
        )
        self.cut = {s.id: segments_of(inputs, s) for s in self.sessions.values()}
        self.reported = self.read_reports()
        self.events = Trusted(self, tables)

    def business_date(self, ms: int) -> str:
        return business_date(self.settings, ms)

    # Reports

    def read_reports(self) -> dict[int, list]:
        found = defaultdict(list)
        for batch, as_of, report in self.reports:
            if (batch, report["row"]) in self.inputs.aside:
                continue
            account = self.account_named(report["account"], report["platform"])[1]
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
                found[best.id].append((as_of, batch, report["row"], report))
            elif self.in_month(report["start_ms"]) and report["views"]:
                day = local(report["start_ms"], self.settings.zone).date().isoformat()
                key = ("unmatched", "no_session", account, None, None, day, "views", "measured")
                self.raw[(*key, "")] += report["views"]
        return found

    def said(self, session: int, name: str) -> int | None:
        room = self.accounts[self.sessions[session].account]
        groups: list = []
        for *_, report in sorted(self.reported.get(session, []), key=lambda one: one[:3], reverse=True):
            start, end = report["start_ms"], report["end_ms"] or report["start_ms"] + 1
            for first_start, first_end, of_first in groups:
                both = min(end, first_end) - max(start, first_start)
                if both > 0:
                    same = both * 2 > end - start and both * 2 > first_end - first_start
                    values = of_first
                    break
            else:
                values, same = [], True
                groups.append((start, end, values))
            foreign = name.endswith("_minor") and report["currency"] not in (None, room.currency)
            if same and report[name] is not None and not foreign:
                values.append(report[name])
        if not groups or not all(values for _, _, values in groups) or (name in SINGLE and len(groups) > 1):
            return None
        if name == "pcu":
            return max(values[0] for _, _, values in groups)
        return sum(values[0] for _, _, values in groups)

    # Orders

    def account_named(self, name: str | None, platform: str | None) -> tuple[bool, int | None]:
        """Whether it is one of ours on the platform, and which, if only one has the name."""
        there = [a for a in self.inputs.accounts if a.platform == (platform or "douyin")]
        owners = [a.id for a in there if name and name.strip() in [n.strip() for n in a.names]]
        return bool(owners), owners[0] if len(owners) == 1 else None

    def in_month(self, ms: int) -> bool:
        return local(ms, self.settings.zone).strftime("%Y-%m") == self.inputs.month

    def kind_and_account(self, order: dict) -> tuple[str, int | None]:
        blank = ("", "-", "--", "—", "0")
        said = [x.strip() for x in (order["creator_id"], order["creator_name"]) if x and x.strip() not in blank]
        ours = [self.account_named(x, order["platform"]) for x in said]
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
            account = self.account_named(order["account"], order["platform"])[1]
        there = self.rooms_of(order)
        if account is None and kind == "self_live" and len(there) == 1:
            account = there[0].id
        return kind, account

    def rooms_of(self, row: dict) -> list:
        return [a for a in self.inputs.accounts if a.platform == (row["platform"] or "douyin")]

    def currency_of(self, row: dict, account: int | None) -> str | None:
        """As the row says, as the room has, as all rooms of its platform have; None: not known."""
        if row["currency"] is not None:
            return row["currency"]
        if account is not None:
            return self.accounts[account].currency
        there = {a.currency for a in self.rooms_of(row)}
        return there.pop() if len(there) == 1 else None

    def money_of(self, row: dict, account: int | None) -> str:
        team = self.settings.currency
        alone = all(a.currency == team for a in self.inputs.accounts)
        return self.currency_of(row, account) or (team if alone else "?")

    def is_foreign(self, order: dict, account: int | None) -> bool:
        if order["currency"] is None:
            return False
        if account is not None:
            return order["currency"] != self.accounts[account].currency
        return order["currency"] not in {a.currency for a in self.rooms_of(order)}

    def tag(self, order: dict) -> str | None:
        """A list that names the line, else one that names its order, the newest; else the first rule."""
        own, wide = [], []
        for batch, as_of, row in self.lists_of_tags:
            if platform(row) != platform(order):
                continue
            rank = (as_of, batch, row["row"], row["tag"])
            if order["sub_order"] in (row["sub_order"], row["main_order"] if row["sub_order"] is None else None):
                own.append(rank)
            elif row["sub_order"] is None and order["main_order"] and row["main_order"] == order["main_order"]:
                wide.append(rank)
        if own or wide:
            return max(own or wide)[-1]
        for rule in self.inputs.tag_rules:
            if rule.by == "amount_at_most":
                if (order["payable_minor"] or 0) <= int(rule.value):
                    return rule.tag
            elif order[rule.by] == rule.value:
                return rule.tag
        return None

    def on_air(self, order: dict, account: int | None) -> list[SessionIn]:
        """The sessions that the order may be of, by their start."""
        currency, ms = self.currency_of(order, account), order["ordered_ms"]
        rooms = {a.id for a in self.rooms_of(order) if a.currency == currency} if account is None else {account}
        there = [s for s in self.sessions.values() if s.account in rooms]
        found = [s for s in there if any(a <= ms < b for a, b in stretches(s))]
        return sorted(found, key=lambda s: (s.start_ms, s.id))

    def just_over(self, order: dict, account: int | None) -> tuple[SessionIn, int] | None:
        """The session that went off air last, and when."""
        mine = [s for s in self.sessions.values() if s.account == account]
        over = [(end, s.start_ms, s.id) for s in mine for _, end in stretches(s) if end <= order["ordered_ms"]]
        if account is None or not over:
            return None
        end, _, last = max(over)
        return (self.sessions[last], end) if order["ordered_ms"] < end + self.settings.after_days * 24 * HOUR else None

    def segment_at(self, session: SessionIn, ms: int) -> int:
        for number, (_, start, end, _, _) in enumerate(self.cut[session.id], 1):
            if start <= ms < end:
                return number
        raise AssertionError("segments do not cover the session")

    def refunds(self, order: dict) -> Counter:
        found = Counter()
        for _, _, sale in self.sales:
            same = sale["sub_order"] == order["sub_order"] and platform(sale) == platform(order)
            if same and sale["refunded_ms"] is not None:
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
        session, segment, where, candidates, over = None, None, "unmatched", [], None
        money, weights, decided = self.money_of(order, account), None, False
        if kind == "self_live" and not foreign:
            candidates, weights, decided = settle(
                order, account, self.currency_of(order, account), self.on_air(order, account),
                list(self.inputs.matches), self.lists,
            )  # fmt: skip
            if len(candidates) == 1:
                session, where = candidates[0], "segment"
            elif decided:
                where = "unmatched"
            elif not candidates:
                over = self.just_over(order, account)
                session, where = (over[0], "after") if over else (None, "unmatched")
            else:
                where = "many"
        elif kind not in ("self_live", "unknown"):
            where = "outside"
        place, placed_kind = where, "decided" if decided else kind
        if foreign:
            place, placed_kind = "unmatched", "currency"
        elif tag:
            place, placed_kind = "tagged", tag
        if session and session.id not in self.own:
            return
        if session:
            account = session.account
            cuts = self.cut[session.id]
            if over:
                day = next(segment[3] for segment in cuts if segment[2] == over[1])
            if where == "segment":
                segment = self.segment_at(session, order["ordered_ms"])
                day = cuts[segment - 1][3]
        deposit = Counter(presale_orders=1) if "预售" in (order["order_type"] or "") else Counter()
        if place == "many":
            names = tuple(s.id for s in candidates)
            groups[names, weights].append(
                (order, Counter(deposit) + (sums if order["paid_ms"] is not None else Counter()))
            )
        else:
            key = (place, placed_kind, account, session and session.id, segment if place == "segment" else None, day)
            if session or self.in_month(order["ordered_ms"]):
                self.add(key, deposit, money)
                if order["paid_ms"] is not None:
                    self.add(key, sums, money)
        if order["paid_ms"] is None and (session or self.in_month(order["ordered_ms"])):
            key = ("unpaid", kind, account, session and session.id, None, day)
            self.add(key, sums, money)

    def add(self, key: tuple, sums: Counter, money: str = "", basis: str = "measured") -> None:
        for measure, amount in sums.items():
            self.raw[(*key, measure, basis, money if measure.endswith("_minor") else "")] += amount

    def share_out(self, groups: dict) -> None:
        for (names, decided), orders in groups.items():
            reported = [self.said(s, "paid_minor") for s in names]
            weights = list(decided) if decided else [1] * len(names) if None in reported else reported
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
            money = self.accounts[self.own[name].account].currency
            self.add(key, Counter({measure: amount}), money, "allocated")

    def stray_refunds(self) -> None:
        known = {(platform(order), order["sub_order"]) for _, _, order in self.orders}
        stray = [s for _, _, s in self.sales if (platform(s), s["sub_order"]) not in known]
        counted = set()
        for sale in sorted(stray, key=lambda s: (s["refunded_ms"] or 0, s["after_sale"])):
            if sale["refunded_ms"] is None:
                continue
            line = (platform(sale), sale["sub_order"] or sale["after_sale"])
            first = line not in counted
            counted.add(line)
            if self.in_month(sale["refunded_ms"]):
                day = local(sale["refunded_ms"], self.settings.zone).date().isoformat()
                amount = (sale["refund_minor"] or 0) + (sale["freight_refund_minor"] or 0)
                sums = Counter(refund_minor=amount, refund_orders=int(first))
                self.add(("unmatched", "unknown_line", None, None, None, day), sums, self.money_of(sale, None))

    # Credit

    def session_totals(self) -> None:
        for session in self.own.values():
            segments = self.cut[session.id]
            for number, (_, start, end, day, _) in enumerate(segments, 1):
                key = ("segment", "", session.account, session.id, number, day)
                self.add(key, Counter(air_ms=end - start))
        summed = total_facts(self, self.tables)
        for session, number, measure, basis, amount in [*summed, *level_facts(self, self.tables, summed)]:
            account = self.own[session].account
            key = ("segment", "", account, session, number, self.cut[session][number - 1][3])
            self.add(key, Counter({measure: amount}), self.accounts[account].currency, basis)

    def readings_of(self, account: int) -> list:
        """By their instants, of each instant the newest."""
        rows = newest(self.tables.get("reading", []), ("platform", "account", "instant_ms"))
        mine = [
            (row["instant_ms"], batch, row["row"], row)
            for batch, _, row in rows
            if self.account_named(row["account"], row["platform"])[1] == account
        ]
        return [row for _, _, _, row in sorted(mine, key=lambda one: one[:3])]

    def compute(self) -> Answer:
        groups: dict = defaultdict(list)
        for _, _, order in self.orders:
            self.place_order(order, groups)
        self.share_out(groups)
        self.stray_refunds()
        self.session_totals()
        for key, money, amount in off_air_facts(self, self.tables):
            self.raw[(*key, money)] += amount
        for key, money, amount in slow_ads.ad_facts(self, self.tables):
            self.raw[(*key, money)] += amount
        days = {s.id: self.business_date(s.start_ms) for s in self.own.values()}
        self.answer.facts = in_team_money(self.inputs, self.raw, days)
        slow_outages.stand_apart(self, CREDITED)
        self.credit()
        self.air_time()
        broadcasts(self)
        self.answer.segments = [seg for s in self.own for seg in self.cut[s]]
        return self.answer
