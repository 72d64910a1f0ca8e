"""The small inputs that pages read beside a computation, as a closed month keeps them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from kaibo.appraisal.asked import team_lines
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.own_cards.store import own_kpis
from kaibo.appraisal.places import first_broadcasts, levels_in
from kaibo.appraisal.roles import has_shifts
from kaibo.kpi.catalog import KPIS
from kaibo.live.day_plans import day_plans, days_of
from kaibo.live.models import Account, Session
from kaibo.live.outages import confirmed_outages
from kaibo.measurement.broadcast_plan import frozen_groups, groups_then
from kaibo.measurement.covered import Coverage, as_frozen, coverage
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.holdings import Holding, holdings_in
from kaibo.measurement.last_orders import last_orders
from kaibo.measurement.months import month_bounds, next_month
from kaibo.measurement.named import positions_in
from kaibo.measurement.room_values import answers_in
from kaibo.measurement.targets import target_amounts
from kaibo.measurement.teams import frozen, people_in, teams_in
from kaibo.org.models import Person
from kaibo.org.protection import protected_in


def frozen_of(month: date) -> dict[str, Any]:
    """The small inputs that pages read beside the computation."""
    after = next_month(month)
    held = holdings_in(month, {})
    everyone = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    targets = {account: amount for (account, _month), amount in target_amounts(month, after).items()}
    imported = coverage().of(month)
    near = _sessions_near(month)
    return {
        "targets": {str(account): targets[account] for account in sorted(targets)},
        "coverage": as_frozen(imported, month, after - timedelta(days=1)),
        "refund_days": settings.REFUND_DAYS,
        "leaves_out": True,
        "silent": _silent(month, near, imported),
        "platforms": _platforms(near),
        "last_orders": {str(session): day.isoformat() for session, day in sorted(last_orders(month).items())},
        "first_broadcasts": {str(room): at.isoformat() for room, at in sorted(first_broadcasts().items())},
        "protected": {
            str(person): [one.start.isoformat(), one.end.isoformat(), one.reason]
            for person, one in sorted(protected_in(month, after).items())
        },
        "held": [[one.person, one.position] for one in held],
        "levels": {str(person): level for person, level in sorted(levels_in(month).items())},
        "teams": _teams(month, held),
        "positions": {str(person): key for person, key in sorted(positions_in(month, everyone).items())},
        "answers": [
            [one.person, one.duty, one.account, one.start.isoformat(), one.end.isoformat() if one.end else None]
            for one in answers_in(month)
        ],
        "outages": [
            [one.account_id, to_ms(one.start), to_ms(one.end), one.note]
            for one in confirmed_outages(*month_bounds(month))
        ],
        "simulcasts": frozen_groups(groups_then(month)),
        "day_targets": {
            str(room): [plan.days[day] for day in days_of(month)]
            for (room, _month), plan in sorted(day_plans([month]).items())
        },
    }


def _teams(month: date, held: Sequence[Holding]) -> dict[str, Any]:
    """Whose rooms and people are whose, and of whom that is asked: a card's position, or who is on shift.

    Where everybody belongs is kept where a card reads of a team what rows tell by name.
    """
    cards = cards_in(month)
    kpis = own_kpis(cards.values())
    lines = team_lines(cards, kpis)
    on_shift = any(has_shifts(role) for role in lines)
    asked = [one for one in held if on_shift or one.position in lines]
    by_name = any((kpis or KPIS)[key].is_direct for keys in lines.values() for key in keys)
    teams = teams_in(month, {}, asked, tree=by_name)
    return frozen(teams, lines, people_in(month, {}, teams, held) if by_name else None)


# number, platform and beginning of a session
Near = Sequence[tuple[int, str, datetime]]


def _sessions_near(month: date) -> Near:
    """Those of the month and the days around it."""
    start, end = month_bounds(month)
    near = Session.objects.filter(start__gte=start - timedelta(days=3), start__lt=end + timedelta(days=3))
    return list(near.order_by("pk").values_list("pk", "account__platform", "start"))


def _silent(month: date, near: Near, imported: Coverage) -> dict[str, list[str]]:
    """Session → the tables of which no file speaks of it, of those of which any lacks."""
    found = {str(pk): sorted(imported.silent(month, platform, began)) for pk, platform, began in near}
    return {pk: tables for pk, tables in found.items() if tables}


def _platforms(near: Near) -> dict[str, dict[str, str]]:
    """Whose files speak of which room, and of which session of the month and the days around it."""
    return {
        "rooms": {str(pk): name for pk, name in Account.everyone.order_by("pk").values_list("pk", "platform")},
        "sessions": {str(pk): name for pk, name, _began in near},
    }
