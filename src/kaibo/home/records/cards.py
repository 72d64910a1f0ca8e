"""Scorecards: every published version, a team's drafts, and the KPIs that it makes itself."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal import actions
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.card_file import card_as_data, written
from kaibo.appraisal.cards import cards_in, every_card
from kaibo.appraisal.cycle.graded import words_of
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards import pages
from kaibo.appraisal.own_cards.access import find_draft, find_kpi
from kaibo.appraisal.own_cards.models import CardState, CardVersion, OwnKpi
from kaibo.appraisal.own_cards.outcomes import Whole, called
from kaibo.appraisal.own_cards.store import as_written, published
from kaibo.appraisal.roles import exists, title_of
from kaibo.audit.seen import claim, mark
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    exact,
    held,
    mapping,
    month_in,
    needed_month,
    number,
    scored,
    who,
    words,
    yes,
)
from kaibo.home.records.shapes import ANYTHING
from kaibo.kpi.formula import names
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.org.access import require, sees_amounts
from kaibo.org.models import Person

CARD = {
    "id": "str", "role": "str", "title": "str", "version": "int", "since": "month?", "own": "bool", "in_use": "bool",
    "weight": "str", "items": [{"number": "int", "title": "str", "weight": "str", "rule": "str", "target": "str",
                                "notes": ["str"], "details": ["str"], "faults": ["str"]}],
    "faults": ["str"], "card": ANYTHING, "toml": "str",
}  # fmt: skip
DRAFT = {
    "id": "int", "role": "str", "title": "str", "note": "str", "made_by": "str?", "made_at": "at", "weight": "str",
    "items": CARD["items"], "wrong": "str?", "faults": ["str"], "warnings": ["str"], "card": ANYTHING, "seen": "str",
}  # fmt: skip
OWN_KPI = {
    "id": "int", "key": "str", "version": "int", "zh": "str", "en": "str", "formula": "str", "unit": "str",
    "direction": "str", "in_use": "bool", "made_by": "str?", "made_at": "at", "seen": "str",
}  # fmt: skip


def _items(page: pages.CardPage) -> list[Plain]:
    return [
        {
            "number": one.number, "title": one.title, "weight": one.weight, "rule": one.rule, "target": one.target,
            "notes": list(one.notes), "details": list(one.details), "faults": list(one.faults),
        }
        for one in page.items
    ]  # fmt: skip


def _this_month() -> date:
    return timezone.localdate().replace(day=1)


def _cards(_user: User, told: Told) -> Sequence[DefaultCard]:
    """All that was ever published, as the cards' pages show it to everyone; those of a month where one is told."""
    month, role = month_in(told), words(told, "role")
    found = every_card() if month is None else cards_in(month).values()
    return [card for card in found if role in ("", card.role)]


def _card_rows(_user: User, found: Sequence[DefaultCard]) -> list[Plain]:
    now, own = cards_in(_this_month()), published().cards
    rows = []
    for card, said in zip(found, as_written(found), strict=True):
        page = pages.card_page(card)
        rows.append({
            "id": f"{card.role}-{card.version}", "role": card.role, "title": card.title, "version": card.version,
            "since": f"{card.since:%Y-%m}" if card.since else None, "own": card in own,
            "in_use": now.get(card.role) == card, "weight": page.weight, "items": _items(page),
            "faults": list(page.faults), "card": card_as_data(said), "toml": written([said]),
        })  # fmt: skip
    return rows


def _begin(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_CARDS)
    role = words(told, "role")
    if not exists(role):
        raise Wrong({"role": [_("There is no position “%(role)s”.") % {"role": role[:40]}]})
    return _draft(actions.begin_draft(by=user, role=role))


def _import(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_CARDS)
    made = actions.import_cards(by=user, text=words(told, "toml"), replace=yes(told, "replace"))
    return {"drafts": [_draft(one) for one in made]}


def _drafts(user: User) -> Any:
    require(user, Right.MANAGE_CARDS)
    return CardVersion.objects.filter(state=CardState.DRAFT).select_related("made_by").order_by("role", "pk")


