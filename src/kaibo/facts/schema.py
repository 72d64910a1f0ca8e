"""The fact tables. Every fact has `row` (1-based line of its file) and `raw` (JSON of the kept columns' text).

Instants are int64 UTC milliseconds named *_ms; money is int64 minor units named *_minor; counts are int64; ids are
text. None is unknown, never 0. The batch id is not stored: it is known from the batch's folder, added on reading.
"""

TEXT, INT = "text", "int64"

SESSION_REPORT = "session_report"
ORDER_LINE = "order_line"
AFTER_SALE = "after_sale"
ROSTER_SHIFT = "roster_shift"
MINUTE = "minute"
SESSION_PRODUCT = "session_product"
SESSION_CHANNEL = "session_channel"
AD_SPEND = "ad_spend"
SERVICE_RESULT = "service_result"
SERVICE_CASE = "service_case"
SETTLEMENT = "settlement"
CLOCK_IN = "clock_in"
READING = "reading"
EVENT = "event"
TAGGED_LINE = "tagged_line"

COMMON = {"row": INT, "raw": TEXT}

# fmt: off
TABLES: dict[str, dict[str, str]] = {
    # key (platform, account, start_ms); instant = start_ms. Counts of people (viewers, buyers, *_users) do not add up.
    SESSION_REPORT: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "account_name": TEXT, "session_key": TEXT, "title": TEXT,
        "start_ms": INT, "end_ms": INT, "currency": TEXT,
        "impressions": INT, "impression_users": INT, "views": INT, "viewers": INT, "pcu": INT, "acu": INT,
        "mean_stay_ms": INT, "watch_ms": INT,
        "comments": INT, "likes": INT, "shares": INT, "comment_users": INT, "share_users": INT,
        "fan_club": INT, "new_followers": INT, "unfollows": INT,
        "products": INT, "product_impressions": INT, "product_impression_users": INT,
        "product_clicks": INT, "product_click_users": INT,
        # gmv: bought in the broadcast; attributed: what the platform counts as caused by it, also later
        "orders": INT, "gmv_minor": INT, "attributed_minor": INT, "paid_minor": INT, "items": INT, "buyers": INT,
        "refund_orders": INT, "refund_minor": INT, "refund_users": INT, "commission_minor": INT,
        "presale_orders": INT, "presale_minor": INT, "spend_own_minor": INT, "spend_others_minor": INT,
        "net_1h_minor": INT, "net_1h_orders": INT, "refund_1h_minor": INT, "refund_1h_orders": INT,
    },
    # key sub_order; instant = ordered_ms
    ORDER_LINE: {
        **COMMON,
        "sub_order": TEXT, "main_order": TEXT, "product_id": TEXT, "product": TEXT, "merchant_code": TEXT,
        "quantity": INT, "unit_price_minor": INT, "payable_minor": INT, "freight_minor": INT,
        "platform_discount_minor": INT, "merchant_discount_minor": INT, "creator_discount_minor": INT,
        "currency": TEXT, "ordered_ms": INT, "paid_ms": INT, "finished_ms": INT,
        "status": TEXT, "after_sale_status": TEXT, "order_type": TEXT,
        "creator_id": TEXT, "creator_name": TEXT,
        "flow_source": TEXT, "flow_kind": TEXT, "flow_channel": TEXT, "flow_type": TEXT,
        # the account that the person importing named, where the file names none
        "account": TEXT, "platform": TEXT,
    },
    # key after_sale; instant = applied_ms
    AFTER_SALE: {
        **COMMON,
        "after_sale": TEXT, "main_order": TEXT, "sub_order": TEXT, "product_id": TEXT, "product": TEXT,
        "payable_minor": INT, "refund_minor": INT, "freight_refund_minor": INT, "currency": TEXT, "platform": TEXT,
        "kind": TEXT, "status": TEXT, "shipping": TEXT, "reason": TEXT,
        # refunded_ms is set only where money went back (status 退款成功; never for 换货)
        "applied_ms": INT, "refunded_ms": INT, "finished_ms": INT,
    },
    # one planned shift or day off; key (month, person_name, date, column, start_minute); `code` of a wide roster,
    # or start_minute/end_minute (minutes after the date's midnight, end may pass 1440) and role of a list roster
    ROSTER_SHIFT: {
        **COMMON,
        "column": INT, "month": TEXT, "date": TEXT, "person_name": TEXT, "code": TEXT, "role": TEXT,
        "account_name": TEXT, "start_minute": INT, "end_minute": INT,
    },
    # one minute of a room; scope platform, account × interval. `online` is a level, the rest is of that minute alone.
    # the file may not name the account: then a person, or the fingerprint of its totals, says the session
    MINUTE: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "minute_ms": INT, "length_ms": INT, "currency": TEXT,
        "online": INT, "entries": INT, "enter_users": INT, "leave_users": INT, "impressions": INT,
        "comments": INT, "likes": INT, "shares": INT, "new_followers": INT, "fan_club": INT,
        "product_impressions": INT, "product_clicks": INT, "product_click_users": INT,
        "orders": INT, "buyers": INT, "items": INT, "gmv_minor": INT, "spend_minor": INT,
    },
    # a product's total in one session; key (platform, account, session_ms, product_id, sku);
    # session_ms: the session's start where the file says it
    SESSION_PRODUCT: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "account_name": TEXT, "session_ms": INT, "session_end_ms": INT,
        "product_id": TEXT, "product": TEXT, "sku": TEXT, "currency": TEXT,
        "gmv_minor": INT, "paid_minor": INT, "items": INT, "buyers": INT, "orders": INT, "presale_orders": INT,
        "presale_minor": INT,
        "impression_users": INT, "click_users": INT, "refund_users": INT, "refund_minor": INT, "refund_orders": INT,
    },
    # where a session's viewers came from; key (platform, account, session_ms, channel); channels may overlap
    SESSION_CHANNEL: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "account_name": TEXT, "session_ms": INT, "session_end_ms": INT,
        "channel": TEXT, "views": INT, "viewers": INT, "mean_stay_ms": INT, "spend_minor": INT, "orders": INT,
        "paid_minor": INT, "currency": TEXT,
    },
    # what an ad account spent in [start, end); scope ad_account × interval. Without an ad account in the file:
    # the answer. `session_name`, `launch_ms`: the broadcast it was spent for, where the file says so
    AD_SPEND: {
        **COMMON,
        "platform": TEXT, "ad_account": TEXT, "start_ms": INT, "end_ms": INT, "currency": TEXT,
        "campaign": TEXT, "session_name": TEXT, "launch_ms": INT,
        "spend_minor": INT, "net_spend_minor": INT, "orders": INT, "gmv_minor": INT, "net_gmv_minor": INT,
        "coupon_minor": INT, "refund_1h_minor": INT, "refund_1h_orders": INT,
        "views": INT, "views_10s": INT, "follows": INT,
    },
    # what a platform says of one service person in a period; key (platform, agent, start_ms, end_ms)
    SERVICE_RESULT: {
        **COMMON,
        # agent: the platform's own name of the person (an account of the shop), agent_name: the nickname beside it
        "platform": TEXT, "agent": TEXT, "agent_name": TEXT, "start_ms": INT, "end_ms": INT, "currency": TEXT,
        "days_online": INT, "received": INT, "waiting": INT, "persons": INT, "handed_on": INT,
        "ratings": INT, "good_ratings": INT, "bad_ratings": INT,
        # rates in parts of a million, because the file gives no numerator
        "satisfied_ppm": INT, "dissatisfied_ppm": INT, "in_3_minutes_ppm": INT,
        "mean_reply_ms": INT, "first_reply_ms": INT,
        "askers": INT, "orderers": INT, "payers": INT, "refunders": INT,
        "paid_minor": INT, "refund_minor": INT, "net_minor": INT,
    },
    # one service conversation; key (platform, case_id); instant = opened_ms
    SERVICE_CASE: {
        **COMMON,
        "platform": TEXT, "case_id": TEXT, "agent": TEXT, "supervisor": TEXT, "team": TEXT,
        "tenure": TEXT, "shift": TEXT,
        "channel": TEXT, "category": TEXT, "sub_category": TEXT, "product": TEXT, "order": TEXT,
        "opened_ms": INT, "answered_ms": INT, "rated_day": TEXT, "handling_ms": INT, "rating": INT,
    },
    # money settled for an order line; key (sub_order, settled_ms, row_key); instant = settled_ms
    SETTLEMENT: {
        **COMMON,
        "platform": TEXT, "sub_order": TEXT, "main_order": TEXT, "row_key": TEXT, "settled_ms": INT, "ordered_ms": INT,
        "currency": TEXT, "settled_minor": INT, "refund_before_minor": INT, "paid_minor": INT,
        "income_minor": INT, "platform_fee_minor": INT, "commission_minor": INT, "expense_minor": INT,
    },
    # a person's clock-in of one local day; key (person_name, date). Minutes after the date's midnight
    CLOCK_IN: {
        **COMMON,
        "column": INT, "person_name": TEXT, "department": TEXT, "position": TEXT, "date": TEXT,
        "punches": TEXT, "first_minute": INT, "last_minute": INT,
    },
    # the room's running totals as read off the screen at a handover; key (platform, account, instant_ms)
    READING: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "instant_ms": INT, "currency": TEXT, "person_name": TEXT,
        "views": INT, "viewers": INT, "online": INT, "comments": INT, "likes": INT, "new_followers": INT,
        "impressions": INT, "product_clicks": INT, "orders": INT, "buyers": INT, "gmv_minor": INT, "spend_minor": INT,
    },
    # an order, or a line of one, that a team's list says is no sale; key (platform, sub_order, main_order): where
    # sub_order is known the row is of that line alone, and main_order is null
    TAGGED_LINE: {
        **COMMON,
        "platform": TEXT, "sub_order": TEXT, "main_order": TEXT, "list_name": TEXT, "tag": TEXT, "reason": TEXT,
    },
    # one event of a viewer; scope platform, account, kind × interval. `viewer`: 63 bits of a keyed BLAKE2b
    EVENT: {
        **COMMON,
        "platform": TEXT, "account": TEXT, "instant_ms": INT, "kind": TEXT, "viewer": INT, "event_id": TEXT,
        "item": TEXT, "count": INT, "amount_minor": INT, "currency": TEXT,
    },
}
# fmt: on

