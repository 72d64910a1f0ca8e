"""The measures: what is counted, in which unit, where each file says it, and how it may be added.

Only `ADDED` measures may be summed over anything. `PEOPLE` are distinct within one session: over sessions their sum is
a sum of audiences (场观累计), no number of people. A `PEAK` is the highest of several. `LEVEL` is a level times the
time it held, to be divided by the time it is known for. `DIRECT` measures come from rows that name the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kaibo.kpi.msgid import gettext_noop as _


class Unit(StrEnum):
    """`duration`: milliseconds shown in hours, `time`: milliseconds shown in seconds, `money`: minor units, `level`: a
    level times milliseconds, `weighed`: a share in parts of a million times what it is a share of, `multiple`: how many
    times as much (ROI 3.52).
    """

    DURATION = "duration"
    TIME = "time"
    WEIGHED = "weighed"
    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    MULTIPLE = "multiple"
    LEVEL = "level"


class Kind(StrEnum):
    ADDED = "added"
    PEOPLE = "people"
    PEAK = "peak"
    LEVEL = "level"
    DIRECT = "direct"


@dataclass(frozen=True)
class Measure:
    """`report`, `minute`, `reading`, `ad`: the columns of those fact tables that say it; empty: they do not.
    `event`: the kind of event that is counted, or whose viewers are, each once.
    """

    key: str
    title: str
    unit: Unit = Unit.COUNT
    kind: Kind = Kind.ADDED
    report: str = ""
    minute: str = ""
    reading: str = ""
    ad: str = ""
    event: str = ""


AIR = "air_ms"
LOST, OUTAGES = "outage_ms", "outages"
BROADCASTS = "broadcasts"
ONLINE, ONLINE_KNOWN, WATCH, PEAK = "online_ms", "online_known_ms", "watch_ms", "pcu"

_DECLARED = (
    Measure(AIR, _("Hours on air"), Unit.DURATION),
    Measure(BROADCASTS, _("Broadcasts")),
    Measure("paid_minor", _("Sales"), Unit.MONEY),
    Measure("orders", _("Orders")),
    Measure("refund_minor", _("Refunds"), Unit.MONEY),
    Measure("refund_orders", _("Refunded orders")),
    Measure("views", _("Views"), report="views", minute="entries", reading="views", event="enter"),
    Measure("comments", _("Comments"), report="comments", minute="comments", reading="comments",
            event="comment"),
    Measure("likes", _("Likes"), report="likes", minute="likes", reading="likes", event="like"),
    Measure("shares", _("Shares"), report="shares", minute="shares", event="share"),
    Measure("new_followers", _("New followers"), report="new_followers", minute="new_followers",
            reading="new_followers", event="follow"),
    Measure("fan_club", _("Fan club joins"), report="fan_club", minute="fan_club"),
    Measure("impressions", _("Impressions"), report="impressions", minute="impressions", reading="impressions"),
    Measure("product_impressions", _("Product impressions"), report="product_impressions",
            minute="product_impressions"),
    Measure("product_clicks", _("Product clicks"), report="product_clicks", minute="product_clicks",
            reading="product_clicks", event="click"),
    Measure("gmv_minor", _("Sales as the platform counts them"), Unit.MONEY, report="gmv_minor", minute="gmv_minor",
            reading="gmv_minor"),
    Measure("user_paid_minor", _("Paid by users, as the platform counts it"), Unit.MONEY, report="paid_minor"),
    Measure("net_1h_minor", _("Sales less refunds within an hour (the platform's)"), Unit.MONEY,
            report="net_1h_minor"),
    Measure("viewers", _("Viewers"), kind=Kind.PEOPLE, report="viewers", event="enter"),
    Measure("buyers", _("Buyers"), kind=Kind.PEOPLE, report="buyers", event="order"),
    Measure("comment_users", _("Commenters"), kind=Kind.PEOPLE, report="comment_users", event="comment"),
    Measure("impression_users", _("People reached"), kind=Kind.PEOPLE, report="impression_users"),
    Measure("product_click_users", _("People who clicked a product"), kind=Kind.PEOPLE, report="product_click_users",
            event="click"),
    Measure(WATCH, _("Time watched"), Unit.DURATION, report="watch_ms"),
    Measure(ONLINE, _("Viewers online × time"), Unit.LEVEL, Kind.LEVEL, report="acu", minute="online"),
    Measure(ONLINE_KNOWN, _("Time for which viewers online are known"), Unit.DURATION, Kind.LEVEL),
    Measure(PEAK, _("Most viewers online"), kind=Kind.PEAK, report="pcu", minute="online"),
    Measure("spend_minor", _("Ad spend"), Unit.MONEY, ad="spend_minor"),
    Measure("ad_gmv_minor", _("Sales ascribed to ads (the platform's)"), Unit.MONEY, ad="gmv_minor"),
    Measure("ad_net_minor", _("Sales ascribed to ads less refunds within an hour"), Unit.MONEY, ad="net_gmv_minor"),
    Measure("ad_orders", _("Orders ascribed to ads"), ad="orders"),
    Measure("ad_views", _("Views ascribed to ads"), ad="views"),
    Measure("ad_follows", _("Follows ascribed to ads"), ad="follows"),
    Measure(LOST, _("Time lost to outages of own equipment"), Unit.DURATION),
    Measure(OUTAGES, _("Outages of own equipment")),
    Measure("served", _("Conversations"), kind=Kind.DIRECT),
    Measure("ratings", _("Ratings"), kind=Kind.DIRECT),
    Measure("good_ratings", _("Good ratings"), kind=Kind.DIRECT),
    Measure("quick_replies_ppm", _("Answered within 3 minutes"), Unit.WEIGHED, Kind.DIRECT),
    Measure("quick_replies_of", _("Conversations whose answering is known"), Unit.WEIGHED, Kind.DIRECT),
    Measure("first_reply_ms", _("Time to the first reply, all conversations"), Unit.DURATION, Kind.DIRECT),
    Measure("first_reply_of", _("Conversations whose first reply is known"), kind=Kind.DIRECT),
    Measure("mean_reply_ms", _("Time to reply, weighed by conversations"), Unit.DURATION, Kind.DIRECT),
    Measure("mean_reply_of", _("Conversations whose replies are known"), kind=Kind.DIRECT),
    Measure("askers", _("People who asked"), kind=Kind.DIRECT),
    Measure("payers", _("People who asked and paid"), kind=Kind.DIRECT),
    Measure("cases", _("Cases"), kind=Kind.DIRECT),
    Measure("rated_cases", _("Rated cases"), kind=Kind.DIRECT),
    Measure("good_cases", _("Cases rated 4 or 5"), kind=Kind.DIRECT),
    Measure("case_wait_ms", _("Time until cases were answered"), Unit.DURATION, Kind.DIRECT),
    Measure("answered_cases", _("Answered cases"), kind=Kind.DIRECT),
    Measure("handling_ms", _("Handling time"), Unit.DURATION, Kind.DIRECT),
    Measure("handled_cases", _("Cases whose handling time is known"), kind=Kind.DIRECT),
    Measure("due_days", _("Days with a shift and a clock-in record"), kind=Kind.DIRECT),
    Measure("absent_days", _("Days without any clock-in"), kind=Kind.DIRECT),
    Measure("late_times", _("Times late"), kind=Kind.DIRECT),
    Measure("late_ms", _("Time late"), Unit.DURATION, Kind.DIRECT),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType({measure.key: measure for measure in _DECLARED})

# added up from minutes, readings at handovers, or a session report's total
TOTALS = tuple(m for m in _DECLARED if m.kind is Kind.ADDED and m.report and m.key != WATCH)
PEOPLE = tuple(m for m in _DECLARED if m.kind is Kind.PEOPLE)


def said_by(table: str) -> tuple[str, ...]:
    """The columns of `minute` or `reading` that totals are made of."""
    return tuple(column for measure in TOTALS if (column := getattr(measure, table)))


# what a session has as a whole only, unless minutes or readings say more: who held a role alone has it measured
OF_SESSION = frozenset(m.key for m in _DECLARED if m.report or m.key == ONLINE_KNOWN)
# measure → the column of ad spend that says it
ADS: Mapping[str, str] = MappingProxyType({m.key: m.ad for m in _DECLARED if m.ad})
# the kind of ad spend in a segment whose ad account spends for several rooms at once
SHARED_ROOMS = "ad_rooms"
# what only files tell, and not all of them: unknown where they do not, never 0
TOLD = OF_SESSION | {"ad_views", "ad_follows", "ad_net_minor"}
# what one person who holds a role throughout has measured, however it was shared out over segments
OF_WHOLE = OF_SESSION | frozenset(ADS)
# before the name of a measure: what of it fell into outages, which ratios leave out
OUT = "out:"
# before the name of a measure: how long a segment is of which no file tells it, though others of the session are told
UNTOLD = "untold:"
# the kind of people in a segment of whom it is not known any more whom else of the crew they met before
ROUGH = "rough_people"
# measures that follow the shift route, in minor units, counts and milliseconds
CREDITED = tuple(key for key, measure in MEASURES.items() if measure.kind is not Kind.DIRECT)


def is_peak(measure: str) -> bool:
    """Whether the highest of several counts, and never their sum."""
    return measure == PEAK
