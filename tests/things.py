"""What the paths of the table of addresses name: one of everything, of 林晓彤, of another department, of a room."""

from datetime import UTC, date, datetime

from django.utils import timezone

from kaibo.appraisal.actions import begin_draft, save_kpi
from kaibo.appraisal.models import (
    Appeal,
    AppealFile,
    AppealRound,
    Cycle,
    CycleState,
    Invitation,
    Review,
    ReviewLine,
    ReviewNote,
)
from kaibo.facts.schema import SESSION_REPORT, TAGGED_LINE
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch, Mapping, MappingVersion, Upload, UploadState
from kaibo.jobs.models import Job
from kaibo.live.actions import make_feed
from kaibo.live.models import (
    Account,
    Leave,
    Outage,
    Responsibility,
    RoomDepartment,
    Session,
    SessionNote,
    Shift,
    ShiftCode,
    Simulcast,
    TagRule,
)
from kaibo.login.actions import make_link, prepare_sign_in
from kaibo.login.models import LinkKind, Role, User
from kaibo.measurement.models import Closing, ClosingState
from kaibo.org.models import Appointment, Department, PeopleList, Person, Position, Process
from tests import access_of_roles

START, END = datetime(2026, 10, 18, 11, tzinfo=UTC), datetime(2026, 10, 18, 13, tzinfo=UTC)


def _files(cast, settings, as_of: datetime) -> dict[str, object]:
    """A report, a list of orders, a mapping, and a file that was refused."""
    write_batch(settings.FACTS_ROOT / "one", SESSION_REPORT, [{"row": 2, "raw": "{}", "start_ms": 0}])
    batch = Batch.objects.create(
        source="douyin_sessions", table=SESSION_REPORT, file_name="x.xlsx", sha256="0" * 64, as_of=as_of, folder="one",
        accepted=1, rejected=0,
    )  # fmt: skip
    tagged = Batch.objects.create(
        source="tag_lists", table=TAGGED_LINE, file_name="y.csv", sha256="1" * 64, as_of=as_of, folder="two",
        accepted=1, rejected=0,
    )  # fmt: skip
    mapping = Mapping.objects.create(name="我们的表", fingerprint="0" * 32, table=SESSION_REPORT)
    said = {"header": ["开播时间"], "columns": [["开播时间", "start_ms", "ymd"]], "platform": "other"}
    MappingVersion.objects.create(mapping=mapping, number=1, data=said)
    upload = Upload.objects.create(
        by=cast.owner, file_name="x.xlsx", sha256="0" * 64, size=1, stored_as="none", state=UploadState.REFUSED,
        source="handover_readings",
    )  # fmt: skip
    return {"batch": batch.pk, "tagged": tagged.pk, "upload": upload.pk, "mapping": mapping.pk}


def _appeal(cast) -> dict[str, object]:
    """The host's published October, appealed against with evidence; nobody who is asked for has to decide it."""
    cycle = Cycle.objects.create(month=date(2026, 10, 1), state=CycleState.APPEAL_WINDOW, pay_on=date(2026, 11, 28))
    review = Review.objects.create(
        cycle=cycle, person=cast.host, role="host", reviewer=cast.lead, version=1, published_at=timezone.now()
    )
    line = ReviewLine.objects.create(review=review, number=1, key="net_paid", kpi="net_paid", weight=20, points=12)
    about = {"line": line, "version": 1, "points": 12, "about": "line", "by": cast.host.user}
    appeal = Appeal.objects.create(review=review, **about)
    told = AppealRound.objects.create(appeal=appeal, level=1, text="目标不对")
    file = AppealFile.objects.create(
        round=told, name="x.pdf", kind="pdf", size=5, sha256="0" * 64, content=b"%PDF-", by=cast.host.user
    )
    return {"cycle": cycle.pk, "review": review.pk, "review_line": line.pk, "appeal": appeal.pk, "evidence": file.pk}


def _reviews(cast) -> dict[str, object]:
    """The host's reviews: September's in progress, August's published; a note of theirs."""
    made = {}
    for name, month, state in [
        ("open_review", date(2026, 9, 1), "manager"),
        ("read_review", date(2026, 8, 1), "published"),
    ]:
        cycle = Cycle.objects.create(month=month, state=state, pay_on=date(2026, 10, 28))
        made[name] = Review.objects.create(cycle=cycle, person=cast.host, role="host", reviewer=cast.lead)
    read = made["read_review"]
    read.published_at, read.version = datetime(2026, 9, 20, tzinfo=UTC), 1
    read.save()
    note = ReviewNote.objects.create(
        person=cast.host, month=date(2026, 9, 1), day=date(2026, 9, 3), text="x", by=cast.host.user
    )
    asked = Invitation.objects.create(review=made["open_review"], rater=cast.other, kind="peer", state="invited")
    return {name: review.pk for name, review in made.items()} | {"review_note": note.pk, "asked": asked.pk}


