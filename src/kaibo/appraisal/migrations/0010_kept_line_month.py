from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def say_months(apps, editor):
    scores = apps.get_model("appraisal", "KeptScore").objects.filter(pk=OuterRef("score"))
    apps.get_model("appraisal", "KeptLine").objects.update(month=Subquery(scores.values("month")[:1]))


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0009_calibration")]

    operations = [
        migrations.RemoveIndex("keptline", "kept_line_sums"),
        migrations.AddField("keptline", "month", models.DateField(null=True)),
        migrations.RunPython(say_months, migrations.RunPython.noop),
        migrations.AlterField("keptline", "month", models.DateField()),
        migrations.AddIndex(
            "keptline",
            models.Index(fields=["month", "kpi", "score", "top", "bottom"], name="kept_line_by_month"),
        ),
        migrations.AddIndex("keptline", models.Index(fields=["score", "kpi", "order"], name="kept_line_order")),
    ]
