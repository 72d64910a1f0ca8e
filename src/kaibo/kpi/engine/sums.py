"""Adds placed lines up into facts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ibis

from kaibo.kpi import levels, placing, reports, totals
from kaibo.kpi.crowd import FEW, Crowd
from kaibo.kpi.engine import minute_money, off_air, reading_money
from kaibo.kpi.engine.doubtful import NONE
from kaibo.kpi.engine.orders import PLACE
from kaibo.kpi.engine.run import INTEGER, MANY, Run, total
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.local_days import iso, local_day
from kaibo.kpi.matching import Cell
from kaibo.kpi.money import converted, is_money
from kaibo.kpi.placing import MEASURES

LINE = ("platform", "sub_order")


def facts(run: Run) -> list[FactOut]:
    """Every fact of the month, in a fixed order; facts of 0 are left out, unless a file says 0."""
    said = reports.totals(run.reports)
    paid = {session: known["paid_minor"] for session, known in said.items() if "paid_minor" in known}
    accounts = {session.id: session.account for session in run.inputs.sessions}
    currencies = {account.id: run.foreign(account.currency) for account in run.inputs.accounts}
    claimed = _claimed(run)
    few = run.crowd.few(said, run.known, run.inputs.settings.events_whole)
    crowd = run.crowd = run.crowd.whole(said, run.known, run.inputs.settings.events_whole)
    run.known |= crowd.known(run.month.segments, run.inputs.settings.handover_gap_ms)
    summed = list(totals.facts(said, run.known, run.month.segments, accounts, currencies))
    viewed = [fact for fact in summed if fact.measure == "views"]
    bare = _untold(run, said, crowd)
    found = [
        *run.month.air_facts(),
        *run.month.broadcast_facts(),
        *reports.facts(said, {s.id: run.month.accounts[s.account] for s in run.inputs.sessions}, run.month.days),
        *summed,
        *_too_few(run, few, accounts),
        *levels.facts(
            said,
            run.seen,
            viewed,
            run.month.segments,
            accounts,
            crowd,
            {session for session, measure in bare if measure == "views"},
        ),
        *run.month.untold_facts(bare),
        *_settled(run),
        *placing.shared_out(claimed, paid, currencies),
        *_lost_reports(run),
        *off_air.facts(run),
        *minute_money.facts(run),
        *reading_money.facts(run),
        *_compared(run, {p.session.id for cell, *_ in claimed for p in cell.pieces}, accounts, currencies),
    ]
    made = [*converted(found, run.month.rates, run.month.days), *run.ad_facts]
    return in_order([*made, *run.month.outage_facts(made)])


def _untold(run: Run, said: Mapping[int, Mapping[str, int]], crowd: Crowd) -> totals.Untold:
    """What no file tells of single segments; nothing is said of it in months that were closed before it was."""
    if not run.inputs.settings.tells_untold:
        return {}
    segments = run.month.segments
    return {
        **totals.untold(said, run.known, segments),
        **levels.untold(run.seen, segments),
        **crowd.untold(segments, run.inputs.settings.handover_gap_ms),
    }


def _too_few(run: Run, few: Mapping[tuple[int, str], int], accounts: Mapping[int, int]) -> Iterator[FactOut]:
    """How many events there are of a kind of which there are too few to be used."""
    for (session, measure), amount in few.items():
        if amount and session in accounts:
            place = ("report", "", accounts[session], session, None, run.month.days[session])
            yield FactOut(*place, f"{FEW}{measure}", "measured", amount)


def _settled(run: Run) -> Iterator[FactOut]:
    unknown = {"place": "unmatched", "kind": "unknown_line"}
    for row in [*run.rows(_lines), *run.rows(_deposits)]:
        yield from _facts_of(run, row)
    for row in run.rows(_strays):
        yield from _facts_of(run, {**unknown, **row})


def _lines(run: Run) -> Any:
    placed = run.table("placed")
    lines = placed.filter(placed.mine & (placed.place != MANY)).left_join(run.table("refunded"), LINE)
    return lines.group_by(*PLACE, "money").aggregate(**_sums(lines))


def _deposits(run: Run) -> Any:
    """A deposit counts where it was ordered, paid or not."""
    placed = run.table("placed")
    deposits = placed.filter(placed.presale & placed.mine & (placed.spot != MANY))
    deposits = deposits.drop("place", "kind", "segment")
    deposits = deposits.rename(place="spot", kind="spot_kind", segment="spot_segment")
    deposits = deposits.mutate(segment=ibis.cases((deposits.place == "segment", deposits.segment), else_=None))
    return deposits.group_by(*PLACE, "money").aggregate(presale_orders=deposits.count())


def _strays(run: Run) -> Any:
    stray = run.table("strays")
    refunds = {"refund_minor": total(stray.refund), "refund_orders": total(stray["count"])}
    return stray.group_by("money", date=stray.day_text).aggregate(**refunds)


def _many(run: Run) -> Any:
    placed = run.table("placed")
    lines = placed.filter(placed.place == MANY).left_join(run.table("refunded"), LINE)
    return lines.group_by("cell", "choice").aggregate(**_sums(lines))


def _many_deposits(run: Run) -> Any:
    placed = run.table("placed")
    deposits = placed.filter(placed.presale & (placed.spot == MANY))
    return deposits.group_by("cell", "choice").aggregate(presale_orders=deposits.count())


def _claimed(run: Run) -> list[tuple[Cell, placing.Weights, dict[str, int]]]:
    """The cells that several sessions may claim, with what was decided of them and the sums of their lines."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    for row in [*run.rows(_many), *run.rows(_many_deposits)]:
        key = (row.pop("cell"), row.pop("choice"))
        found.setdefault(key, {}).update({m: v or 0 for m, v in row.items()})
    claimed = []
    for cell, number in sorted(found):
        choice = None if number == NONE else run.doubts.choices[number]
        restricted = run.doubts.restricted(run.month.cells[cell], choice)
        claimed.append((restricted, choice.weights if choice else None, found[cell, number]))
    return claimed


