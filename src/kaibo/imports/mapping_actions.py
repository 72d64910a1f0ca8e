"""Verbs on mappings: say what a table's columns are, rename it, switch it off, delete one that nothing rests on."""

from django.db import transaction

from kaibo.audit.record import record
from kaibo.imports.actions import NotNow
from kaibo.imports.mapping_models import Mapping, MappingVersion
from kaibo.imports.mappings import pure
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.imports.waiting import read_again, require_mappable
from kaibo.login.models import User
from kaibo.message import Message
from kaibo.sources import mapped


class Unusable(ValueError):
    """A mapping that cannot be used: mapped.problems says why."""


def save_mapping(*, by: User | None, upload: Upload, name: str, mapping: mapped.Mapping) -> MappingVersion:
    """Remember what the columns of an upload's table are, and have the file read so. Raises Unusable, NotNow."""
    with transaction.atomic():
        require_mappable(upload)
        version = remember_mapping(by=by, name=name, mapping=mapping, upload=upload)
        read_again(upload, pure(version).key, by)
    return version


def remember_mapping(
    *, by: User | None, name: str, mapping: mapped.Mapping, upload: Upload | None = None
) -> MappingVersion:
    """Remember what the columns of such a table are, for files to come.

    The same set of headings of the same kind of row is the same mapping: it gets a new version, unless nothing
    changed. Where the header meant another kind of row before, that mapping is switched off. Raises Unusable.
    """
    if problems := mapped.problems(mapping):
        raise Unusable(str(problems[0]))
    with transaction.atomic():
        same = Mapping.objects.select_for_update().filter(fingerprint=mapping.fingerprint)
        found = same.filter(table=mapping.table).order_by("-on", "-pk").first()
        if found is None or not found.on:
            same.filter(on=True).update(on=False)
        if found is None:
            found = Mapping.objects.create(name=name[:80], fingerprint=mapping.fingerprint, table=mapping.table)
        found.name, found.on = name[:80], True
        found.save(update_fields=["name", "on"])
        version = found.versions.order_by("-number").first()
        if version is None or version.data != mapping.as_json():
            number = version.number + 1 if version else 1
            version = MappingVersion.objects.create(mapping=found, number=number, data=mapping.as_json(), by=by)
        record(
            by=by, verb="mapping saved", target=found, version=version.number, name=found.name,
            upload=upload.pk if upload else None,
        )  # fmt: skip
    return version


def delete_mapping(*, by: User | None, mapping: Mapping) -> None:
    """Forget one that was never used. Raises NotNow where a batch, or a file that waits, was read by it."""
    key = f"{mapped.PREFIX}{mapping.pk}"
    with transaction.atomic():
        Mapping.objects.select_for_update().get(pk=mapping.pk)
        waits = Upload.objects.filter(source__startswith=f"{key}.").exclude(
            state__in=(UploadState.DONE, UploadState.REFUSED, UploadState.DISCARDED)
        )
        if Batch.objects.filter(mapping__mapping=mapping).exists() or waits.exists():
            raise NotNow(Message("Files were read by this mapping: it stays with them. Switch it off instead."))
        record(by=by, verb="mapping deleted", target=mapping, name=mapping.name, fingerprint=mapping.fingerprint)
        mapping.versions.all().delete()
        Mapping.objects.filter(pk=mapping.pk).delete()


def rename_mapping(*, by: User | None, mapping: Mapping, name: str) -> None:
    with transaction.atomic():
        record(by=by, verb="mapping renamed", target=mapping, before=mapping.name, after=name)
        mapping.name = name[:80]
        mapping.save(update_fields=["name"])


def switch_mapping(*, by: User | None, mapping: Mapping, on: bool) -> None:
    """Use it for the next file with its headings, or not. Batches that were read by it stay as they are."""
    with transaction.atomic():
        if on:
            Mapping.objects.filter(fingerprint=mapping.fingerprint, on=True).exclude(pk=mapping.pk).update(on=False)
        mapping.on = on
        mapping.save(update_fields=["on"])
        record(by=by, verb="mapping switched on" if on else "mapping switched off", target=mapping)
