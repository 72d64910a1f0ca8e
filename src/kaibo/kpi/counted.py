"""What the events of each session came to, kept beside a computation: what is the same is not counted again.

One line a session: its id, a mark of everything that its counts depend on, and the counts, before any of erased events
is put in their place (kpi.kept_crowds); and of those who were there, unnamed, which had been there before. The first
line tells of each batch when it speaks. Never a viewer. A line that cannot be read is one that is not there.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from kaibo.kpi.crowd import Crowd, Online, Returned

FILE = "crowds.jsonl"
# of a file: [platform, account, kind, first_ms, end_ms, lines]
Ends = Mapping[str, list[list[Any]]]
# one for all lines: making one costs as much as a short line
_written = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
BY_MEASURE = ("sums", "people", "behaviour", "lines")


def ends(folder: Path | None) -> dict[str, list[list[Any]]]:
    """When each file of events speaks, as it was found out for the computation of that folder."""
    if folder is None:
        return {}
    try:
        with (folder / FILE).open(encoding="utf-8") as lines:
            return dict(json.loads(next(lines)))
    except (FileNotFoundError, StopIteration, ValueError):
        return {}


def same(folder: Path | None, marks: Mapping[int, str], crowd: Crowd) -> set[int]:
    """The sessions whose counts are those of before; these are put into `crowd`."""
    found = set()
    for session, line in _lines(folder):
        if session in marks and marks[session] == (told := _parts(line))[0]:
            own = Crowd()
            try:
                _put(own, session, json.loads(told[1]))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            crowd.take(own)
            found.add(session)
    return found


def returned(folder: Path | None, marks: Mapping[int, str]) -> dict[int, Returned]:
    """Who had been there before, of sessions of which what that depends on has this mark."""
    found = {}
    for session, line in _lines(folder):
        if session in marks:
            try:
                mark, back_ms, bits = json.loads(_parts(line)[1])["returned"]
                bytes.fromhex(bits)
            except (ValueError, KeyError, TypeError):
                continue
            if mark == marks[session]:
                found[session] = Returned(mark, back_ms, bits)
    return found


def differing(folder: Path, marks: Mapping[int, str]) -> set[int]:
    """The sessions whose counts are not known, or may be others now."""
    known = {session: _parts(line)[0] for session, line in _lines(folder)}
    return {session for session, mark in marks.items() if known.get(session) != mark}


def write(folder: Path, said: Ends, marks: Mapping[int, str], crowd: Crowd) -> None:
    told = _by_session(crowd)
    with (folder / FILE).open("w", encoding="utf-8") as out:
        out.write(json.dumps(said, separators=(",", ":")) + "\n")
        for session, mark in marks.items():
            out.write(f"{session} {mark} {_written(told.get(session, {}))}\n")


def carry(old: Path, new: Path, without: Collection[int]) -> None:
    """Into the folder `new` what `old` knew of all other sessions than those that were counted for it."""
    header = ends(new) or ends(old)
    mine = [line for session, line in _lines(new) if session in without]
    rest = [line for session, line in _lines(old) if session not in without]
    part = new / f"{FILE}.part"
    with part.open("w", encoding="utf-8") as out:
        out.write(json.dumps(header, separators=(",", ":")) + "\n")
        out.writelines((*rest, *mine))
    part.replace(new / FILE)


def _lines(folder: Path | None) -> Iterator[tuple[int, str]]:
    """(session, the line as it stands)."""
    path = folder / FILE if folder else None
    if path is None or not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        next(lines, None)
        for line in lines:
            session, _, _rest = line.partition(" ")
            # the last one may be cut off
            if session.isdigit() and line.endswith("}\n"):
                yield int(session), line


def _parts(line: str) -> tuple[str, str]:
    """(mark, counts) of a line."""
    mark, _, text = line.partition(" ")[2].partition(" ")
    return mark, text


def _by_session(crowd: Crowd) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for name in BY_MEASURE:
        for (session, measure), amounts in getattr(crowd, name).items():
            found[session].setdefault(name, {})[measure] = amounts
    for (session, numbers, measure), amounts in crowd.met.items():
        found[session].setdefault("met", []).append([numbers, measure, amounts])
    for (session, segment), online in crowd.online.items():
        found[session].setdefault("online", {})[segment] = [online.level_ms, online.known_ms, online.peak]
    for session, one in crowd.returned.items():
        found[session]["returned"] = [one.mark, one.back_ms, one.bits]
    for name in ("span", "back"):
        for session, value in getattr(crowd, name).items():
            found[session][name] = value
    return found


def _put(crowd: Crowd, session: int, said: Mapping[str, Any]) -> None:
    for name in BY_MEASURE:
        for measure, amounts in said.get(name, {}).items():
            getattr(crowd, name)[session, measure] = _numbered(amounts)
    for numbers, measure, amounts in said.get("met", ()):
        crowd.met[session, tuple(numbers), measure] = _numbered(amounts)
    for segment, online in said.get("online", {}).items():
        crowd.online[session, int(segment)] = Online(*online)
    if "span" in said:
        crowd.span[session] = (said["span"][0], said["span"][1])
    if "returned" in said:
        crowd.returned[session] = Returned(*said["returned"])
    if "back" in said:
        crowd.back[session] = said["back"]


def _numbered(amounts: Mapping[str, int]) -> dict[int, int]:
    return {int(segment): n for segment, n in amounts.items()}
