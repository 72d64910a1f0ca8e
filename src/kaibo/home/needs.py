"""What needs this user today: a count and one action each, the most urgent first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.appeals.page import to_decide as appeals_to_decide
from kaibo.appraisal.cycle.asked import Asked
from kaibo.appraisal.cycle.mine import due as due_reviews
from kaibo.appraisal.models import Appeal, AppealState, Cycle, CycleState, Review
from kaibo.audit.models import AuditEvent
from kaibo.imports.models import Batch, BatchState, Upload, UploadState
from kaibo.jobs.access import visible_jobs
from kaibo.jobs.models import Job, JobState
from kaibo.live.access import leaves_to_decide, visible_shifts
from kaibo.live.models import Account, LeaveState, Session, Shift, ShiftState, Target
from kaibo.live.nights import Days, business_day, last_night, open_shifts
from kaibo.live.roster import Offers, offers
from kaibo.live.same_rooms import same_names
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.access import visible_sessions
from kaibo.measurement.finders import current_facts, total
from kaibo.measurement.matches_page import waiting
from kaibo.measurement.models import Computation
from kaibo.measurement.months import local_midnight, next_month
from kaibo.measurement.rates import lacking
from kaibo.measurement.session_list import unreviewed


@dataclass(frozen=True)
class Need:
    """One thing to do: what it is, why, and the page where it is done. `tone`: warn or danger for the icon."""

    icon: str
    title: str
    note: str
    action: str
    url: str
    tone: str = ""


def needs_of(user: User, now: datetime) -> list[Need]:
    """Whatever stops numbers from being right, of what this user may put right; and one's own shifts."""
    held = [find for right, find in FINDERS if user.can(right)]
    # who confirms shifts hears of them all
    finders = [find for find in held if find is not _own or _shifts not in held]
    return [need for find in finders for need in find(user, now)]


def _failed_jobs(user: User, now: datetime) -> list[Need]:
    """The newest of its kind and arguments failed: numbers may be older than the data."""
    later = Job.objects.filter(kind=OuterRef("kind"), args=OuterRef("args"), pk__gt=OuterRef("pk"))
    failed = visible_jobs(user).filter(~Exists(later), state=JobState.FAILED, ended_at__gt=now - timedelta(days=7))
    job = failed.order_by("-pk").first()
    if job is None:
        return []
    title, note = _("A background task did not finish"), _("What was there before is unchanged.")
    return [Need("alert-circle", title, note, _("See why"), reverse("jobs:job", args=[job.pk]), "danger")]


def _flagged(user: User, _now: datetime) -> list[Need]:
    shifts = list(visible_shifts(user).exclude(flag="").exclude(state=ShiftState.CANCELLED).select_related("person"))
    if not shifts:
        return []
    title = ngettext("%(count)d shift is said to be wrong", "%(count)d shifts are said to be wrong", len(shifts)) % {
        "count": len(shifts)
    }
    first = shifts[0]
    url = reverse("live:shift", args=[first.pk]) if len(shifts) == 1 else _shifts_url(shifts)
    return [Need("flag", title, f"{first.person}: {first.flag}", _("Have a look"), url, "warn")]


def _leave(user: User, _now: datetime) -> list[Need]:
    """Requests of one's people; never one's own."""
    asked = list(leaves_to_decide(user).filter(state=LeaveState.ASKED).select_related("person")[:20])
    if not asked:
        return []
    title = ngettext("%(count)d request for leave to decide", "%(count)d requests for leave to decide", len(asked)) % {
        "count": len(asked)
    }
    note = _(", ").join(dict.fromkeys(leave.person.name for leave in asked[:3]))
    return [Need("calendar-event", title, note, _("Decide"), f"{reverse('live:leave')}#waiting", "warn")]


def _shifts_url(shifts: Sequence[Shift]) -> str:
    days = [business_day(at) for shift in shifts if (at := shift.planned_start or shift.confirmed_start)]
    return f"{reverse('live:shifts')}?{Days(min(days), max(days), only_open=True).query}"


def _shifts(user: User, now: datetime) -> list[Need]:
    starts = open_shifts(user, now)
    if not starts:
        return []
    night = last_night(now)
    last = sum(night.start <= start < night.end for start in starts)
    if last == len(starts):
        title = ngettext(
            "%(count)d shift of last night to confirm", "%(count)d shifts of last night to confirm", last
        ) % {"count": last}
        days = night
    else:
        title = ngettext("%(count)d shift to confirm", "%(count)d shifts to confirm", len(starts)) % {
            "count": len(starts)
        }
        days = Days(business_day(starts[0]), business_day(starts[-1]), only_open=True)
    note = _("Until then their numbers are provisional.")
    return [Need("calendar-check", title, note, _("Confirm"), f"{reverse('live:shifts')}?{days.query}", "warn")]


