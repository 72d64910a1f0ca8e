"""Compiles every .po into its .mo while the wheel (or the editable install) is built."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileMessages(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for po in Path(self.root, "src").rglob("*.po"):
            with po.open("rb") as source:
                catalog = read_po(source, locale="zh_Hans")
            with po.with_suffix(".mo").open("wb") as target:
                write_mo(target, catalog)
