"""TikTok Shop Seller Center, LIVE Analysis: one row a session of a creator; every cell is text."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from kaibo.facts.schema import KEYS, SESSION_REPORT
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import asking, not_used, unanswered
from kaibo.sources.cells import digits_of, marked_minor, seconds
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Clean, Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Reading, Source
from kaibo.sources.session_checks import length_to_end, overlaps
from kaibo.sources.tabular import Context, read_table
from kaibo.sources.tiktok_checks import DURATION, ROUNDED_MS, Rule, identities, period, ratio
from kaibo.sources.tiktok_money import from_headers, pattern, signed

COUNT, MONEY, LENGTH = Cell.COUNT, Cell.MONEY, Cell.DURATION
ATTRIBUTED = "LIVE attributed GMV (RM)"


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *, required: bool = False) -> Column:
    plain = name.removesuffix(" (RM)")
    others = tuple(other for other in signed(plain) if other != name) if plain != name else ()
    return Column(name, field, cell if field else Cell.TEXT, required=required, aliases=others, meaning=meaning)


# fmt: off
COLUMNS = (
    Column("Creator ID", "account", Cell.ID, required=True, key=True, meaning="19 digits; the account's handle here"),
    _column("Creator", "account_name", Cell.TEXT, "the account, not the person on camera"),
    _column("Nickname"),
    Column("Launched Time", "start_ms", Cell.INSTANT, required=True, key=True,
           meaning="to the minute, without zone; a stray slash behind the day"),
    _column(DURATION, "end_ms", LENGTH, "1h 40min; the end is start + duration", required=True),
    _column("LIVE gross merchandise value (RM)", "gmv_minor", MONEY,
            "bought in the broadcast; the currency stands in the header", required=True),
    _column("Products added", "products", COUNT, "not additive"),
    _column("Different Products Sold", meaning="not additive"),
    _column("Created SKU orders", meaning="with those never paid"),
    _column("LIVE SKU orders", "orders", COUNT, "paid"),
    _column("LIVE items sold", "items"),
    _column("Unique customers", "buyers", COUNT, "people, not additive"),
    _column("Average Price (RM)", meaning="GMV / orders; checked, not kept"),
    _column("Click-to-order rate (LIVE)", meaning="orders / Product Clicks; checked, not kept"),
    _column(ATTRIBUTED, "attributed_minor", MONEY, "what the platform counts as caused by the broadcast"),
    _column("Viewers", "viewers", COUNT, "people, not additive", required=True),
    _column("Views", "views", COUNT, "entries, additive"),
    _column("Average viewing duration (LIVE streams)", "mean_stay_ms", LENGTH, "seconds"),
    _column("Comments", "comments"),
    _column("Shares", "shares"),
    _column("LIVE likes", "likes"),
    _column("New followers (Creator video)", meaning="kept as text: its name speaks of videos, not of the broadcast"),
    _column("Product Impressions", "product_impressions"),
    _column("Product Clicks", "product_clicks"),
    _column("CTR", meaning="Product Clicks / Product Impressions here; checked, not kept"),
)
# fmt: on
SOURCE = Source(
    name="TikTok Shop LIVE Analysis",
    platform="tiktok",
    key="tiktok_analysis",
    title=gettext_noop("TikTok Shop LIVE analysis"),
    table=SESSION_REPORT,
    columns=COLUMNS,
    key_fields=KEYS[SESSION_REPORT],
    unlocks=gettext_noop("TikTok rooms and their sessions with views, products and amounts."),
    export_how=gettext_noop("In Seller Center, open Live Analysis and export the list as it is."),
)
SHARE, CENT = Decimal("0.00006"), Decimal("0.006")
CHECKS: tuple[Rule, ...] = (
    ("CTR", ratio("product_clicks", "product_impressions"), SHARE),
    ("Average Price (RM)", ratio("gmv_minor", "orders"), CENT),
    ("Click-to-order rate (LIVE)", ratio("orders", "product_clicks"), SHARE),
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the zone, and for the currency where no header names it. Raises Refused."""
    answers = context.answers
    in_file = from_headers(match)
    questions = unanswered(answers, "zone", *([] if in_file else ["currency"]))
    currency = in_file or answers.currency or "USD"
    told = replace(context, answers=replace(answers, currency=currency))
    money = partial(marked_minor, marks=pattern(currency), digits=digits_of(currency))
    own: dict[str, Clean] = {"gmv_minor": money, "attributed_minor": money, "mean_stay_ms": seconds}
    reading = read_table(match, told, replace(RULES, own=own))
    accounts = sorted({fact["account"] for fact in reading.facts})
    if questions:
        return asking(match, questions, accounts)
    reading.accounts = accounts
    reading.warnings += [
        *identities(reading.facts, CHECKS), *overlaps(reading.facts, ROUNDED_MS),
        *period(match, reading.facts, Clock(answers.zone)), *not_used(answers.currency, in_file),
    ]  # fmt: skip
    return reading


RULES = Rules(
    needed=("account", "start_ms", "end_ms"),
    identity=("account", "account_name", "start_ms"),
    finish=length_to_end(DURATION),
    amount="gmv_minor",
    damaged_key_todo=Message("Export Live Analysis again and drop it here as it is, not saved again."),
)
