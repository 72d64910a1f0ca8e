from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0007_rejected_orders")]

    operations = [
        migrations.AddField("batch", "period_first", models.DateField(null=True)),
        migrations.AddField("batch", "period_last", models.DateField(null=True)),
        migrations.AddField("batch", "period_from", models.CharField(default="", max_length=20)),
    ]
