"""Exchange rates, rules and lists of orders that are no sales, and decisions of what files leave in doubt."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    day,
    mapping,
    read,
    typed,
    who,
    words,
    wrong_in,
)
from kaibo.live import actions
from kaibo.live.access import find_tag_rule
from kaibo.live.actions.confirming import done_by
from kaibo.live.forms import PasteForm, TagForm
from kaibo.live.models import TagRule
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look.ids import id_of
from kaibo.measurement import rates
from kaibo.measurement.matches_page import TITLES, items_of, settle
from kaibo.measurement.models import ExchangeRate
from kaibo.measurement.rate_forms import RatesForm
from kaibo.measurement.tags_page import Listed, lists
from kaibo.org.access import require


def _rate(one: ExchangeRate) -> Plain:
    return {
        "id": one.pk, "currency": one.currency, "day": day(one.day), "rate": f"{one.rate.normalize():f}",
        "source": one.source, "act": one.act, "by": who(one.by), "taken_back": one.undone,
    }  # fmt: skip


def _rates(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return rates.history()


def _add_rates(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.CORRECT_RECORDS, Right.CLOSE_MONTHS)
    form = RatesForm(typed(told))
    if not form.is_valid():
        raise wrong_in(form)
    made = rates.add_rates(by=user, rates=form.said, source=form.cleaned_data["source"])
    return {"act": made[0].act, "rates": [_rate(one) for one in made]}


def _undo_rates(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.CORRECT_RECORDS, Right.CLOSE_MONTHS)
    count = rates.undo_rates(by=user, act=words(told, "act"))
    if not count:
        raise Wrong({"act": [_("There is nothing left to undo here.")]})
    return {"taken_back": count}


def _rule(one: TagRule) -> Plain:
    return {
        "id": one.pk, "tag": one.tag, "how": one.by, "value": one.value, "reason": one.reason,
        "saved_by": who(one.saved_by), "saved_at": at(one.saved_at), "retired_at": at(one.retired_at),
        "retired_by": who(one.retired_by), "retired_why": one.retired_why,
    }  # fmt: skip


def _rules(user: User) -> Any:
    require(user, Right.SEE_FILES)
    return TagRule.objects.order_by("pk")


def _save_rule(user: User, told: Told, rule: TagRule | None) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    got = read(TagForm, told, currency=settings.KAIBO_CURRENCY)
    how = TagRule.By(got["how"])
    return _rule(
        actions.save_tag_rule(
            by=user, tag=got["tag"], how=how, value=got["value"], reason=got["reason"], rule=rule
        )
    )  # fmt: skip


def _retire(user: User, pk: int, told: Told) -> Plain:
    rule = find_tag_rule(user, pk)
    require(user, Right.MANAGE_ROOMS)
    actions.retire_tag_rule(by=user, rule=rule, reason=words(told, "reason"))
    return _rule(rule)


def _restore(user: User, pk: int, _told: Told) -> Plain:
    rule = find_tag_rule(user, pk)
    require(user, Right.MANAGE_ROOMS)
    actions.restore_tag_rule(by=user, rule=rule)
    return _rule(rule)


def _list(one: Listed) -> Plain:
    return {
        "id": one.batch.pk, "name": one.name, "tag": one.tag, "reason": one.reason, "state": one.batch.state,
        "rows": one.batch.accepted, "used": one.used, "orders": one.lines, "paid_minor": one.minor,
        "by": who(one.batch.by), "imported_at": at(one.batch.imported_at),
    }  # fmt: skip


def _lists(user: User) -> Any:
    require(user, Right.SEE_FILES)
    return lists()


def _paste(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.IMPORT_FILES)
    upload = actions.paste_list(by=user, **read(PasteForm, told))
    return {"upload": upload.pk, "state": upload.state}


def _doubts(user: User) -> Any:
    """Every row in doubt of every kind."""
    require(user, Right.SEE_FILES)
    now = timezone.now()
    return [(kind, item) for kind in TITLES for item in items_of(kind, user, now)]


def _doubt(one: Any) -> Plain:
    kind, item = one
    choices = {choice.key: str(choice.title) for choice in item.choices}
    return {
        "id": item.key, "kind": kind, "title": str(item.title), "facts": str(item.facts), "choices": choices,
        "orders": item.count, "amount_minor": item.amount, "currency": item.currency,
    }  # fmt: skip


def _settle(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.CORRECT_RECORDS)
    kind, chosen = words(told, "kind"), mapping(told, "choices")
    if kind not in TITLES:
        raise Wrong({"kind": [_("One of these: %(names)s.") % {"names": ", ".join(TITLES)}]})
    known = {item.key: {choice.key for choice in item.choices} for item in items_of(kind, user, timezone.now())}
    for key, choice in chosen.items():
        if key not in known:
            raise Wrong({"choices": [_("%(key)s is not in doubt (any more).") % {"key": key}]})
        if choice not in known[key]:
            names = ", ".join(sorted(known[key]))
            raise Wrong({"choices": [f"{key}: " + _("One of these: %(names)s.") % {"names": names}]})
    act = settle(
        by=user, kind=kind, chosen=chosen, parts=_parts(mapping(told, "parts")), reason=words(told, "reason"),
        now=timezone.now(),
    )  # fmt: skip
    return {"act": act}


def _parts(said: Plain) -> dict[tuple[str, int], int]:
    """{row: {session: whole part}} → as the page's fields say it."""
    found = {}
    for key, of in said.items():
        for session, part in (of if isinstance(of, dict) else {}).items():
            pk, number = id_of(str(session)), id_of(str(part))
            if pk is None or number is None or not 0 < number <= 1000:
                raise Wrong({"parts": [_("A part is a whole number from 1.")]})
            found[key, pk] = number
    return found