def _same_names(_user: User, _now: datetime) -> list[Need]:
    """A nickname and a number that are one room, each with a part of the numbers."""
    found = same_names()
    if not found:
        return []
    note = "; ".join(f"{one.room.name} ({one.room.handle}) → {one.into.name} ({one.into.handle})" for one in found[:2])
    url = f"{reverse('live:rooms')}#same-names"
    return [Need("building-store", _("Rooms of the same name"), note, _("Merge"), url, "warn")]


def _uploads(_user: User, _now: datetime) -> list[Need]:
    waiting = list(Upload.objects.filter(state=UploadState.PREVIEW).order_by("pk")[:20])
    if not waiting:
        return []
    title = ngettext("%(count)d file waits for your yes", "%(count)d files wait for your yes", len(waiting)) % {
        "count": len(waiting)
    }
    url = reverse("home:upload_one", args=[waiting[0].pk]) if len(waiting) == 1 else reverse("home:upload")
    note = ", ".join(upload.file_name for upload in waiting[:2])
    return [Need("database-import", title, note, _("Check"), url)]


def roster_offers() -> Offers:
    """What rosters need explained. Read from the files only after something was changed, as the audit knows."""
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"roster-offers-{newest}"
    found: Offers | None = cache.get(key)
    if found is None:
        has_roster = Batch.objects.filter(table="roster_shift", state=BatchState.VISIBLE).exists()
        found = offers() if has_roster else Offers()
        cache.set(key, found, 3600)
    return found


def _roster(_user: User, _now: datetime) -> list[Need]:
    found = roster_offers()
    if not found.any:
        return []
    parts = [
        text % {"count": count}
        for count, text in [
            (len(found.names), ngettext("%(count)d new name", "%(count)d new names", len(found.names))),
            (len(found.codes), ngettext("%(count)d code", "%(count)d codes", len(found.codes))),
            (len(found.rooms), ngettext("%(count)d room", "%(count)d rooms", len(found.rooms))),
        ]
        if count
    ]
    title = _("The roster has to be explained once: %(what)s") % {"what": _(", ").join(parts)}
    note = _("Afterwards its shifts are planned, and the next roster is understood by itself.")
    return [Need("user-question", title, note, _("Explain"), reverse("live:roster"), "warn")]


def _doubts(_user: User, _now: datetime) -> list[Need]:
    """What files leave open between sessions; doubtful shifts are in the line of shifts."""
    count = waiting()
    if not count:
        return []
    title = ngettext("%(count)d group is in doubt", "%(count)d groups are in doubt", count) % {"count": count}
    note = _("Orders of two broadcasts at once, reports that overlap, broadcasts that broke off.")
    return [Need("help-circle", title, note, _("Settle"), reverse("measurement:matches"), "warn")]


def rates_lacking() -> list[tuple[str, str, int]]:
    """The rates that money waits for (measurement.rates). Looked for only after something was changed or computed."""
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    computed = Computation.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"rates-lacking-{newest}-{computed}"
    found: list[tuple[str, str, int]] | None = cache.get(key)
    if found is None:
        found = lacking() if computed else []
        cache.set(key, found, 3600)
    return found


def _rates(_user: User, _now: datetime) -> list[Need]:
    """Money in another currency counts nowhere while its day has no rate."""
    found = rates_lacking()
    if not found:
        return []
    title = ngettext("%(count)d exchange rate is missing", "%(count)d exchange rates are missing", len(found)) % {
        "count": len(found)
    }
    days = sorted(day for _currency, day, _sessions in found)
    note = _("Amounts in %(currencies)s of %(first)s to %(last)s wait for them and count nowhere.") % {
        "currencies": _(", ").join(sorted({currency for currency, _day, _sessions in found})),
        "first": days[0], "last": days[-1],
    }  # fmt: skip
    return [Need("report-money", title, note, _("Enter"), reverse("measurement:rates"), "warn")]


def _pending(_user: User, _now: datetime) -> list[Need]:
    """Orders exported on the day itself do not yet say where they came from."""
    facts = current_facts().filter(place="outside", kind="pending")
    amounts = {(f.measure, f.basis): f.amount for f in facts}
    if not facts:
        return []
    count = sum(fact.amount for fact in facts if fact.measure == "orders") or total(amounts, "orders") or len(facts)
    title = ngettext(
        "%(count)d order does not say yet where it came from",
        "%(count)d orders do not say yet where they came from",
        count,
    ) % {"count": count}
    first, last = min(f.date for f in facts), max(f.date for f in facts)
    note = _("Export the orders of %(days)s again and upload them: the platform fills it in on the next day.") % {
        "days": numbers.day_short(first) if first == last else f"{numbers.day_short(first)}–{numbers.day_short(last)}"
    }
    return [Need("receipt", title, note, _("Upload"), reverse("home:upload"), "warn")]