def _colleagues(cast) -> None:
    """A lead of another department, a head over both, and one of every other role are added to the cast."""
    other = User.objects.create_user("fangzhi", password="kaibo-demo-1", role=Role.LEAD)
    person = Person.objects.create(name="方知夏", user=other)
    Appointment.objects.create(
        person=person, position=Position.objects.get(key="ads"), department=Department.objects.get(name="投放部"),
        start=date(2026, 1, 1),
    )  # fmt: skip
    cast.other = person
    top = Department.objects.create(name="公司")
    Department.objects.exclude(pk=top.pk).update(parent=top)
    for name, role in access_of_roles.ROLES.items():
        user = User.objects.create_user(name, password="kaibo-demo-1", role=role)
        setattr(cast, name, Person.objects.create(name=name, user=user))
    Appointment.objects.create(
        person=cast.head, position=Position.objects.get(key="ads"), department=top, start=date(2026, 1, 1)
    )


def _of_the_host(cast) -> dict[str, object]:
    """What the host holds and is under, each as it is saved."""
    host = cast.host
    return {
        "host": host.pk,
        "holder": host.user_id,
        "grant": host.user.grants.get().pk,
        "alias": host.aliases.create(alias="晓晓").pk,
        "held": host.appointments.get().pk,
        "terms": host.engagements.create(kind="employee", start=date(2026, 1, 1)).pk,
        "stage": host.stages.create(stage="regular", day=date(2026, 1, 1)).pk,
        "protection": host.protections.create(start=date(2026, 1, 1), end=date(2026, 3, 1)).pk,
        "feed": make_feed(by=cast.owner, person=host, language="zh-hans")[1],
        "leave": Leave.objects.create(person=host, kind="annual", start=START, end=END).pk,
    }


def _of_a_room(cast) -> dict[str, object]:
    """A room with a session and a shift of the host's, and what is said of them; `elsewhere`: without them."""
    # whatever people type, no file makes a formula of it
    room = Account.objects.create(handle="=shenghuo", name="=1+1 旗舰店")
    session = Session.objects.create(account=room, start=START, end=END, by_hand=True)
    elsewhere = Session.objects.create(account=Account.objects.create(handle="b", name="b"), start=START, end=END)
    shift = Shift.objects.create(
        account=room, person=cast.host, role="host", planned_start=START, planned_end=END, flag="不对"
    )
    duty = Responsibility.objects.create(account=room, person=cast.host, duty="manager", start=date(2026, 1, 1))
    live = Department.objects.get(name="直播一部")
    return {
        "room": room.pk,
        "session": session.pk,
        "elsewhere": elsewhere.pk,
        "shift": shift.pk,
        "outage": Outage.objects.create(account=room, start=START, end=END, cause="venue").pk,
        "duty": duty.pk,
        "placed": RoomDepartment.objects.create(account=room, department=live, start=date(2026, 1, 1)).pk,
        "note": SessionNote.objects.create(session=session, kind="free", text="x", by=cast.owner).pk,
        "own_note": SessionNote.objects.create(session=session, kind="free", text="x", by=cast.host.user).pk,
        "code": ShiftCode.objects.create(code="休", off=True).pk,
        "simulcast": Simulcast.objects.create(name="双播", start=date(2026, 10, 1)).pk,
        "tag": TagRule.objects.create(tag="福袋", by="amount_at_most", value="1", reason="福袋").pk,
    }


def _of_the_company(cast) -> dict[str, object]:
    """Departments, positions, scorecards, and two links that open without signing in."""
    own_kpi = save_kpi(
        by=cast.owner, key="own_rate", zh="成交", en="Rate", formula="orders / views", unit="ratio", direction="up"
    )
    invited = prepare_sign_in(by=cast.owner, username="", email="", role=Role.PERSON)
    return {
        "department": Department.objects.get(name="直播一部").pk,
        "process": Process.objects.create(name="直播现场").pk,
        "post": Position.objects.get(key="host").pk,
        "list": PeopleList.objects.create(file_name="people.csv", sha256="0" * 64, titles={"name": "姓名"}).pk,
        "own_kpi": own_kpi.pk,
        "card": begin_draft(by=cast.owner, role="tech").pk,
        "invitation": make_link(by=cast.owner, user=invited, kind=LinkKind.INVITATION)[1],
        "reset": make_link(by=cast.owner, user=cast.outsider.user, kind=LinkKind.RESET)[1],
    }


def one_of_each(cast, settings) -> dict[str, object]:
    """What the paths of the table name. `host` is the person; others are added to the cast."""
    _colleagues(cast)
    made = _of_a_room(cast) | _files(cast, settings, END) | _reviews(cast)
    # closed once, and opened again
    (settings.FACTS_ROOT / "closed" / "x").mkdir(parents=True)
    Closing.objects.create(month=date(2026, 10, 1), state=ClosingState.REOPENED, folder="x", snapshot="0" * 64)
    made |= _of_the_company(cast) | _of_the_host(cast) | _appeal(cast)
    return made | {"job": Job.objects.create(kind="compute_month", args={"month": "2026-10"}, by=cast.owner).pk}
