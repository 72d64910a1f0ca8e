"""Words for the places, kinds and reasons that the engine writes."""

from django.utils.translation import gettext as _

from kaibo.kpi.off_air import OTHER_MONEY, READ_MONEY
from kaibo.look import numbers


def of_shifts(net: int, paid: int, of: int) -> str:
    """Of how many shifts sums of sales are, where some of theirs are unknown; empty where all or none are.

    `net`, `paid`: how many have sales after refunds, and sales.
    """
    said = {"n": numbers.count(net or paid), "all": numbers.count(of)}
    if 0 < net < of:
        return _("after refunds from %(n)s of %(all)s shifts") % said
    return _("sales from %(n)s of %(all)s shifts") % said if not net and 0 < paid < of else ""


def of_sessions(net: int, paid: int, of: int) -> str:
    """The same of sessions."""
    said = {"n": numbers.count(net or paid), "all": numbers.count(of)}
    if 0 < net < of:
        return _("after refunds from %(n)s of %(all)s sessions") % said
    return _("sales from %(n)s of %(all)s sessions") % said if not net and 0 < paid < of else ""


def place_word(place: str, kind: str) -> str:
    """Why orders of a session's time are credited to nobody. A tag is the team's own word."""
    if kind == READ_MONEY:
        return _("Sales read at handovers in another currency than the room's")
    if kind in minute_words():
        return minute_words()[kind]
    if kind in ad_words():
        return ad_words()[kind]
    if kind in reading_words():
        return reading_words()[kind]
    if place == "after":
        return _("Ordered after the broadcast")
    if place == "tagged":
        return _("Not a sale: %(tag)s") % {"tag": kind}
    if place == "unpaid":
        return _("Not paid")
    if place == "outside":
        return _kinds().get(kind, _("Other channel"))
    return _("No session claims it")


def _kinds() -> dict[str, str]:
    return {
        "creator_live": _("Sold in another creator's room"),
        "product_card": _("Product card"),
        "short_video": _("Short video"),
        "mall": _("Mall"),
        "pending": _("The platform says where from tomorrow; export again then"),
        "other": _("Other channel"),
        "unknown": _("The file does not say where from"),
    }


def minute_words() -> dict[str, str]:
    """Why minutes of a room are in no segment (kpi.off_air)."""
    return {
        "minute_break": _("Minutes in a break"),
        "minute_after": _("Minutes after the broadcast"),
        "minute_before": _("Minutes before the broadcast"),
        "minute_far": _("Minutes of no broadcast"),
        "minute_no_room": _("Minutes of a room that is not known"),
        "minute_twice": _("Minutes told twice; the later row counts"),
        "minute_currency": _("Sales of minutes in another currency than the room's"),
    }


def ad_words() -> dict[str, str]:
    """Why ad spend is on no air time (kpi.ad_spend)."""
    return {
        "ad_off_air": _("Ad spend while the room was off air"),
        "ad_no_broadcast": _("Ad spend of a broadcast that is not known"),
        "ad_no_room": _("Ad spend of an ad account without a room"),
    }


def reading_words() -> dict[str, str]:
    """Why readings at handovers say nothing (measurement.lost_readings)."""
    return {
        "reading_no_room": _("Readings of a room that is not known"),
        "reading_off_air": _("Readings while no broadcast is known"),
    }


def todo_word(place: str, kind: str) -> str:
    """What can be done about orders that are credited to nobody; "" where that is how it should be."""
    if kind == "minute_no_room":
        return _("Add the name in the file to the room it means.")
    if kind == "reading_no_room":
        return _("Add the room, or add the name to the room it means: then they count, nothing is imported again.")
    if kind == "reading_off_air":
        return _("Import the session report of these days, or correct the broadcast's times: then they count.")
    if kind == READ_MONEY:
        return _("Correct the room's currency, or enter the readings again in it.")
    if kind == OTHER_MONEY:
        return _("Correct the room's currency, or import the file again and say the currency of its amounts.")
    if kind in minute_words():
        return _("Correct the broadcast's times if it was on air.") if kind == "minute_far" else ""
    if kind == "ad_no_room":
        return _("Say which rooms the ad account spends for.")
    if kind in ad_words():
        return _("Import the session report of these days if it was on air.")
    if (place, kind) == ("outside", "pending"):
        return _("Export the orders again and upload them: the platform fills it in on the next day.")
    if place == "unmatched" and kind == "currency":
        return _("No room sells in this currency: import its session report, or add the room.")
    if place == "unmatched":
        return _("Import the session report of these days, or add the session by hand.")
    return ""


def orders_word(platform: str) -> str:
    """What the platform's own orders are called."""
    return {
        "douyin": _("Doudian orders"),
        "taobao": _("Taobao orders"),
        "wechat": _("WeChat shop orders"),
        "tiktok": _("TikTok Shop orders"),
        "kuaishou": _("Kuaishou shop orders"),
        "xiaohongshu": _("Xiaohongshu orders"),
    }.get(platform, _("Orders of the platform"))


def report_word(platform: str) -> str:
    """Where the platform's report of a session comes from."""
    return {
        "douyin": _("Compass"),
        "taobao": _("Business Advisor"),
        "tiktok": _("TikTok Shop LIVE list"),
    }.get(platform, _("the session report"))


def reason_word(reason: str) -> str:
    """Why a segment's amount is nobody's."""
    words = {
        "no_one": _("nobody was confirmed as host"),
        "not_live": _("not live people"),
        "only_total": _("known of the whole session only"),
    }
    return words.get(reason, reason)


def step_word(key: str) -> str:
    """A step of the bridge to the platform's report, in few words."""
    return {
        "after": _("paid after the broadcast"),
        "tagged": _("not sales (tagged)"),
        "wording": _("discounts counted differently"),
        "unmatched": _("of this time, matched to no session"),
        "rejected": _("rejected rows"),
        "snapshot": _("paid after the report was exported"),
        "split": _("lines of one order (SKU)"),
        "rest": _("rest"),
    }[key]


def event_words() -> dict[str, str]:
    """What viewers do (facts.schema.EVENT_KINDS)."""
    return {
        "enter": _("Enters"),
        "leave": _("Leaves"),
        "like": _("Likes"),
        "comment": _("Comments"),
        "share": _("Shares"),
        "follow": _("Follows"),
        "gift": _("Sends a gift"),
        "click": _("Clicks a product"),
        "order": _("Buys"),
    }