def _rejects(_user: User, _now: datetime) -> list[Need]:
    batches = Batch.objects.filter(state=BatchState.VISIBLE).filter(Q(rejected__gt=0) | Q(held__gt=0))
    found = list(batches.order_by("-pk")[:20])
    if not found:
        return []
    rows = batches.aggregate(rows=Sum("rejected") + Sum("held"))["rows"]
    title = ngettext("%(count)d row was not taken over", "%(count)d rows were not taken over", rows) % {"count": rows}
    url = reverse("imports:batch", args=[found[0].pk]) if len(found) == 1 else reverse("imports:batches")
    return [Need("file-alert", title, ", ".join(b.file_name for b in found[:2]), _("See which"), url)]


def _targets(_user: User, now: datetime) -> list[Need]:
    """Rooms that went on air in the newest month with sessions and have no target for it."""
    newest = Session.objects.filter(gone=False, start__lte=now).order_by("-start").first()
    if newest is None:
        return []
    month = business_day(newest.start).replace(day=1)
    on_air = Session.objects.filter(
        account=OuterRef("pk"),
        gone=False,
        start__gte=local_midnight(month),
        start__lt=local_midnight(next_month(month)),
    )
    aimed = Target.objects.filter(account=OuterRef("pk"), month=month)
    rooms = list(Account.objects.filter(Exists(on_air), ~Exists(aimed)))
    if not rooms:
        return []
    title = ngettext(
        "%(count)d room has no target for %(month)s", "%(count)d rooms have no target for %(month)s", len(rooms)
    ) % {"count": len(rooms), "month": numbers.month(month)}
    url = reverse("live:room", args=[rooms[0].pk]) if len(rooms) == 1 else reverse("live:rooms")
    note = _("Sales attainment waits for it: %(rooms)s") % {"rooms": _(", ").join(room.name for room in rooms[:3])}
    return [Need("target", title, note, _("Set it"), url)]


def _own(user: User, now: datetime) -> list[Need]:
    """A person's own shifts that were confirmed lately: the time to say that one is wrong is now."""
    lately = now - timedelta(days=3)
    own = Shift.objects.filter(person__user=user, flag="")
    fresh = own.filter(state__in=[ShiftState.CONFIRMED, ShiftState.ABSENT], confirmed_at__gte=lately).count()
    if not fresh:
        return []
    title = ngettext("%(count)d of your shifts was confirmed", "%(count)d of your shifts were confirmed", fresh) % {
        "count": fresh
    }
    note = _("Have a look at the times. If one is wrong, say so there.")
    return [Need("calendar-check", title, note, _("Have a look"), reverse("live:shifts"))]


def _reviews(user: User, now: datetime) -> list[Need]:
    """Broadcasts of the last business day of which nobody has said how they went: a lead's all, else one's own."""
    night = last_night(now)
    there = visible_sessions(user).filter(joined_to__isnull=True, end__lte=now)
    found = list(unreviewed(there.filter(start__gte=night.start, start__lt=night.end)).order_by("start")[:50])
    if not found:
        return []
    title = ngettext(
        "%(count)d session of yesterday has no review yet",
        "%(count)d sessions of yesterday have no review yet",
        len(found),
    ) % {"count": len(found)}
    if len(found) == 1:
        url = reverse("measurement:notes", args=[found[0].pk])
    else:
        url = f"{reverse('measurement:sessions')}?from={night.first}&to={night.last}&state=unreviewed"
    note = _("What went well, what went wrong, what to do next time: while it is fresh.")
    return [Need("message-report", title, note, _("Write a review"), url)]


