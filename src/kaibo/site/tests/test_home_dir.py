"""Where an installation keeps what nobody else on the machine should read."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile

from kaibo.site.home_dir import home_dir, secret


def test_the_folder_and_its_secrets_are_their_owners_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIBO_HOME", str(tmp_path / "new" / "kaibo"))
    home = home_dir()
    made = secret(home, "a_key")
    assert [path.stat().st_mode & 0o077 for path in (home, home / "a_key")] == [0, 0]
    assert secret(home, "a_key") == made
    assert [path.name for path in home.iterdir()] == ["a_key"]


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o750)
    monkeypatch.setenv("KAIBO_HOME", str(tmp_path))
    assert home_dir().stat().st_mode & 0o777 == 0o750


def test_what_is_being_received_lies_where_it_is_swept() -> None:
    with TemporaryUploadedFile("orders.csv", "text/csv", 0, None) as file:
        path = Path(file.temporary_file_path())
        assert (path.parent.name, path.parent.parent) == ("uploads", home_dir())
        assert path.stat().st_mode & 0o077 == 0
