"""Mappings that ship with Kaibo for tables whose headings nobody has confirmed: offered, never used unasked."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from kaibo.sources.mapped import MappedColumn, Mapping

PREFIX = "preset:"


def _load() -> Sequence[Mapping]:
    with Path(__file__).with_name("presets.toml").open("rb") as file:
        data = tomllib.load(file)
    return [
        Mapping(
            key=PREFIX + one["key"], name=one["name"], table=one["table"], platform=one["platform"],
            header=tuple(one["columns"]), columns=tuple(_column(*pair) for pair in one["columns"].items()),
        )
        for one in data["preset"]
    ]  # fmt: skip


def _column(name: str, said: str) -> MappedColumn:
    target, _blank, unit = said.partition(" ")
    return MappedColumn(name, target, unit)


PRESETS: Sequence[Mapping] = _load()