EVENT_KINDS = ("enter", "leave", "like", "comment", "share", "follow", "gift", "click", "order")

INSTANT = {
    SESSION_REPORT: "start_ms",
    ORDER_LINE: "ordered_ms",
    AFTER_SALE: "applied_ms",
    ROSTER_SHIFT: "",
    MINUTE: "minute_ms",
    SESSION_PRODUCT: "session_ms",
    SESSION_CHANNEL: "session_ms",
    AD_SPEND: "start_ms",
    SERVICE_RESULT: "start_ms",
    SERVICE_CASE: "opened_ms",
    SETTLEMENT: "settled_ms",
    CLOCK_IN: "",
    READING: "instant_ms",
    EVENT: "instant_ms",
    TAGGED_LINE: "",
}
# upsert by key: of each key the row of the highest (as_of, batch) is visible
KEYS: dict[str, tuple[str, ...]] = {
    SESSION_REPORT: ("platform", "account", "start_ms"),
    ORDER_LINE: ("platform", "sub_order"),
    AFTER_SALE: ("platform", "after_sale"),
    ROSTER_SHIFT: ("month", "person_name", "date", "column", "start_minute"),
    SESSION_PRODUCT: ("platform", "account", "account_name", "session_ms", "session_end_ms", "product_id", "sku"),
    SESSION_CHANNEL: ("platform", "account", "account_name", "session_ms", "session_end_ms", "channel"),
    SERVICE_RESULT: ("platform", "agent", "start_ms", "end_ms"),
    SERVICE_CASE: ("platform", "case_id"),
    SETTLEMENT: ("platform", "sub_order", "settled_ms", "row_key"),
    CLOCK_IN: ("person_name", "date"),
    READING: ("platform", "account", "instant_ms"),
    TAGGED_LINE: ("platform", "sub_order", "main_order"),
}
# replace scope: within (this field × the batch's first to last instant) only the highest (as_of, batch) is visible
SCOPES: dict[str, str] = {MINUTE: "account", AD_SPEND: "ad_account", EVENT: "account"}
# what must be equal too: one handle may stand on two platforms, and a recorder of chat says nothing of orders
SCOPES_WITHIN: dict[str, tuple[str, ...]] = {MINUTE: ("platform",), EVENT: ("platform", "kind")}
# a file that names no platform
DEFAULT_PLATFORM = "douyin"
