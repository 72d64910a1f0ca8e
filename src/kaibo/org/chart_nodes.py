"""A department of the chart written out, with what is under it; what people wrote is escaped.

Not in a template: a company has hundreds of departments, and a template's machinery is most of what the page costs.
"""

from dataclasses import dataclass
from html import escape

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.numbers import count
from kaibo.look.templatetags.look import icon
from kaibo.org.chart import Chart, Held, Node

MARK = "OPENED"


@dataclass(frozen=True)
class Words:
    """What every node says and where it leads, asked once. `edit_path`: empty for who may not edit departments."""

    folded: bool
    on_leave: str
    nobody: str
    edit: str
    person_path: str
    edit_path: str
    open_query: str
    pencil: str

    @classmethod
    def of(cls, request: HttpRequest, user: User, *, folded: bool) -> "Words":
        query = request.GET.copy()
        query["open"] = MARK
        may_edit = user.can(Right.MANAGE_POSITIONS)
        return cls(
            folded, _("on leave"), _("Nobody."), _("Edit %(name)s"), reverse("org:person", args=[0]),
            reverse("org:department", args=[0]) if may_edit else "", escape(query.urlencode()), icon("pencil"),
        )  # fmt: skip


def trees(shown: Chart, words: Words) -> list[tuple[str, SafeString, list[SafeString]]]:
    """Each tree: its name, its top alone, and the departments right under it with all below."""
    return [
        (top.department.title, node_html(top, words, deep=False), [node_html(one, words) for one in top.children])
        for top in shown.tops
    ]


def node_html(node: Node, words: Words, *, deep: bool = True) -> SafeString:
    title, pk = escape(node.department.title), node.department.pk
    numbers = f"{count(node.count)} / {count(node.total)}" if node.children else count(node.count)
    heads = "".join(f"<li>{_named(one, words)} {_head_note(one, words)}</li>" for one in node.heads)
    below = "".join(node_html(child, words) for child in node.children) if deep else ""
    edit = ""
    if words.edit_path:
        path, label = words.edit_path.replace("/0/", f"/{pk}/", 1), escape(words.edit) % {"name": title}
        edit = f'<a class="edit" href="{path}" aria-label="{label}">{words.pencil}</a>'
    listed = f'<ul class="heads">{heads}</ul>' if heads else ""
    nobody = "" if node.count else f'<p class="note">{words.nobody}</p>'
    return mark_safe(  # noqa: S308 -- see above
        f'<div class="node-wrap"><details class="node"{"" if words.folded else " open"}><summary><b>{title}</b>'
        f'<span class="note">{numbers}</span></summary><div class="node-body">{listed}{_others(node, words)}{nobody}'
        f"{below}</div></details>{edit}</div>"
    )


def _others(node: Node, words: Words) -> str:
    """By position where they are named, else a link that names them; on paper, where nothing opens, how many."""
    if node.named:
        teams = "".join(
            f'<div class="team"><span class="note">{escape(position.title)}</span><span>'
            f"{''.join(_member(one, words) for one in team)}</span></div>"
            for position, team in node.teams
        )
        if node.more:
            said = ngettext("and %(count)s more", "and %(count)s more", node.more) % {"count": node.more}
            teams += f'<p class="note">{escape(said)}</p>'
        return teams
    if not node.others:
        return ""
    said = ngettext("Show %(count)s person", "Show %(count)s people", node.others) % {"count": node.others}
    query = words.open_query.replace(f"open={MARK}", f"open={node.department.pk}", 1)
    count = ngettext("%(count)s person", "%(count)s people", node.others) % {"count": node.others}
    return (
        f'<a class="note on-screen" href="?{query}">{escape(said)}</a>'
        f'<span class="note on-paper">{escape(count)}</span>'
    )


def _named(one: Held, words: Words) -> str:
    if not one.open:
        return escape(one.name)
    return f'<a class="door" href="{words.person_path.replace("/0/", f"/{one.person_id}/", 1)}">{escape(one.name)}</a>'


def _head_note(one: Held, words: Words) -> str:
    said = [one.position.title, *([one.beside] if one.beside else []), *([words.on_leave] if one.away else [])]
    return f'<span class="note">{escape(" · ".join(said))}</span>'


def _member(one: Held, words: Words) -> str:
    name = _named(one, words) if one.open else f"<span>{escape(one.name)}</span>"
    away = f" {words.on_leave}" if one.away else ""
    note = f' <span class="note">{escape(one.beside)}{away}</span>' if one.beside or one.away else ""
    return f"{name}{note} "
