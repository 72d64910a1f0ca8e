"""Walks the chain and says where it does not hold: what was altered, removed or inserted; and what a rule erased."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Subquery, Value

from kaibo.audit import guards
from kaibo.audit.chain import ERASING, GENESIS, event_digest, link_hash, members_digest, payload_digest
from kaibo.audit.models import EACH, AuditEvent, AuditLink, AuditMember, AuditPayload, AuditTail
from kaibo.audit.retention import years_before
from kaibo.message import Message

CHUNK = 2000
ALTERED, REMOVED, INSERTED, UNGUARDED, UNEXPECTED = "altered", "removed", "inserted", "unguarded", "unexpected"
NOT_NEXT = Message("it does not follow the link before")
WRONG_HASH = Message("the link is not what its hash says")
ROW_GONE = Message("the chain knows a row that is gone")
REWRITTEN = Message("its names, values or reason are not as they were written")
NOT_NAMED = Message("rows were erased that this erasing did not name, or it was altered")


@dataclass(frozen=True)
class Fault:
    """`kind`: one of the words above; `position` in the chain and `event` (its id), where there are such."""

    kind: str
    what: Message
    position: int | None = None
    event: int | None = None


@dataclass
class Finding:
    """`tail`: the last link's hash, to be written down elsewhere: against it a cut chain is known (`expect`)."""

    events: int = 0
    erased: int = 0
    position: int = 0
    tail: str = GENESIS
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class _Erasing:
    at: datetime
    through: int


def verify(expect: str = "") -> Finding:
    """Check every row. `expect`: a tail that was written down; the chain must still lead through it."""
    with _one_instant():
        finding = Finding()
        finding.faults += [
            Fault(UNGUARDED, Message("the database's guard %(name)s is missing", {"name": name}))
            for name in guards.missing(connection)
        ]
        tail = AuditTail.objects.first()
        erasings = _erasings()
        met = not expect or expect == GENESIS
        for link in _links(tail.position if tail else None, finding):
            met = met or link.hash == expect
        _members(finding)
        _events(finding, erasings)
        _payloads(finding)
        _ends(tail, finding)
        if not met:
            text = Message("the chain does not lead through %(hash)s: rows were removed", {"hash": expect})
            finding.faults.append(Fault(UNEXPECTED, text))
    finding.faults.sort(key=lambda one: (one.position is None and one.event is None, one.position or 0, one.event or 0))
    return finding


@contextmanager
def _one_instant() -> Iterator[None]:
    """PostgreSQL: all questions are of one instant. SQLite's writers would have to wait: there the tail is the end."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        yield


def _links(until: int | None, finding: Finding) -> Iterator[AuditLink]:
    """Every link in order; each must point to the one before and be what it says of itself."""
    links = AuditLink.objects.order_by("position")
    if until is not None:
        links = links.filter(position__lte=until)
    for link in links.iterator(CHUNK):
        if link.position > finding.position + 1:
            lost = _gone(finding.position + 1, link.position - 1)
            finding.faults.append(Fault(REMOVED, lost, finding.position + 1))
        elif link.previous != finding.tail:
            finding.faults.append(Fault(ALTERED, NOT_NEXT, link.position, link.event))
        if link.hash != link_hash(link.previous, link.event, link.digest):
            finding.faults.append(Fault(ALTERED, WRONG_HASH, link.position, link.event))
        finding.position, finding.tail = link.position, link.hash
        yield link


def _gone(first: int, last: int) -> Message:
    return Message("links %(first)s to %(last)s are gone", {"first": first, "last": last})


def _events(finding: Finding, erasings: dict[int, _Erasing]) -> None:
    """Every link's event, and every event's link."""
    rows: list[AuditLink] = []
    for link in AuditLink.objects.filter(position__lte=finding.position).order_by("position").iterator(CHUNK):
        rows.append(link)
        if len(rows) == CHUNK:
            _compare(rows, finding, erasings)
            rows = []
    _compare(rows, finding, erasings)
    linked = AuditLink.objects.filter(event=OuterRef("pk"))
    for pk in AuditEvent.objects.filter(~Exists(linked)).order_by("pk").values_list("pk", flat=True)[:CHUNK]:
        finding.faults.append(Fault(INSERTED, Message("no link of the chain knows this row"), None, pk))


def _compare(links: Sequence[AuditLink], finding: Finding, erasings: dict[int, _Erasing]) -> None:
    events = AuditEvent.objects.in_bulk([link.event for link in links])
    members = _members_of([link.event for link in links])
    if any(one.erased_by and one.erased_by not in erasings for one in events.values()):
        # on SQLite the retention job may have come in between: what erased these was there before they were
        erasings |= _erasings()
    for link in links:
        event = events.get(link.event)
        finding.events += 1
        if event is None:
            finding.faults.append(Fault(REMOVED, ROW_GONE, link.position, link.event))
            continue
        wrong = _wrong(event, link, erasings) or _wrong_members(event, members.get(event.pk, []))
        if wrong:
            finding.faults.append(Fault(*wrong, link.position, event.pk))
        elif event.erased_by is not None:
            finding.erased += 1


def _wrong(event: AuditEvent, link: AuditLink, erasings: dict[int, _Erasing]) -> tuple[str, Message] | None:
    """A kind and what of this row is not as it was written; None where all is."""
    lasting = event_digest(
        at=event.at, by_id=event.by_id, verb=event.verb, target_type=event.target_type, target_id=event.target_id,
        payload_digest=event.payload_digest,
    )  # fmt: skip
    if lasting != event.digest or lasting != link.digest:
        return ALTERED, Message("its time, verb or ids are not as they were written")
    said = event.said
    if event.erased_by is None:
        return _wrong_payload(event, said)
    if said is not None:
        if _is_of(said, event):
            return ALTERED, Message("it is marked as erased, and what it says is there")
        return INSERTED, Message("it was erased, and names, values or a reason were put in")
    erasing = erasings.get(event.erased_by)
    if erasing is None or erasing.through < event.pk:
        return REMOVED, Message("its names, values and reason are gone, and no rule erased them")
    if event.at > years_before(erasing.at, guards.YEARS):
        return REMOVED, Message(
            "its names, values and reason were taken before %(years)s years were over", {"years": guards.YEARS}
        )
    return None


def _members_of(events: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = AuditMember.objects.filter(event__in=events).order_by("pk")
    for event, kind, pk in rows.values_list("event", "target_type", "target_id"):
        found[event].append((kind, pk))
    return found


def _wrong_members(event: AuditEvent, members: Sequence[tuple[str, str]]) -> tuple[str, Message] | None:
    """A bulk verb's records are those that it says, once each. Of an erased one only they are left."""
    if event.erased_by is not None:
        return None
    told = [(event.target_type, pk) for pk in event.data.get(EACH) or ()]
    if lost := set(told) - set(members):
        said = {"n": len(lost)}
        return REMOVED, Message("%(n)s of the records that it was done to are not named any more", said)
    if set(members) - set(told) or len(members) > len(told):
        return INSERTED, Message("records are named that it was not done to")
    ids = [pk for _kind, pk in told]
    if ids and event.data.get("members") != members_digest(ids):
        return ALTERED, Message("its digest of members is not that of the records that it was done to")
    return None


