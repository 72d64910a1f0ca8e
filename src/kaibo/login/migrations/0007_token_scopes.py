from django.db import migrations, models

# what every token could do before there were scopes
EVERY = [
    *(f"{area}:{act}" for area in ("imports", "live", "people", "rights", "scores", "cards", "reviews")
      for act in ("read", "write")),
    "money",
]


def keep_what_they_had(apps, schema_editor):
    apps.get_model("login", "ApiToken").objects.update(scopes=EVERY)


class Migration(migrations.Migration):
    dependencies = [
        ("login", "0006_second_factor"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(keep_what_they_had, migrations.RunPython.noop),
    ]
