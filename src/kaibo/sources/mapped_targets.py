"""What the columns of an unknown table may mean: for each fact table the fields, in words, and how each is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kaibo.facts.schema import (
    AD_SPEND,
    AFTER_SALE,
    MINUTE,
    ORDER_LINE,
    ROSTER_SHIFT,
    SERVICE_CASE,
    SERVICE_RESULT,
    SESSION_PRODUCT,
    SESSION_REPORT,
)
from kaibo.message import gettext_noop

# a field that is no field of the table: the length from which the end follows
LENGTH = "duration_ms"
DAY, TIME = "day", "time"


class Read(StrEnum):
    """How a target's cells are read; each but the first three has units or formats to choose from."""

    TEXT = "text"
    ID = "id"
    COUNT = "count"
    MONEY = "money"
    INSTANT = "instant"
    DURATION = "duration"
    DATE = "date"
    CLOCK = "clock"


TEXT, ID, COUNT, MONEY, INSTANT, DURATION, DATE, CLOCK = Read
# the units of a kind of cell; the first is what is meant where a header says nothing
MAJOR, MINOR, DOTS = "major", "minor", "dots"
SECONDS, MINUTES, WORDS = "s", "min", "words"
YMD, DMY, MDY, UNIX, UNIX_MS = "ymd", "dmy", "mdy", "unix", "unix_ms"
UNITS: Mapping[Read, tuple[str, ...]] = {
    MONEY: (MAJOR, MINOR, DOTS),
    DURATION: (SECONDS, MINUTES, WORDS),
    INSTANT: (YMD, DMY, MDY, UNIX, UNIX_MS),
    DATE: (YMD, DMY, MDY),
}
UNIT_TITLES: Mapping[str, str] = {
    MAJOR: gettext_noop("whole units (12.50)"),
    MINOR: gettext_noop("hundredths (1250)"),
    DOTS: gettext_noop("dots between thousands (1.250,00)"),
    SECONDS: gettext_noop("seconds"),
    MINUTES: gettext_noop("minutes"),
    WORDS: gettext_noop("in words or clock (2分30秒, 0:02:30)"),
    YMD: gettext_noop("year-month-day"),
    DMY: gettext_noop("day/month/year"),
    MDY: gettext_noop("month/day/year"),
    UNIX: gettext_noop("Unix seconds"),
    UNIX_MS: gettext_noop("Unix milliseconds"),
}


@dataclass(frozen=True)
class Target:
    """A field that a column may fill: what it is called for people, among which others, and how it is read."""

    field: str
    label: str
    group: str
    read: Read


@dataclass(frozen=True)
class RowKind:
    """What a row of a table is. `needed`: of each tuple one field has to be mapped. `whole`: answered for the file.

    `key`: what names a row within the file. `days`: instants that a date alone may fill (the period is that day).
    """

    table: str
    title: str
    hint: str
    unlocks: str
    needed: tuple[tuple[str, ...], ...]
    key: tuple[str, ...]
    targets: tuple[Target, ...]
    whole: str = "account"
    days: bool = False
    ids: tuple[str, ...] = ()


# fmt: off
ROOM = gettext_noop("Room")
WHEN = gettext_noop("Time")
PEOPLE = gettext_noop("Views and viewers")
TALK = gettext_noop("Interaction")
GOODS = gettext_noop("Products")
SALES = gettext_noop("Sales")
BACK = gettext_noop("Refunds")
ADS = gettext_noop("Ads")
OTHER = gettext_noop("Other")
WORK = gettext_noop("Service")


def _room() -> tuple[Target, ...]:
    return (
        Target("account", gettext_noop("Room: its number"), ROOM, ID),
        Target("account_name", gettext_noop("Room: its name"), ROOM, TEXT),
    )


_MONEY_OF_ROW = (
    Target("currency", gettext_noop("Currency of the row"), SALES, TEXT),
)

