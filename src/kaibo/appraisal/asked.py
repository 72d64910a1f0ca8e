"""What cards ask of a month besides their lines: what items outside the hundred and gates count, the team's value."""

from collections.abc import Iterable, Mapping

from kaibo.appraisal.card import DefaultCard
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.rooms import ANY_DUTY, TEAM
from kaibo.live.models import RoomDuty


def counted_keys(card: DefaultCard) -> list[str]:
    """Of items outside and of gates, in the order of the card, each once."""
    return list(dict.fromkeys([*(one.key for one in card.card.outside), *(one.key for one in card.card.gates)]))


def rooms_asked(cards: Iterable[DefaultCard], definitions: Mapping[str, Kpi] | None) -> tuple[set[str], bool]:
    """KPIs that are told by room, and whether all rooms together are asked for."""
    kpis = definitions or KPIS
    found: set[str] = set()
    team = False
    for card in cards:
        for key in counted_keys(card):
            if key in kpis and kpis[key].route in (Route.ACCOUNT, Route.TEAM):
                found.add(key)
                team = team or kpis[key].route is Route.TEAM
        if card.card.team and of_team(card.card.team.kpi, kpis):
            found.add(card.card.team.kpi)
            team = True
    return found, team


def team_lines(cards: Mapping[str, DefaultCard], definitions: Mapping[str, Kpi] | None) -> dict[str, set[str]]:
    """Position → the KPIs that its card reads of the team, told by room or by name, of those that read any."""
    kpis = definitions or KPIS
    found: dict[str, set[str]] = {}
    for role, card in cards.items():
        read = {kpi for line in card.card.lines if line.by is Route.TEAM for kpi in line.reads}
        read |= {key for key in counted_keys(card) if key in kpis and kpis[key].route is Route.TEAM}
        read |= {card.card.team.kpi} if card.card.team else set()
        if of_teams := {key for key in read if of_team(key, kpis)}:
            found[role] = of_teams
    return found


def of_team(key: str, kpis: Mapping[str, Kpi]) -> bool:
    """Whether a team has a value of the KPI: its rooms together, or its people."""
    return key in kpis and Route.TEAM in kpis[key].routes


def duty_of(card: DefaultCard, kpi: Kpi) -> str:
    """Of what is told by room: the duty that one must answer for."""
    if kpi.route is Route.TEAM:
        return TEAM
    return card.role if card.role in RoomDuty.values else ANY_DUTY
