"""The steps that every table of one fact a row shares: answers, extraction, and what to tell the person importing."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from kaibo.facts.schema import INSTANT, TABLES
from kaibo.facts.watching import Watch, unwatched
from kaibo.message import Message
from kaibo.sources.cells import CellError, digits_of
from kaibo.sources.clocks import DAY_MS, Clock
from kaibo.sources.extraction import Extraction, Extractor, Rules, sample
from kaibo.sources.headers import Match, spellings, unknown
from kaibo.sources.reading import Answers, Facts, Reading, Refused

DEFAULT_CURRENCY = "CNY"
# a session number or a longer run of digits is no time, hence the guards on both sides
STAMP = re.compile(r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)[-_ ]?(\d\d)-?(\d\d)-?(\d\d)(?!\d)")


@dataclass(frozen=True)
class Context:
    """What a reading knows beside the file.

    `now_ms`: the instant of the import. `secret`: the installation's key, which viewers' ids are hashed with.
    `watch` hears how many rows have been read, where they are not those of a table's sheet.
    """

    file_name: str
    answers: Answers
    now_ms: int
    secret: bytes = b""
    watch: Watch = unwatched

    @property
    def currency(self) -> str:
        """The file's currency. Raises Refused where the answer is no ISO 4217 code."""
        code = self.answers.currency or DEFAULT_CURRENCY
        if not (len(code) == 3 and code.isascii() and code.isupper()):
            raise Refused(
                Message("%(code)s is no currency.", {"code": code}), Message("Name it by its three letters, like CNY.")
            )
        return code

    def viewer(self, platform: str, id_: str) -> int:
        """A viewer as a number that cannot be traced back: the first 63 bits of a keyed BLAKE2b of platform and id."""
        hashed = blake2b(f"{platform}\0{id_}".encode(), key=self.secret[:64], digest_size=8).digest()
        return int.from_bytes(hashed, "big") >> 1

    def as_of(self, clock: Clock) -> tuple[int | None, str]:
        """The instant that the file speaks of, and from where it is known: someone said so, or the file's name."""
        if not self.answers.as_of:
            named = self._named(clock)
            return named, "name" if named is not None else ""
        try:
            said = datetime.fromisoformat(self.answers.as_of)
        except ValueError as error:
            raise Refused(
                Message("%(as_of)s is no date with time.", {"as_of": self.answers.as_of}),
                Message("Write it like 2026-04-18 19:15."),
            ) from error
        return (clock.ms(said) if said.tzinfo is None else round(said.timestamp()) * 1000), "asked"

    def _named(self, clock: Clock) -> int | None:
        """The export time that platforms put in a name: 14 digits, or date and time with dashes; none in the future."""
        found = STAMP.search(self.file_name)
        if found is None:
            return None
        try:
            said = clock.ms(datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S"))
        except (ValueError, CellError):
            return None
        return said if said <= self.now_ms else None


def read_table(match: Match, context: Context, rules: Rules) -> Reading:
    """The Reading of a table with one fact a row; the source adds what it alone knows. Raises Refused."""
    source, currency = match.source, context.currency
    clock, digits = Clock(context.answers.zone), digits_of(currency)
    found = Extractor(source, match.header, rules, clock, digits).run()
    # what is the same for the whole file, where the table has room for it
    whole = {"currency": currency, "platform": source.platform or None}
    whole = {name: value for name, value in whole.items() if name in TABLES[source.table]}
    for name, value in whole.items():
        found.facts.fill(name, value)
    at = INSTANT[source.table]
    instants = list(found.facts.column(at)) if at else []
    as_of_ms, as_of_from = context.as_of(clock)
    return Reading(
        source=source,
        facts=found.facts,
        rejects=found.rejects,
        warnings=_warnings(found, instants, context),
        as_of_ms=as_of_ms,
        as_of_from=as_of_from,
        unknown_columns=unknown(source, match.header),
        missing_columns=missing_columns(match),
        dropped_totals=found.dropped_totals,
        rows_seen=found.rows_seen,
        first_instant_ms=min(instants, default=None),
        last_instant_ms=max(instants, default=None),
        sample=sample(found, source, clock, digits),
    )


def missing_columns(match: Match) -> list[str]:
    """The columns that the source would read and the file does not have: unknown, not zero."""
    names = set(match.header.names)
    return [c.name for c in match.source.columns if c.field and not names & spellings(c)]


def _warnings(found: Extraction, instants: list[int], context: Context) -> list[Message]:
    warnings = []
    if found.same_again:
        warnings.append(
            Message(
                "Rows that stand in the file twice, word for word: %(count)s. They count once.",
                {"count": found.same_again},
            )
        )
    for column, count in found.damaged.items():
        warnings.append(
            Message(
                "Ids in column %(column)s that lost their last digits and are unknown now: %(count)s.",
                {"count": count, "column": column},
            )
        )
    tomorrow = context.now_ms + DAY_MS
    if max(instants, default=tomorrow) > tomorrow:
        ahead = sum(ms > tomorrow for ms in instants)
        warnings.append(
            Message("Rows that lie in the future: %(count)s. Check the year and the time zone.", {"count": ahead})
        )
    return warnings


def day_bounds(facts: Facts, clock: Clock) -> tuple[int | None, int | None]:
    """The first instant of a roster's first day and the last instant of its last."""
    dates = [fact["date"] for fact in facts]
    if not dates:
        return None, None
    first, last = datetime.fromisoformat(min(dates)), datetime.fromisoformat(max(dates)) + timedelta(days=1)
    return clock.ms(first), clock.ms(last) - 1
