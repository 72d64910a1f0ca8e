"""TikTok Shop Seller Center, the LIVE list of the last 28 days: one row a session, no account, local minutes."""

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
from kaibo.sources.tiktok_money import from_cells, pattern

COUNT, MONEY, LENGTH = Cell.COUNT, Cell.MONEY, Cell.DURATION
GROSS, DIRECT, PRICE = "Gross revenue", "Direct GMV", "Avg. price"


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *, required: bool = False) -> Column:
    return Column(name, field, cell if field else Cell.TEXT, required=required, meaning=meaning)


# fmt: off
COLUMNS = (
    _column("Livestream", "title", Cell.TEXT, "titles repeat", required=True),
    Column("Start time", "start_ms", Cell.INSTANT, required=True, key=True,
           meaning="to the minute, in the shop's local time, without zone"),
    _column(DURATION, "end_ms", LENGTH, "seconds; the end is start + duration", required=True),
    _column(GROSS, "attributed_minor", MONEY, "what the platform counts as caused by it; a dot is thousands"),
    _column(DIRECT, "gmv_minor", MONEY, "bought in the broadcast", required=True),
    _column("Items sold", "items"),
    _column("Customers", "buyers", COUNT, "people, not additive"),
    _column(PRICE, meaning="Direct GMV / Orders paid for; checked, not kept"),
    _column("Orders paid for", "orders"),
    _column("GMV/1K shows", meaning="a ratio; derived"),
    _column("GMV/1K views", meaning="Direct GMV / Views × 1000; checked, not kept"),
    _column("Views", "views", COUNT, "entries, additive", required=True),
    _column("Viewers", "viewers", COUNT, "people, not additive"),
    _column("Peak viewers", "pcu"),
    _column("New followers", "new_followers"),
    _column("Avg. view duration", "mean_stay_ms", LENGTH, "seconds"),
    _column("Likes", "likes"),
    _column("Comments", "comments"),
    _column("Shares", "shares"),
    _column("Product impressions", "product_impressions"),
    _column("Product clicks", "product_clicks"),
    _column("CTR", meaning="Product clicks / Views here; checked, not kept"),
    _column("CTOR (SKU orders)", meaning="Orders paid for / Product clicks; checked, not kept"),
)
# fmt: on
SOURCE = Source(
    name="TikTok Shop LIVE",
    platform="tiktok",
    key="tiktok_lives",
    title=gettext_noop("TikTok Shop LIVE list (last 28 days)"),
    table=SESSION_REPORT,
    columns=COLUMNS,
    key_fields=KEYS[SESSION_REPORT],
    unlocks=gettext_noop("Sessions of a TikTok room with views, products and amounts; orders find their session."),
    export_how=gettext_noop("In Seller Center, open LIVE data of the last 28 days and export it as it is."),
)
# the cells are rounded: shares to six places, prices to whole rupiah
SHARE, UNIT = Decimal("0.000001"), Decimal(1)
CHECKS: tuple[Rule, ...] = (
    (PRICE, ratio("gmv_minor", "orders"), UNIT),
    ("GMV/1K views", ratio("gmv_minor", "views", 1000), UNIT),
    ("CTR", ratio("product_clicks", "views"), SHARE),
    ("CTOR (SKU orders)", ratio("orders", "product_clicks"), SHARE),
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the room, and for zone and currency where nothing says them. Raises Refused."""
    answers = context.answers
    in_file = from_cells(match, GROSS, DIRECT, PRICE)
    questions = unanswered(answers, "account", "zone", *([] if in_file else ["currency"]))
    if questions:
        return asking(match, questions, [answers.account] if answers.account else [])
    currency = in_file or answers.currency
    told = replace(context, answers=replace(answers, currency=currency))
    money = partial(marked_minor, marks=pattern(currency), digits=digits_of(currency))
    own: dict[str, Clean] = {"gmv_minor": money, "attributed_minor": money, "end_ms": seconds, "mean_stay_ms": seconds}
    reading = read_table(match, told, replace(RULES, own=own))
    for fact in reading.facts:
        fact["account"] = answers.account
    reading.accounts = [answers.account]
    clock = Clock(answers.zone)
    reading.warnings += [
        *identities(reading.facts, CHECKS), *overlaps(reading.facts, ROUNDED_MS), *period(match, reading.facts, clock),
        *not_used(answers.currency, in_file),
    ]  # fmt: skip
    return reading


RULES = Rules(
    needed=("start_ms", "end_ms"),
    identity=("title", "start_ms", "end_ms"),
    finish=length_to_end(DURATION),
    amount="gmv_minor",
    damaged_key_todo=Message(SOURCE.export_how),
)
