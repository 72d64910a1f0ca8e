"""TikTok Shop LIVE ads (GMV Max): one row a campaign of a broadcast. It says when the broadcast began, not its end."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial

from kaibo.facts.schema import AD_SPEND
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import asking, not_used, unanswered
from kaibo.sources.cells import digits_of, minor, number
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Fact, Reading, Source
from kaibo.sources.tabular import Context, read_table
from kaibo.sources.tiktok_checks import Rule, identities, ratio
from kaibo.sources.tiktok_money import from_column

COUNT, MONEY, TEXT = Cell.COUNT, Cell.MONEY, Cell.TEXT
CAMPAIGN_ID, CURRENCY, ROI, REVENUE = "Campaign ID", "Currency", "ROI (Current shop)", "Gross revenue (Current shop)"
# 16 digits and more whose last one a spreadsheet program wrote as 0
ZEROED = re.compile(r"\d{15,}0(\.0)?|[\d.]+E\+\d+", re.ASCII | re.IGNORECASE)


def _column(name: str, field: str = "", cell: Cell = TEXT, meaning: str = "", *, required: bool = False) -> Column:
    return Column(name, field, cell, required=required, meaning=meaning)


# fmt: off
COLUMNS = (
    _column("LIVE name", "session_name", required=True),
    _column("Launched time", "launch_ms", Cell.INSTANT, "the broadcast's start, in the ad account's zone",
            required=True),
    _column("Status"),
    _column("Campaign name", "campaign"),
    _column(CAMPAIGN_ID, meaning="its last digit is lost in the platform's own workbook: text only, never joined on"),
    _column("Cost", "spend_minor", MONEY, required=True),
    _column("Net Cost", "net_spend_minor", MONEY, "less what the platform gave back"),
    _column("SKU orders", meaning="with other shops' orders; kept as text"),
    _column("SKU orders (Current shop)", "orders", COUNT),
    _column("Cost per order (Current shop)", meaning="a ratio; derived"),
    _column("Gross revenue", meaning="with other shops' orders; kept as text"),
    _column(REVENUE, "gmv_minor", MONEY, "an attribution; more decimals than the currency has are rounded"),
    _column(ROI, meaning="Gross revenue (Current shop) / Cost; checked, not kept"),
    _column("LIVE views", "views", COUNT),
    _column("Cost per LIVE view", meaning="a ratio; derived"),
    _column("10-second LIVE views", "views_10s", COUNT),
    _column("Cost per 10-second LIVE view", meaning="a ratio; derived"),
    _column("LIVE follows", "follows", COUNT),
    _column(CURRENCY, meaning="one for the whole file"),
)
# fmt: on
SOURCE = Source(
    name="TikTok Shop LIVE ads",
    platform="tiktok",
    key="tiktok_ads",
    title=gettext_noop("TikTok Shop LIVE ads"),
    table=AD_SPEND,
    columns=COLUMNS,
    # a broadcast has many campaigns, whose names repeat and whose ids are damaged
    key_fields=("row",),
    unlocks=gettext_noop("What ads cost and brought, broadcast by broadcast."),
    export_how=gettext_noop("In TikTok Ads Manager, open the LIVE report of GMV Max and export it as it is."),
    mode="replace",
)
CHECKS: tuple[Rule, ...] = ((ROI, ratio("gmv_minor", "spend_minor"), Decimal("0.006")),)


def read(match: Match, context: Context) -> Reading:
    """Asks for the ad account and the zone, and for the currency where no column names it. Raises Refused."""
    answers = context.answers
    in_file = from_column(match, CURRENCY)
    questions = unanswered(answers, "ad_account", "zone", *([] if in_file else ["currency"]))
    if questions:
        return asking(match, questions)
    currency = in_file or answers.currency
    told = replace(context, answers=replace(answers, currency=currency))
    revenue = partial(_rounded, digits=digits_of(currency))
    reading = read_table(match, told, replace(RULES, own={"gmv_minor": revenue}))
    for fact in reading.facts:
        fact["ad_account"] = answers.ad_account
    reading.warnings += [
        *_warnings(reading.facts, digits_of(currency)),
        *identities((f for f in reading.facts if f["spend_minor"]), CHECKS),
        *not_used(answers.currency, in_file),
    ]
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    # the file does not say when the campaign ended: unknown stays unknown
    fact["start_ms"] = fact["launch_ms"]
    return None


RULES = Rules(
    needed=("launch_ms", "spend_minor"),
    identity=("session_name", "launch_ms", "campaign"),
    finish=_finish,
    amount="spend_minor",
)


def _rounded(value: object, digits: int) -> int | None:
    """An attributed amount in minor units, half to even; what was spent is never rounded."""
    found = number(value)
    if found is None:
        return None
    return minor(str(found.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)), digits)


def _warnings(facts: Sequence[Fact], digits: int) -> list[Message]:
    raws = [json.loads(fact["raw"]) for fact in facts]
    lost = sum(bool(ZEROED.fullmatch(raw.get(CAMPAIGN_ID, ""))) for raw in raws)
    finer = sum(_finer(raw.get(REVENUE, ""), digits) for raw in raws)
    found = []
    # by chance one id in ten ends in 0
    if lost * 2 > len(facts):
        found.append(
            Message(
                "Campaign IDs that lost their last digit: %(count)s. They are kept as text; nothing is joined on them.",
                {"count": lost},
            )
        )
    if finer:
        found.append(
            Message(
                "Rows where %(column)s has more decimals than its currency: %(count)s. They are rounded.",
                {"column": REVENUE, "count": finer},
            )
        )
    return found


def _finer(cell: str, digits: int) -> bool:
    found = number(cell)
    return found is not None and found.scaleb(digits) % 1 != 0
