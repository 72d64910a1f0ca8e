"""The KPIs as frozen declarations: what is divided by what, how it is credited, which file it needs.

A number's unit: `duration` and `time` (milliseconds), `money` (minor units), `count`, `ratio`,
`multiple`. Targets and bands of a
scorecard stand in the same unit; pages show hours, seconds, yuan and per cent.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kaibo.kpi.catalog_named import NAMED
from kaibo.kpi.definition import PLANNED, PLANNED_BROADCASTS, PLANS, Direction, Kpi, Route, Term, terms
from kaibo.kpi.measures import Unit
from kaibo.kpi.msgid import gettext_noop as _

# what a declaration is made of is found here, too
__all__ = ["KPIS", "PLANNED", "PLANNED_BROADCASTS", "PLANS", "Direction", "Kpi", "Route", "Term", "terms"]

ORDERS = ("order_line",)
ORDERS_AND_REFUNDS = ("order_line", "after_sale")
REPORT = ("session_report",)
ADS = ("ad_spend",)
IN_ROOM = (Route.SHIFT, Route.ACCOUNT, Route.TEAM)

_SHIFT_DAY = _("Business date of the shift")
_ORDER_MOMENT = _("Moment of the order; counts once paid")
_REFUND_MOMENT = _("Moment of the order; refunds up to N days after its date")
_FROM_REPORT = _("Viewers' events, minutes, readings at handovers, session report")
_FROM_PEOPLE = _("Viewers' events, session report")
_FROM_BOTH = _("Orders and session report")
_ONLY_REPORT = _("Session report")
_SPEND_HOUR = _("Hour of the spend, on the room's minutes on air in it")
_ONLY_ADS = _("Ad reports")
_ADS_AND_ORDERS = _("Ad reports and orders")
_ADS_AND_REPORT = _("Ad reports and session report")


def _of_orders(key: str, title: str, short: str, unit: Unit, numerator: str, formula: str, **more: Any) -> Kpi:
    matures = "refund" in numerator
    return Kpi(
        key, title, short, unit, terms(numerator), formula,
        source=_("Orders and after-sales") if matures else _("Order file"),
        time_basis=_REFUND_MOMENT if matures else _ORDER_MOMENT,
        needs=ORDERS_AND_REFUNDS if matures else ORDERS, matures=matures, routes=IN_ROOM, **more,
    )  # fmt: skip


def _of_sessions(key: str, title: str, short: str, unit: Unit, sides: str, formula: str, **more: Any) -> Kpi:
    """`sides`: measures, over those after a slash."""
    top, _slash, bottom = sides.partition("/")
    needs = (ORDERS if {"orders", "paid_minor"} & {*top.split(), *bottom.split()} else ()) + REPORT
    both = len(needs) > 1
    return Kpi(
        key, title, short, unit, terms(top), formula, source=_FROM_BOTH if both else more.pop("source", _FROM_REPORT),
        time_basis=_ORDER_MOMENT if both else _SHIFT_DAY, needs=needs, denominator=terms(bottom), routes=IN_ROOM,
        **more,
    )  # fmt: skip


def _of_ads(key: str, title: str, short: str, unit: Unit, sides: str, formula: str, **more: Any) -> Kpi:
    """`sides`: measures, over those after a slash."""
    top, _slash, bottom = sides.partition("/")
    said = {*top.split(), *bottom.split()}
    orders, report = bool(said & {"orders", "paid_minor"}), bool(said & {"views", "new_followers"})
    source = _ADS_AND_ORDERS if orders else _ADS_AND_REPORT if report else _ONLY_ADS
    return Kpi(
        key, title, short, unit, terms(top), formula, source, _SPEND_HOUR,
        needs=ADS + (ORDERS if orders else ()) + (REPORT if report else ()), denominator=terms(bottom),
        routes=IN_ROOM, **more,
    )  # fmt: skip


def _of_broadcasts(key: str, title: str, short: str, unit: Unit, sides: str, formula: str) -> Kpi:
    top, _slash, bottom = sides.partition("/")
    return Kpi(
        key, title, short, unit, terms(top), formula, _("Shifts and sessions"), _SHIFT_DAY, (), terms(bottom),
        routes=IN_ROOM,
    )  # fmt: skip


def _of_outages(key: str, title: str, short: str, unit: Unit, sides: str, formula: str, **more: Any) -> Kpi:
    top, _slash, bottom = sides.partition("/")
    return Kpi(
        key, title, short, unit, terms(top), formula, _("Confirmed outages"), _SHIFT_DAY, (), terms(bottom),
        Direction.DOWN, IN_ROOM, **more,
    )  # fmt: skip


_DECLARED = (
    Kpi(
        key="airtime",
        title=_("Hours on air"),
        short=_("On air"),
        unit=Unit.DURATION,
        numerator=(Term("air_ms"),),
        formula=_("Union of one's confirmed shifts inside sessions"),
        source=_("Shifts and sessions"),
        time_basis=_SHIFT_DAY,
        needs=(),
    ),
    Kpi(
        key="airtime_attainment",
        title=_("Hours on air against plan"),
        short=_("Hours against plan"),
        unit=Unit.RATIO,
        numerator=(Term("air_ms"),),
        denominator=(Term(PLANNED),),
        formula=_("Hours on air ÷ planned hours"),
        source=_("Shifts and sessions"),
        time_basis=_SHIFT_DAY,
        needs=(),
    ),
    _of_broadcasts(
        "broadcasts", _("Broadcasts held"), _("Broadcasts held"), Unit.COUNT, "broadcasts",
        _("Broadcasts in which one was on air, each once; rooms served at the same time are one"),
    ),
    _of_broadcasts(
        "broadcast_attainment", _("Broadcasts held against plan"), _("Broadcasts of plan"), Unit.RATIO,
        "broadcasts / planned_broadcasts",
        _("Broadcasts held ÷ broadcasts that the published roster plans (else the roster as it stands)"),
    ),
    _of_orders(
        "paid", _("Sales"), _("Sales"), Unit.MONEY, "paid_minor",
        _("Amount due of paid order lines that were ordered in one's segments"), variants=("gmv", "user_paid"),
    ),
    _of_orders(
        "net_paid", _("Sales after refunds (T+N)"), _("Sales after refunds"), Unit.MONEY, "paid_minor -refund_minor",
        _("Sales − refunds made within N days of the order"), variants=("net_1h",),
    ),
    _of_orders(
        "orders", _("Orders"), _("Orders"), Unit.COUNT, "orders",
        _("Paid order lines that were ordered in one's segments"),
    ),
    _of_orders(
        "order_value", _("Order value"), _("Order value"), Unit.MONEY, "paid_minor", _("Sales ÷ orders"),
        denominator=(Term("orders"),), variants=("buyer_value",),
    ),
    _of_sessions(
        "views", _("Views"), _("Views"), Unit.COUNT, "views",
        _("Views of the session, shared out by air time where several people held the role"), variants=("audience",),
    ),
    _of_sessions(
        "view_order_rate", _("Orders per view (counts)"), _("Orders per view"), Unit.RATIO, "orders / views",
        _("Orders ÷ views"), variants=("buyer_rate",),
    ),
    _of_orders(
        "refund_rate", _("Refund rate (amount, T+N)"), _("Refund rate"), Unit.RATIO, "refund_minor",
        _("Refunds made within N days of the order ÷ sales"), denominator=(Term("paid_minor"),),
        direction=Direction.DOWN, variants=("refund_order_rate",),
    ),
    _of_orders(
        "refund_order_rate", _("Refund rate (counts, T+N)"), _("Refunded orders"), Unit.RATIO, "refund_orders",
        _("Orders with a refund made within N days ÷ orders"), denominator=(Term("orders"),),
        direction=Direction.DOWN, variants=("refund_rate",),
    ),
    _of_sessions(
        "audience", _("Audience in sum (people of each session)"), _("Audience in sum"), Unit.COUNT, "viewers",
        _("Viewers of each session, added up: no number of people over several sessions"),
        variants=("views", "audience_mean"), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "audience_mean", _("Audience per broadcast (people)"), _("Audience each"), Unit.COUNT, "viewers / broadcasts",
        _("Audience in sum ÷ broadcasts whose files tell it; rooms served at the same time are one"),
        variants=("audience",), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "acu", _("Mean viewers online"), _("Mean online"), Unit.COUNT, "online_ms / online_known_ms",
        _("Viewers online × time ÷ the time for which they are known"),
    ),
    _of_sessions(
        "pcu", _("Most viewers online"), _("Peak online"), Unit.COUNT, "pcu",
        _("Highest number of viewers online in one's segments; a session's peak is nobody's where several were there"),
    ),
    _of_sessions(
        "mean_stay", _("Mean stay"), _("Mean stay"), Unit.TIME, "watch_ms / viewers", _("Time watched ÷ viewers"),
        source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "comments", _("Comments"), _("Comments"), Unit.COUNT, "comments", _("Comments in one's segments"),
    ),
    _of_sessions(
        "interactions", _("Interactions"), _("Interactions"), Unit.COUNT, "comments likes shares",
        _("Comments + likes + shares; only of sessions whose files tell all three"), variants=("comments",),
    ),
    _of_sessions(
        "interaction_rate", _("Interaction rate (counts)"), _("Interaction rate"), Unit.RATIO,
        "comments likes shares / views", _("(Comments + likes + shares) ÷ views"),
        variants=("comment_rate", "commenter_rate"),
    ),
    _of_sessions(
        "comment_rate", _("Comments per view (counts)"), _("Comments per view"), Unit.RATIO, "comments / views",
        _("Comments ÷ views"), variants=("interaction_rate", "commenter_rate"),
    ),
    _of_sessions(
        "commenter_rate", _("Interaction rate (people)"), _("Commenters"), Unit.RATIO, "comment_users / viewers",
        _("People who commented ÷ viewers"), variants=("interaction_rate", "comment_rate"), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "new_followers", _("New followers"), _("New followers"), Unit.COUNT, "new_followers",
        _("New followers in one's segments; those who left are not taken off"),
    ),
    _of_sessions(
        "follow_rate", _("Follow rate (people)"), _("Follow rate"), Unit.RATIO, "new_followers / viewers",
        _("New followers ÷ viewers"), variants=("follow_view_rate",),
    ),
    _of_sessions(
        "follow_view_rate", _("Follow rate (counts)"), _("Follows per view"), Unit.RATIO, "new_followers / views",
        _("New followers ÷ views"), variants=("follow_rate",),
    ),
    _of_sessions(
        "fan_club_rate", _("Fan club joins per view (counts)"), _("Fan club joins"), Unit.RATIO, "fan_club / views",
        _("Fan club joins ÷ views"),
    ),
    _of_sessions(
        "entry_rate", _("Impression to entry (counts)"), _("Entry rate"), Unit.RATIO, "views / impressions",
        _("Views ÷ impressions of the room"), variants=("entry_people_rate",),
    ),
    _of_sessions(
        "entry_people_rate", _("Impression to entry (people)"), _("Entry rate (people)"), Unit.RATIO,
        "viewers / impression_users", _("Viewers ÷ people reached"), variants=("entry_rate",), source=_ONLY_REPORT,
    ),
    _of_sessions(
        "product_click_rate", _("Product click rate (counts)"), _("Product clicks"), Unit.RATIO,
        "product_clicks / product_impressions", _("Product clicks ÷ product impressions"),
        variants=("product_clicker_rate",),
    ),
    _of_sessions(
        "product_clicker_rate", _("Product click rate (people)"), _("Product clickers"), Unit.RATIO,
        "product_click_users / viewers", _("People who clicked a product ÷ viewers"),
        variants=("product_click_rate",), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "click_order_rate", _("Click to order (counts)"), _("Orders per click"), Unit.RATIO,
        "orders / product_clicks", _("Orders ÷ product clicks"),
    ),
    _of_sessions(
        "buyers", _("Buyers in sum (people of each session)"), _("Buyers in sum"), Unit.COUNT, "buyers",
        _("Buyers of each session, added up: no number of people over several sessions"), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "buyer_rate", _("Buyers per viewer (people)"), _("Buyers per viewer"), Unit.RATIO, "buyers / viewers",
        _("Buyers ÷ viewers"), variants=("view_order_rate",), source=_FROM_PEOPLE,
    ),
    _of_sessions(
        "gmv", _("Sales as the platform counts them"), _("Platform sales"), Unit.MONEY, "gmv_minor",
        _("The platform's own total of the session; later refunds are in it"), variants=("paid", "user_paid"),
    ),
    _of_sessions(
        "user_paid", _("Paid by users (the platform's)"), _("Paid by users"), Unit.MONEY, "user_paid_minor",
        _("What the platform says users paid in the session"), variants=("paid", "gmv"), source=_ONLY_REPORT,
    ),
    _of_sessions(
        "net_1h", _("Sales less refunds within an hour (the platform's)"), _("Less refunds in 1 h"), Unit.MONEY,
        "net_1h_minor", _("The platform's sales − refunds within one hour; not all refunds"),
        variants=("net_paid",), source=_ONLY_REPORT,
    ),
    _of_sessions(
        "gpm", _("Sales per 1,000 views"), _("GPM"), Unit.MONEY, "paid_minor / views", _("Sales × 1,000 ÷ views"),
        scale=1000,
    ),
    _of_sessions(
        "uv_value", _("Sales per viewer"), _("Sales per viewer"), Unit.MONEY, "paid_minor / viewers",
        _("Sales ÷ viewers"),
    ),
    _of_sessions(
        "buyer_value", _("Sales per buyer"), _("Sales per buyer"), Unit.MONEY, "paid_minor / buyers",
        _("Sales ÷ buyers"), variants=("order_value",),
    ),
    _of_ads(
        "spend", _("Ad spend"), _("Ad spend"), Unit.MONEY, "spend_minor",
        _("Spend of the ad accounts of a room, by its minutes on air in each hour"),
    ),
    _of_ads(
        "roi", _("Return on ad spend (all sales)"), _("ROI, all sales"), Unit.MULTIPLE, "paid_minor / spend_minor",
        _("Sales ÷ ad spend, whether ads brought them or not"), variants=("ad_roi", "ad_net_roi", "spend_rate"),
    ),
    _of_ads(
        "ad_roi", _("Return on ad spend (the platform's)"), _("ROI, ads"), Unit.MULTIPLE, "ad_gmv_minor / spend_minor",
        _("Sales that the platform ascribes to ads ÷ ad spend"), variants=("roi", "ad_net_roi"),
    ),
    _of_ads(
        "ad_net_roi", _("Return on ad spend less refunds within an hour (the platform's)"), _("ROI, ads, net in 1 h"),
        Unit.MULTIPLE, "ad_net_minor / spend_minor",
        _("Sales that the platform ascribes to ads − refunds within one hour ÷ ad spend"), variants=("ad_roi", "roi"),
    ),
    _of_ads(
        "ad_gmv", _("Sales ascribed to ads (the platform's)"), _("Sales by ads"), Unit.MONEY, "ad_gmv_minor",
        _("What the platform ascribes to ads; later refunds are in it"), variants=("paid",),
    ),
    _of_ads(
        "ad_orders", _("Orders ascribed to ads (the platform's)"), _("Orders by ads"), Unit.COUNT, "ad_orders",
        _("What the platform ascribes to ads"), variants=("orders",),
    ),
    _of_ads(
        "ad_order_cost", _("Cost of an order ascribed to ads"), _("Cost per ad order"), Unit.MONEY,
        "spend_minor / ad_orders", _("Ad spend ÷ orders that the platform ascribes to ads"), direction=Direction.DOWN,
        variants=("order_cost",),
    ),
    _of_ads(
        "order_cost", _("Ad spend per order"), _("Spend per order"), Unit.MONEY, "spend_minor / orders",
        _("Ad spend ÷ all orders, whether ads brought them or not"), direction=Direction.DOWN,
        variants=("ad_order_cost",),
    ),
    _of_ads(
        "spend_rate", _("Ad spend of sales"), _("Spend rate"), Unit.RATIO, "spend_minor / paid_minor",
        _("Ad spend ÷ sales"), direction=Direction.DOWN, variants=("roi",),
    ),
    _of_ads(
        "view_cost", _("Ad spend per view"), _("Spend per view"), Unit.MONEY, "spend_minor / views",
        _("Ad spend ÷ all views, whether ads brought them or not"), direction=Direction.DOWN,
    ),
    _of_ads(
        "follower_cost", _("Ad spend per new follower"), _("Spend per follower"), Unit.MONEY,
        "spend_minor / new_followers", _("Ad spend ÷ all new followers, whether ads brought them or not"),
        direction=Direction.DOWN,
    ),
    _of_ads(
        "ad_views", _("Views ascribed to ads (the platform's)"), _("Views by ads"), Unit.COUNT, "ad_views",
        _("What the platform ascribes to ads; only of files that tell it"), variants=("views",),
    ),
    _of_ads(
        "ad_follows", _("Follows ascribed to ads (the platform's)"), _("Follows by ads"), Unit.COUNT, "ad_follows",
        _("What the platform ascribes to ads; only of files that tell it"), variants=("new_followers",),
    ),
    _of_outages(
        "outage_time", _("Time lost to outages of own equipment"), _("Time lost"), Unit.DURATION, "outage_ms",
        _("Time on air inside confirmed outages of one's own equipment"), variants=("lost_share",),
    ),
    _of_outages(
        "lost_share", _("Share of time on air lost to own equipment"), _("Share lost"), Unit.RATIO,
        "outage_ms / air_ms",
        _("Time on air inside confirmed outages of one's own equipment ÷ time on air"), variants=("outage_time",),
    ),
    _of_outages(
        "outages", _("Outages of own equipment"), _("Outages"), Unit.COUNT, "outages",
        _("Confirmed outages of one's own equipment while on air"), variants=("outage_time",),
    ),
    *NAMED,
)  # fmt: skip

KPIS: Mapping[str, Kpi] = MappingProxyType({kpi.key: kpi for kpi in _DECLARED})
