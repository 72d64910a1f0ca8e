import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

import kaibo.login.grants

SCOPES = {"person": "own", "lead": "line", "owner": "company"}
ROLES = ["person", "lead", "department_head", "hr", "finance", "data_steward", "executive", "auditor", "owner"]


def give(apps, schema_editor):
    """Everyone's role becomes a grant, from the day of their sign-in on."""
    grants = apps.get_model("login", "Grant")
    grants.objects.bulk_create(
        grants(user=user, role=user.role, scope=SCOPES[user.role], start=timezone.localdate(user.date_joined))
        for user in apps.get_model("login", "User").objects.order_by("pk")
    )


def take(apps, schema_editor):
    """The widest role that there was before grants; what is newer becomes a plain person."""
    today = timezone.localdate()
    for user in apps.get_model("login", "User").objects.all():
        running = user.grants.filter(models.Q(end=None) | models.Q(end__gt=today), start__lte=today, delegated_from=None)
        held = set(running.values_list("role", flat=True))
        user.role = next((role for role in ("owner", "lead") if role in held), "person")
        user.save(update_fields=["role"])


class Migration(migrations.Migration):
    dependencies = [("login", "0004_invitations")]

    operations = [
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("lead", "Lead"),
                            ("department_head", "Department head"),
                            ("hr", "HR"),
                            ("finance", "Finance"),
                            ("data_steward", "Data steward"),
                            ("executive", "Executive"),
                            ("auditor", "Auditor"),
                            ("owner", "Owner"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("own", "Oneself"),
                            ("line", "One's own department and those below it"),
                            ("department", "A department and those below it"),
                            ("company", "The whole company"),
                        ],
                        max_length=12,
                    ),
                ),
                ("start", models.DateField()),
                ("end", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="grants_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delegated_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lent",
                        to="login.grant",
                    ),
                ),
            ],
            options={
                "ordering": ["start", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("role__in", ROLES)), name="grant_role_is_known"),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["own", "line", "department", "company"])),
                        name="grant_scope_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("end__isnull", True), ("end__gte", models.F("start")), _connector="OR"),
                        name="grant_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.RunPython(give, take),
        migrations.RemoveConstraint(model_name="user", name="user_role_is_known"),
        migrations.RemoveField(model_name="user", name="role"),
        migrations.AlterModelManagers(name="user", managers=[("objects", kaibo.login.grants.Users())]),
    ]
