"""Mappings as the readers want them: by key (mapped:3.2 is version 2 of mapping 3), and those in force."""

from collections.abc import Mapping as Values
from typing import Any

from kaibo.imports.mapping_models import Mapping, MappingVersion
from kaibo.imports.models import Batch
from kaibo.look.ids import id_of
from kaibo.sources import mapped
from kaibo.sources.mapped_targets import KIND_OF
from kaibo.sources.reading import Answers, Source
from kaibo.sources.registry import BY_KEY, SOURCES


def pure(version: MappingVersion) -> mapped.Mapping:
    key = f"{mapped.PREFIX}{version.mapping_id}.{version.number}"
    return mapped.from_json(key, version.mapping.name, version.data)


def readable(source: str = "") -> list[mapped.Mapping]:
    """The newest version of each mapping that is on; and the one that `source` names, whatever its state."""
    found = Mapping.objects.filter(on=True).prefetch_related("versions__mapping")
    mappings = [pure(mapping.newest) for mapping in found]
    chosen = version_of(source)
    return [*mappings, pure(chosen)] if chosen else mappings


def version_of(source: str) -> MappingVersion | None:
    """The version that a source's key names; None for every other key."""
    if not source.startswith(mapped.PREFIX):
        return None
    mapping, number = (id_of(part) for part in source.removeprefix(mapped.PREFIX).partition(".")[::2])
    if mapping is None or number is None:
        return None
    versions = MappingVersion.objects.select_related("mapping", "by")
    return versions.filter(mapping=mapping, number=number).first()


def kind_of(source: str) -> str:
    """The kind of file: the same for every version of a mapping. Batches keep this as their source."""
    return source.partition(".")[0] if source.startswith(mapped.PREFIX) else source


def source_of(batch: Batch) -> Source | None:
    """What a batch was read by."""
    if batch.mapping_id:
        version = MappingVersion.objects.select_related("mapping").get(pk=batch.mapping_id)
        return mapped.source_of(pure(version))
    return BY_KEY.get(batch.source)


def said(source: str) -> tuple[MappingVersion | None, Values[str, str]]:
    """What a batch of this source keeps: its version, and what that says of the whole file."""
    version = version_of(source)
    if version is None:
        return None, {}
    data: dict[str, Any] = version.data
    names = {key: data.get(key, "") for key in ("platform", "zone", "currency", "order_kind")}
    whole = KIND_OF[data["table"]].whole
    if whole:
        names[whole] = data.get("whole", "")
    return version, {key: value for key, value in names.items() if value and key in Answers.__dataclass_fields__}


def titles() -> dict[str, str]:
    """Source key → its title, of what ships and of what people mapped."""
    mine = {f"{mapped.PREFIX}{mapping.pk}": mapping.name for mapping in Mapping.objects.all()}
    return {source.key: source.title for source in SOURCES} | mine
