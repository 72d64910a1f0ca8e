import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_what_people_said(apps, schema_editor):
    """A room that somebody edited keeps its zone and currency, whatever a report says later."""
    events = apps.get_model("audit", "AuditEvent").objects.filter(target_type="live.account", verb="edit_account")
    ids = [int(pk) for pk in events.values_list("target_id", flat=True).distinct() if pk.isdecimal()]
    apps.get_model("live", "Account").objects.filter(pk__in=ids).update(set_by_hand=True)


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
        ('imports', '0004_more_tables'),
        ('live', '0003_platforms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MatchChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.PositiveIntegerField(default=1)),
            ],
            options={
                'ordering': ['session'],
            },
        ),
        migrations.CreateModel(
            name='MatchDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(db_index=True, max_length=32)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(max_length=300)),
                ('undone', models.BooleanField(default=False)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('product_id', models.CharField(blank=True, max_length=64)),
                ('sub_order', models.CharField(blank=True, max_length=64)),
                ('about', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MinuteDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(db_index=True, max_length=32)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(max_length=300)),
                ('undone', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MinutePlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_hand', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='ReportDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(db_index=True, max_length=32)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(max_length=300)),
                ('undone', models.BooleanField(default=False)),
                ('platform', models.CharField(max_length=20)),
                ('handle', models.CharField(max_length=80)),
                ('start', models.DateTimeField()),
                ('use', models.BooleanField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Simulcast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-start', 'name'],
            },
        ),
        migrations.AddField(
            model_name='account',
            name='set_by_hand',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='session',
            name='join_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='session',
            name='joined_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='live.session'),
        ),
        migrations.AddField(
            model_name='session',
            name='session_key',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='session',
            name='stands_alone',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('joined_to__isnull', True), models.Q(('joined_to', models.F('id')), _negated=True), _connector='OR'), name='session_not_joined_to_itself'),
        ),
        migrations.AddField(
            model_name='matchchoice',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='match_choices', to='live.session'),
        ),
        migrations.AddField(
            model_name='matchdecision',
            name='account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='live.account'),
        ),
        migrations.AddField(
            model_name='matchdecision',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='matchchoice',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='live.matchdecision'),
        ),
        migrations.AddField(
            model_name='minutedecision',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='imports.batch'),
        ),
        migrations.AddField(
            model_name='minutedecision',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='minutedecision',
            name='session',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='live.session'),
        ),
        migrations.AddField(
            model_name='minuteplace',
            name='batch',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='minute_place', to='imports.batch'),
        ),
        migrations.AddField(
            model_name='minuteplace',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='minute_places', to='live.session'),
        ),
        migrations.AddField(
            model_name='reportdecision',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='simulcast',
            name='accounts',
            field=models.ManyToManyField(related_name='simulcasts', to='live.account'),
        ),
        migrations.AddIndex(
            model_name='matchdecision',
            index=models.Index(fields=['start', 'end'], name='match_by_time'),
        ),
        migrations.AddConstraint(
            model_name='matchdecision',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='match_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='matchdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('currency', '')), models.Q(('account__isnull', True), models.Q(('currency', ''), _negated=True)), _connector='OR'), name='match_has_one_lane'),
        ),
        migrations.AddConstraint(
            model_name='matchdecision',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='match_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='matchchoice',
            constraint=models.UniqueConstraint(fields=('decision', 'session'), name='chosen_once'),
        ),
        migrations.AddConstraint(
            model_name='matchchoice',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gt', 0)), name='choice_has_weight'),
        ),
        migrations.AddConstraint(
            model_name='simulcast',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gt', models.F('start')), _connector='OR'), name='simulcast_ends_after_start'),
        ),
        migrations.RunPython(keep_what_people_said, migrations.RunPython.noop),
    ]
