"""Of a bulk verb one row: which records it was done to is kept beside it, guarded as the rest is."""

from django.db import migrations, models

from kaibo.audit import guards


def guard(apps, schema_editor):
    guards.put_up(schema_editor.connection)


def unguard(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in guards.down(schema_editor.connection.vendor):
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_payload")]

    operations = [
        migrations.CreateModel(
            name="AuditMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.BigIntegerField(db_index=True)),
                ("target_type", models.CharField(max_length=60)),
                ("target_id", models.CharField(max_length=60)),
            ],
            options={
                "indexes": [models.Index(fields=["target_type", "target_id"], name="audit_by_member")],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