SESSION_TARGETS = (
    *_room(),
    Target("session_key", gettext_noop("Session: the platform's id"), ROOM, ID),
    Target("title", gettext_noop("Session: its title"), ROOM, TEXT),
    Target("start_ms", gettext_noop("Start"), WHEN, INSTANT),
    Target("end_ms", gettext_noop("End"), WHEN, INSTANT),
    Target(LENGTH, gettext_noop("Length (in place of the end)"), WHEN, DURATION),
    Target("impressions", gettext_noop("Impressions (times)"), PEOPLE, COUNT),
    Target("impression_users", gettext_noop("Impressions (people)"), PEOPLE, COUNT),
    Target("views", gettext_noop("Views (times)"), PEOPLE, COUNT),
    Target("viewers", gettext_noop("Viewers (people)"), PEOPLE, COUNT),
    Target("pcu", gettext_noop("Most online at once"), PEOPLE, COUNT),
    Target("acu", gettext_noop("Online on average"), PEOPLE, COUNT),
    Target("mean_stay_ms", gettext_noop("Stay of a viewer, on average"), PEOPLE, DURATION),
    Target("watch_ms", gettext_noop("Watched in all"), PEOPLE, DURATION),
    Target("comments", gettext_noop("Comments"), TALK, COUNT),
    Target("comment_users", gettext_noop("Commenters (people)"), TALK, COUNT),
    Target("likes", gettext_noop("Likes"), TALK, COUNT),
    Target("shares", gettext_noop("Shares"), TALK, COUNT),
    Target("share_users", gettext_noop("Sharers (people)"), TALK, COUNT),
    Target("new_followers", gettext_noop("New followers"), TALK, COUNT),
    Target("unfollows", gettext_noop("Unfollows"), TALK, COUNT),
    Target("fan_club", gettext_noop("Joined the fan club"), TALK, COUNT),
    Target("products", gettext_noop("Products listed"), GOODS, COUNT),
    Target("product_impressions", gettext_noop("Product impressions (times)"), GOODS, COUNT),
    Target("product_impression_users", gettext_noop("Product impressions (people)"), GOODS, COUNT),
    Target("product_clicks", gettext_noop("Product clicks (times)"), GOODS, COUNT),
    Target("product_click_users", gettext_noop("Product clicks (people)"), GOODS, COUNT),
    Target("orders", gettext_noop("Orders"), SALES, COUNT),
    Target("gmv_minor", gettext_noop("Sales amount"), SALES, MONEY),
    Target("attributed_minor", gettext_noop("Sales amount caused, also later"), SALES, MONEY),
    Target("paid_minor", gettext_noop("Paid by users"), SALES, MONEY),
    Target("items", gettext_noop("Items sold"), SALES, COUNT),
    Target("buyers", gettext_noop("Buyers (people)"), SALES, COUNT),
    Target("presale_orders", gettext_noop("Pre-sale orders"), SALES, COUNT),
    Target("presale_minor", gettext_noop("Pre-sale amount"), SALES, MONEY),
    Target("commission_minor", gettext_noop("Commission"), SALES, MONEY),
    *_MONEY_OF_ROW,
    Target("refund_minor", gettext_noop("Refunded amount"), BACK, MONEY),
    Target("refund_orders", gettext_noop("Refunded orders"), BACK, COUNT),
    Target("refund_users", gettext_noop("Refunded buyers (people)"), BACK, COUNT),
    Target("spend_own_minor", gettext_noop("Ad spend, own ad accounts"), ADS, MONEY),
    Target("spend_others_minor", gettext_noop("Ad spend, others' ad accounts"), ADS, MONEY),
)
ORDER_TARGETS = (
    Target("sub_order", gettext_noop("Order line: its number"), ROOM, ID),
    Target("main_order", gettext_noop("Order: its number"), ROOM, ID),
    *_room()[:1],
    Target("creator_id", gettext_noop("Selling creator: number"), ROOM, ID),
    Target("creator_name", gettext_noop("Selling creator: name"), ROOM, TEXT),
    Target("ordered_ms", gettext_noop("Ordered at"), WHEN, INSTANT),
    Target("paid_ms", gettext_noop("Paid at"), WHEN, INSTANT),
    Target("finished_ms", gettext_noop("Finished at"), WHEN, INSTANT),
    Target("payable_minor", gettext_noop("Amount of the line"), SALES, MONEY),
    Target("quantity", gettext_noop("Quantity"), SALES, COUNT),
    Target("unit_price_minor", gettext_noop("Price of one"), SALES, MONEY),
    Target("freight_minor", gettext_noop("Freight"), SALES, MONEY),
    *_MONEY_OF_ROW,
    Target("product", gettext_noop("Product: name"), GOODS, TEXT),
    Target("product_id", gettext_noop("Product: number"), GOODS, ID),
    Target("merchant_code", gettext_noop("Product: your own code"), GOODS, TEXT),
    Target("status", gettext_noop("State of the order"), OTHER, TEXT),
    Target("after_sale_status", gettext_noop("State of the after-sale"), OTHER, TEXT),
    Target("order_type", gettext_noop("Type of the order (pre-sale …)"), OTHER, TEXT),
    Target("flow_kind", gettext_noop("Where it was sold (直播, 短视频, 商品卡)"), OTHER, TEXT),
    Target("flow_source", gettext_noop("Where the buyer came from"), OTHER, TEXT),
)
SALE_TARGETS = (
    Target("after_sale", gettext_noop("After-sale: its number"), ROOM, ID),
    Target("sub_order", gettext_noop("Order line: its number"), ROOM, ID),
    Target("main_order", gettext_noop("Order: its number"), ROOM, ID),
    Target("applied_ms", gettext_noop("Applied for at"), WHEN, INSTANT),
    Target("refunded_ms", gettext_noop("Money went back at (blank: it did not)"), WHEN, INSTANT),
    Target("finished_ms", gettext_noop("Finished at"), WHEN, INSTANT),
    Target("refund_minor", gettext_noop("Refunded amount"), BACK, MONEY),
    Target("freight_refund_minor", gettext_noop("Refunded freight"), BACK, MONEY),
    Target("payable_minor", gettext_noop("Amount of the line"), BACK, MONEY),
    *_MONEY_OF_ROW,
    Target("kind", gettext_noop("Kind (an exchange is no refund)"), OTHER, TEXT),
    Target("status", gettext_noop("State"), OTHER, TEXT),
    Target("shipping", gettext_noop("Shipped or not"), OTHER, TEXT),
    Target("reason", gettext_noop("Reason"), OTHER, TEXT),
    Target("product", gettext_noop("Product: name"), GOODS, TEXT),
    Target("product_id", gettext_noop("Product: number"), GOODS, ID),
)
MINUTE_TARGETS = (
    *_room()[:1],
    Target("minute_ms", gettext_noop("Minute"), WHEN, INSTANT),
    Target("length_ms", gettext_noop("Length of the row (else one minute)"), WHEN, DURATION),
    Target("online", gettext_noop("Online"), PEOPLE, COUNT),
    Target("entries", gettext_noop("Entries (times)"), PEOPLE, COUNT),
    Target("enter_users", gettext_noop("Entered (people)"), PEOPLE, COUNT),
    Target("leave_users", gettext_noop("Left (people)"), PEOPLE, COUNT),
    Target("impressions", gettext_noop("Impressions (times)"), PEOPLE, COUNT),
    Target("comments", gettext_noop("Comments"), TALK, COUNT),
    Target("likes", gettext_noop("Likes"), TALK, COUNT),
    Target("shares", gettext_noop("Shares"), TALK, COUNT),
    Target("new_followers", gettext_noop("New followers"), TALK, COUNT),
    Target("fan_club", gettext_noop("Joined the fan club"), TALK, COUNT),
    Target("product_impressions", gettext_noop("Product impressions (times)"), GOODS, COUNT),
    Target("product_clicks", gettext_noop("Product clicks (times)"), GOODS, COUNT),
    Target("product_click_users", gettext_noop("Product clicks (people)"), GOODS, COUNT),
    Target("orders", gettext_noop("Orders"), SALES, COUNT),
    Target("buyers", gettext_noop("Buyers (people)"), SALES, COUNT),
    Target("items", gettext_noop("Items sold"), SALES, COUNT),
    Target("gmv_minor", gettext_noop("Sales amount"), SALES, MONEY),
    *_MONEY_OF_ROW,
    Target("spend_minor", gettext_noop("Ad spend"), ADS, MONEY),
)
SPEND_TARGETS = (
    Target("ad_account", gettext_noop("Ad account"), ROOM, ID),
    Target("session_name", gettext_noop("Session: its title"), ROOM, TEXT),
    Target("start_ms", gettext_noop("Start of the hour (or the day)"), WHEN, INSTANT),
    Target("end_ms", gettext_noop("End (else one hour, or the day)"), WHEN, INSTANT),
    Target("campaign", gettext_noop("Campaign"), ADS, TEXT),
    Target("spend_minor", gettext_noop("Ad spend"), ADS, MONEY),
    Target("net_spend_minor", gettext_noop("Net ad spend"), ADS, MONEY),
    *_MONEY_OF_ROW,
    Target("gmv_minor", gettext_noop("Sales amount by ads"), SALES, MONEY),
    Target("net_gmv_minor", gettext_noop("Sales by ads less refunds in an hour"), SALES, MONEY),
    Target("orders", gettext_noop("Orders by ads"), SALES, COUNT),
    Target("coupon_minor", gettext_noop("Coupons"), SALES, MONEY),
    Target("views", gettext_noop("Views by ads"), PEOPLE, COUNT),
    Target("follows", gettext_noop("Follows by ads"), PEOPLE, COUNT),
)
RESULT_TARGETS = (
    Target("agent", gettext_noop("Service person"), WORK, TEXT),
    Target("start_ms", gettext_noop("First day of the period"), WHEN, INSTANT),
    Target("end_ms", gettext_noop("Last day of the period (else the same day)"), WHEN, INSTANT),
    Target("received", gettext_noop("Conversations received"), WORK, COUNT),
    Target("persons", gettext_noop("People received"), WORK, COUNT),
    Target("waiting", gettext_noop("Conversations not answered"), WORK, COUNT),
    Target("handed_on", gettext_noop("Conversations handed on"), WORK, COUNT),
    Target("days_online", gettext_noop("Days online"), WORK, COUNT),
    Target("ratings", gettext_noop("Ratings"), WORK, COUNT),
    Target("good_ratings", gettext_noop("Good ratings"), WORK, COUNT),
    Target("bad_ratings", gettext_noop("Bad ratings"), WORK, COUNT),
    Target("mean_reply_ms", gettext_noop("Reply time, on average"), WORK, DURATION),
    Target("first_reply_ms", gettext_noop("First reply, on average"), WORK, DURATION),
    Target("askers", gettext_noop("Asked (people)"), SALES, COUNT),
    Target("orderers", gettext_noop("Ordered (people)"), SALES, COUNT),
    Target("payers", gettext_noop("Paid (people)"), SALES, COUNT),
    Target("refunders", gettext_noop("Refunded (people)"), BACK, COUNT),
    Target("paid_minor", gettext_noop("Paid amount"), SALES, MONEY),
    Target("refund_minor", gettext_noop("Refunded amount"), BACK, MONEY),
    Target("net_minor", gettext_noop("Paid less refunded"), SALES, MONEY),
)
CASE_TARGETS = (
    Target("case_id", gettext_noop("Conversation: its number"), WORK, ID),
    Target("agent", gettext_noop("Service person"), WORK, TEXT),
    Target("opened_ms", gettext_noop("Opened at"), WHEN, INSTANT),
    Target("answered_ms", gettext_noop("Answered at"), WHEN, INSTANT),
    Target("handling_ms", gettext_noop("Time spent"), WHEN, DURATION),
    Target("rating", gettext_noop("Rating"), WORK, COUNT),
    Target("channel", gettext_noop("Channel"), OTHER, TEXT),
    Target("category", gettext_noop("Subject"), OTHER, TEXT),
    Target("sub_category", gettext_noop("Subject in detail"), OTHER, TEXT),
    Target("product", gettext_noop("Product: name"), OTHER, TEXT),
    Target("order", gettext_noop("Order: its number"), OTHER, ID),
)
PRODUCT_TARGETS = (
    *_room(),
    Target("session_ms", gettext_noop("Start of the session"), WHEN, INSTANT),
    Target("product_id", gettext_noop("Product: number"), GOODS, ID),
    Target("product", gettext_noop("Product: name"), GOODS, TEXT),
    Target("sku", gettext_noop("Variant"), GOODS, TEXT),
    Target("gmv_minor", gettext_noop("Sales amount"), SALES, MONEY),
    Target("items", gettext_noop("Items sold"), SALES, COUNT),
    Target("orders", gettext_noop("Orders"), SALES, COUNT),
    Target("buyers", gettext_noop("Buyers (people)"), SALES, COUNT),
    *_MONEY_OF_ROW,
    Target("impression_users", gettext_noop("Product impressions (people)"), GOODS, COUNT),
    Target("click_users", gettext_noop("Product clicks (people)"), GOODS, COUNT),
    Target("refund_minor", gettext_noop("Refunded amount"), BACK, MONEY),
    Target("refund_orders", gettext_noop("Refunded orders"), BACK, COUNT),
    Target("refund_users", gettext_noop("Refunded buyers (people)"), BACK, COUNT),
)
ROSTER_TARGETS = (
    Target("date", gettext_noop("Day on which the shift starts"), WHEN, DATE),
    Target("start_minute", gettext_noop("From (clock)"), WHEN, CLOCK),
    Target("end_minute", gettext_noop("To (clock)"), WHEN, CLOCK),
    Target("person_name", gettext_noop("Person"), ROOM, TEXT),
    Target("role", gettext_noop("Role (主播, 场控 …)"), ROOM, TEXT),
    Target("account_name", gettext_noop("Room: its name"), ROOM, TEXT),
)

