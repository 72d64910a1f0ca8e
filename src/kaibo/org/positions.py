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
# where the handbook has more, by what they are next to: executives and managers first, specialists after their like
BESIDE = {
    "ceo": -6, "coo": -5, "cfo": -4, "department_manager": -3, "project_manager": 0.5, "service_manager": -2,
    "service_supervisor": -1, "live_execution": 1.3, "promotion": 1.6, "live_service": 8.5, "ops_specialist": 5.5,
    "service_specialist": 8.7,
}  # fmt: skip


def rank(key: str) -> float:
    """Where a position stands in lists; those of a company's own come last."""
    return ORDER.get(key, BESIDE.get(key, len(ORDER)))