def _appeals(user: User, now: datetime) -> list[Need]:
    """Those given to this user, those that nobody independent has, and decisions on one's own of these days."""
    needs = []
    given = list(appeals_to_decide(user).select_related("review__person").distinct()[:50])
    if given:
        title = ngettext("%(count)d appeal waits for you", "%(count)d appeals wait for you", len(given))
        names = _(", ").join(dict.fromkeys(one.review.person.name for one in given[:3]))
        needs.append(Need("scale", title % {"count": len(given)}, names, _("Decide"), _appeal_url(given), "warn"))
    nobody = Appeal.objects.filter(state=AppealState.OPEN, rounds__verdict="", rounds__reviewer=None)
    orphans = list(nobody.exclude(review__person__user=user)[:50]) if user.can(Right.RUN_CYCLES) else []
    if orphans:
        title = ngettext(
            "%(count)d appeal has nobody to decide", "%(count)d appeals have nobody to decide", len(orphans)
        )
        note = _("The rule found nobody who had no part in the review. Name somebody.")
        needs.append(
            Need("scale", title % {"count": len(orphans)}, note, _("Name somebody"), _appeal_url(orphans), "warn")
        )
    lately = Q(ended_at__gt=now - timedelta(days=5), state=AppealState.DECIDED)
    answered = list(Appeal.objects.filter(lately, review__person__user=user)[:50])
    if answered:
        title = ngettext(
            "%(count)d appeal of yours is decided", "%(count)d appeals of yours are decided", len(answered)
        )
        note = _("If you do not agree, somebody else decides on the second level.")
        needs.append(Need("scale", title % {"count": len(answered)}, note, _("Have a look"), _appeal_url(answered)))
    return needs


def _calibration(_user: User, _now: datetime) -> list[Need]:
    """Cycles whose scores are side by side now."""
    found = list(Cycle.objects.filter(state=CycleState.CALIBRATION)[:1])
    if not found:
        return []
    title = _("Scores of %(month)s are being calibrated") % {"month": numbers.month(found[0].month)}
    url = reverse("appraisal:calibration", args=[f"{found[0].month:%Y-%m}"])
    return [Need("scale", title, _("Have a look before they are published."), _("Have a look"), url)]


def _appeal_url(found: Sequence[Appeal]) -> str:
    return reverse("appraisal:appeal", args=[found[0].pk]) if len(found) == 1 else reverse("appraisal:appeals")


def _monthly_reviews(user: User, now: datetime) -> list[Need]:
    """What the review of a month waits for from this user: their assessment, their ratings, that they have read it."""
    found, needs = due_reviews(user), []
    mine = reverse("appraisal:reviews")
    for review in found.unseen:
        title = _("Your review of %(month)s is published") % {"month": numbers.month(review.cycle.month)}
        note = _("Read it, and say that you have seen it. That is no agreement.")
        needs.append(
            Need("clipboard-check", title, note, _("Read it"), reverse("appraisal:review", args=[review.pk]), "warn")
        )
    for review in found.assess:
        title = _("Your self-assessment of %(month)s is due") % {"month": numbers.month(review.cycle.month)}
        url = reverse("appraisal:assess", args=[review.pk])
        needs.append(Need("pencil", title, _until(review, now), _("Assess myself"), url, "warn"))
    for one in found.say[:5]:
        title = _("Say how you see %(who)s, %(month)s") % {
            "who": one.review.person.name, "month": numbers.month(one.review.cycle.month),
        }  # fmt: skip
        url = reverse("appraisal:say", args=[one.review.pk])
        needs.append(Need("pencil", title, _until(one, now), _("Rate"), url, "warn"))
    if found.rate:
        count = len(found.rate)
        title = ngettext("%(n)d review to rate", "%(n)d reviews to rate", count) % {"n": count}
        note = _(", ").join(one.person.name for one in found.rate[:4])
        url = mine if count > 1 else reverse("appraisal:rate", args=[found.rate[0].pk])
        late = _until(found.rate[0], now)
        needs.append(Need("clipboard-check", title, f"{note} · {late}" if late else note, _("Rate"), url, "warn"))
    return needs


def _until(review: Review | Asked, now: datetime) -> str:
    at = getattr(review, "due_at", None)
    if at is None:
        return ""
    return (_("was due %(at)s") if at < now else _("until %(at)s")) % {"at": numbers.day_clock(at)}


# what is found only for who can do something about it
FINDERS: Sequence[tuple[Right, Callable[[User, datetime], list[Need]]]] = (
    (Right.IMPORT_FILES, _failed_jobs),
    (Right.PLAN_ROSTER, _flagged),
    (Right.DECIDE, _leave),
    (Right.ACT_OWN, _appeals),
    (Right.APPROVE_REVIEWS, _calibration),
    (Right.PLAN_ROSTER, _shifts),
    (Right.IMPORT_FILES, _uploads),
    (Right.PLAN_ROSTER, _roster),
    (Right.MANAGE_ROOMS, _same_names),
    (Right.CORRECT_RECORDS, _doubts),
    (Right.CORRECT_RECORDS, _rates),
    (Right.IMPORT_FILES, _pending),
    (Right.IMPORT_FILES, _rejects),
    (Right.SET_TARGETS, _targets),
    (Right.ACT_OWN, _monthly_reviews),
    (Right.ACT_OWN, _own),
    (Right.ACT_OWN, _reviews),
)
