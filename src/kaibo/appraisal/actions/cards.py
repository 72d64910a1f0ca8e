"""Changes to scorecards: a draft is begun, written, thrown away or published; what is published stays as it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.card_steps import is_draft, kept_step, said_in
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.card_file import WrongCard, card_as_data, card_from_data, read_loosely
from kaibo.appraisal.cards import every_card
from kaibo.appraisal.own_cards.models import CardState, CardVersion, digest
from kaibo.appraisal.own_cards.store import as_written, card_of, from_month, known_kpis, latest, published
from kaibo.appraisal.roles import exists, title_of
from kaibo.audit.record import record, record_each
from kaibo.audit.seen import Changed, claim
from kaibo.login.models import User
from kaibo.measurement.closed import closed_months
from kaibo.measurement.models import Computation, ComputationState

# what belongs to a version and not to what it says
OF_VERSION = ("role", "version", "since")


@transaction.atomic
def begin_draft(*, by: User | None, role: str) -> CardVersion:
    """A draft that says what the newest card of the role says; the one there is, if somebody began it before.

    Raises ValidationError for a role there is not.
    """
    _require_position(role)
    there = _draft(role)
    if there is not None:
        return there
    newest = latest(every_card(), role)
    said = _said(as_written([newest])[0]) if newest else {}
    try:
        with transaction.atomic():
            draft = CardVersion.objects.create(role=role, data=said, digest=digest(said), made_by=by)
    except IntegrityError:
        # somebody began it since it was looked for
        there = _draft(role)
        if there is None:
            raise
        return there
    record(by=by, verb="begin_card", target=draft, role=role, based_on=newest.version if newest else None)
    return draft


@transaction.atomic
def save_draft(
    *, by: User | None, draft: CardVersion, data: Mapping[str, Any], note: str | None = None, seen: str = ""
) -> CardVersion:
    """What a draft says anew; it may still contradict itself, a published card may not.

    Raises ValidationError for what is no draft any more and for what no card can say.
    """
    claim(draft, seen)
    is_draft(draft)
    try:
        card = card_from_data({**data, "role": draft.role, "version": 0}, draft.role)
    except WrongCard as error:
        raise ValidationError(error.text) from None
    former = said_in(draft)
    draft.data = _said(card)
    draft.digest = digest(draft.data)
    if note is not None:
        draft.note = " ".join(note.split())[:300]
    draft.save(update_fields=["data", "digest", "note"])
    changed = kept_step(by=by, draft=draft, former=former)
    if changed:
        record(by=by, verb="save_card", target=draft, role=draft.role, changed=changed, digest=draft.digest)
    return draft


@transaction.atomic
def discard_draft(*, by: User | None, draft: CardVersion, seen: str = "") -> CardVersion:
    """Throw a draft away; the audit keeps that it was there."""
    claim(draft, seen)
    is_draft(draft)
    draft.state = CardState.DISCARDED
    draft.save(update_fields=["state"])
    record(by=by, verb="discard_card", target=draft, role=draft.role, digest=draft.digest)
    return draft


@transaction.atomic
def publish_card(
    *, by: User | None, draft: CardVersion, since: date, replace: bool = False, seen: str = ""
) -> CardVersion:
    """The draft becomes the role's newest version, from the month `since` on, for good.

    `replace`: where the version before begins in that month too, this one takes its place and that one counts in no
    month; how a slip is mended before anything rests on it. Raises ValidationError where it is not said, where the card
    contradicts itself, for a month that is closed or lies before the version before.
    """
    claim(draft, seen)
    is_draft(draft)
    first = since.replace(day=1)
    card = _sound(draft)
    before = latest(published().cards, draft.role)
    closed = max(closed_months(), default=None)
    if closed is not None and first <= closed:
        text = _("%(month)s is closed and keeps its card. Choose a later month.")
        raise ValidationError({"since": text % {"month": f"{closed:%Y-%m}"}})
    if before is not None and first < from_month(before):
        text = _("Version %(version)s counts from %(month)s on. Choose that month or a later one.")
        raise ValidationError({"since": text % {"version": before.version, "month": f"{before.since:%Y-%m}"}})
    replaced = before.version if before is not None and first == before.since else None
    if replaced is not None and not replace:
        text = _(
            "Version %(version)s counts from %(month)s on, too. Choose a later month, or let this one take its place: "
            "version %(version)s then counts in no month."
        )
        raise ValidationError({"since": text % {"version": replaced, "month": f"{first:%Y-%m}"}})
    more: dict[str, Any] = {} if replaced is None else {"replaces": replaced}
    draft.state, draft.since = CardState.PUBLISHED, first
    draft.version = max((one.version for one in every_card() if one.role == draft.role), default=0) + 1
    draft.published_at, draft.published_by = timezone.now(), by
    draft.save()
    record(
        by=by, verb="publish_card", target=draft, role=draft.role, version=draft.version, since=f"{first:%Y-%m}",
        digest=draft.digest, lines=len(card.whole.lines), months=months_from(first),
        **more,
    )  # fmt: skip
    return draft


@transaction.atomic
def import_cards(*, by: User | None, text: str, replace: bool = False) -> list[CardVersion]:
    """Every card of a file becomes its role's draft.

    Raises ValidationError for what is no card, for two of one role, and for drafts that are there unless `replace`.
    """
    try:
        cards = read_loosely(text, _("the file of cards"))
    except WrongCard as error:
        raise ValidationError(error.text) from None
    if not cards:
        raise ValidationError(_("There is no card in the file. A card begins with [[card]]."))
    roles = [card.role for card in cards]
    for role in roles:
        _require_position(role)
        if roles.count(role) > 1:
            text_ = _("The file has two cards for “%(role)s”. Leave the one that shall count.")
            raise ValidationError(text_ % {"role": title_of(role)})
    there = _drafts(roles)
    if there and not replace:
        names = ", ".join(title_of(role) for role in roles if role in there)
        text_ = _("There is a draft already: %(names)s. Tick “replace drafts”, or throw it away first.")
        raise ValidationError(text_ % {"names": names})
    drafts = [_imported(by, card, there.get(card.role)) for card in cards]
    record_each(
        by=by, verb="import_card", each=[(draft, {"role": draft.role, "digest": draft.digest}) for draft in drafts]
    )
    return drafts


def _imported(by: User | None, card: DefaultCard, there: CardVersion | None) -> CardVersion:
    said = _said(card)
    draft = there or CardVersion(role=card.role, made_by=by)
    former = said_in(there) if there else None
    draft.data, draft.digest = said, digest(said)
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        text = _("Somebody else began a draft of “%(role)s” just now. Look at it, then import the file again.")
        raise Changed(text % {"role": title_of(card.role)}) from None
    if former is not None:
        kept_step(by=by, draft=draft, former=former)
    return draft


def _require_position(role: str) -> None:
    if not exists(role):
        text = _("There is no position “%(role)s”. Add it under Organisation, Positions, or correct the key.")
        raise ValidationError(text % {"role": role[:40]})


def _sound(draft: CardVersion) -> DefaultCard:
    """The card, where nothing speaks against it."""
    try:
        card = card_of(draft, known_kpis())
    except WrongCard as error:
        raise ValidationError(error.text) from None
    if card.faults:
        raise ValidationError([fault.text for fault in card.faults])
    return card


def _said(card: DefaultCard) -> dict[str, Any]:
    return {key: one for key, one in card_as_data(card).items() if key not in OF_VERSION}


def _draft(role: str) -> CardVersion | None:
    return CardVersion.objects.filter(role=role, state=CardState.DRAFT).first()


def _drafts(roles: Sequence[str]) -> dict[str, CardVersion]:
    """Role → its draft, held until the transaction ends."""
    found = CardVersion.objects.select_for_update().filter(role__in=roles, state=CardState.DRAFT)
    return {one.role: one for one in found.order_by("role")}


def months_from(first: date) -> Sequence[str]:
    """The open computed months whose scores it changes."""
    current = Computation.objects.filter(state=ComputationState.CURRENT, month__gte=first).order_by("month")
    return [f"{month:%Y-%m}" for month in current.values_list("month", flat=True)]
