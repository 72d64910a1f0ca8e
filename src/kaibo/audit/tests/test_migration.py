"""Rows from before the chain become its first links; rows from before payloads stood alone keep every hash."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kaibo.audit.models import AuditEvent, AuditLink
from kaibo.audit.tests.emptying import empty_audit
from kaibo.audit.verifying import verify


def migrate(name: str) -> Any:
    """To this state of the audit; gives its models."""
    executor = MigrationExecutor(connection)
    executor.migrate([("audit", name)])
    return executor.loader.project_state([("audit", name)]).apps


@pytest.fixture
def back(transactional_db: None) -> Iterator[None]:
    empty_audit()
    yield
    executor = MigrationExecutor(connection)
    executor.migrate([one for one in executor.loader.graph.leaf_nodes() if one[0] == "audit"])
    empty_audit()


def test_rows_without_a_chain_are_chained(back: None) -> None:
    models = migrate("0002_chain")
    for n in range(3):
        models.get_model("audit", "AuditEvent").objects.create(
            by_name="苏敏", verb="rename", target_type="org.person", target_id="1", data={"n": n, "rate": 1e2}
        )
    assert not models.get_model("audit", "AuditLink").objects.exists()
    migrate("0005_members")
    finding = verify()
    assert (finding.holds, finding.events) == (True, 3)
    assert [one.data["n"] for one in AuditEvent.objects.order_by("pk")] == [0, 1, 2]


def test_payloads_leave_their_events_and_every_hash_stays(back: None) -> None:
    """Also of a row that the rule had emptied, which gets none."""
    models = migrate("0002_chain")
    events = models.get_model("audit", "AuditEvent").objects
    for n in range(4):
        events.create(
            by_name="苏敏", verb="rename", target_type="org.person", target_id="1", data={"n": n}, reason="改名"
        )
    models = migrate("0003_chain_what_is_there")
    events = models.get_model("audit", "AuditEvent").objects
    first = events.order_by("pk").first()
    events.filter(pk=first.pk).update(by_name="", data={}, reason="", salt="", erased_by=first.pk + 3)
    links = list(AuditLink.objects.order_by("position").values_list("position", "event", "hash"))
    migrate("0005_members")
    assert list(AuditLink.objects.order_by("position").values_list("position", "event", "hash")) == links
    finding = verify()
    # nothing but the row that no rule erased is missed: the guards are up, and what the others say is as it was
    assert [(one.kind, one.event) for one in finding.faults] == [("removed", first.pk)]
    assert [(one.by_name, one.data, one.reason) for one in AuditEvent.objects.order_by("pk")] == [
        ("", {}, ""), *(("苏敏", {"n": n}, "改名") for n in (1, 2, 3)),
    ]  # fmt: skip
    migrate("0003_chain_what_is_there")
    assert [one.data for one in events.order_by("pk")] == [{}, {"n": 1}, {"n": 2}, {"n": 3}]
