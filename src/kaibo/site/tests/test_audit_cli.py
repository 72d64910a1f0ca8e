"""`kaibo audit`: whether the audit is whole, in words and an exit code."""

from pathlib import Path

import pytest
from django.db import connection, transaction

from kaibo.audit import guards
from kaibo.audit.models import AuditTail
from kaibo.audit.record import record
from kaibo.site import audit_cli


def happen(reason: str) -> int:
    with transaction.atomic():
        event = record(by=None, verb="rename", target=AuditTail(pk=7), reason=reason)
    # PostgreSQL chains at the commit, which a test in one transaction never sees
    connection.check_constraints()
    return int(event.pk)


def test_the_command_says_it(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    _first, second = happen("改名"), happen("又改名")
    assert audit_cli.run(["verify"]) == 0
    told = capsys.readouterr().out
    tail = AuditTail.objects.get().hash
    assert "whole: 2 rows, none erased by rule" in told
    assert f"tail {tail}" in told
    assert audit_cli.run(["verify", "--expect", tail.upper()]) == 0
    assert audit_cli.run(["verify", "--expect", "ab" * 32]) == 1
    assert "unexpected" in capsys.readouterr().err
    with connection.cursor() as cursor:
        for statement in guards.down(connection.vendor):
            cursor.execute(statement)
        cursor.execute("update audit_auditpayload set reason = %s where event_id = %s", ["x", second])
    guards.put_up(connection)
    assert audit_cli.run(["verify"]) == 1
    assert f"altered: link 2, row {second}" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_overwritten(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    happen("改名")
    file = tmp_path / "audit.csv"
    assert audit_cli.run(["export", str(file)]) == 0
    assert "改名" in file.read_text(encoding="utf-8-sig")
    assert audit_cli.run(["export", str(file)]) == 2
    assert audit_cli.run(["export", str(tmp_path / "other.csv"), "--month", "2026"]) == 2
    assert "2026" in capsys.readouterr().err
    assert not (tmp_path / "other.csv").exists()