KINDS: Sequence[RowKind] = (
    RowKind(
        SESSION_REPORT, gettext_noop("A broadcast"), gettext_noop("a list of sessions with their totals"),
        gettext_noop("Rooms and sessions, views and conversion, and the bridge to the platform's total."),
        (("start_ms",), ("end_ms", LENGTH)), ("account", "start_ms"), SESSION_TARGETS, ids=("account",),
    ),
    RowKind(
        ORDER_LINE, gettext_noop("One order line"), gettext_noop("orders, a row a product"),
        gettext_noop("Paid amounts and orders: each falls to whoever was on air when it was ordered."),
        (("sub_order",), ("ordered_ms",), ("paid_ms",), ("payable_minor",)), ("sub_order",), ORDER_TARGETS,
        ids=("sub_order",),
    ),
    RowKind(
        AFTER_SALE, gettext_noop("One after-sale"), gettext_noop("refunds and returns"),
        gettext_noop("Refunds, taken from the segment that made the order: paid amounts after T+N days."),
        (("after_sale",), ("sub_order",), ("applied_ms",), ("refunded_ms",), ("refund_minor",)), ("after_sale",),
        SALE_TARGETS, whole="", ids=("after_sale",),
    ),
    RowKind(
        MINUTE, gettext_noop("One minute of a room"), gettext_noop("a curve: online, entries, sales by the minute"),
        gettext_noop("What happened in each minute, so that people who share a session are told apart."),
        (("minute_ms",),), ("account", "minute_ms"), MINUTE_TARGETS, ids=("account",),
    ),
    RowKind(
        AD_SPEND, gettext_noop("Ad spend of an hour or a day"), gettext_noop("what an ad account spent, row by row"),
        gettext_noop("Ad spend by the hour, for the ads buyer and the room."),
        (("start_ms",), ("spend_minor",)), ("ad_account", "start_ms", "end_ms", "campaign", "session_name"),
        SPEND_TARGETS, whole="ad_account", days=True, ids=("ad_account",),
    ),
    RowKind(
        SERVICE_RESULT, gettext_noop("One service person in a period"), gettext_noop("receptions, replies, ratings"),
        gettext_noop("How customer service answered, person by person."),
        (("agent",), ("start_ms",)), ("agent", "start_ms", "end_ms"), RESULT_TARGETS, whole="", days=True,
    ),
    RowKind(
        SERVICE_CASE, gettext_noop("One service conversation"), gettext_noop("conversations with their ratings"),
        gettext_noop("How customer service answered, conversation by conversation."),
        (("case_id",), ("agent",), ("opened_ms",)), ("case_id",), CASE_TARGETS, whole="", ids=("case_id",),
    ),
    RowKind(
        SESSION_PRODUCT, gettext_noop("One product in a broadcast"),
        gettext_noop("what each product sold in a session"),
        gettext_noop("What each product did in a session; it helps to tell two sessions of one time apart."),
        (("session_ms",), ("product_id", "product")), ("account", "session_ms", "product_id", "product", "sku"),
        PRODUCT_TARGETS, ids=("product_id", "account"),
    ),
    RowKind(
        ROSTER_SHIFT, gettext_noop("One shift of a person"), gettext_noop("a roster as a list"),
        gettext_noop("People, and the shifts that are then confirmed, with room, role and hours."),
        (("date",), ("start_minute",), ("end_minute",), ("person_name",)),
        ("person_name", "date", "start_minute"), ROSTER_TARGETS, whole="",
    ),
)
# fmt: on
KIND_OF: Mapping[str, RowKind] = {kind.table: kind for kind in KINDS}


def target_of(table: str, field: str) -> Target | None:
    """The target of a field of a table, if there is one."""
    return next((target for target in KIND_OF[table].targets if target.field == field), None)
