from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0014_roster_feed")]

    operations = [
        migrations.AddField("publishedshift", "days_from", models.DateField(null=True)),
        migrations.AddField("publishedshift", "days_until", models.DateField(null=True)),
    ]
