"""A list of service conversations with their ratings (CSAT 1–5), one row a conversation."""

import re
from datetime import date
from typing import Any

from kaibo.facts.schema import KEYS, SERVICE_CASE
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import asking, not_used, unanswered
from kaibo.sources.cells import CellError, day, ordered_moment, text
from kaibo.sources.clocks import YEARS, Clock
from kaibo.sources.day_order import day_order
from kaibo.sources.extraction import Clean, Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Fact, Reading, Seen, Source
from kaibo.sources.tabular import Context, read_table

ID, TEXT, INSTANT, COUNT = Cell.ID, Cell.TEXT, Cell.INSTANT, Cell.COUNT
OPENED, ANSWERED, RATED, RATING = "Issue_reported at", "issue_responded", "Survey_response_Date", "CSAT Score"
ORDERED = "order_date_time"
RATINGS = range(1, 6)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 1-Aug-23, as spreadsheet programs write a day
NAMED_DAY = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4}|\d{2})", re.ASCII)


def _private(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, private=True, meaning="dropped at the door") for name in names)


# fmt: off
COLUMNS = (
    Column("Unique id", "case_id", ID, required=True, key=True),
    Column("channel_name", "channel"),
    Column("category", "category"),
    Column("Sub-category", "sub_category"),
    *_private("Customer Remarks"),
    Column("Order_id", "order", ID),
    Column(ORDERED, meaning="kept as text; its dates help to tell day from month"),
    Column(OPENED, "opened_ms", INSTANT, required=True, aliases=("Issue_reported_at",),
           meaning="day or month first as the file shows"),
    Column(ANSWERED, "answered_ms", INSTANT, required=True, meaning="earlier than the report: the row is rejected"),
    Column(RATED, "rated_day", Cell.DATE, meaning="1-Aug-23"),
    *_private("Customer_City"),
    Column("Product_category", "product"),
    Column("Item_price", meaning="kept as text: its currency is not said"),
    Column("connected_handling_time", seen=Seen.UNCONFIRMED, meaning="kept as text: its unit is not said"),
    Column("Agent_name", "agent", required=True),
    Column("Supervisor", "supervisor"),
    Column("Manager"),
    Column("Tenure Bucket", "tenure", meaning="time with the company, in days or as On Job Training"),
    Column("Agent Shift", "shift"),
    Column(RATING, "rating", COUNT, required=True, meaning="1 to 5; blank is unknown"),
)
# fmt: on

SOURCE = Source(
    name="CSAT 列表",
    key="csat_cases",
    title=gettext_noop("Service conversations with ratings (CSAT)"),
    table=SERVICE_CASE,
    columns=COLUMNS,
    key_fields=KEYS[SERVICE_CASE],
    unlocks=gettext_noop("Ratings and waiting times of each service person, conversation by conversation."),
    export_how=gettext_noop("In your service system, export the conversations with their survey answers as .csv."),
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the zone, and for the order of day and month where no date decides it. Raises Refused."""
    days = day_order(match, (ORDERED, OPENED, ANSWERED, RATED))
    questions = unanswered(context.answers, "zone")
    if days.asks(context.answers.day_order):
        questions.append("day_order")
    if questions:
        return asking(match, questions)
    rules = Rules(
        needed=("case_id", "opened_ms"),
        identity=("case_id", "opened_ms", "agent"),
        finish=_finish,
        amount="",
        figure="rating",
        own=_cleaners(Clock(context.answers.zone), days.used(context.answers.day_order)),
    )
    reading = read_table(match, context, rules)
    for fact in reading.facts:
        fact["platform"] = context.answers.platform or None
    if days.order:
        reading.warnings += not_used(context.answers.day_order, days.order)
    return reading


def _cleaners(clock: Clock, order: str) -> dict[str, Clean]:
    def instant(value: Any) -> int | None:
        found = ordered_moment(value, order)
        return None if found is None else clock.ms(found)

    def rated(value: Any) -> str | None:
        found = _named(value) or day(ordered_moment(value, order) if text(value) else "")
        return None if found is None else found.isoformat()

    return {"opened_ms": instant, "answered_ms": instant, "rated_day": rated}


def _named(value: Any) -> date | None:
    match = NAMED_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or match[2].lower() not in MONTHS:
        return None
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    try:
        found = date(year, MONTHS.index(match[2].lower()) + 1, int(match[1]))
    except ValueError as error:
        raise CellError(Message("There is no such date or time.")) from error
    if found.year not in YEARS:
        raise CellError(Message("The year %(year)s is out of range.", {"year": found.year}))
    return found


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if fact["answered_ms"] is not None and fact["answered_ms"] < fact["opened_ms"]:
        return ANSWERED, Message("The answer is earlier than the question.")
    if fact["rating"] is not None and fact["rating"] not in RATINGS:
        return RATING, Message("A rating is 1 to 5.")
    return None
