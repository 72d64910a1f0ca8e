from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0013_cycle_check")]

    operations = [
        migrations.AlterField(model_name="keptscore", name="role", field=models.CharField(max_length=40)),
    ]
