import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("imports", "0005_retention")]

    operations = [
        migrations.CreateModel(
            name="Mapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("fingerprint", models.CharField(db_index=True, max_length=32)),
                ("table", models.CharField(max_length=40)),
                ("on", models.BooleanField(default=True)),
            ],
            options={"ordering": ["name", "id"]},
        ),
        migrations.CreateModel(
            name="MappingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("data", models.JSONField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mapping",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="imports.mapping"
                    ),
                ),
            ],
            options={"ordering": ["-number"]},
        ),
        migrations.AddConstraint(
            "mapping",
            models.UniqueConstraint(
                condition=models.Q(("on", True)), fields=("fingerprint",), name="header_mapped_once"
            ),
        ),
        migrations.AddConstraint(
            "mappingversion",
            models.UniqueConstraint(fields=("mapping", "number"), name="mapping_version_once"),
        ),
        migrations.AddField(
            "batch",
            "mapping",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batches",
                to="imports.mappingversion",
            ),
        ),
        migrations.AddField("upload", "mappable", models.BooleanField(default=False)),
    ]
