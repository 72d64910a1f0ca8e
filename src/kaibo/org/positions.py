"""The positions the handbook knows (S2, S3). A company may rename them; the keys stay, because cards hang on them."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

DEFAULT_DEPARTMENT = "直播部"


@dataclass(frozen=True)
class Known:
    """`name` is what the data migration writes; while nobody renamed it, pages show `title`, translated."""

    key: str
    name: str
    title: str
    level: str = "front"


KNOWN = (
    Known("live_manager", "直播运营经理", gettext_noop("Live operations manager"), "middle"),
    Known("planner", "直播策划", gettext_noop("Live planner")),
    Known("host", "主播", gettext_noop("Host")),
    Known("co_host", "副播", gettext_noop("Co-host")),
    Known("floor_manager", "场控", gettext_noop("Floor manager")),
    Known("operator", "跟播运营", gettext_noop("Operator")),
    Known("ads", "投流", gettext_noop("Ads buyer")),
    Known("control", "中控", gettext_noop("Central control")),
    Known("service", "客服", gettext_noop("Service")),
    Known("tech", "技术", gettext_noop("Tech")),
    Known("editor", "剪辑", gettext_noop("Editor")),
    Known("analyst", "数据分析", gettext_noop("Data analyst")),
)
BY_KEY = {known.key: known for known in KNOWN}
ORDER = {known.key: number for number, known in enumerate(KNOWN)}
