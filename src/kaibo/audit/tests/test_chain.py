"""The audit cannot be changed, and where somebody changed it all the same, the chain says where."""
# what somebody who owns the database would type
# ruff: noqa: S608

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection, transaction
from django.utils import timezone

from kaibo.audit import exporting, guards
from kaibo.audit.chain import ERASING, link_hash
from kaibo.audit.models import AuditEvent, AuditLink, AuditPayload, AuditTail
from kaibo.audit.record import record, record_each
from kaibo.audit.retention import erase_due
from kaibo.audit.verifying import ALTERED, INSERTED, REMOVED, UNEXPECTED, UNGUARDED, verify
from kaibo.database.tests.at_once import are_beside, beside


def happen(verb: str = "rename", at: datetime | None = None, **data: object) -> AuditEvent:
    then = at or timezone.now()
    with transaction.atomic(), patch("kaibo.audit.record.timezone.now", return_value=then):
        return record(by=None, verb=verb, target=AuditTail(pk=7), reason="改名", **data)


def sealed() -> None:
    """PostgreSQL chains at the commit, which tests in one transaction never see."""
    connection.check_constraints()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def unguarded() -> Iterator[None]:
    """As somebody would who owns the database."""
    sealed()
    for statement in guards.down(connection.vendor):
        run(statement)
    yield
    guards.put_up(connection)


@pytest.fixture
def five(db: None) -> list[AuditEvent]:
    """The middle one is of a bulk verb."""
    events = [happen(name=f"第{n}个", rate=1e2, empty=None, parts=[1.5, True]) for n in range(2)]
    events.append(happen_to(7, 8, 9, name="第2个"))
    events += [happen(name=f"第{n}个", rate=1e2, empty=None, parts=[1.5, True]) for n in (3, 4)]
    sealed()
    return events


def happen_to(*ids: int, **data: object) -> AuditEvent:
    """One row of a bulk verb."""
    with transaction.atomic():
        each = [(AuditTail(pk=pk), {"former": 1, "now": pk}) for pk in ids]
        made = record_each(by=None, verb="rename", each=each, reason="改名", **data)
    assert made is not None
    return made


def kinds(expect: str = "") -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.event) for fault in verify(expect).faults]


def test_each_row_carries_the_hash_of_the_one_before(five: list[AuditEvent]) -> None:
    finding = verify()
    links = list(AuditLink.objects.order_by("position"))
    assert (finding.holds, finding.events, finding.erased) == (True, 5, 0)
    assert [link.event for link in links] == [event.pk for event in five]
    assert [link.previous for link in links] == ["0" * 64, *(link.hash for link in links[:-1])]
    assert links[-1].hash == link_hash(links[-2].hash, five[-1].pk, five[-1].digest) == finding.tail


