"""Writes the sample's own scorecards and the draft of one more, as a person would on their pages."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from kaibo.appraisal import actions
from kaibo.appraisal.card_file import card_as_data
from kaibo.appraisal.cards import CARDS, newest
from kaibo.appraisal.models import CardState, CardVersion
from kaibo.login.models import User
from kaibo.sample import draft_card, team_cards


def publish(month: date, *, by: User) -> None:
    """The team's own cards, from the month before on; where Kaibo's is another one from this month on, that again."""
    before = (month - timedelta(days=1)).replace(day=1)
    for role, own in ((team_cards.FLOOR, _with_parts), (team_cards.MANAGER, _with_raters)):
        told: dict[date, dict[str, Any]] = {first: own(_kaibos(role, first)) for first in (before, month)}
        if told[month] == told[before]:
            del told[month]
        there = CardVersion.objects.filter(role=role, state=CardState.PUBLISHED).count()
        for since, data in list(told.items())[there:]:
            begun = actions.begin_draft(by=by, role=role)
            actions.save_draft(by=by, draft=begun, data=data)
            begun.refresh_from_db()
            actions.publish_card(by=by, draft=begun, since=since)


def _kaibos(role: str, month: date) -> dict[str, Any]:
    """What Kaibo's card of the role says in the month."""
    said = card_as_data(newest(CARDS, month)[role])
    return {name: one for name, one in said.items() if name not in ("role", "version", "since")}


def _with_parts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, **team_cards.PARTS}


def _with_raters(said: Mapping[str, Any]) -> dict[str, Any]:
    rated = [
        {**one, "raters": list(team_cards.RATERS)} if one["key"] == team_cards.RATED else one for one in said["rated"]
    ]
    return {**said, "rated": rated}


def draft(*, by: User) -> None:
    """A draft by which nobody is scored: begin and write it.

    Unless somebody has begun, published or thrown away a card of the role.
    """
    if CardVersion.objects.filter(role=draft_card.ROLE).exists():
        return
    begun = actions.begin_draft(by=by, role=draft_card.ROLE)
    lines = [{**line, "weight": draft_card.WEIGHTS.get(line["kpi"], line["weight"])} for line in begun.data["line"]]
    actions.save_draft(by=by, draft=begun, data={**begun.data, **draft_card.PARTS, "line": lines}, note=draft_card.NOTE)
