"""What the command line says of itself, and in which language."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaibo.site import (
    audit_cli,
    batches_cli,
    cli,
    columns_cli,
    facts_cli,
    import_cli,
    language,
    records_cli,
    serving,
    verify_cli,
)

# three English words in a row, as in a sentence
ENGLISH = re.compile(r"\b[a-z][a-z']+(?: [a-z][a-z']+){2,}")
PARSERS = [one._parser for one in (
    cli, import_cli, columns_cli, batches_cli, facts_cli, verify_cli, records_cli, audit_cli,
)]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, language.CHINESE),
        ({"LANG": "C.UTF-8"}, language.CHINESE),
        ({"LANG": "zh_CN.UTF-8"}, language.CHINESE),
        ({"LANG": "en_US.UTF-8"}, language.ENGLISH),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, language.CHINESE),
        ({"LANG": "zh_CN.UTF-8", "KAIBO_LANGUAGE": "en"}, language.ENGLISH),
        ({"LC_ALL": "", "LC_MESSAGES": "en_GB", "LANG": "zh_CN"}, language.ENGLISH),
        ({"LANG": "en_US.UTF-8", "KAIBO_LANGUAGE": "zh"}, language.CHINESE),
    ],
)
def test_the_environment_says_which_language(said: dict[str, str], expected: str) -> None:
    assert language.language(said) == expected


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setitem(vars(argparse), "_", language.gettext)


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from helps(one)


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.__module__.rpartition(".")[2])
def test_the_help_of_every_command_is_chinese(parser) -> None:  # type: ignore[no-untyped-def]
    for said in helps(parser()):
        assert said.startswith("用法：kaibo")
        # names of commands and values stay as they are typed
        assert ENGLISH.findall(re.sub(r"kaibo [a-z -]+", "", said)) == []


@pytest.mark.usefixtures("taught")
def test_what_is_typed_wrong_is_said_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli._parser().parse_args(["serve", "--port", "abc"])
    assert "'abc' 不是 int" in capsys.readouterr().err


def kaibo(home: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("KAIBO_")} | environment
    command = [sys.executable, "-m", "kaibo.site", *words]
    return subprocess.run(
        command, env=given | {"KAIBO_HOME": str(home)}, capture_output=True, text=True, timeout=60, check=False
    )


def test_asking_for_help_makes_no_installation(tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = kaibo(home, "--help")
    assert said.returncode == 0
    assert "启动这套系统" in said.stdout
    assert not home.exists()
    assert "serve this installation" in kaibo(home, "--help", KAIBO_LANGUAGE="en").stdout


def test_help_of_a_command_touches_no_database(tmp_path: Path) -> None:
    said = kaibo(tmp_path, "facts", "--help", LC_ALL="en_US.UTF-8")
    assert "The rows that were imported" in said.stdout
    assert said.stdout.startswith("usage: kaibo facts")
    assert not list(tmp_path.glob("*.sqlite3"))


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_not_spoken_of() -> None:
    said: list[str] = []
    serving.prepare_database(said.append)
    assert said == []
