"""Order lines that several sessions may claim: settled by a decision or by the sessions' products, or shared."""

from typing import Any

import ibis

from kaibo.facts.schema import SESSION_PRODUCT
from kaibo.kpi import doubts
from kaibo.kpi.doubts import Choice
from kaibo.kpi.engine.run import FLAG, INTEGER, MANY, TEXT, Run
from kaibo.kpi.inputs import MatchIn
from kaibo.kpi.local_days import HOUR_MS

LINE = ["batch", "row"]
HEAD = ("platform", "account", "account_name", "session_ms", "session_end_ms")
# no decision
NONE = -1


def is_said(run: Run) -> bool:
    """Whether anything is said of lines that several sessions may claim, if there are any."""
    return bool(run.doubts.groups) and bool(run.inputs.matches or run.rows(_lists)[0]["n"])


def unresolved(found: Any) -> Any:
    """Adds what `resolve` does where nothing is said."""
    return found.mutate(choice=ibis.literal(NONE, "int64"), nobodys=ibis.literal(False), why=ibis.null("string"))


def resolve(run: Run, found: Any) -> Any:
    """Adds `choice` (the decision that shares a line out, else −1), `nobodys` (decided to be of no session) and `why`.

    A settled line stands as if its one session had been the only candidate.
    """
    groups = run.make("groups", {"cell": INTEGER, "grp": INTEGER}, run.doubts.of_cell.items())
    lines = run.keep("doubtful", found.filter(found.state == MANY).join(groups, "cell"))
    decided = _decided(run, lines)
    by_products = _by_products(run, lines.anti_join(decided, LINE))
    settled = run.keep("settled", decided.union(by_products).drop(*LINE))
    found = found.left_join(settled, [found[name] == settled[f"of_{name}"] for name in LINE])
    homes = _homes(run)
    found = found.left_join(homes, [found.cell == homes.home_cell, found.chosen == homes.home_session])
    home = found.home_session.notnull()
    nobodys = found.nobodys.fill_null(False)
    columns = {
        "session": (found.home_session, found.session),
        "segment": (found.home_segment, found.segment),
        "cell_account": (found.home_account, found.cell_account),
        "cell_date": (found.home_date, found.cell_date),
        "own": (found.home_own, found.own),
    }
    placed = {name: ibis.cases((home, new), else_=old) for name, (new, old) in columns.items()}
    state = ibis.cases((home, "segment"), (nobodys, "unmatched"), else_=found.state)
    return found.mutate(state=state, nobodys=nobodys, choice=found.choice.fill_null(NONE), **placed)


def _lists(run: Run) -> Any:
    return run.table(SESSION_PRODUCT).aggregate(n=ibis._.count())


def _decided(run: Run, lines: Any) -> Any:
    """Lines with the decision that holds: of_batch, of_row, choice (where it shares), chosen session, nobodys, why."""
    choices = run.doubts.choices
    rows: list[tuple[Any, ...]] = []
    for number, choice in enumerate(choices):
        one = run.doubts.matches[choice.match]
        scope = (one.start_ms, one.end_ms, one.product_id or None, one.sub_order or None)
        sole = choice.sessions[0] if len(choice.sessions) == 1 else None
        what = (number if len(choice.sessions) > 1 else NONE, sole, not choice.sessions, choice.rank)
        rows += [
            (choice.group, *scope, lane, hour, *what)
            for lane in run.doubts.lanes(one)
            for hour in _hours(run, one, choice)
        ]
    columns = {
        "m_grp": INTEGER, "m_start": INTEGER, "m_end": INTEGER, "m_product": TEXT, "m_sub_order": TEXT,
        "m_lane": TEXT, "m_hour": INTEGER, "choice": INTEGER, "chosen": INTEGER, "nobodys": FLAG, "rank": INTEGER,
    }  # fmt: skip
    said = run.make("choices", columns, rows)
    inside = (lines.ordered_ms >= said.m_start) & (lines.ordered_ms < said.m_end)
    lane = said.m_lane.isnull() | (said.m_lane == lines.lane)
    named = lines.join(said, [lines.grp == said.m_grp, lines.sub_order == said.m_sub_order, inside, lane])
    product = said.m_product.isnull() | (said.m_product == lines.product_id.strip())
    open_ = said.filter(said.m_sub_order.isnull())
    inside = (lines.ordered_ms >= open_.m_start) & (lines.ordered_ms < open_.m_end)
    lane = open_.m_lane.isnull() | (open_.m_lane == lines.lane)
    product = open_.m_product.isnull() | (open_.m_product == lines.product_id.strip())
    timed = lines.join(open_, [lines.grp == open_.m_grp, lines.hour == open_.m_hour, inside, lane, product])
    wanted = ("batch", "row", "choice", "chosen", "nobodys", "rank")
    every = named.select(*wanted).union(timed.select(*wanted))
    best = ibis.row_number().over(group_by=LINE, order_by=ibis.desc("rank"))
    every = every.mutate(place=best).filter(ibis._.place == 0)
    return every.select(
        "batch", "row", "choice", "chosen", "nobodys", of_batch=every.batch, of_row=every["row"],
        why=ibis.literal("decision"),
    )  # fmt: skip


