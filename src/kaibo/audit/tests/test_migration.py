"""Rows from before the chain become its first links."""

from importlib import import_module

from django.apps import apps
from django.db import connection

from kaibo.audit.models import AuditEvent, AuditLink
from kaibo.audit.tests.emptying import empty_audit
from kaibo.audit.verifying import verify

chaining = import_module("kaibo.audit.migrations.0003_chain_what_is_there")


class Editor:
    connection = connection


def test_rows_without_a_chain_are_chained(db: None) -> None:
    empty_audit()
    chaining.take_down(apps, Editor)
    for n in range(3):
        AuditEvent.objects.create(by_name="苏敏", verb="rename", target_type="org.person", target_id="1", data={"n": n})
    assert not AuditLink.objects.exists()
    chaining.chain(apps, Editor)
    finding = verify()
    assert (finding.holds, finding.events) == (True, 3)
