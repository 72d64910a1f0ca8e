"""Rows from before the chain are its first links, in the order of their ids. 0004 puts up the guards."""

import secrets

from django.db import migrations

from kaibo.audit import guards
from kaibo.audit.chain import GENESIS, event_digest, link_hash, payload_digest

CHUNK = 2000


def chain(apps, schema_editor):
    connection = schema_editor.connection
    events = apps.get_model("audit", "AuditEvent").objects.order_by("pk")
    links = apps.get_model("audit", "AuditLink").objects
    position, tail, done, links_made = 0, GENESIS, [], []
    apps.get_model("audit", "AuditTail").objects.all().delete()

    def write():
        with connection.cursor() as cursor:
            cursor.executemany(
                "update audit_auditevent set salt = %s, payload_digest = %s, digest = %s where id = %s", done
            )
        links.bulk_create(links_made)
        done.clear()
        links_made.clear()

    for event in events.iterator(CHUNK):
        salt = secrets.token_hex(16)
        payload = payload_digest(salt=salt, by_name=event.by_name, data=event.data, reason=event.reason)
        digest = event_digest(
            at=event.at, by_id=event.by_id, verb=event.verb, target_type=event.target_type,
            target_id=event.target_id, payload_digest=payload,
        )  # fmt: skip
        position, previous, tail = position + 1, tail, link_hash(tail, event.pk, digest)
        done.append((salt, payload, digest, event.pk))
        links_made.append(
            links.model(position=position, event=event.pk, digest=digest, previous=previous, hash=tail)
        )
        if len(done) == CHUNK:
            write()
    if done:
        write()
    apps.get_model("audit", "AuditTail").objects.create(id=1, position=position, hash=tail)


def take_down(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in guards.down(schema_editor.connection.vendor):
            cursor.execute(statement)
    apps.get_model("audit", "AuditLink").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_chain'),
    ]

    operations = [
        migrations.RunPython(chain, take_down),
    ]
