"""Keeps a month's scores for the pages that show many people: computed once, by the worker, as people's pages do it.

Only scores that differ are written, invisible until all of them are there; one short flip shows them. Killed at any
moment, what was kept before stays whole.
"""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from kaibo.appraisal.cards import CARDS
from kaibo.appraisal.cycle import looking
from kaibo.appraisal.kept import Kept, around, kept_from
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptRoom, KeptScore, KeptState
from kaibo.appraisal.month import month_from
from kaibo.appraisal.month_data import read
from kaibo.appraisal.own_cards.store import Published, published
from kaibo.appraisal.period import month_text, previous_month
from kaibo.appraisal.places import asks_age, first_broadcasts, is_mature
from kaibo.appraisal.roles import has_shifts
from kaibo.audit.models import AuditEvent
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress, enqueue
from kaibo.kpi.canonical import plain
from kaibo.kpi.catalog import KPIS
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.covered import coverage
from kaibo.measurement.due import KIND as COMPUTE
from kaibo.measurement.finders import credits_of_month, current
from kaibo.measurement.holdings import Holding, holdings_in
from kaibo.measurement.months import month_of, next_month
from kaibo.measurement.named import direct_credits
from kaibo.measurement.planned import planned_in
from kaibo.measurement.room_values import answers_in
from kaibo.org.models import Person

KIND = "keep_month"
# counts up when the kept rows say something more
FORMAT = 9
# what is said of people and positions (a card may ask for stage and level), and no computation rests on
BESIDE_FILES = (
    "appoint", "import_people", "end_appointment", "take_back_appointment", "protect", "end_protection", "deactivate",
    "reactivate", "move_host", "take_back_stage", "save_position",
    # where departments stand decides whose rooms are whose team's
    "add_department", "save_department", "close_department", "reopen_department",
)  # fmt: skip
SAID_OF = ("org.person", "org.peoplelist", "org.position", "org.department")
# people read at once, and scores written in one transaction
CHUNK = 200
# a page may be half-way through reading what was just replaced
REPLACED_FOR = timedelta(minutes=5)
# longer than any run goes on between two chunks
SILENT_FOR = timedelta(minutes=30)


def grounds() -> dict[date, str]:
    """Computed month → a mark of everything its scores rest on; when it differs, they are kept again.

    Verbs that change shifts, targets or matches name their months, which are then computed or found unchanged: both
    are seen in the computation's time. Where a card asks how old rooms are that counts too: a file of another month may
    tell of an older broadcast. Five queries, then six.
    """
    computed = {c.month: (c.pk, c.started_at.isoformat()) for c in current().order_by("month")}
    imported = coverage()
    moved = AuditEvent.objects.filter(target_type__in=SAID_OF, verb__in=BESIDE_FILES)
    newest = moved.order_by("-pk").values_list("pk", flat=True).first()
    team = published()
    begun = first_broadcasts() if asks_age((*CARDS, *team.cards)) else {}
    general = [FORMAT, settings.REFUND_DAYS, settings.BUSINESS_DAY_STARTS_AT, _cards(team), _kpis(), newest]
    return {
        month: _mark(
            general,
            [computed.get(near) for near in (previous_month(month), month, next_month(month))],
            imported.said(month, next_month(month) - timedelta(days=1)),
            sorted((platform, span.as_of) for platform, span in imported.newest_after_sales.items()),
            sorted(room for room, at in begun.items() if is_mature(at, month)),
        )
        for month in computed
    }


def enqueue_unkept() -> list[str]:
    """Queue one keeping for each month whose grounds have changed; gives those months. Cheap when none has."""
    months = _unkept()
    for month in months:
        enqueue(kind=KIND, by=None, args={"month": month}, once=True)
    return months


def keep_unkept_now(progress: Progress | None = None) -> list[str]:
    """Keep in this process every month that the worker would queue next; gives those months."""
    months = _unkept()
    for month in months:
        keep_month(progress or Progress(), month)
    return months


def keep_month(progress: Progress, month: str) -> int:
    """Keep the scores of `month` (YYYY-MM); gives how many differ from what was kept, gone ones included.

    Where another process kept it meanwhile, that one's stay. Raises ValueError for a text that is no month.
    """
    first = month_of(month)
    if first is None:
        raise ValueError(f"not a month: {month}")
    sweep()
    kept_month, _made = KeptMonth.objects.get_or_create(month=first)
    kept_month.began_at = timezone.now()
    ground = grounds().get(first, "")
    run = uuid.uuid4().hex
    closed = closed_months()
    held = holdings_in(first, closed)
    people = _people(first, held, closed)
    known = _known(first)
    changed: set[tuple[int, str]] = set()
    done = 0
    for chunk in [people[start : start + CHUNK] for start in range(0, len(people), CHUNK)]:
        fresh = list(_scores(chunk, first, held))
        differing = [kept for kept in fresh if known.get(_key(kept.score)) != kept.score.digest]
        gone = {key for key in known if key[0] in chunk} - {_key(kept.score) for kept in fresh}
        _write(differing, run)
        changed |= {_key(kept.score) for kept in differing} | gone
        done += len(chunk)
        progress.step(done, len(people))
    differ = len(changed) if _flip(kept_month, run, changed, ground) else 0
    looking.look_at(first)
    return differ


