from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0003_v021")]
    operations = [
        migrations.AddField(
            "tablemetadata", "mathesar_added_pkey_attnum", models.SmallIntegerField(blank=True, null=True)
        ),
    ]
