"""The handbook's positions and one department, so that an empty installation can appoint its first person."""

from django.db import migrations

from kaibo.org.positions import DEFAULT_DEPARTMENT, KNOWN


def fill(apps, schema_editor):
    Position = apps.get_model("org", "Position")
    for known in KNOWN:
        Position.objects.get_or_create(key=known.key, defaults={"name": known.name, "level": known.level})
    Department = apps.get_model("org", "Department")
    if not Department.objects.exists():
        Department.objects.create(name=DEFAULT_DEPARTMENT)


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
