from django.db import migrations, models
from django.db.models import Q


def name_platforms(apps, schema_editor):
    """A decision about one currency speaks of one platform where that is known; else it goes on speaking of all."""
    decisions = apps.get_model("live", "MatchDecision").objects.filter(account=None)
    accounts = apps.get_model("live", "Account").objects
    for decision in decisions.iterator():
        chosen = set(decision.choices.values_list("session__account__platform", flat=True))
        found = chosen or set(accounts.filter(currency=decision.currency).values_list("platform", flat=True))
        if len(found) == 1:
            decisions.filter(pk=decision.pk).update(platform=found.pop())


class Migration(migrations.Migration):

    dependencies = [("live", "0005_outages_and_duties")]

    operations = [
        migrations.AddField("matchdecision", "platform", models.CharField(blank=True, max_length=20, default="")),
        migrations.AlterField("matchdecision", "platform", models.CharField(blank=True, max_length=20)),
        migrations.RemoveConstraint("matchdecision", "match_has_one_lane"),
        migrations.AddConstraint(
            "matchdecision",
            models.CheckConstraint(
                condition=Q(account__isnull=False, currency="", platform="")
                | (Q(account__isnull=True) & ~Q(currency="")),
                name="match_has_one_lane",
            ),
        ),
        migrations.RunPython(name_platforms, migrations.RunPython.noop),
    ]
