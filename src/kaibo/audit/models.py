"""Who did what to what, when and why. Rows are only added; they outlive what they describe.

Five tables, guarded by the database itself (`guards`): an event says what was done, its payload in which words, its
members to which records at once; the database adds the event's link to a chain of hashes when they are written; the
tail says how long the chain is and how it ends.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils import timezone

# where the payload of a bulk verb has what is each record's own
EACH = "each"


class AuditEvents(models.Manager["AuditEvent"]):
    """Reads each event with its payload, in one question."""

    def get_queryset(self) -> models.QuerySet["AuditEvent"]:
        return super().get_queryset().select_related("payload")

    def about(self, kind: str, *ids: object) -> models.QuerySet["AuditEvent"]:
        """Of these records of a kind (`app.model`): what was done to each, by itself or with others at once."""
        named = [str(pk) for pk in ids]
        among = AuditMember.objects.filter(target_type=kind, target_id__in=named)
        return self.filter(
            models.Q(target_type=kind, target_id__in=named) | models.Q(pk__in=among.order_by().values("event"))
        )


class AuditEvent(models.Model):
    """What stays for ever. It has no foreign keys on purpose: deleting a user or a target must not touch its history.

    `payload_digest`: SHA-256 over the payload with its salt. `digest`: SHA-256 over ids, verb, time and payload_digest,
    which is what the chain is made of. `erased_by`: the event of `kaibo.audit.retention` that took the payload away;
    nothing else of a row ever changes.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    payload_digest = models.CharField(max_length=64, default="")
    digest = models.CharField(max_length=64, default="")
    erased_by = models.BigIntegerField(null=True)

    objects = AuditEvents()

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="audit_by_target"),
            models.Index(fields=["erased_by"], name="audit_by_erasing", condition=models.Q(erased_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.verb} {self.target_type}:{self.target_id}"

    @property
    def said(self) -> "AuditPayload | None":
        """None where the rule has erased it, or somebody took it."""
        return getattr(self, "payload", None)

    @property
    def by_name(self) -> str:
        return self.said.by_name if self.said else ""

    @property
    def data(self) -> dict[str, Any]:
        return self.said.data if self.said else {}

    @property
    def count(self) -> int:
        """How many records a bulk verb did it to; 1 of a row like any other."""
        return len(self.data.get(EACH) or ()) or 1

    def of(self, pk: object) -> dict[str, Any]:
        """What it says of one record: of a bulk verb that one's own values with those of all."""
        return own_data(self.data, pk)

    def each(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every record it was done to, by its id, with what it says of it."""
        return each_of(self.target_id, self.data)

    @property
    def reason(self) -> str:
        return self.said.reason if self.said else ""


class AuditPayload(models.Model):
    """What may be erased of an event: names, old and new values, reason. `kaibo.audit.retention` alone may, in time.

    The `salt` goes with it, so that nobody can try what it might have said against the digest that stays. There is no
    constraint towards the event: `verify` is to find a row that was taken away, not the database to hide how.
    """

    event = models.OneToOneField(
        AuditEvent, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="payload"
    )
    by_name = models.CharField(max_length=150)
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    salt = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"of event {self.event_id}"


def own_data(data: dict[str, Any], pk: object) -> dict[str, Any]:
    """`AuditEvent.of`, of plain values."""
    if EACH not in data:
        return data
    shared = {name: value for name, value in data.items() if name not in (EACH, "members")}
    return {**shared, **data[EACH].get(str(pk), {})}


def each_of(target_id: str, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """`AuditEvent.each`, of plain values."""
    for pk in data.get(EACH) or [target_id]:
        yield pk, own_data(data, pk)


class AuditMember(models.Model):
    """One of the records that a bulk verb changed, so that its history finds the one row of them all.

    What was done to it stands in that row's payload, whose digest of members `verify` holds against these.
    """

    event = models.BigIntegerField(db_index=True)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_by_member")]

    def __str__(self) -> str:
        return f"{self.target_type}:{self.target_id} of event {self.event}"


class AuditLink(models.Model):
    """Written by the database for each event, in the order of commits: hash = SHA-256 of `previous-event-digest`."""

    position = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"


class AuditTail(models.Model):
    """One row: the last link. It is locked last in a verb's transaction, so that verbs hardly wait for each other."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    position = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"