def _draft(one: CardVersion) -> Plain:
    page = pages.draft_page(one)
    return {
        "id": one.pk, "role": one.role, "title": title_of(one.role), "note": one.note,
        "made_by": who(one.made_by), "made_at": at(one.made_at), "weight": page.weight, "items": _items(page),
        "wrong": page.wrong or None, "faults": list(page.faults), "warnings": list(page.warnings),
        "card": one.data, "seen": mark(one),
    }  # fmt: skip


def _save(user: User, pk: int, told: Told) -> Plain:
    found = find_draft(user, pk)
    note = words(told, "note") if "note" in told else None
    card = mapping(told, "card") if "card" in told else None
    with held(found, words(told, "seen")):
        return _draft(actions.save_draft(by=user, draft=found, data=found.data if card is None else card, note=note))


def _undo(user: User, pk: int, told: Told) -> Plain:
    return _draft(actions.undo_draft(by=user, draft=find_draft(user, pk), seen=words(told, "seen")))


def _redo(user: User, pk: int, told: Told) -> Plain:
    return _draft(actions.redo_draft(by=user, draft=find_draft(user, pk), seen=words(told, "seen")))


def _publish(user: User, pk: int, told: Told) -> Plain:
    found = find_draft(user, pk)
    since = needed_month(told, "since")
    done = actions.publish_card(
        by=user, draft=found, since=since, replace=yes(told, "replace"), seen=words(told, "seen")
    )
    [card] = [one for one in published().cards if (one.role, one.version) == (done.role, done.version)]
    return _card_rows(user, [card])[0]


def _discard(user: User, pk: int, told: Told) -> Plain:
    found = find_draft(user, pk)
    gone = _draft(found)
    actions.discard_draft(by=user, draft=found, seen=words(told, "seen"))
    return gone


def _effect(user: User, pk: int, told: Told) -> Plain:
    """A past month under the draft, of those whose figures the user may see."""
    found = find_draft(user, pk)
    page = pages.draft_page(found)
    if not page.sound:
        raise Wrong({"": [_("The draft contradicts itself. Mend it first.")]})
    months = effects.months_kept(found.role)
    month = _chosen(months, told)
    if month is None:
        raise Wrong({"month": [_("There are no scores of this position in that month.")]})
    made = effects.effect(user, page.card, effects.seen_by(user, found.role, month), month)
    with numbers.amounts_withheld(not sees_amounts(user)):
        return _told(made) | {"complete": month not in months.unfinished}


def _chosen(months: effects.Months, told: Told) -> date | None:
    """The month that was asked for, if it can be; without one the newest that is complete."""
    asked = month_in(told)
    return None if asked and asked not in months.every else months.chosen(asked)


def _told(made: effects.Effect) -> Plain:
    now, draft = made.coefficients
    return {
        "month": f"{made.month:%Y-%m}", "role": made.role, "left_out": made.left_out,
        "people": [
            {"person": one.person.pk, "name": one.person.name, "now": scored(one.now), "draft": scored(one.draft),
             "by": scored(one.by), "grade_now": one.grade_now or None, "grade": one.grade or None,
             "bare": one.bare}
            for one in made.changes
        ],
        "spread": [{"points": name, "now": before, "draft": after} for name, before, after in made.spread()],
        "coefficients": {"now": exact(now), "draft": exact(draft)}, "coefficients_of": made.of,
        "lacking": [{"what": what, "people": count} for what, count in sorted(made.lacking.items())],
    }  # fmt: skip


EFFECT = {
    "month": "month", "complete": "bool", "role": "str", "left_out": "int",
    "people": [{"person": "int", "name": "str", "now": "exact?", "draft": "exact?", "by": "exact?", "grade_now": "str?",
                "grade": "str?", "bare": "bool"}],
    "lacking": [{"what": "str", "people": "int"}], "coefficients_of": "int",
    "spread": [{"points": "str", "now": "int", "draft": "int"}], "coefficients": {"now": "exact?", "draft": "exact?"},
}  # fmt: skip


