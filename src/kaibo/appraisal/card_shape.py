"""What a file of cards may hold, word by word: kinds of values, choices, and how many of each there may be.

Nothing is read of a card before it has this shape, so every fault is said with its place and key, in both languages,
and no text, however long or deep, takes time that grows faster than it does.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from kaibo.kpi import rule_data
from kaibo.kpi.catalog import Route
from kaibo.kpi.rules import By, Counted, On, Rater
from kaibo.message import Message

# characters of a file, of a text, of a key that columns hold; and how many parts a key may have
LONGEST_FILE, LONGEST_TEXT, LONGEST_KEY, DEEPEST = 400_000, 1_000, 40, 12
# a key's parts and the dots between them; each character is looked at once or twice
PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
DEEP = re.compile(rf"(?<![A-Za-z0-9_-])(?:{PART}[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
# what no database keeps as text
NO_TEXT = re.compile("[\0\ud800-\udfff]")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Kind(StrEnum):
    TEXT = "text"
    # what a thing is called in columns of tables: not as long as a text may be
    KEY = "key"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    MONTH = "month"
    # a number, or a word that says where it is set
    TARGET = "target"
    RULE = "rule"


@dataclass(frozen=True)
class Many:
    """At most so many of what a table or a text says."""

    of: Any
    most: int


@dataclass(frozen=True)
class Table:
    """`needed`: the words without which it cannot be read; `either`: pairs of which it may say one; `one`: of which it
    has to.
    """

    words: Mapping[str, Any]
    needed: tuple[str, ...] = ()
    either: tuple[tuple[str, str], ...] = ()
    one: tuple[tuple[str, str], ...] = ()


T, N = Kind.TEXT, Kind.NUMBER
K = Kind.KEY
WORDS = {"key": K, "zh": T, "en": T}
EDGES = dict.fromkeys((*rule_data.EDGES, *rule_data.OTHER_EDGES), N)
ONE_EDGE = (("at_least", "above"), ("below", "at_most"))
GATE_EDGE = (ONE_EDGE[:1], ONE_EDGE[:1])
BANDS = Many(Table({**EDGES, "points": N}, ("points",), ONE_EDGE), 60)
FIGURES = Table({"by": By, "figures": Many(Table({"value": N, "key": T, "month": T}, ("value",)), 1_000)})
CONDITION = Table({"kpi": K, **EDGES}, ("kpi",), ONE_EDGE)
RUNGS = Many(Table({"points": N, "conditions": Many(CONDITION, 10)}, ("points",)), 30)
ANCHORS = Many(Table({"points": N, "zh": T, "en": T}, ("points",)), 30)
STEPS = dict.fromkeys(rule_data.STEP, N)
FORMS: Mapping[str, Table] = {
    "bands": Table({"form": T, "on": On, "bands": BANDS}),
    "benchmark": Table({"form": T, "benchmark": FIGURES, "bands": BANDS}, ("benchmark",)),
    "together": Table({"form": T, "otherwise": N, "rungs": RUNGS}),
    "linear": Table({"form": T, "cap": N}),
    "step": Table({"form": T, "on": On, "counted": Counted, **STEPS}, ("step", "start", "cap", "floor")),
    "per_occurrence": Table({"form": T, **dict.fromkeys(rule_data.OCCURRENCE, N)}, rule_data.OCCURRENCE),
}
EASED = {"counts": Kind.FLAG, "part": N, "rule": Kind.RULE}
AMONG = {"weight": N, "section": T, "not_applicable": Many(T, 30), "gives_to": Many(T, 100)}
LINE = Table(
    {
        "kpi": K, "weight": N, "rule": Kind.RULE, "target": Kind.TARGET, "targets": FIGURES, "route": Route, "duty": T,
        "newcomer": Table(EASED), **AMONG,
        "variants": Many(Table({"by": By, "key": T, "target": N, **EASED}, ("by",)), 30),
    }, ("kpi", "weight", "rule"),
)  # fmt: skip
RATERS = Many(Table({"rater": Rater, "weight": N}, ("rater", "weight")), 20)
RATED = Table({**WORDS, **AMONG, "anchors": ANCHORS, "raters": RATERS}, ("key", "weight"))
CARD = Table(
    {
        "role": T, "version": Kind.WHOLE, "since": Kind.MONTH, "outside_floor": N, "outside_cap": N,
        "section": Many(Table({**WORDS, "weight": N}, ("key", "weight")), 30),
        "line": Many(LINE, 60), "rated": Many(RATED, 60),
        "later": Many(Table({"key": K, "weight": N}, ("key", "weight")), 30),
        "outside": Many(Table({**WORDS, "each": N, "floor": N, "cap": N}, ("key", "each", "floor", "cap")), 100),
        "grade": Many(Table({**WORDS, **EDGES, "coefficient": N}, ("key", "coefficient"), ONE_EDGE), 60),
        "gate": Many(Table({**WORDS, "at_least": N, "above": N, "grade": K}, ("key", "grade"), *GATE_EDGE), 60),
        "team": Table({"kpi": K, "on": On, "target": N, "bands": BANDS}, ("kpi",)),
    }, ("role", "version"),
)  # fmt: skip
FILE = Table({"card": Many(Table({}), 50)})


def parsed(text: str, file: str) -> Mapping[str, Any] | Message:
    """What a TOML file says, or what is wrong with it as text."""
    if len(text) > LONGEST_FILE:
        values = {"file": file, "length": len(text), "most": LONGEST_FILE}
        return Message("%(file)s: it has %(length)s characters; cards have at most %(most)s.", values)
    if found := DEEP.search(text):
        values = {"file": file, "line": text.count("\n", 0, found.start()) + 1, "key": found[0][:40], "most": DEEPEST}
        return Message("%(file)s, line %(line)s: the key “%(key)s…” has more than %(most)s parts.", values)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of broken TOML, of a number with thousands of digits, of depth
        said = re.search(r"at line (\d+)", str(error))
        if said is None:
            values = {"file": file, "why": str(error)[:200]}
            return Message("%(file)s: this is no TOML (%(why)s). Mend it there.", values)
        values = {"file": file, "line": said[1], "why": str(error)[:200]}
        return Message("%(file)s, line %(line)s: this is no TOML (%(why)s). Mend the line.", values)


def wrong(data: Any, table: Table, where: str) -> Message | None:
    """The first thing that does not have the shape of the table, with its place; None where all of it has."""
    return next(_of_table(data, table, where), None)


def _of_table(data: Any, table: Table, where: str) -> Iterator[Message]:
    if not isinstance(data, Mapping):
        yield Message("%(where)s: it must be a table of words and values.", {"where": where})
        return
    for key in islice((key for key in data if key not in table.words), 1):
        values = {"where": where, "key": str(key)[:40], "names": ", ".join(table.words)}
        yield Message("%(where)s: no such word: %(key)s; there are %(names)s.", values)
    for pair in table.either:
        if not any(data.get(name) in (None, "") for name in pair):
            values = {"where": where, "one": pair[0], "other": pair[1]}
            yield Message("%(where)s: it says both “%(one)s” and “%(other)s”. Take one of them out.", values)
    for pair in table.one:
        if all(data.get(name) in (None, "") for name in pair):
            values = {"where": where, "one": pair[0], "other": pair[1]}
            yield Message("%(where)s: it lacks “%(one)s” or “%(other)s”. Add one of them.", values)
    for key, of in table.words.items():
        if key in data:
            yield from _of(data[key], of, where, key)
        elif key in table.needed:
            yield Message("%(where)s: it lacks “%(key)s”. Add it.", {"where": where, "key": key})


def _of(said: Any, of: Any, where: str, key: str) -> Iterator[Message]:
    if isinstance(of, Table):
        yield from _of_table(said, of, _inside(where, key))
    elif of is Kind.RULE:
        yield from _of_rule(said, _inside(where, key))
    elif isinstance(of, Many):
        yield from _of_many(said, of, where, key)
    elif isinstance(of, type) and issubclass(of, StrEnum):
        choices = [str(one.value) for one in of]
        if not isinstance(said, str) or (said not in choices and not (said == "" and of is By)):
            values = {"where": where, "key": key, "text": _short(said), "names": ", ".join(choices)}
            yield Message("%(where)s: “%(key)s” says %(text)s; it is one of %(names)s.", values)
    else:
        yield from _of_kind(said, of, where, key)


def _of_rule(said: Any, where: str) -> Iterator[Message]:
    form = said.get("form") if isinstance(said, Mapping) else None
    if form == "rated":
        text = Message(
            "%(where)s: what people rate stands under [[card.rated]], not under [[card.line]].", {"where": where}
        )
        yield text
    elif not isinstance(form, str) or form not in FORMS:
        values = {"where": where, "text": _short(form), "names": ", ".join(FORMS)}
        yield Message("%(where)s: no such form: %(text)s; there are %(names)s.", values)
    else:
        yield from _of_table(said, FORMS[form], where)


def _of_many(said: Any, of: Many, where: str, key: str) -> Iterator[Message]:
    if not isinstance(said, list | tuple):
        yield Message("%(where)s: “%(key)s” must be a list.", {"where": where, "key": key})
        return
    if len(said) > of.most:
        values = {"where": where, "key": key, "count": len(said), "most": of.most}
        yield Message("%(where)s: “%(key)s” has %(count)s entries; %(most)s are the most.", values)
        return
    for place, one in enumerate(said, 1):
        if isinstance(of.of, Table):
            yield from _of_table(one, of.of, _entry(where, key, place, one))
        else:
            yield from _of(one, of.of, where, key)


def _of_kind(said: Any, kind: Kind, where: str, key: str) -> Iterator[Message]:
    most = LONGEST_KEY if kind is Kind.KEY else LONGEST_TEXT
    values = {"where": where, "key": key, "text": _short(said), "most": most}
    if kind in (Kind.TEXT, Kind.KEY):
        if not isinstance(said, str):
            yield Message("%(where)s: “%(key)s” must be text in quotation marks; it is %(text)s.", values)
        elif len(said) > most:
            yield Message("%(where)s: “%(key)s” has more than %(most)s characters.", values)
        elif NO_TEXT.search(said):
            yield Message("%(where)s: “%(key)s” holds a sign that no text has. Write it anew.", values)
    elif kind is Kind.FLAG:
        if not isinstance(said, bool):
            yield Message("%(where)s: “%(key)s” is true or false; it is %(text)s.", values)
    elif kind is Kind.MONTH:
        if not isinstance(said, str) or not MONTH.fullmatch(said):
            yield Message("%(where)s: “%(key)s” is a month like 2026-10; it is %(text)s.", values)
    elif kind is Kind.WHOLE:
        if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 10**6:
            yield Message("%(where)s: “%(key)s” is a whole number like 2; it is %(text)s.", values)
    elif not _is_number(said, kind):
        yield Message("%(where)s: %(key)s: %(text)s is no number. Correct it.", values)


def _is_number(said: Any, kind: Kind) -> bool:
    if said in (None, "") or (kind is Kind.TARGET and said in ("person", "account")):
        return True
    if not isinstance(said, str | int | float) or isinstance(said, bool) or (isinstance(said, str) and len(said) > 60):
        return False
    try:
        rule_data.number({"x": said}, "x")
    except ValueError:
        return False
    return True


def _short(said: Any) -> str:
    text = repr(said) if isinstance(said, str | int | float | bool) else type(said).__name__
    return text if len(text) <= 40 else f"{text[:40]}…"


def _inside(where: str, key: str) -> str:
    return f"{where}, {key}"


def _entry(where: str, key: str, place: int, one: Any) -> str:
    """“line 3 (orders)”: which entry, counted from 1, and what it is called."""
    name = (one.get("kpi") or one.get("key")) if isinstance(one, Mapping) else None
    called = f" ({name[:40]})" if isinstance(name, str) and name and not NO_TEXT.search(name) else ""
    return f"{where}, {key} {place}{called}"
