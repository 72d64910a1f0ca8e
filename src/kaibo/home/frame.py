"""What every page's frame shows: navigation, data freshness, badges."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    return {}
