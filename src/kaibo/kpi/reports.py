"""Session reports: which session each speaks of, and what it says of the session as a whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.kpi.inputs import AccountIn, FactOut, SessionIn
from kaibo.kpi.matching import account_of, accounts_by_name
from kaibo.kpi.money import is_money

# a session that was reported in two parts has the sum of these …
ADDED = (
    "paid_minor", "gmv_minor", "orders", "items", "views", "impressions", "comments", "new_followers",
    "refund_minor", "refund_orders", "presale_orders", "presale_minor",
)  # fmt: skip
# … the higher of these …
HIGHEST = ("pcu",)
# … and these not at all: people and means do not add up
NOT_ADDED = ("viewers", "buyers", "acu")
FIELDS = (*ADDED, *HIGHEST, *NOT_ADDED)


@dataclass(frozen=True)
class Report:
    """A row of the session report table. `session` None: no session of ours fits."""

    row: Mapping[str, Any]
    account: int | None
    session: SessionIn | None


def matched(
    rows: Iterable[Mapping[str, Any]], accounts: Sequence[AccountIn], sessions: Iterable[SessionIn]
) -> list[Report]:
    """Each report with the session of its account that starts with it, else the one it overlaps most.

    A row gets `misfit`: its money is in another currency than the room's, and so unknown.
    """
    currencies = {account.id: account.currency for account in accounts}
    names = accounts_by_name(accounts)
    of_account: dict[int, list[SessionIn]] = defaultdict(list)
    for session in sorted(sessions, key=lambda s: (s.start_ms, s.id)):
        of_account[session.account].append(session)
    found = []
    for row in rows:
        account = account_of(names, row["platform"], row["account"])
        misfit = bool(account and row["currency"] and row["currency"] != currencies[account])
        fitting = _session(row, of_account[account] if account else [])
        found.append(Report({**row, "misfit": misfit}, account, fitting))
    return found


def _session(row: Mapping[str, Any], sessions: Sequence[SessionIn]) -> SessionIn | None:
    start, end = row["start_ms"], row["end_ms"] or row["start_ms"] + 1
    exact = next((s for s in sessions if s.start_ms == start), None)
    if exact:
        return exact
    overlaps = [(min(end, s.end_ms) - max(start, s.start_ms), s) for s in sessions]
    best = max(overlaps, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] > 0 else None


def totals(reports: Iterable[Report]) -> dict[int, dict[str, int]]:
    """Session → what its reports say, without what any of them leaves open."""
    rows: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for report in reports:
        if report.session:
            rows[report.session.id].append(report.row)
    return {session: dict(_totals(of_session)) for session, of_session in rows.items()}


def _totals(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    for field in FIELDS:
        known = [row[field] for row in rows if row[field] is not None and not (is_money(field) and row["misfit"])]
        if len(known) < len(rows) or (field in NOT_ADDED and len(rows) > 1):
            continue
        yield field, max(known) if field in HIGHEST else sum(known)


def facts(
    said: Mapping[int, Mapping[str, int]], accounts: Mapping[int, AccountIn], days: Mapping[int, str]
) -> Iterator[FactOut]:
    """Everything reported, for the bridge. `said`: as `totals` gives it; `accounts`, `days`: by the month's session."""
    for session, account in accounts.items():
        for field, amount in said.get(session, {}).items():
            currency = account.currency if is_money(field) else ""
            yield FactOut(
                "report", "", account.id, session, None, days[session], f"report_{field}", "measured", amount, currency
            )
