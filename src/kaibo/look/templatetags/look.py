"""The template side of look.numbers, and the few tags every page uses. A builtin: no page loads it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from kaibo.look import numbers

register = template.Library()

for _name in (
    "money", "count", "count_tile", "hours", "minutes", "seconds", "rate", "signed", "percentage_points", "times",
    "points", "clock", "day", "day_short", "day_year", "day_dated", "day_clock", "month", "weekday",
):  # fmt: skip
    register.filter(_name, getattr(numbers, _name))


def _with_unit(text: str) -> SafeString:
    """The unit of a tile in a span, so that it can be smaller than its figures."""
    if text == numbers.no_amount():
        return format_html('<span class="unit">{}</span>', text)
    figures, gap, unit = text.partition(numbers.GAP)
    if unit:
        return format_html('{}{}<span class="unit">{}</span>', figures, gap, unit)
    if text[-1:] in ("K", "M", "B"):
        return format_html('{}<span class="unit">{}</span>', text[:-1], text[-1])
    return format_html("{}", text)


def _tile(write: Callable[..., str]) -> Callable[..., SafeString]:
    return lambda value, *args: _with_unit(write(value, *args))


register.filter("listed", numbers.listed)
register.simple_tag(numbers.comma)


@register.filter
def beside(titles: Sequence[str], values: Sequence[Any]) -> list[tuple[str, Any]]:
    """Each value with the title of its column, for a table that becomes cards on a phone."""
    return list(zip(titles, values, strict=True))


@register.filter
def money_tile(minor: int | None, currency: str = "") -> SafeString:
    return _with_unit(numbers.money_tile(minor, currency))


register.filter("count_tile", _tile(numbers.count_tile))
register.filter("hours_tile", _tile(numbers.hours))
register.filter("minutes_tile", _tile(numbers.minutes))


@register.filter
def missing(value: Any) -> Any:
    """— for what is unknown; zero stays zero."""
    return numbers.MISSING if value is None or value == "" else value


@register.filter
def tell(message: Any) -> str:
    """A Message (or its JSON: text and values) in the reader's language."""
    if not message:
        return ""
    if isinstance(message, str):
        return gettext(message)
    if isinstance(message, dict):
        text, values = str(message["text"]), message.get("values") or {}
        return gettext(text) % values
    return str(gettext(message.text) % message.values)


@register.simple_tag
def clock_range(start: datetime | None, end: datetime | None) -> str:
    return numbers.clock_range(start, end)


@register.simple_tag
def share(numerator: int | None, denominator: int | None) -> str:
    return numbers.share(numerator, denominator)


@cache
def _sprite() -> str:
    """A page has dozens of icons, and each would ask the manifest."""
    return static("look/icons.svg")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Beside words it is hidden from readers; alone it needs a `label`."""
    href = f"{_sprite()}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


BASIS_WORDS = {
    "measured": lambda: _("Measured"),
    "allocated": lambda: _("Allocated"),
    "approximated": lambda: _("Approximated"),
    "rated": lambda: _("Rated"),
    "unassigned": lambda: _("Unassigned"),
}


@register.filter
def basis_word(basis: str) -> str:
    """How a figure came about, in words."""
    return BASIS_WORDS[basis]() if basis in BASIS_WORDS else basis


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's query string with some parameters changed; an empty value takes one away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"
