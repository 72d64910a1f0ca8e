import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("live", "0009_session_notes")]

    operations = [
        migrations.AddField(
            "account",
            "merged_into",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged",
                to="live.account",
            ),
        ),
    ]
