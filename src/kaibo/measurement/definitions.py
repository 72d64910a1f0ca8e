"""By which definitions a closed month was made: KPIs, cards and their words, from the bundle and not from this version.

Read once in a process for each snapshot, and only where the files are those that the manifest names.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from kaibo.kpi.canonical import restored
from kaibo.kpi.catalog import Kpi
from kaibo.measurement.closed import ClosedMonth

MANIFEST = "manifest.json"
KPI_WORDS = ("title", "short", "formula", "source", "time_basis")


@dataclass(frozen=True)
class Definitions:
    """`kpis`: with their words in one language. `cards`: role → JSON of the card, for whoever knows cards.

    `words`: English text → what it was in this language.
    """

    kpis: Mapping[str, Kpi]
    cards: Mapping[str, Any]
    words: Mapping[str, str]


def definitions_of(closed: ClosedMonth | None) -> Definitions | None:
    """None for an open month, and where the bundle cannot be read: then today's definitions are shown."""
    return definitions_at(closed.folder, closed.snapshot) if closed else None


def definitions_at(folder: str | None, snapshot: str | None) -> Definitions | None:
    """The same of a bundle's folder and the snapshot it must be."""
    if not folder or not snapshot:
        return None
    language = get_language() or settings.LANGUAGE_CODE
    try:
        return _in_language(folder, snapshot, language)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logging.getLogger("kaibo").warning("the definitions of %s cannot be read: %s", folder, error)
        return None


@lru_cache(maxsize=128)
def _in_language(folder: str, snapshot: str, language: str) -> Definitions:
    kpis, cards, every = _read(folder, snapshot)
    # of bundles that have no words the English texts are there; pages translate them as they would today's
    words: Mapping[str, str] = every.get(language, {})
    said = {
        key: replace(kpi, **{name: words.get(text, text) for name in KPI_WORDS if (text := getattr(kpi, name))})
        for key, kpi in kpis.items()
    }
    return Definitions(said, cards, words)


@lru_cache(maxsize=64)
def _read(folder: str, snapshot: str) -> tuple[Mapping[str, Kpi], Mapping[str, Any], Mapping[str, Mapping[str, str]]]:
    root = Path(settings.FACTS_ROOT) / "closed" / folder
    manifest = (root / MANIFEST).read_bytes()
    if hashlib.sha256(manifest).hexdigest() != snapshot:
        raise ValueError(f"{root / MANIFEST} is not the snapshot {snapshot}")
    parts = {part["name"]: part["sha256"] for part in json.loads(manifest)["parts"]}
    rows = _part(root, parts, "kpis.jsonl").splitlines()
    kpis = [restored(Kpi, json.loads(row)) for row in rows]
    cards = json.loads(_part(root, parts, "cards.json"))
    words = json.loads(_part(root, parts, "words.json")) if "words.json" in parts else {}
    return {kpi.key: kpi for kpi in kpis}, cards, words


def _part(root: Path, parts: Mapping[str, str], name: str) -> str:
    data = (root / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != parts[name]:
        raise ValueError(f"{root / name} is not what the manifest names")
    return data.decode()
