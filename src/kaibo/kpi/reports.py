"""Session reports: which session each speaks of, and what it says of the session as a whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.kpi.inputs import AccountIn, FactOut, SessionIn
from kaibo.kpi.matching import account_of, accounts_by_name
from kaibo.kpi.money import is_money

# a session that was reported in several parts has the sum of these …
ADDED = (
    "paid_minor", "gmv_minor", "net_1h_minor", "orders", "items", "views", "impressions", "comments", "likes", "shares",
    "new_followers", "fan_club", "product_impressions", "product_clicks", "watch_ms",
    "refund_minor", "refund_orders", "presale_orders", "presale_minor",
)  # fmt: skip
# … the higher of these …
HIGHEST = ("pcu",)
# … and these not at all: people and means do not add up
NOT_ADDED = (
    "viewers", "buyers", "comment_users", "impression_users", "product_click_users", "acu", "mean_stay_ms",
)  # fmt: skip
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
    parts = _parts(rows)
    for field in FIELDS:
        said = [next((v for row in part if (v := _value(row, field)) is not None), None) for part in parts]
        known = [value for value in said if value is not None]
        if len(known) < len(parts) or (field in NOT_ADDED and len(parts) > 1):
            continue
        yield field, max(known) if field in HIGHEST else sum(known)


def _value(row: Mapping[str, Any], field: str) -> int | None:
    value: int | None = row[field]
    return None if is_money(field) and row["misfit"] else value


def _parts(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The parts that a session was reported in: of rows that overlap in time only the newest counts.

    Behind it stand those that tell of the same broadcast (each more than half of the other): they say what it leaves
    open. A row that merely reaches into its time is another broadcast that was made no session: it counts nowhere.
    """
    parts: list[list[Mapping[str, Any]]] = []
    for row in sorted(rows, key=lambda row: (row["as_of"], row["batch"], row["row"]), reverse=True):
        over = next((part for part in parts if _shared(part[0], row) > 0), None)
        if over is None:
            parts.append([row])
        elif 2 * _shared(over[0], row) > max(_length(over[0]), _length(row)):
            over.append(row)
    return parts


def _shared(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    start = max(one["start_ms"], other["start_ms"])
    return int(min(one["start_ms"] + _length(one), other["start_ms"] + _length(other)) - start)


def _length(row: Mapping[str, Any]) -> int:
    return int((row["end_ms"] or row["start_ms"] + 1) - row["start_ms"])


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
