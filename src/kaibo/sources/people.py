"""Names of people and crew roles as rosters write them."""

import re
import unicodedata
from typing import Any

BLANKS = re.compile(r"\s+")
# a blank beside a Chinese character is a stray one; in 王 Amy or Mary Ann it may be part of the name's Latin half
STRAY = re.compile(r"(?<=[\u2e80-\u9fff]) | (?=[\u2e80-\u9fff])")
BETWEEN = re.compile(r"[、，,;；/／&＋+\n]+")
# the words of rosters for each crew role's key
ROLES = {
    "主播": "host",
    "副播": "co_host",
    "助播": "co_host",
    "场控": "floor_manager",
    "跟播运营": "operator",
    "运营": "operator",
    "跟播": "operator",
    "投流": "ads",
    "投手": "ads",
    "中控": "control",
    "客服": "service",
    "技术": "tech",
    "剪辑": "editor",
}


def person_name(value: Any) -> str:
    """A name without stray blanks; "" where the cell holds none."""
    if not isinstance(value, str):
        return ""
    name = BLANKS.sub(" ", unicodedata.normalize("NFKC", value)).strip()
    return STRAY.sub("", name) if name not in {"-", "--", "—", "/", "无"} else ""


def people_named(value: Any) -> list[str]:
    """Everyone whom a cell names, in its order: `林晓彤、陈嘉禾` are two."""
    names = [person_name(part) for part in BETWEEN.split(value)] if isinstance(value, str) else []
    return list(dict.fromkeys(name for name in names if name))
