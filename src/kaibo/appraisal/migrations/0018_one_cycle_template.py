"""One template of cycles: two people who saved it first at the same moment made two rows; the first one counted."""

from typing import Any

from django.db import migrations, models


def keep_the_first(apps: Any, _schema: Any) -> None:
    rows = apps.get_model("appraisal", "CycleTemplate").objects
    first = rows.order_by("pk").first()
    if first is not None:
        rows.exclude(pk=first.pk).delete()
        rows.update(id=1)


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0017_invitations")]

    operations = [
        migrations.RunPython(keep_the_first, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="cycletemplate",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="one_cycle_template"),
        ),
    ]
