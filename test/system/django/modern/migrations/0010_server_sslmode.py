from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0009_columnmetadata_file_backend")]
    operations = [
        migrations.AddField(
            "server",
            "sslmode",
            models.CharField(
                choices=[("disable", "Disable"), ("prefer", "Prefer"), ("require", "Require")],
                default="prefer",
                max_length=20,
            ),
        ),
    ]
