"""`kaibo audit`: whether the audit is whole, in words and an exit code."""

import json
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils.translation import override

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
    assert "完整：2 条，没有按规则清除的" in told
    assert f"链尾 {tail}" in told
    assert "（请记下来；以后用 --expect … 核对）" in told
    with override("en"):
        assert audit_cli.run(["verify"]) == 0
    assert "whole: 2 rows, none erased by rule" in capsys.readouterr().out
    assert audit_cli.run(["verify", "--expect", tail.upper()]) == 0
    assert audit_cli.run(["verify", "--expect", "ab" * 32]) == 1
    assert f"与记下的不符: 整个审计: 链不经过 {'ab' * 32}：有记录被删除" in capsys.readouterr().err
    with connection.cursor() as cursor:
        for statement in guards.down(connection.vendor):
            cursor.execute(statement)
        cursor.execute("update audit_auditpayload set reason = %s where event_id = %s", ["x", second])
    guards.put_up(connection)
    assert audit_cli.run(["verify"]) == 1
    told = capsys.readouterr()
    assert "不完整：2 条，没有按规则清除的；共 1 处，先列出：" in told.out
    assert f"被改动: 第 2 环、第 {second} 条: 姓名、内容或原因与写入时不同" in told.err
    # programs get words that stay
    assert audit_cli.run(["verify", "--json"]) == 1
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    said = "its names, values or reason are not as they were written"
    assert fault == {"kind": "altered", "what": said, "position": 2, "event": second}


def test_a_file_that_is_there_is_not_overwritten(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    happen("改名")
    file = tmp_path / "audit.csv"
    assert audit_cli.run(["export", str(file)]) == 0
    assert "改名" in file.read_text(encoding="utf-8-sig")
    assert audit_cli.run(["export", str(file)]) == 2
    assert audit_cli.run(["export", str(tmp_path / "other.csv"), "--month", "2026"]) == 2
    told = capsys.readouterr()
    assert f"{file} 里有 1 条" in told.out
    assert "没有写出：" in told.err
    assert "“2026”不是月份；请写成 2026-11。" in told.err
    assert not (tmp_path / "other.csv").exists()
