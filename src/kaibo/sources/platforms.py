"""The platforms as people write them in sheets of their own."""

from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import CellError, text

# how it is written → live.models.Platform
PLATFORMS = {
    "抖音": "douyin", "淘宝": "taobao", "视频号": "wechat", "TikTok": "tiktok", "快手": "kuaishou",
    "小红书": "xiaohongshu", "B站": "bilibili", "哔哩哔哩": "bilibili",
}  # fmt: skip
KNOWN = frozenset({*PLATFORMS.values(), "other"})


def platform(value: Any) -> str | None:
    """The platform's key, None for a blank. Raises CellError for a word that is none of them."""
    said = (text(value) or "").lower() if value is not None else ""
    found = {name.lower(): key for name, key in PLATFORMS.items()}.get(said, said)
    if found and found not in KNOWN:
        raise CellError(Message("This is none of the platforms: %(names)s.", {"names": "、".join(PLATFORMS)}))
    return found or None