def _sums(lines: Any) -> dict[str, Any]:
    refunds = ("refund_minor", "refund_orders", "refund_late_minor")
    return {"paid_minor": total(lines.amount), "orders": lines.count()} | {m: total(lines[m]) for m in refunds}


def _facts_of(run: Run, row: Mapping[str, Any]) -> Iterator[FactOut]:
    where = (row.get("account"), row.get("session"), row.get("segment"))
    for measure in MEASURES:
        if row.get(measure):
            currency = run.foreign(row["money"]) if is_money(measure) else ""
            yield FactOut(row["place"], row["kind"], *where, row["date"], measure, "measured", row[measure], currency)


def _compared(
    run: Run, shared: set[int], accounts: Mapping[int, int], currencies: Mapping[int, str]
) -> Iterator[FactOut]:
    """For the bridge, of sessions without `shared` orders: how many main orders their lines are (where all lines
    say), and what was paid after the session report was exported.
    """
    told: dict[int, int] = {}
    for report in run.reports:
        if report.session:
            as_of = report.row["as_of"]
            told[report.session.id] = min(as_of, told.get(report.session.id, as_of))
    run.make("reported", {"of": INTEGER, "reported_ms": INTEGER}, told.items())
    for row in run.rows(_reported):
        session = row["session"]
        if session in shared:
            continue
        account = accounts[session]
        place = ("report", "", account, session, None, run.month.days[session])
        if row["said"] == row["n"]:
            yield FactOut(*place, "main_orders", "measured", row["mains"])
        if row["late"]:
            yield FactOut(*place, "since_report_minor", "measured", row["late"], currencies[account])


def _reported(run: Run) -> Any:
    placed, reported = run.table("placed"), run.table("reported")
    lines = placed.filter(placed.mine & (placed.place == "segment")).join(reported, placed.session == reported.of)
    late = total(ibis.cases((lines.paid_ms > lines.reported_ms, lines.amount), else_=0))
    sums = {"mains": lines.main_order.nunique(), "said": lines.main_order.count(), "n": lines.count(), "late": late}
    return lines.group_by("session").aggregate(**sums)


def _lost_reports(run: Run) -> Iterator[FactOut]:
    """Reports of sessions that nobody knows: their views are in the file, and in nobody's segment."""
    sums: dict[tuple[int | None, str], int] = {}
    for report in run.reports:
        day = local_day(report.row["start_ms"], run.inputs.settings.zone)
        if report.session is None and run.month.first_day <= day < run.month.next_day:
            key = (report.account, iso(day))
            sums[key] = sums.get(key, 0) + (report.row["views"] or 0)
    for (account, date), views in sums.items():
        if views:
            yield FactOut("unmatched", "no_session", account, None, None, date, "views", "measured", views)


def in_order(facts: Iterable[FactOut]) -> list[FactOut]:
    return sorted(facts, key=_order)


def _order(fact: FactOut) -> tuple[Any, ...]:
    """By every field: lines in two foreign currencies give two facts that differ in nothing but their amounts."""
    place = (fact.session or 0, fact.segment or 0, fact.place, fact.kind, fact.date, fact.account or 0)
    return (*place, fact.measure, fact.basis, fact.currency, fact.amount, fact.original or 0)
