"""What may be erased of an event becomes a row of its own. Digests and links stay: each still says the same of it."""

import django.db.models.deletion
from django.db import migrations, models

from kaibo.audit import guards

PAYLOAD = "by_name, data, reason, salt"


def unguard(apps, schema_editor):
    connection = schema_editor.connection
    # the names of 0003's time, then today's
    names = ["audit_event_chained", "audit_event_fixed", "audit_event_kept", "audit_event_new"]
    here = [f"drop trigger if exists {name}" for name in names] if connection.vendor == "sqlite" else []
    with connection.cursor() as cursor:
        for statement in (*here, *guards.down(connection.vendor)):
            cursor.execute(statement)


def part(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            f"insert into audit_auditpayload (event_id, {PAYLOAD})"  # noqa: S608
            f" select id, {PAYLOAD} from audit_auditevent where erased_by is null"
        )


def put_together(apps, schema_editor):
    chosen = ", ".join(f"{name} = p.{name}" for name in PAYLOAD.split(", "))
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            f"update audit_auditevent set {chosen} from audit_auditpayload p where p.event_id = audit_auditevent.id"  # noqa: S608
        )


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_chain_what_is_there'),
    ]

    operations = [
        migrations.RunPython(unguard, migrations.RunPython.noop),
        migrations.CreateModel(
            name='AuditPayload',
            fields=[
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='payload', serialize=False, to='audit.auditevent')),
                ('by_name', models.CharField(max_length=150)),
                ('data', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('salt', models.CharField(max_length=32)),
            ],
        ),
        migrations.RunPython(part, put_together),
        # so that the way back knows what stands there before the payloads do
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('auditevent', 'by_name', models.CharField(default='', max_length=150)),
            ],
        ),
        migrations.RemoveField(model_name='auditevent', name='by_name'),
        migrations.RemoveField(model_name='auditevent', name='data'),
        migrations.RemoveField(model_name='auditevent', name='reason'),
        migrations.RemoveField(model_name='auditevent', name='salt'),
        # 0005 puts up the guards
        migrations.RunPython(migrations.RunPython.noop, unguard),
    ]
