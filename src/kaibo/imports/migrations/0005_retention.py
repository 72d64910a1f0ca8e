from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_more_tables")]

    operations = [
        migrations.AddField("batch", "legal_hold", models.BooleanField(default=False)),
        migrations.AddField("batch", "erased_at", models.DateTimeField(null=True)),
    ]
