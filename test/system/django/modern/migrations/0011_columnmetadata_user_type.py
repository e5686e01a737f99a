from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0010_server_sslmode")]
    operations = [
        migrations.AddField(
            "columnmetadata", "user_display_field", models.CharField(blank=True, null=True)
        ),
        migrations.AddField(
            "tablemetadata", "user_tracking_attnum", models.SmallIntegerField(blank=True, null=True)
        ),
    ]