def sweep() -> None:
    """Delete what was replaced a while ago and what a dead run left, in chunks."""
    now = timezone.now()
    replaced = KeptScore.objects.filter(state=KeptState.OLD, changed_at__lte=now - REPLACED_FOR)
    dead = KeptScore.objects.filter(state=KeptState.BUILDING, changed_at__lte=now - SILENT_FOR)
    for scores in (replaced, dead):
        while ids := list(scores.values_list("pk", flat=True)[:CHUNK]):
            KeptScore.objects.filter(pk__in=ids).delete()


def _unkept() -> list[str]:
    """The months whose grounds are others than when they were kept; those about to be computed come after that."""
    kept = dict(KeptMonth.objects.values_list("month", "ground"))
    begun = Job.objects.filter(kind=COMPUTE, state__in=[JobState.QUEUED, JobState.RUNNING])
    computing = {args.get("month") for args in begun.values_list("args", flat=True)}
    months = [month_text(month) for month, ground in sorted(grounds().items()) if kept.get(month) != ground]
    return [month for month in months if month not in computing]


def _cards(team: Published) -> list[object]:
    """What the cards say, the same in every process; of the team's own and of its KPIs which versions there are."""
    return [*(plain(card) for card in CARDS), [digest for _kind, _pk, digest in team.rows]]


def _kpis() -> list[object]:
    return [[kpi.key, kpi.version, repr(kpi.numerator), repr(kpi.denominator)] for kpi in KPIS.values()]


def _mark(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def _people(month: date, held: Sequence[Holding], closed: Closed) -> list[int]:
    """Who has credit, a plan or a kept score in the month, answers for a room, or held a position without shifts."""
    credited = credits_of_month(month, closed).filter(person__isnull=False).order_by().values_list("person", flat=True)
    planned = {shift.person_id for shift in planned_in(month, next_month(month))}
    kept = KeptScore.objects.filter(month=month, state=KeptState.CURRENT).values_list("person", flat=True)
    named = direct_credits(month).filter(person__isnull=False).order_by().values_list("person", flat=True)
    answering = {one.person for one in answers_in(month, closed)}
    holding = {one.person for one in held if not has_shifts(one.position)}
    return sorted({*credited.distinct(), *planned, *kept.distinct(), *named.distinct(), *answering, *holding})


def _known(month: date) -> Mapping[tuple[int, str], str]:
    rows = KeptScore.objects.filter(month=month, state=KeptState.CURRENT)
    return {(person, role): digest for person, role, digest in rows.values_list("person", "role", "digest")}


def _scores(people: Sequence[int], month: date, held: Sequence[Holding]) -> Iterator[Kept]:
    """Every role of every one of them, from what is read at once."""
    persons = list(Person.objects.filter(pk__in=people).order_by("pk"))
    theirs = [one for one in held if one.person in set(people)]
    data, beside = read(persons, month, held=theirs, everyone=held), around(people, month, theirs)
    for person in persons:
        first = month_from(data, person)
        for place, role in enumerate(first.roles):
            yield kept_from(data, month_from(data, person, role=role) if place else first, beside)


def _key(score: KeptScore) -> tuple[int, str]:
    return score.person_id, score.role


@transaction.atomic
def _write(kept: Sequence[Kept], run: str) -> None:
    """Invisible rows."""
    scores = [one.score for one in kept]
    for score in scores:
        score.run, score.state = run, KeptState.BUILDING
    KeptScore.objects.bulk_create(scores)
    for one in kept:
        for line in one.lines:
            line.score = one.score
        for room in one.rooms:
            room.score = one.score
    KeptLine.objects.bulk_create(line for one in kept for line in one.lines)
    KeptRoom.objects.bulk_create(room for one in kept for room in one.rooms)


@transaction.atomic
def _flip(began: KeptMonth, run: str, changed: Collection[tuple[int, str]], ground: str) -> bool:
    """Show what the run wrote instead of what it replaces, all at once; False where another run was faster."""
    now = timezone.now()
    kept = KeptMonth.objects.select_for_update().get(pk=began.pk)
    if kept.runs != began.runs:
        KeptScore.objects.filter(run=run).update(state=KeptState.OLD, changed_at=now)
        return False
    of_month = KeptScore.objects.filter(month=kept.month)
    mine = of_month.filter(run=run, state=KeptState.BUILDING)
    written = mine.filter(person=OuterRef("person"), role=OuterRef("role"))
    before = of_month.filter(state=KeptState.CURRENT)
    gone = set(changed) - set(mine.values_list("person", "role"))
    before.filter(Exists(written)).update(state=KeptState.OLD, changed_at=now)
    for person, role in gone:
        before.filter(person=person, role=role).update(state=KeptState.OLD, changed_at=now)
    mine.update(state=KeptState.CURRENT, changed_at=now)
    data = read([], kept.month)
    kept.ground, kept.began_at, kept.kept_at, kept.runs = ground, began.began_at, now, kept.runs + 1
    kept.until, kept.is_over = data.until, data.is_over
    kept.save()
    return True
