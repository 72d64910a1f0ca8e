"""The counts of sessions' events, kept for the day on which the events are erased."""

from collections.abc import Collection, Iterable

from django.db import transaction

from kaibo.facts.schema import EVENT
from kaibo.imports.files import in_use
from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.inputs import CrowdIn
from kaibo.measurement.models import KeptCrowd

CHUNK = 500


def keep(crowds: Iterable[CrowdIn]) -> int:
    """Remember what was counted, where it is not what is remembered already; how many were written."""
    told = {one.session: one for one in crowds}
    written = 0
    ids = sorted(told)
    for begin in range(0, len(ids), CHUNK):
        some = ids[begin : begin + CHUNK]
        with transaction.atomic():
            known = {row.session_id: row for row in KeptCrowd.objects.filter(session__in=some)}
            for session in some:
                counts = plain(told[session])
                if session in known and dumps(known[session].counts) == dumps(counts):
                    continue
                batches = list(told[session].batches)
                KeptCrowd.objects.update_or_create(session_id=session, defaults={"counts": counts, "batches": batches})
                written += 1
    return written


def kept_of(sessions: Collection[int]) -> list[CrowdIn]:
    """Of these sessions, the counts of those that lost events to the rule. Not where a batch was taken out of use."""
    there = {batch.pk: batch.erased_at is not None for batch in in_use() if EVENT in batch.tables}
    if not any(there.values()):
        return []
    ids = sorted(sessions)
    rows = [
        row
        for begin in range(0, len(ids), CHUNK)
        for row in KeptCrowd.objects.filter(session__in=ids[begin : begin + CHUNK]).order_by("session")
    ]
    return [
        restored(CrowdIn, row.counts)
        for row in rows
        if all(batch in there for batch in row.batches) and any(there[batch] for batch in row.batches)
    ]
