"""The fact tables. Every fact has `row` (1-based line of its file) and `raw` (JSON of the kept columns' text).

Instants are int64 UTC milliseconds named *_ms; money is int64 minor units named *_minor; counts are int64; ids are
text. None is unknown, never 0. The batch id is not stored: it is known from the batch's folder, added on reading.
"""

TEXT, INT = "text", "int64"

SESSION_REPORT = "session_report"
ORDER_LINE = "order_line"
AFTER_SALE = "after_sale"
ROSTER_SHIFT = "roster_shift"

COMMON = {"row": INT, "raw": TEXT}

# fmt: off
TABLES: dict[str, dict[str, str]] = {
    # key (account, start_ms); instant = start_ms
    SESSION_REPORT: {
        **COMMON,
        "account": TEXT, "account_name": TEXT, "start_ms": INT, "end_ms": INT, "currency": TEXT,
        "impressions": INT, "impression_users": INT, "views": INT, "viewers": INT, "pcu": INT, "acu": INT,
        "mean_stay_ms": INT, "comments": INT, "fan_club": INT, "new_followers": INT, "unfollows": INT,
        "products": INT, "product_impressions": INT, "product_impression_users": INT,
        "product_clicks": INT, "product_click_users": INT,
        "orders": INT, "gmv_minor": INT, "paid_minor": INT, "items": INT, "buyers": INT,
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
        "account": TEXT,
    },
    # key after_sale; instant = applied_ms
    AFTER_SALE: {
        **COMMON,
        "after_sale": TEXT, "main_order": TEXT, "sub_order": TEXT, "product_id": TEXT, "product": TEXT,
        "payable_minor": INT, "refund_minor": INT, "freight_refund_minor": INT, "currency": TEXT,
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
}
# fmt: on

INSTANT = {SESSION_REPORT: "start_ms", ORDER_LINE: "ordered_ms", AFTER_SALE: "applied_ms", ROSTER_SHIFT: ""}
KEYS = {
    SESSION_REPORT: ("account", "start_ms"),
    ORDER_LINE: ("sub_order",),
    AFTER_SALE: ("after_sale",),
    ROSTER_SHIFT: ("month", "person_name", "date", "column", "start_minute"),
}
