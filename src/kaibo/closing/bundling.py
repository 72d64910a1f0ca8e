"""What a closing writes to the disk: the month's inputs, what came out of them, and what both are called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, override

from kaibo import __version__
from kaibo.appraisal.cards import DefaultCard, cards_in, words_of
from kaibo.appraisal.own_cards.store import as_default, own_kpis
from kaibo.closing import figures
from kaibo.closing.bundle import Writer, closed_root
from kaibo.closing.carried import carried_credits, carried_facts
from kaibo.closing.records import plain_rows, records
from kaibo.kpi.canonical import dumps, plain
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.engine import VERSION
from kaibo.kpi.inputs import CreditOut, MonthInputs, MonthResult
from kaibo.live.models import Shift
from kaibo.measurement.broadcast_plan import groups_from
from kaibo.measurement.covered import Coverage
from kaibo.measurement.definitions import KPI_WORDS
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.models import ClosedShift, Closing, Computation
from kaibo.measurement.months import month_bounds
from kaibo.measurement.sweeping import derived_root


def write(
    closing: Closing, inputs: MonthInputs, names: dict[int, str], computation: Computation, result: MonthResult,
    frozen: dict[str, Any],
) -> str:  # fmt: skip
    """The bundle on the disk; the snapshot's name."""
    month = closing.month
    writer = Writer(closed_root() / closing.folder)
    writer.inputs(inputs)
    writer.lines("names", ({"person": person, "name": name} for person, name in sorted(names.items())))
    writer.lines("segments", _in_order(result.segments))
    writer.lines("facts", _in_order(result.facts))
    writer.lines("credits", _in_order(result.credits))
    writer.lines("direct", _in_order(result.direct))
    writer.lines("crowds", (plain(one) for one in result.crowds))
    carried = list(carried_credits(month))
    writer.lines("carried", carried)
    writer.lines("plan", (_plan_row(row) for row in closing.shifts.order_by("shift")))
    writer.value("context", frozen)
    cards = cards_in(month)
    kpis = own_kpis(cards.values()) or KPIS
    writer.lines("kpis", (kpis[key] for key in sorted(kpis)))
    writer.value("cards", {role: as_default(card) for role, card in sorted(cards.items())})
    writer.value("words", _words(cards))
    plan = [row.as_shift() for row in closing.shifts.select_related("person", "account") if _in_plan(row, month)]
    others = list(carried_facts(month))
    writer.lines("carried_facts", (plain(one) for one in others))
    credits = [*result.credits, *(CreditOut(**{k: v for k, v in one.items() if k != "snapshot"}) for one in carried)]
    told = replace(result, credits=credits, facts=[*result.facts, *others])
    writer.lines("values", _values(month, inputs, told, plan, kpis, frozen))
    start, end = month_bounds(month)
    for table, rows in records(start - timedelta(days=3), end + timedelta(days=3)).items():
        writer.lines(f"records/{table}", plain_rows(rows))
    writer.file("rows.parquet", derived_root() / computation.folder / "rows.parquet")
    counts = {"sessions": len(inputs.sessions), "segments": len(result.segments), "facts": len(result.facts)}
    return writer.finish(
        {
            "month": f"{month:%Y-%m}", "engine": VERSION, "kaibo": __version__, "closed_at": timezone.now(),
            "closed_by": str(closing.by or ""), "accepted": closing.accepted,
            "inputs_sha256": computation.inputs_sha256,
            "counts": {**counts, "credits": len(result.credits), "carried": len(carried), "shifts": len(plan)},
        }
    )  # fmt: skip


def _values(
    month: date, inputs: MonthInputs, told: MonthResult, plan: Sequence[Shift], kpis: Mapping[str, Kpi],
    frozen: Mapping[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """What KPIs come to, by person and by room. `told`: with the credit and the facts that other months gave."""
    imported = Coverage.from_frozen(frozen)
    named = figures.named_from(told.direct, {int(person): key for person, key in frozen["positions"].items()})
    broadcasts = figures.broadcasts_of(plan, groups_from(frozen["simulcasts"]))
    of_session, of_room = frozen["platforms"]["sessions"], frozen["platforms"]["rooms"]
    of_people = figures.values_of(told.credits, plan, imported, month, kpis, named, broadcasts, of_session, of_room)
    of_rooms = figures.RoomFigures(told.facts, imported, month, kpis, broadcasts, of_room)
    of_teams = of_rooms.of_teams(frozen["teams"], [*of_people, *map(tuple, frozen["held"])], told.direct)
    return [
        *figures.told(of_people), *figures.told(of_rooms.of_duties(inputs.answers), route=Route.ACCOUNT.value),
        *figures.told(of_teams, route=Route.TEAM.value),
    ]  # fmt: skip


def _words(cards: Mapping[str, DefaultCard]) -> dict[str, dict[str, str]]:
    """Language → what KPIs, cards and waiting lines are called in it now: names may change, a closed month's do not."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = words_of(cards)
            for kpi in KPIS.values():
                found[language] |= {text: gettext(text) for name in KPI_WORDS if (text := getattr(kpi, name))}
    return found


def _in_order(rows: Iterable[Any]) -> list[Any]:
    """As plain values, in an order of their own."""
    return sorted((plain(row) for row in rows), key=dumps)


def _in_plan(row: ClosedShift, month: date) -> bool:
    return bool(row.planned_start) and row.date.replace(day=1) == month


def _plan_row(row: ClosedShift) -> dict[str, Any]:
    instants = ("planned_start", "planned_end", "confirmed_start", "confirmed_end")
    times = {f"{name}_ms": to_ms(at) if (at := getattr(row, name)) else None for name in instants}
    return {
        "shift": row.shift, "date": row.date, "account": row.account_id, "person": row.person_id, "role": row.role,
        "state": row.state, "lead": row.lead, "due": row.due, **times,
    }  # fmt: skip