def _undo(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.CORRECT_RECORDS)
    act = words(told, "act")
    if done_by(user, act):
        return {"act": act, "undone": len(actions.undo(by=user, act=act))}
    return {"act": act, "undone": actions.undo_matches(by=user, act=act)}


RULE: Sequence[str] = ("tag", "how", "value", "reason")
RATES = Kind(
    "rates", "every exchange rate there ever was, the newest day first", _rates, _rate,
    (
        Verb("add", "add rates: lines of day, currency, rate", ("table", "source"), _add_rates, of_one=False),
        Verb("take-back", "take back what was added in one act", ("act",), _undo_rates, of_one=False),
    ), area=Area.LIVE,
)  # fmt: skip
TAG_RULES = Kind(
    "tag-rules", "rules that recognise orders that are no sales", _rules, _rule,
    (
        Verb("add", "make one; how: amount_at_most (an amount like 1.00), product_id, merchant_code", tuple(RULE),
             lambda user, _pk, told: _save_rule(user, told, None), of_one=False),
        Verb("edit", "change one", tuple(RULE), lambda user, pk, told: _save_rule(user, told, find_tag_rule(user, pk))),
        Verb("retire", "let its orders count again", ("reason",), _retire),
        Verb("restore", "use a retired one again", (), _restore),
    ), area=Area.LIVE,
)  # fmt: skip
TAG_LISTS = Kind(
    "tag-lists", "lists of orders that are no sales, and what they left out; an id is a batch: withdraw it as one",
    _lists, _list,
    (
        Verb("paste", "order numbers as a list, to be confirmed like an upload",
             ("numbers", "name", "tag", "reason", "platform"), _paste, of_one=False),
    ), area=Area.LIVE,
)  # fmt: skip
DECISIONS = Kind(
    "decisions", "what files leave in doubt (orders, reports, minutes, joins, shifts), with the choices of each",
    _doubts, _doubt,
    (
        Verb("settle", "decide: {row: choice}; parts {row: {session: part}} where a choice shares",
             ("kind", "choices", "reason", "parts?"), _settle, of_one=False),
        Verb("undo", "take back one's own act", ("act",), _undo, of_one=False),
    ), area=Area.LIVE,
)  # fmt: skip
