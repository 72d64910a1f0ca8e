from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appraisal", "0018_one_cycle_template"),
    ]

    operations = [
        migrations.AddField(
            model_name="keptline",
            name="in_part",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="reviewline",
            name="in_part",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
