from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("login", "0005_grants"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="second_factor",
            field=models.BooleanField(default=False),
        ),
        # browsers are listed from their sign-in on: whoever was signed in before does it once more
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
