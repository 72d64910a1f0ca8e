"""The rows of the list of people, written out: what people wrote is escaped, figures and addresses hold nothing to."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.org.directory import Entry


@dataclass(frozen=True)
class Words:
    """What every row says, and where it leads: asked once. `numbers`: empty for who may not see them."""

    since: str
    reports_to: str
    sign_in: str
    none: str
    numbers: str
    person_path: str
    numbers_path: str

    @classmethod
    def of(cls, *, numbers: bool) -> "Words":
        path = reverse("appraisal:newest", args=[0]) if numbers else ""
        said = _("Score and numbers") if numbers else ""
        return cls(_("Since"), _("Reports to"), _("Sign-in"), _("none"), said, reverse("org:person", args=[0]), path)


# of several who hold the position above, as on a phone's line
NAMED = 2


def _few(names: Sequence[str]) -> str:
    """The first by name, and all of them where one points at it."""
    if not names:
        return numbers.MISSING
    said = escape(numbers.listed(names[:NAMED]))
    if len(names) <= NAMED:
        return said
    return (
        f'<span title="{escape(numbers.listed(names))}">{said} <span class="mute">+{len(names) - NAMED}</span></span>'
    )


def row(entry: Entry, words: Words, superiors: Sequence[str] = ()) -> SafeString:
    """One `<tr>`, `superiors` by name; a hundred through the template's machinery are most of the page's time."""
    person, held = entry.person, entry.appointment
    position = escape(held.position.title) if held else numbers.MISSING
    chip = f' <span class="chip">{escape(held.beside)}</span>' if held and held.beside else ""
    beside = "".join(
        f'<div class="note">{escape(one.beside)}: {escape(one.position.title)}'
        f"{'' if held and one.department_id == held.department_id else f', {escape(str(one.department))}'}</div>"
        for one in entry.beside
    )
    since = numbers.day_year(held.start) if held else numbers.MISSING
    if entry.sign_in:
        sign_in = f'{escape(entry.sign_in.role_words)} <span class="mute mono">{escape(entry.sign_in.name)}</span>'
    else:
        sign_in = f'<span class="mute">{words.none}</span>'
    more = ""
    if words.numbers:
        path = words.numbers_path.replace("/0/", f"/{person.pk}/", 1)
        more = f'<a class="button plain small" href="{path}">{words.numbers}</a>'
    return mark_safe(  # noqa: S308 -- see above
        f'<tr><th scope="row"><a class="door" href="{words.person_path.replace("/0/", f"/{person.pk}/", 1)}">'
        f"{escape(person.name)}</a></th><td>{position}{chip}{beside}</td>"
        f'<td data-label="{words.since}">{since}</td>'
        f'<td data-label="{words.reports_to}">{_few(superiors)}</td><td>{escape(numbers.listed(entry.aliases))}</td>'
        f'<td data-label="{words.sign_in}">{sign_in}</td><td class="num">{more}</td></tr>'
    )