MEMBER = "insert into audit_auditmember (event, target_type, target_id)"
REFUSED = [
    *(f"delete from {table}" for table in guards.TABLES),
    *(f"truncate {table}" for table in guards.TABLES),
    *(f"insert or replace into {table} select * from {table}" for table in guards.TABLES),
    "update audit_auditevent set verb = 'x'",
    "update audit_auditevent set erased_by = id",
    "update audit_auditpayload set reason = 'x'",
    "update audit_auditpayload set event_id = event_id + 1000",
    "insert into audit_auditpayload select event_id + 1000, by_name, data, reason, salt from audit_auditpayload",
    "update audit_auditmember set target_id = 'x'",
    f"{MEMBER} select event, target_type, 'x' from audit_auditmember",
    f"{MEMBER} values (999999, 'x.y', 'x')",
    "update audit_auditlink set hash = digest",
    "update audit_audittail set position = position - 1",
    "update audit_audittail set position = position + 1",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_refuses(five: list[AuditEvent], sql: str) -> None:
    """Whatever one tries by SQL. What the other database does not know at all is refused too."""
    with pytest.raises(Error), transaction.atomic():
        run(sql)
    assert verify().holds


TAMPERED: list[tuple[str, Callable[[list[AuditEvent]], str], list[str]]] = [
    ("a reason", lambda e: f"update audit_auditpayload set reason = 'x' where event_id = {e[2].pk}", [ALTERED]),
    ("a value", lambda e: f"update audit_auditpayload set data = '{{}}' where event_id = {e[2].pk}", [ALTERED]),
    ("a salt", lambda e: f"update audit_auditpayload set salt = '' where event_id = {e[2].pk}", [ALTERED]),
    ("a member", lambda e: f"delete from audit_auditmember where event = {e[2].pk} and target_id = '8'", [REMOVED]),
    ("all members", lambda e: f"delete from audit_auditmember where event = {e[2].pk}", [REMOVED]),
    ("a member's id", lambda e: f"update audit_auditmember set target_id = '1' where event = {e[2].pk}", [REMOVED]),
    (
        "a member more",
        lambda e: f"{MEMBER} values ({e[2].pk}, 'audit.audittail', '1')",
        [INSERTED],
    ),
    (
        "a member twice",
        lambda e: f"{MEMBER} values ({e[2].pk}, 'audit.audittail', '8')",
        [INSERTED],
    ),
    ("a payload", lambda e: f"delete from audit_auditpayload where event_id = {e[2].pk}", [REMOVED]),
    ("a verb", lambda e: f"update audit_auditevent set verb = 'x' where id = {e[2].pk}", [ALTERED]),
    ("whose", lambda e: f"update audit_auditevent set by_id = 1 where id = {e[2].pk}", [ALTERED]),
    ("a time", lambda e: f"update audit_auditevent set at = '2020-01-01 00:00:00' where id = {e[2].pk}", [ALTERED]),
    (
        "marked as erased",
        lambda e: f"update audit_auditevent set erased_by = {e[4].pk} where id = {e[2].pk}",
        [ALTERED],
    ),
    ("a row", lambda e: f"delete from audit_auditevent where id = {e[2].pk}", [REMOVED]),
    ("a link", lambda e: f"delete from audit_auditlink where event = {e[2].pk}", [INSERTED, REMOVED]),
    ("the end", lambda e: f"delete from audit_auditlink where event > {e[2].pk}", [INSERTED, INSERTED, REMOVED]),
    ("the tail", lambda _e: "delete from audit_audittail", [REMOVED]),
    ("a hash", lambda e: f"update audit_auditlink set hash = digest where event = {e[2].pk}", [ALTERED, ALTERED]),
]


@pytest.mark.parametrize(("what", "sql", "found"), TAMPERED, ids=[what for what, _sql, _found in TAMPERED])
def test_what_was_done_to_it_is_found(
    five: list[AuditEvent], what: str, sql: Callable[[list[AuditEvent]], str], found: list[str]
) -> None:
    with unguarded():
        run(sql(five))
    faults = verify().faults
    assert sorted(fault.kind for fault in faults) == found
    if what not in ("the tail", "the end", "a link"):
        assert faults[0].event == five[2].pk


def test_a_bulk_verb_writes_one_row_that_each_record_finds(db: None) -> None:
    single, bulk = happen_to(7), happen_to(7, 8, 10, since="2026-11-01")
    sealed()
    assert single.data == {"former": 1, "now": 7}
    assert (single.count, bulk.count) == (1, 3)
    assert bulk.data["members"]["count"] == 3
    assert [list(AuditEvent.objects.about("audit.audittail", pk).order_by("pk")) for pk in (7, 8, 9)] == [
        [single, bulk], [bulk], [],
    ]  # fmt: skip
    assert bulk.of(8) == {"since": "2026-11-01", "former": 1, "now": 8}
    assert dict(bulk.each())["10"] == {"since": "2026-11-01", "former": 1, "now": 10}
    assert dict(single.each()) == {"7": {"former": 1, "now": 7}}
    with transaction.atomic():
        assert record_each(by=None, verb="rename", each=[]) is None
    assert verify().holds


def test_a_digest_that_is_not_of_its_members_is_found(db: None) -> None:
    """Who wrote the row past `record_each` and sealed it rightly is found all the same."""
    with transaction.atomic(), patch("kaibo.audit.record.members_digest", return_value={"count": 9, "sha256": ""}):
        record_each(by=None, verb="rename", each=[(AuditTail(pk=pk), {}) for pk in (7, 8)])
    sealed()
    assert [fault.kind for fault in verify().faults] == [ALTERED]


def test_a_row_that_was_put_in_is_found(five: list[AuditEvent]) -> None:
    with unguarded():
        copy, said = AuditEvent.objects.get(pk=five[1].pk), AuditPayload.objects.get(pk=five[1].pk)
        copy.pk = None
        copy.save()
        said.pk = copy.pk
        said.save(force_insert=True)
    assert kinds() == [(INSERTED, copy.pk)]


def test_a_payload_that_was_put_in_alone_is_found(five: list[AuditEvent]) -> None:
    with unguarded():
        AuditPayload.objects.create(event_id=five[4].pk + 1000, by_name="x", salt="x")
    assert kinds() == [(INSERTED, five[4].pk + 1000)]


def test_a_payload_cannot_come_after_its_event(five: list[AuditEvent]) -> None:
    """Nor an event alone: SQLite leaves it out of the chain, where verify finds it; PostgreSQL refuses the commit."""
    with unguarded():
        AuditPayload.objects.filter(pk=five[3].pk).delete()
    with pytest.raises(Error), transaction.atomic():
        AuditPayload.objects.create(event=five[3], by_name="x", salt="x")
    assert kinds() == [(REMOVED, five[3].pk)]
    point = transaction.savepoint()
    alone = AuditEvent.objects.create(verb="x", target_type="x", target_id="1")
    if connection.vendor == "postgresql":
        with pytest.raises(Error):
            sealed()
        transaction.savepoint_rollback(point)
    else:
        assert set(kinds()) == {(REMOVED, five[3].pk), (INSERTED, alone.pk)}


def test_reading_events_asks_once_for_them_and_their_payloads(
    five: list[AuditEvent], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert [(one.by_name, one.data["name"], one.reason) for one in AuditEvent.objects.order_by("pk")] == [
            ("kaibo", f"第{n}个", "改名") for n in range(5)
        ]


def test_a_chain_cut_with_its_rows_and_its_tail_is_known_by_the_tail_that_was_written_down(
    five: list[AuditEvent],
) -> None:
    written_down = verify().tail
    keep = AuditLink.objects.get(event=five[2].pk)
    with unguarded():
        run(f"delete from audit_auditlink where position > {keep.position}")
        run(f"delete from audit_auditpayload where event_id > {five[2].pk}")
        run(f"delete from audit_auditevent where id > {five[2].pk}")
        run(f"update audit_audittail set position = {keep.position}, hash = '{keep.hash}'")
    assert verify().holds
    assert kinds(written_down) == [(UNEXPECTED, None)]
    assert kinds(keep.hash) == []


def test_a_guard_that_was_taken_away_is_missed(five: list[AuditEvent]) -> None:
    run(next(one for one in guards.down(connection.vendor) if "audit_event_kept" in one))
    assert [fault.kind for fault in verify().faults] == [UNGUARDED]
    guards.put_up(connection)
    assert verify().holds


def old(years: int) -> datetime:
    return timezone.now() - timedelta(days=366 * years)


def test_what_a_rule_erased_is_told_from_what_somebody_took_out(db: None) -> None:
    gone = [happen(at=old(4), name=name) for name in ("甲", "乙")]
    kept = happen(at=old(2), name="丙")
    sealed()
    assert erase_due() == 2
    assert erase_due() == 0
    sealed()
    finding = verify()
    assert (finding.holds, finding.erased, finding.events) == (True, 2, 4)
    told = AuditEvent.objects.get(pk=gone[0].pk)
    assert (told.data, told.reason, told.by_name, told.verb) == ({}, "", "", "rename")
    assert set(AuditPayload.objects.values_list("pk", flat=True)).isdisjoint(one.pk for one in gone)
    assert AuditEvent.objects.get(pk=kept.pk).data == {"name": "丙"}
    erasing = AuditEvent.objects.get(verb=ERASING)
    assert (erasing.pk, erasing.data["members"]["count"]) == (told.erased_by, 2)
    # one more, under the same rule's name
    with unguarded():
        run(f"update audit_auditevent set erased_by = {erasing.pk} where id = {kept.pk}")
        run(f"delete from audit_auditpayload where event_id = {kept.pk}")
    assert set(kinds()) == {(REMOVED, kept.pk), (ALTERED, erasing.pk)}


def test_what_the_rule_erases_during_the_check_is_no_fault(db: None) -> None:
    """On SQLite others write meanwhile."""
    for _n in range(3):
        happen(at=timezone.now() - timedelta(days=4 * 366))
    happen()
    sealed()
    erased: list[int] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not erased and 'from "audit_auditlink"' in sql.lower():
            erased.append(0)
            erased.append(erase_due())
            sealed()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        finding = verify()
    assert (erased, finding.erased, finding.faults) == ([0, 3], 3, [])


def test_a_payload_goes_only_with_an_event_that_names_what_erases_it(db: None) -> None:
    """Old enough is not enough; and what was erased takes no other words in."""
    gone = happen(at=old(4), name="甲")
    sealed()
    with pytest.raises(Error), transaction.atomic():
        run(f"delete from audit_auditpayload where event_id = {gone.pk}")
    assert erase_due() == 1
    with pytest.raises(Error), transaction.atomic():
        AuditPayload.objects.create(event=gone, by_name="x", salt="x")
    sealed()
    assert verify().holds
    with unguarded():
        AuditPayload.objects.create(event=gone, by_name="x", salt="x")
    assert kinds() == [(INSERTED, gone.pk)]


def test_a_rule_of_fewer_years_than_the_floor_is_refused(five: list[AuditEvent], settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_YEARS = 2
    with pytest.raises(ImproperlyConfigured):
        erase_due()
    settings.AUDIT_YEARS = 0
    assert erase_due(datetime(2099, 1, 1, tzinfo=UTC)) == 0


def test_a_bulk_verb_names_its_members_by_a_digest(db: None) -> None:
    one, other = happen(members=[3, 1, 2]), happen(members=[1, 2, 4])
    assert one.data["members"]["count"] == 3
    assert one.data["members"]["sha256"] != other.data["members"]["sha256"]
    assert happen(members=iter([2, 3, 1])).data == one.data


def test_the_file_has_every_row_and_no_formula(five: list[AuditEvent]) -> None:
    event = happen(verb="=1+1")
    sealed()
    text = io.StringIO()
    assert exporting.write_csv(exporting.of_month(""), text) == 6
    last = text.getvalue().splitlines()[-1]
    assert f"{event.pk}," in last
    assert ",'=1+1," in last
    assert verify().tail in last
    assert exporting.of_month("2020-01").count() == 0
    with pytest.raises(ValueError, match="2020-13"):
        exporting.of_month("2020-13")


@pytest.mark.django_db(transaction=True)
def test_verbs_at_once_make_one_chain_and_do_not_wait_for_each_other() -> None:
    """PostgreSQL: both have written their rows before either commits. SQLite's write transactions are alone anyway."""
    together = Barrier(2, timeout=20)

    def verbs(name: str) -> None:
        for n in range(5):
            with transaction.atomic():
                record(by=None, verb=name, target=AuditTail(pk=n))
                if are_beside():
                    together.wait()

    assert beside(lambda: verbs("one"), lambda: verbs("other")) == []
    finding = verify()
    assert (finding.holds, finding.events, finding.position) == (True, 10, 10)
