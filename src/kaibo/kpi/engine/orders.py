"""Order lines: what kind of sale each is, and where it stands."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import ibis

from kaibo.facts.schema import ORDER_LINE
from kaibo.kpi.doubts import DECIDED
from kaibo.kpi.engine import doubtful, tagging
from kaibo.kpi.engine.run import FLAG, INTEGER, MANY, TEXT, Run
from kaibo.kpi.inputs import AccountIn
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import account_lane, accounts_by_name, currency_lane
from kaibo.kpi.money import MISFIT, UNKNOWN

BLANK = ("", "-", "--", "—", "0")
PENDING = "数据将于第二天更新"
AFFILIATE = "精选联盟"
PRESALE = "预售"
LIVE = "直播"
NOT_LIVE = {"商品卡": "product_card", "短视频": "short_video", "商城": "mall"}
SELF_LIVE = "self_live"
# where a line stands: the columns that facts and placed rows share
PLACE = ("place", "kind", "account", "session", "segment", "date")
SPOT = (
    *PLACE, "basis", "tag", "batch", "row", "platform", "sub_order", "product", "ordered_ms", "amount", "money",
    "why", "claimants", "tag_batch", "tag_row", "tag_rule",
)  # fmt: skip


def sort(run: Run) -> None:
    """Step `lines`: kind, tag, account, currency and lane of every visible order line."""
    _name_rooms(run)
    run.keep("listed", tagging.listed)
    run.keep("lines", _lines)
    run.drop(ORDER_LINE)


def _lines(run: Run) -> Any:
    found = _with_accounts(run, run.table(ORDER_LINE))
    found = tagging.with_tags(run, found)
    found = found.mutate(kind=_kind(found), day=run.local_day(found.ordered_ms))
    # the shop's only room on a platform made every live sale of it
    lone = _lone(run, lambda account: account.id)
    whose = [((found.kind == SELF_LIVE) & (found.platform == name), id_) for name, id_ in lone.items()]
    if whose:
        found = found.mutate(account=ibis.coalesce(found.account, ibis.cases(*whose, else_=None).cast("int64")))
    found = _with_lane(run, found)
    found = found.left_join(run.table("days"), "day")
    return found.select(
        *("batch", "row", "platform", "sub_order", "main_order", "product", "product_id", "ordered_ms", "kind"),
        *("tag", "tag_batch", "tag_row", "tag_rule", "account", "foreign", "lane", "day", "day_text", "money"),
        amount=found.payable_minor.fill_null(0),
        paid=found.paid_ms.notnull(),
        paid_ms=found.paid_ms,
        presale=found.order_type.fill_null("").contains(PRESALE),
        hour=found.ordered_ms // HOUR_MS,
    )


def _name_rooms(run: Run) -> None:
    """Steps `names` (of rooms in files), `accounts` and `shops`."""
    names = accounts_by_name(run.inputs.accounts)
    run.make("names", {"on": TEXT, "name": TEXT, "owner": INTEGER}, [(*name, owner) for name, owner in names.items()])
    columns = {"id": INTEGER, "account_currency": TEXT, "account_lane": TEXT}
    run.make("accounts", columns, [(a.id, a.currency, account_lane(a.id)) for a in run.inputs.accounts])
    pairs = sorted({(a.platform, a.currency) for a in run.inputs.accounts})
    columns = {"shop_platform": TEXT, "shop_currency": TEXT, "shop_lane": TEXT}
    run.make("shops", columns, [(*pair, currency_lane(*pair)) for pair in pairs])


def _lone(run: Run, what: Callable[[AccountIn], Any]) -> dict[str, Any]:
    """Platform → what all its rooms have in common, if they do."""
    found: dict[str, set[Any]] = {}
    for account in run.inputs.accounts:
        found.setdefault(account.platform, set()).add(what(account))
    return {platform: next(iter(said)) for platform, said in found.items() if len(said) == 1}


def currency_of(run: Run, rows: Any) -> Any:
    """What a row's money is in: as the file says, else the only currency of its platform's rooms; null: not known."""
    only = [(rows.platform == name, code) for name, code in _lone(run, lambda account: account.currency).items()]
    return ibis.coalesce(rows.currency, ibis.cases(*only, else_=None) if only else ibis.null("string"))


def money_of(run: Run, currency: Any) -> Any:
    """The currency, with a name for what is not known; a team that sells in its own alone knows it always."""
    team = run.inputs.settings.currency
    alone = all(account.currency == team for account in run.inputs.accounts)
    return currency.fill_null(team if alone else UNKNOWN)


def _with_accounts(run: Run, orders: Any) -> Any:
    """Adds `account`, `named` (a creator stands in the row) and `ours` (one of our rooms is that creator)."""
    table = run.table("names")
    columns = {"by_id": "creator_id", "by_name": "creator_name", "by_answer": "account"}
    found = orders.mutate(**{key: _said(orders[column]) for key, column in columns.items()})
    for key in columns:
        side = table.select(**{f"{key}_{column}": table[column] for column in ("on", "name", "owner")})
        found = found.left_join(side, [found.platform == side[f"{key}_on"], found[key] == side[f"{key}_name"]])
    ours = found.by_id_name.notnull() | found.by_name_name.notnull()
    named = found.by_id.notnull() | found.by_name.notnull()
    owner = ibis.coalesce(found.by_id_owner, found.by_name_owner, found.by_answer_owner)
    return found.mutate(named=named, ours=ours, account=ibis.cases((named & ~ours, ibis.null("int64")), else_=owner))


def _said(column: Any) -> Any:
    """The text without blanks; null where the platform writes a sign for nothing."""
    text = column.strip()
    # one after the other: the engine makes a join of its own of a list of as many as these
    blank = reduce(or_, [text == sign for sign in BLANK])
    return ibis.cases((blank, ibis.null("string")), else_=text)


def _kind(orders: Any) -> Any:
    flow = _said(orders.flow_kind).fill_null("")
    affiliate = orders.flow_source.fill_null("").contains(AFFILIATE)
    return ibis.cases(
        (flow.contains(PENDING), "pending"),
        (orders.named & ~orders.ours, "creator_live"),
        ((flow == LIVE) & affiliate & ~orders.named, "creator_live"),
        (flow == LIVE, SELF_LIVE),
        *[(flow == title, kind) for title, kind in NOT_LIVE.items()],
        (flow == "", "unknown"),
        else_="other",
    )


def _with_lane(run: Run, orders: Any) -> Any:
    """Adds `lane`, empty where no session can have the line, `money`, and `foreign`: its room has another currency."""
    table, shops = run.table("accounts"), run.table("shops")
    found = orders.left_join(table, orders.account == table.id)
    # a file that names no currency means the room's, or the only one there is
    said = ibis.coalesce(found.currency, found.account_currency, currency_of(run, found))
    found = found.mutate(currency=said, money=money_of(run, said))
    here = [found.platform == shops.shop_platform, found.currency == shops.shop_currency]
    found = found.left_join(shops, here)
    own = found.account_currency.isnull() | (found.currency == found.account_currency)
    foreign = ~own | (found.currency.notnull() & found.shop_currency.isnull())
    lane = ibis.coalesce(found.account_lane, found.shop_lane, "")
    found = found.mutate(foreign=foreign)
    return found.mutate(lane=ibis.cases(((found.kind == SELF_LIVE) & ~found.foreign, lane), else_=""))


def place(run: Run) -> None:
    """Steps `placed` (every line, and where it stands) and `spots` (the month's, once for each that may claim it)."""
    _timetable(run)
    # what decisions and lists of products say changes the step itself
    said = doubtful.is_said(run)
    run.keep("placed", _settled(run, doubtful.resolve(run, _found(run))) if said else _placed)
    doubtful.claims(run)
    run.keep("spots", _spots)


def _found(run: Run) -> Any:
    """Every line with the cell that it lies in."""
    lines, cells = run.table("lines"), run.table("cells")
    inside = (lines.ordered_ms >= cells.cell_start) & (lines.ordered_ms < cells.cell_end)
    return lines.left_join(cells, [lines.lane == cells.cell_lane, lines.hour == cells.cell_hour, inside])


def _placed(run: Run) -> Any:
    return _settled(run, doubtful.unresolved(_found(run)))


def _settled(run: Run, found: Any) -> Any:
    live = ibis.cases((found.kind == SELF_LIVE, found.state.fill_null("unmatched")), else_="outside")
    spot = ibis.cases(
        (found.foreign, "unmatched"),
        (found.tag.notnull(), "tagged"),
        (found.kind == "unknown", "unmatched"),
        else_=live,
    )
    named = ibis.cases((found.nobodys, DECIDED), else_=found.kind)
    found = found.mutate(
        spot=spot,
        spot_kind=ibis.cases((found.foreign, MISFIT), else_=found.tag.fill_null(named)),
        account=found.account.fill_null(found.cell_account),
        date=found.cell_date.fill_null(found.day_text),
        mine=found.own.fill_null(run.in_month(found.day)),
    )
    unpaid = {
        "place": ibis.cases((found.paid, found.spot), else_="unpaid"),
        "kind": ibis.cases((found.paid, found.spot_kind), else_=found.kind),
    }
    placed = found.mutate(**unpaid, spot_segment=found.segment)
    # what a decision or a list of products says of these places nothing
    idle = placed.foreign | (placed.place == "tagged") | (placed.place == "unpaid")
    placed = placed.mutate(why=ibis.cases((idle, ibis.null("string")), else_=placed.why))
    # a segment holds what is credited and nothing else
    inside = ibis.cases((placed.place == "segment", placed.segment), else_=None)
    return placed.mutate(segment=inside.cast("int64"))


def _spots(run: Run) -> Any:
    placed = run.table("placed")
    settled = placed.filter(placed.mine & (placed.place != MANY))
    settled = settled.mutate(basis=ibis.literal("measured"), claimants=ibis.null("string"))
    shared = placed.filter(placed.place == MANY).drop("account", "session", "segment", "date")
    shared = shared.join(run.table("claims"), ["cell", "choice"])
    shared = shared.mutate(place=ibis.literal("segment"), basis=ibis.literal("allocated"))
    return settled.select(*SPOT).union(shared.select(*SPOT))


def _timetable(run: Run) -> None:
    """Cells by the hour, so that finding an order's cell is an equality with little left to compare."""
    columns = {
        "cell": INTEGER, "cell_lane": TEXT, "cell_start": INTEGER, "cell_end": INTEGER, "state": TEXT,
        "cell_account": INTEGER, "session": INTEGER, "segment": INTEGER, "cell_date": TEXT, "own": FLAG,
        "cell_hour": INTEGER,
    }  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for number, cell in enumerate(run.month.cells):
        piece = cell.pieces[0] if len(cell.pieces) == 1 else None
        state = MANY if piece is None else "after" if cell.after else "segment"
        stands = (None,) * 5 if piece is None else (
            piece.session.account, piece.session.id, piece.segment, piece.date, piece.own
        )  # fmt: skip
        about = (number, cell.lane, cell.start_ms, cell.end_ms, state, *stands)
        hours = range(cell.start_ms // HOUR_MS, (cell.end_ms - 1) // HOUR_MS + 1)
        rows += [(*about, hour) for hour in hours]
    run.make("cells", columns, rows)