def _wrong_payload(event: AuditEvent, said: AuditPayload | None) -> tuple[str, Message] | None:
    if said is None:
        return REMOVED, Message("its names, values and reason are gone, and no rule erased them")
    return None if _is_of(said, event) else (ALTERED, REWRITTEN)


def _is_of(said: AuditPayload, event: AuditEvent) -> bool:
    digest = payload_digest(salt=said.salt, by_name=said.by_name, data=said.data, reason=said.reason)
    return digest == event.payload_digest


def _payloads(finding: Finding) -> None:
    """Names and values of no row that ever was; those of a row that was taken away are told with it."""
    event, link = AuditEvent.objects.filter(pk=OuterRef("pk")), AuditLink.objects.filter(event=OuterRef("pk"))
    for pk in AuditPayload.objects.filter(~Exists(event), ~Exists(link)).order_by("pk").values_list("pk", flat=True):
        finding.faults.append(Fault(INSERTED, Message("names and values of a row that never was"), None, pk))


def _erasings() -> dict[int, _Erasing]:
    found = AuditEvent.objects.filter(verb=ERASING, target_type="audit.auditevent", by_id=None)
    rows = found.values_list("pk", "at", "target_id")
    return {pk: _Erasing(at, int(through)) for pk, at, through in rows if through.isdecimal()}


def _members(finding: Finding) -> None:
    """Each erasing says of which rows it erased: as many, and the same ones. Two questions, however many erasings."""
    erasings = AuditEvent.objects.filter(verb=ERASING, by_id=None, erased_by=None)
    told = {one.pk: one.data.get("members") for one in erasings.order_by("pk")}
    rows = AuditEvent.objects.exclude(erased_by=None).order_by("erased_by", "pk").values_list("erased_by", "pk")
    found = {
        by: members_digest(pk for _by, pk in of)
        for by, of in groupby(rows.iterator(CHUNK), key=itemgetter(0))
        if by in told
    }
    for pk, members in told.items():
        if members != (found.get(pk) or members_digest(())):
            finding.faults.append(Fault(ALTERED, NOT_NAMED, None, pk))


def _ends(tail: AuditTail | None, finding: Finding) -> None:
    """The tail names the last link; what comes after it was not written by the database."""
    if tail is None:
        finding.faults.append(Fault(REMOVED, Message("the tail is gone")))
    elif tail.position > finding.position:
        said = {"first": finding.position + 1, "last": tail.position}
        lost = Message("links %(first)s to %(last)s are gone from the end", said)
        finding.faults.append(Fault(REMOVED, lost, finding.position + 1))
    elif tail.hash != finding.tail:
        finding.faults.append(Fault(ALTERED, Message("the tail does not name the last link"), tail.position))
    ends = AuditTail.objects.annotate(last=_last_position()).values_list("position", "last").first()
    if ends and (ends[1] or 0) > ends[0]:
        finding.faults.append(Fault(INSERTED, Message("there are links after the tail"), ends[0] + 1))


def _last_position() -> Subquery:
    every = AuditLink.objects.order_by().values(one=Value(1)).annotate(last=Max("position"))
    return Subquery(every.values("last"))
