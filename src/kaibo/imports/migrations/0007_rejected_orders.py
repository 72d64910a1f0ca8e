from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("imports", "0006_mapping")]

    operations = [
        migrations.AddField("reject", "amount_minor", models.BigIntegerField(null=True)),
        migrations.AddField("reject", "instant", models.DateTimeField(db_index=True, null=True)),
        migrations.AddField("reject", "about", models.JSONField(null=True)),
    ]
