"""What a session sold, product by product, beside what the platform says of them, and the channels viewers came by."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from kaibo.facts import session_goods
from kaibo.facts.schema import ORDER_LINE, SESSION_CHANNEL, SESSION_PRODUCT
from kaibo.facts.session_goods import Sold
from kaibo.imports.files import batches_of, files_of
from kaibo.imports.models import Batch
from kaibo.kpi.values import Amounts
from kaibo.live.models import Session
from kaibo.measurement import finders
from kaibo.measurement.exports import major, xlsx
from kaibo.measurement.finders import total
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.models import Computation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Product:
    """One product: `ours` from order lines, `theirs` from the platform's download (fields of SESSION_PRODUCT).

    None: not known. Our money is the team's, theirs the room's.
    """

    key: str
    name: str
    ours: Sold | None = None
    theirs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """`theirs` with None for what the platform does not say."""
        return {**dict.fromkeys((*session_goods.PRODUCT_SUMS, *session_goods.PRODUCT_PEOPLE)), **self.theirs}

    @property
    def orders(self) -> int | None:
        return self.ours.orders if self.ours else None

    @property
    def paid(self) -> int | None:
        return self.ours.paid if self.ours else None

    @property
    def refund(self) -> int | None:
        return self.ours.refund if self.ours else None

    @property
    def click_rate(self) -> Fraction | None:
        """商品点击人数 ÷ 商品曝光人数."""
        seen, clicked = self.theirs.get("impression_users"), self.theirs.get("click_users")
        return Fraction(clicked, seen) if seen and clicked is not None else None

    @property
    def buy_rate(self) -> Fraction | None:
        """成交人数 ÷ 商品点击人数."""
        clicked, bought = self.theirs.get("click_users"), self.theirs.get("buyers")
        return Fraction(bought, clicked) if clicked and bought is not None else None


@dataclass(frozen=True)
class Check:
    """Conservation within the orders: the products' measured lines are the session's, to the cent."""

    orders: int
    paid: int
    products: int
    order_difference: int
    difference: int
    # shared out between sessions: of no product here
    allocated_paid: int = 0
    allocated_orders: int = 0

    @property
    def holds(self) -> bool:
        return self.difference == 0 and self.order_difference == 0


@dataclass(frozen=True)
class Goods:
    """`lost`: a file is not on the disk. `check` None: no order line is known."""

    products: Sequence[Product] = ()
    channels: Sequence[Mapping[str, Any]] = ()
    check: Check | None = None
    has_report: bool = False
    lost: bool = False
    knows_refunds: bool = False

    @property
    def top(self) -> Sequence[Product]:
        return self.products[:8]


SORTS: dict[str, Any] = {
    "paid": lambda one: one.paid,
    "orders": lambda one: one.orders,
    "refund": lambda one: one.refund,
    "gmv": lambda one: one.theirs.get("gmv_minor"),
    "seen": lambda one: one.theirs.get("impression_users"),
    "clicked": lambda one: one.theirs.get("click_users"),
    "click_rate": lambda one: one.click_rate,
    "buy_rate": lambda one: one.buy_rate,
}


def goods(computation: Computation | None, session: Session, batches: Iterable[Batch], amounts: Amounts) -> Goods:
    """`batches`: those in use around the session. `amounts`: what fell into its segments, as the computation says."""
    there, account = list(batches), session.account
    about: dict[str, Any] = {
        "platform": account.platform,
        "names": [account.handle, account.name, *map(str, account.other_names)],
        "start_ms": to_ms(session.start),
    }
    lists = _near(there, SESSION_PRODUCT, session)
    ways = _near(there, SESSION_CHANNEL, session)
    try:
        bought = _sold(computation, session, there)
        told = session_goods.reported_products(files_of(SESSION_PRODUCT, lists), **about)
        channels = session_goods.reported_channels(files_of(SESSION_CHANNEL, ways), **about)
    except FileNotFoundError as error:
        log.warning("the products of session %s are not all on the disk: %s", session.pk, error)
        return Goods(lost=True)
    products = _joined(bought or [], told)
    knows = any(measure == "refund_minor" for measure, _basis in amounts)
    return Goods(products, channels, _check(bought, amounts), bool(told), knows_refunds=knows)


def _near(batches: Iterable[Batch], table: str, session: Session) -> list[Batch]:
    found = batches_of(table, batches)
    return [one for one in found if one.first_instant and one.last_instant and one.first_instant < session.end]


def _sold(computation: Computation | None, session: Session, batches: Iterable[Batch]) -> list[Sold] | None:
    if computation is None or ORDER_LINE not in computation.coverage:
        return None
    start, end = session.start, session.end
    orders = [
        batch for batch in batches_of(ORDER_LINE, batches)
        if batch.first_instant and batch.last_instant and batch.first_instant < end and batch.last_instant >= start
    ]  # fmt: skip
    path = finders.rows_path(computation)
    files = files_of(ORDER_LINE, orders)
    return session_goods.sold(path, files, session=session.pk, start_ms=to_ms(start), end_ms=to_ms(end))


def _joined(bought: Sequence[Sold], told: Sequence[Mapping[str, Any]]) -> list[Product]:
    """By product id, else by name; what only the platform knows comes last."""
    by_id = {row["product_id"]: row for row in told if row["product_id"]}
    by_name = {row["product"]: row for row in told if row["product"]}
    taken: set[int] = set()
    found = []
    for one in bought:
        row = by_id.get(one.product) if one.product else by_name.get(one.name)
        if row is not None:
            taken.add(id(row))
        found.append(Product(one.product or one.name, one.name or (row or {}).get("product") or "", one, row or {}))
    rest = [row for row in told if id(row) not in taken]
    rest.sort(key=lambda row: -(row["gmv_minor"] or row["paid_minor"] or 0))
    return [
        *found,
        *(Product(row["product_id"] or row["product"] or "", row["product"] or "", None, row) for row in rest),
    ]


def _check(bought: Sequence[Sold] | None, amounts: Amounts) -> Check | None:
    paid, orders = total(amounts, "paid_minor"), total(amounts, "orders")
    if bought is None or paid is None or orders is None:
        return None
    measured_paid = total(amounts, "paid_minor", "measured") or 0
    measured_orders = total(amounts, "orders", "measured") or 0
    return Check(
        orders=orders,
        paid=paid,
        products=sum(one.orders > 0 for one in bought),
        order_difference=measured_orders - sum(one.orders for one in bought),
        difference=measured_paid - sum(one.paid for one in bought),
        allocated_paid=paid - measured_paid,
        allocated_orders=orders - measured_orders,
    )


def chosen(found: Goods, *, q: str = "", sort: str = "") -> list[Product]:
    """The products whose name or id holds `q`, in the order asked for: `sort` a key of SORTS, or `name`."""
    word = " ".join(q.split()).casefold()
    kept = [one for one in found.products if word in one.name.casefold() or word in one.key.casefold()]
    if sort == "name":
        return sorted(kept, key=lambda one: one.name)
    value = SORTS.get(sort)
    if value is None:
        return kept
    return sorted(kept, key=lambda one: (value(one) is None, -(value(one) or 0), one.name))


def products_file(session: Session, rows: Iterable[Product]) -> HttpResponse:
    """What is seen, as xlsx; the currency of an amount stands in its head."""
    team, room = settings.KAIBO_CURRENCY, session.account.currency
    head = [
        _("Product"), _("Product id"), _("Paid orders"), f"{_('Amount paid by users')} ({team})", _("Refund orders"),
        f"{_('Refunds')} ({team})", f"{_('GMV, Compass')} ({room})", _("Orders, Compass"), _("Items, Compass"),
        _("Buyers, Compass"), _("Saw it, Compass"), _("Clicked it, Compass"), _("Click rate (people)"),
        _("Bought of clicked (people)"),
    ]  # fmt: skip
    return xlsx(f"session-{session.pk}-products.xlsx", _("Products"), head, (_row(one, team, room) for one in rows))


def _row(one: Product, team: str, room: str) -> Sequence[Any]:
    theirs, ours = one.theirs, one.ours
    return [
        one.name, one.key if one.key != one.name else "", one.orders, major(one.paid, team),
        ours.refund_orders if ours else None, major(one.refund, team), major(theirs.get("gmv_minor"), room),
        theirs.get("orders"), theirs.get("items"), theirs.get("buyers"), theirs.get("impression_users"),
        theirs.get("click_users"), one.click_rate, one.buy_rate,
    ]  # fmt: skip
