"""What the system refuses is said in the installation's language, with the file it is about."""

import json
from pathlib import Path

import pytest
from django.utils.translation import override

from kaibo.site import audit_cli, columns_cli, import_cli

pytestmark = pytest.mark.django_db


def test_a_file_that_cannot_be_read_or_written_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone.xlsx"
    assert import_cli.run([str(gone)]) == 1
    assert f"{gone}: 文件打不开：没有这个文件或文件夹。" in capsys.readouterr().out
    assert columns_cli.run([str(gone)]) == 1
    assert f"{gone}: 没有这个文件" in capsys.readouterr().err
    assert audit_cli.run(["export", str(tmp_path / "no" / "audit.csv")]) == 2
    assert f"没有写出：没有这个文件或文件夹 ({tmp_path / 'no' / 'audit.csv'})" in capsys.readouterr().err
    assert audit_cli.run(["export", str(tmp_path)]) == 2
    assert "没有写出：已经存在；请换一个名字" in capsys.readouterr().err
    with override("en"):
        assert import_cli.run([str(tmp_path)]) == 1
    assert f"{tmp_path}: The file cannot be opened: that is a folder, not a file." in capsys.readouterr().out
    assert import_cli.run(["--json", str(gone)]) == 1
    assert json.loads(capsys.readouterr().out)["state"] == "refused"