def _hours(run: Run, match: MatchIn, choice: Choice) -> list[int | None]:
    """An order line is found by its id, the rest by the hour."""
    if match.sub_order:
        return [None]
    first, last = match.start_ms // HOUR_MS, (match.end_ms - 1) // HOUR_MS
    return [hour for hour in sorted(run.doubts.hours[choice.group]) if first <= hour <= last]


def _by_products(run: Run, lines: Any) -> Any:
    """Lines whose product stands in the list of exactly one candidate, where every candidate has a list."""
    products = run.table(SESSION_PRODUCT)
    products = products.filter(products.product_id.strip().fill_null("") != "")
    heads = run.rows(products.select(*HEAD).distinct())
    sessions = doubts.sessions_of_lists(heads, run.inputs.accounts, run.month.all_sessions)
    known = [(*(head[name] for name in HEAD), s) for head, s in zip(heads, sessions, strict=True) if s is not None]
    kinds = {"h_platform": TEXT, "h_account": TEXT, "h_account_name": TEXT, "h_start": INTEGER, "h_end": INTEGER}
    table = run.make("lists", {**kinds, "listed": INTEGER}, known)
    same = [products[name].identical_to(table[column]) for name, column in zip(HEAD, kinds, strict=True)]
    listed = products.join(table, same).select("listed", p=products.product_id.strip()).distinct()
    have = {session for session in sessions if session is not None}
    whole = [(g, s) for names, g in run.doubts.groups.items() if have.issuperset(names) for s in names]
    members = run.make("members", {"g": INTEGER, "s": INTEGER}, whole)
    found = members.join(listed, members.s == listed.listed)
    found = found.group_by("g", "p").aggregate(chosen=found.s.min(), n=found.count()).filter(ibis._.n == 1)
    sure = lines.join(found, [lines.grp == found.g, lines.product_id.strip() == found.p])
    return sure.select(
        "batch", "row", choice=ibis.literal(NONE, "int64"), chosen=sure.chosen, nobodys=ibis.literal(False),
        of_batch=sure.batch, of_row=sure["row"], why=ibis.literal("products"),
    )  # fmt: skip


def _homes(run: Run) -> Any:
    """(cell, session) → its piece, for the cells that several sessions claim."""
    rows = [
        (number, p.session.id, p.session.account, p.segment, p.date, p.own)
        for number in run.doubts.of_cell
        for p in run.month.cells[number].pieces
    ]
    columns = {
        "home_cell": INTEGER, "home_session": INTEGER, "home_account": INTEGER, "home_segment": INTEGER,
        "home_date": TEXT, "home_own": FLAG,
    }  # fmt: skip
    return run.make("homes", columns, rows)


def _pairs(run: Run) -> Any:
    placed = run.table("placed")
    return placed.filter(placed.place == MANY).select("cell", "choice").distinct()


def claims(run: Run) -> None:
    """Step `claims`: (cell, choice) → each of the month's own segments that may claim its orders."""
    rows = []
    for pair in run.rows(_pairs):
        choice = run.doubts.choices[pair["choice"]] if pair["choice"] != NONE else None
        whole = run.month.cells[pair["cell"]]
        claimants = " ".join(map(str, sorted(p.session.id for p in whole.pieces)))
        cell = run.doubts.restricted(whole, choice)
        rows += [
            (pair["cell"], pair["choice"], p.session.account, p.session.id, p.segment, p.date, claimants)
            for p in cell.pieces
            if p.own
        ]
    columns = {"cell": INTEGER, "choice": INTEGER, "account": INTEGER, "session": INTEGER, "segment": INTEGER}
    run.make("claims", {**columns, "date": TEXT, "claimants": TEXT}, rows)
