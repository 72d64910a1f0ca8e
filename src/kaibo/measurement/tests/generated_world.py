"""A generated month as an installation has it, and what people change in it all day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from django.conf import settings
from django.db.models import F

from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.kpi.inputs import SessionIn
from kaibo.kpi.tests.generated import MINUTE, NUDGES, Case, case
from kaibo.live.models import Account, MatchDecision, Outage, Session, Shift, TagRule
from kaibo.org.models import Person

ROLES = ("host", "co_host", "floor_manager")


def instant(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


class World:
    """A generated case as an installation has it, with people who clock in; broadcasts without breaks."""

    def __init__(self, seed: int) -> None:
        self.case, self.rng = case(seed), Random(seed)
        inputs = self.case.inputs
        for a in inputs.accounts:
            names = [*a.names, a.names[0]]
            Account.objects.create(
                pk=a.id, platform=a.platform, handle=names[0], name=names[1], zone=a.zone, currency=a.currency,
                split_rule=a.split_rule,
            )  # fmt: skip
        # one broadcast at a time begins in a room
        every = {(s.account, s.start_ms): replace(s, breaks=()) for s in (*inputs.sessions, *inputs.neighbours)}
        self.sessions = list(every.values())
        for s in self.sessions:
            Session.objects.create(
                pk=s.id, account_id=s.account, start=instant(s.start_ms), end=instant(s.end_ms), air_kind=s.air_kind
            )
        for number in range(1, 5):
            Person.objects.create(pk=number, name=f"第{number}人")
        for s in inputs.shifts:
            self.shift(s.account, s.person, s.role, s.start_ms, s.end_ms, lead=s.lead)
        self.files(self.case)

    def shift(self, account: int, person: int, role: str, start: int, end: int, **other: bool) -> Shift:
        times = {"planned_start": instant(start), "planned_end": instant(max(end, start + 1))}
        return Shift.objects.create(account_id=account, person_id=person, role=role, **times, **other)

    def files(self, case: Case) -> None:
        tables = {**case.tables, "clock_in": [(200, 1000, self.punch(row)) for row in range(1, 9)]}
        batches: dict[tuple[int, str, int], list[dict]] = {}
        for table, rows in tables.items():
            for batch, as_of, row in rows:
                batches.setdefault((batch, table, as_of), []).append(row)
        for (batch, table, as_of), rows in batches.items():
            write_batch(settings.FACTS_ROOT / f"b{batch}", table, rows)
            Batch.objects.create(
                pk=batch, source=table, table=table, file_name=table, sha256=f"{batch:064d}", as_of=instant(as_of),
                folder=f"b{batch}", accepted=len(rows), rejected=0,
            )  # fmt: skip

    def punch(self, row: int) -> dict[str, object]:
        came = self.rng.choice([None, 0, 8 * 60, 12 * 60, 20 * 60])
        day = self.rng.choice(["2026-10-30", "2026-10-31"])
        said = {"person_name": f"第{self.rng.randint(1, 5)}人", "date": day, "first_minute": came, "last_minute": came}
        return {"row": row, "raw": "{}", **said}

    def edit(self) -> None:
        """What people do all day: a shift more, one less, other times, someone else; an outage comes and goes."""
        rng, shifts = self.rng, list(Shift.objects.order_by("pk"))
        acts: list[Callable[[], object]] = [self._add, self._outage, lambda: Outage.objects.all().delete()]
        acts += [self._decide, self._decide, lambda: MatchDecision.objects.order_by("pk").update(undone=True)]
        acts += [self._file, self._file, self._tag, self._longer]
        if shifts:
            one = rng.choice(shifts)
            acts += [one.delete, lambda: self._move(one), lambda: self._give(one), lambda: self._confirm(one)] * 2
        rng.choice(acts)()

    def _any(self) -> SessionIn:
        return self.rng.choice(self.sessions)

    def _add(self) -> None:
        session = self._any()
        start = session.start_ms + self.rng.choice(NUDGES) * MINUTE
        role = self.rng.choice(ROLES)
        self.shift(session.account, self.rng.randint(1, 4), role, start, start + self.rng.choice([1, 30, 200]) * MINUTE)

    def _outage(self) -> None:
        session = self._any()
        start = instant(session.start_ms) + timedelta(minutes=self.rng.choice([-5, 0, 13]))
        Outage.objects.create(
            account_id=session.account, start=start, end=start + timedelta(minutes=self.rng.choice([1, 40])),
            cause=self.rng.choice(["platform", "own_equipment"]), confirmed_at=start,
        )  # fmt: skip

    def _decide(self) -> None:
        """Whose orders those of a broadcast's time are: its own, or those of all that were on air with it."""
        session = self._any()
        room = next(a for a in self.case.inputs.accounts if a.id == session.account)
        lane = self.rng.choice([{"account_id": room.id}, {"currency": room.currency, "platform": room.platform}])
        made = MatchDecision.objects.create(
            start=instant(session.start_ms), end=instant(session.end_ms), about="test", reason="test", **lane
        )
        at_once = [s for s in self.sessions if s.start_ms < session.end_ms and session.start_ms < s.end_ms]
        for one in self.rng.sample(at_once, k=self.rng.randint(1, len(at_once))):
            made.choices.create(session_id=one.id, weight=self.rng.randint(1, 3))

    def _file(self) -> None:
        """A file is withdrawn, comes back, or is exported later than the others; most are of events."""
        every = list(Batch.objects.order_by("pk"))
        one = self.rng.choice([batch for batch in every if batch.table == "event"] * 3 + every)
        state = "withdrawn" if one.state == "visible" else "visible"
        later = one.as_of + timedelta(milliseconds=self.rng.choice([-500, 500]))
        Batch.objects.filter(pk=one.pk).update(**self.rng.choice([{"state": state}, {"as_of": later}]))

    def _tag(self) -> None:
        if self.rng.random() < 0.5:
            TagRule.objects.all().delete()
        else:
            TagRule.objects.create(tag="gift", by="amount_at_most", value=str(self.rng.choice([1, 50, 5000])))

    def _longer(self) -> None:
        """What is said of a broadcast's end."""
        Session.objects.filter(pk=self._any().id).update(end=F("end") + timedelta(minutes=self.rng.choice([1, 40])))

    def _move(self, shift: Shift) -> None:
        nudge = timedelta(minutes=self.rng.choice(NUDGES))
        Shift.objects.filter(pk=shift.pk).update(
            planned_start=shift.planned_start + nudge, planned_end=shift.planned_end + nudge
        )

    def _give(self, shift: Shift) -> None:
        Shift.objects.filter(pk=shift.pk).update(person=self.rng.randint(1, 4), lead=self.rng.random() < 0.5)

    def _confirm(self, shift: Shift) -> None:
        Shift.objects.filter(pk=shift.pk).update(
            state="confirmed", confirmed_start=shift.planned_start, confirmed_end=shift.planned_end
        )
