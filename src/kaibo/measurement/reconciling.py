"""The two sums of a session: conservation within the orders (exact), and the bridge to the platform's report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kaibo.kpi.values import Amounts
from kaibo.measurement.finders import Part, total
from kaibo.measurement.words import reason_word, step_word

MONEY, ORDERS = "paid_minor", "orders"


@dataclass(frozen=True)
class Share:
    """A host's part, the colleagues' together, or what is nobody's (`kind`: person, others, unassigned)."""

    kind: str
    name: str
    orders: int
    paid: int
    times: str = ""
    reasons: Sequence[str] = ()
    width: str = "0"
    second: bool = False

    @property
    def why(self) -> str:
        return "；".join(reason_word(reason) for reason in self.reasons)


@dataclass(frozen=True)
class Conservation:
    """Hosts + unassigned against the session's orders. `elsewhere`: every other role adds up too."""

    orders: int
    paid: int
    shares: Sequence[Share]
    elsewhere: bool

    @property
    def people(self) -> int:
        return sum(share.kind != "unassigned" for share in self.shares)

    @property
    def difference(self) -> int:
        return self.paid - sum(share.paid for share in self.shares)

    @property
    def holds(self) -> bool:
        orders = sum(share.orders for share in self.shares)
        return self.difference == 0 and orders == self.orders and self.elsewhere


def conservation(
    amounts: Amounts,
    hosts: Sequence[Part],
    roles: Mapping[tuple[str, str], int],
    names: Mapping[int, str],
    times: Mapping[int, str],
    viewer: int | None,
) -> Conservation | None:
    """None where the session has no orders' amounts at all. `viewer`: who sees colleagues only together.

    `hosts`, `roles`: see session_sums.SessionSums.
    """
    paid, orders = total(amounts, MONEY), total(amounts, ORDERS)
    if paid is None:
        return None
    shares = _shares(hosts, names, times, viewer)
    if not hosts:
        # nobody held the role: everything is nobody's, and says so
        shares = [Share("unassigned", "", orders or 0, paid)]
    sized = [_sized(share, paid) for share in shares]
    return Conservation(orders or 0, paid, sized, _others_add_up(amounts, roles))


def _shares(
    hosts: Sequence[Part], names: Mapping[int, str], times: Mapping[int, str], viewer: int | None
) -> list[Share]:
    people = [part for part in hosts if part.person is not None]
    own = [part for part in people if viewer is None or part.person == viewer]
    others = [part for part in people if part not in own]
    shares = [
        Share("person", names.get(person, ""), _sum(of, ORDERS), _sum(of, MONEY), times.get(person, ""), second=i > 0)
        for i, (person, of) in enumerate(_by_person(own).items())
    ]
    if others:
        shares.append(Share("others", "", _sum(others, ORDERS), _sum(others, MONEY), second=True))
    # stands there even with nothing in it: that is what the check says
    nobody = [part for part in hosts if part.person is None]
    reasons = sorted({part.reason for part in nobody if part.reason and _sum([part], MONEY)})
    shares.append(Share("unassigned", "", _sum(nobody, ORDERS), _sum(nobody, MONEY), reasons=reasons))
    return shares


def _by_person(parts: Iterable[Part]) -> dict[int, list[Part]]:
    """In the order of their first segment."""
    found: dict[int, list[Part]] = {}
    for part in sorted(parts, key=lambda p: p.segment or 0):
        if part.person is not None:
            found.setdefault(part.person, []).append(part)
    return found


def _sum(parts: Iterable[Part], measure: str) -> int:
    return sum(part.total(measure) or 0 for part in parts)


def _sized(share: Share, paid: int) -> Share:
    width = f"{max(0, share.paid) * 100 / paid:.3f}" if paid > 0 else "0"
    return replace(share, width=width)


def _others_add_up(amounts: Amounts, roles: Mapping[tuple[str, str], int]) -> bool:
    """For every role that has credit, and each measure credited in it, the parts are the session's total."""
    return all(total(amounts, measure) in (None, amount) for (_role, measure), amount in roles.items())


@dataclass(frozen=True)
class Step:
    """`key` names the step: after, tagged, wording, unmatched, rejected, snapshot, split, rest."""

    key: str
    amount: int

    @property
    def word(self) -> str:
        return step_word(self.key)


@dataclass(frozen=True)
class Bridge:
    """From the orders' sum to the platform's 用户支付金额, step by step; never scaled, never forced to zero.

    `order_steps`: the same for the number of orders. `perhaps_rejected`: (amount, currency) of rejected rows of which
    no file tells whether they are of this session.
    """

    ours: int
    theirs: int
    steps: Sequence[Step]
    our_orders: int
    their_orders: int | None
    order_steps: Sequence[Step] = ()
    perhaps_rejected: Sequence[tuple[int, str]] = ()

    @property
    def difference(self) -> int:
        return self.theirs - self.ours


@dataclass(frozen=True)
class Beside:
    """Beside a session's own orders: unmatched lines of its time, rows rejected surely and perhaps in it.

    All in the team's currency; `perhaps_rejected`: (amount, currency).
    """

    unmatched: int = 0
    rejected: int = 0
    perhaps_rejected: Sequence[tuple[int, str]] = ()


def bridge(amounts: Amounts, places: Mapping[str, Amounts], beside: Beside | None = None) -> Bridge | None:
    """`places`: place → amounts of the session's rows. None where there is no report or no order."""
    beside = beside or Beside()
    ours, report = total(amounts, MONEY), places.get("report", {})
    theirs = total(report, "report_paid_minor")
    if ours is None or theirs is None:
        return None
    gmv = total(report, "report_gmv_minor")
    named = [
        Step("after", total(places.get("after", {}), MONEY) or 0),
        Step("tagged", total(places.get("tagged", {}), MONEY) or 0),
        # the platform's own two words for the same orders: 用户支付金额 and 成交金额
        Step("wording", theirs - gmv if gmv is not None else 0),
        Step("unmatched", beside.unmatched),
        Step("rejected", beside.rejected),
        # paid after the report was exported: in ours, not yet in theirs
        Step("snapshot", -(total(report, "since_report_minor") or 0)),
    ]
    lines, their_orders = total(amounts, ORDERS) or 0, total(report, "report_orders")
    return Bridge(
        ours,
        theirs,
        _with_rest(named, theirs - ours),
        lines,
        their_orders,
        _order_steps(lines, their_orders, places),
        beside.perhaps_rejected,
    )


def _order_steps(lines: int, theirs: int | None, places: Mapping[str, Amounts]) -> list[Step]:
    """A platform counts main orders where our lines are one for each SKU."""
    if theirs is None:
        return []
    mains = total(places.get("report", {}), "main_orders")
    named = [
        Step("split", mains - lines if mains is not None else 0),
        Step("after", total(places.get("after", {}), ORDERS) or 0),
        Step("tagged", total(places.get("tagged", {}), ORDERS) or 0),
    ]
    return _with_rest(named, theirs - lines)


def _with_rest(named: Sequence[Step], difference: int) -> list[Step]:
    rest = difference - sum(step.amount for step in named)
    return [step for step in [*named, Step("rest", rest)] if step.amount]