def _preview(user: User, pk: int, told: Told) -> Plain:
    """One real month of somebody whose figures the user may see, beside what it was."""
    found = find_draft(user, pk)
    page = pages.draft_page(found)
    if not page.sound:
        raise Wrong({"": [_("The draft contradicts itself. Mend it first.")]})
    months, asked = effects.months_kept(found.role), number(told, "person")
    month = _chosen(months, told)
    if month is None:
        raise Wrong({"month": [_("There are no scores of this position in that month.")]})
    person = next((one for one in effects.seen_by(user, found.role, month) if one.pk == asked), None)
    if person is None:
        raise Wrong({"person": [_("There is no %(n)s, or not for you.") % {"n": asked}]})
    both = effects.under_draft(user, page.card, person, month)
    with numbers.amounts_withheld(not sees_amounts(user, person)):
        return _both(person, page.card, both) | {"complete": month not in months.unfinished}


def _both(person: Person, card: DefaultCard, both: effects.Under) -> Plain:
    now, draft, role = both.now, both.draft, card.role
    was, times = {one.item.key: one.points for one in both.was.outside}, both.would.times
    before = {line.line.kpi: line.score.points for line in now.lines} if now.role == role else {}
    return {
        "month": f"{draft.month:%Y-%m}", "role": role, "person": person.pk, "name": person.name,
        "lines": [
            {"kpi": line.line.kpi, "weight": str(line.line.weight), "now": scored(before.get(line.line.kpi)),
             "draft": scored(line.score.points), "waiting": line.score.waiting or None}
            for line in draft.lines
        ],
        "outside": [
            {"key": one.item.key, "title": words_of(one.item), "times": exact(one.times),
             "now": exact(was.get(one.item.key)), "draft": exact(one.points)}
            for one in both.would.outside
        ],
        "gates": [
            {"key": one.key, "title": words_of(one), "times": exact(times.get(one.key)), "grade": one.grade,
             "holds": None if (found := times.get(one.key)) is None else one.shuts(found)}
            for one in card.card.gates
        ],
        "lacking": [called(card, key) for key in both.would.lacking],
        "now": _summed(now, both.was), "draft": _summed(draft, both.would),
    }  # fmt: skip


def _summed(mine: MyMonth, whole: Whole) -> Plain:
    """Points without anything that counts are none, not 0; `score`: per 100 of it, with what is outside."""
    total = mine.total
    return {
        "points": scored(total.points) if total.weights else None, "of": str(total.weights),
        "score": scored(whole.score), "grade": whole.grade or None, "grade_title": whole.title or None,
        "coefficient": scored(whole.coefficient, 3),
    }  # fmt: skip


SUMMED = {
    "points": "exact?", "of": "str", "score": "exact?", "grade": "str?", "grade_title": "str?", "coefficient": "exact?",
}  # fmt: skip
PREVIEW = {
    "month": "month", "complete": "bool", "role": "str", "person": "int", "name": "str", "now": SUMMED, "draft": SUMMED,
    "lines": [{"kpi": "str", "weight": "str", "now": "exact?", "draft": "exact?", "waiting": "str?"}],
    "outside": [{"key": "str", "title": "str", "times": "exact?", "now": "exact?", "draft": "exact?"}],
    "gates": [{"key": "str", "title": "str", "times": "exact?", "grade": "str", "holds": "bool?"}], "lacking": ["str"],
}  # fmt: skip


def _own_kpi(one: OwnKpi) -> Plain:
    return {
        "id": one.pk, "key": one.key, "version": one.version, "zh": one.zh, "en": one.en, "formula": one.formula,
        "unit": one.unit, "direction": one.direction, "in_use": one.in_use, "made_by": who(one.made_by),
        "made_at": at(one.made_at), "seen": mark(one),
    }  # fmt: skip


def _own_kpis(user: User) -> Any:
    require(user, Right.MANAGE_CARDS)
    return OwnKpi.objects.filter(in_use=True).select_related("made_by").order_by("key", "pk")


KPI_FIELDS = ("zh", "en", "formula", "unit", "direction")


def _save_kpi(user: User, told: Told, former: OwnKpi | None) -> Plain:
    require(user, Right.MANAGE_CARDS)
    said = {name: words(told, name) if name in told else getattr(former, name, "") for name in KPI_FIELDS}
    key = former.key if former else words(told, "key")
    for name, field in (("unit", OwnKpi.unit), ("direction", OwnKpi.direction)):
        known = [value for value, _title in field.field.choices or ()]
        if said[name] not in known:
            raise Wrong({name: [_("Say one of: %(names)s.") % {"names": ", ".join(known)}]})
    too_long = [name for name in ("zh", "en", "formula") if len(said[name]) > (300 if name == "formula" else 40)]
    if too_long:
        raise Wrong({name: [_("This is too long.")] for name in too_long})
    return _own_kpi(actions.save_kpi(by=user, key=key, former=former, seen=words(told, "seen"), **said))


def _found_kpi(user: User, pk: int) -> OwnKpi:
    require(user, Right.MANAGE_CARDS)
    key = OwnKpi.objects.filter(pk=pk).values_list("key", flat=True).first()
    if key is None:
        raise Http404
    return find_kpi(user, key)


def _edit_kpi(user: User, pk: int, told: Told) -> Plain:
    """The next version of what is the newest once nobody else writes one."""
    found = _found_kpi(user, pk)
    with transaction.atomic():
        while True:
            claim(found, words(told, "seen"))
            newest = _found_kpi(user, pk)
            if newest.pk == found.pk:
                return _save_kpi(user, told, newest)
            found = newest


def _retire(user: User, pk: int, told: Told) -> Plain:
    return _own_kpi(actions.retire_kpi(by=user, kpi=_found_kpi(user, pk), seen=words(told, "seen")))


def _names(user: User) -> Sequence[tuple[str, str]]:
    require(user, Right.MANAGE_CARDS)
    return sorted(names().items())


def _formula_name(one: Any) -> Plain:
    return {"name": one[0], "says": str(_(one[1]))}


SAVED = ("zh?", "en?", "formula?", "unit?", "direction?", "seen?")
CARDS = Kind(
    "cards", "every published scorecard, also as the file that says it; those of a month where one is said",
    _cards, None,
    (
        Verb("begin", "a draft that says what the newest card of the role says", ("role",), _begin, of_one=False,
             gives=DRAFT),
        Verb("import", "every card of a file as a draft; replace=true puts it in place of drafts that are there",
             ("toml", "replace?"), _import, of_one=False, gives={"drafts": [DRAFT]}),
    ),
    asks=("month?", "role?"), rows=_card_rows, shape=CARD, personal=True, area=Area.CARDS,
)  # fmt: skip
CARD_DRAFTS = Kind(
    "card-drafts", "drafts of scorecards, with what contradicts itself", _drafts, _draft,
    (
        Verb("save", "card: all that it says, as the list gives it; what is left out of the body stays",
             ("card?", "note?", "seen?"), _save),
        Verb("undo", "what it said before its last change; every step is kept", ("seen?",), _undo),
        Verb("redo", "what was undone last", ("seen?",), _redo),
        Verb("publish", "the role's next version, from a month on, for good; replace=true puts it in the place of the "
             "version before where both begin in that month", ("since", "replace?", "seen?"), _publish, gives=CARD),
        Verb("discard", "throw it away", ("seen?",), _discard),
        Verb("effect", "a past month under it: who would have more or less; changes nothing", ("month?",), _effect,
             gives=EFFECT, reads=True, also=Area.SCORES),
        Verb("preview", "one person's month under it beside what it was: items, what is outside, gates, grade; changes "
             "nothing",
             ("person", "month?"), _preview, gives=PREVIEW, reads=True, also=Area.SCORES),
    ),
    one=lambda user, pk, _told: _draft(find_draft(user, pk)), shape=DRAFT, one_shape=DRAFT, area=Area.CARDS,
)  # fmt: skip
OWN_KPIS = Kind(
    "own-kpis", "the team's own KPIs by formula", _own_kpis, _own_kpi,
    (
        Verb("add", "a KPI by formula", ("key", "zh?", "en?", "formula", "unit", "direction"),
             lambda user, _pk, told: _save_kpi(user, told, None), of_one=False),
        Verb("edit", "its next version; what is left out stays", SAVED,
             _edit_kpi),
        Verb("retire", "no card may use it any more", ("seen?",), _retire),
    ),
    shape=OWN_KPI, area=Area.CARDS,
)  # fmt: skip
FORMULA_NAMES = Kind(
    "formula-names", "the measures and KPIs that a formula may name", _names,
    _formula_name, shape={"name": "str", "says": "str"}, area=Area.CARDS,
)  # fmt: skip
