from django.db import migrations, models
from encrypted_fields.fields import EncryptedCharField


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0004_shares")]
    operations = [
        migrations.AddField("database", "db_name", models.CharField(max_length=128, default=""), False),
        migrations.AddField("database", "host", models.CharField(max_length=255, default=""), False),
        migrations.AddField(
            "database", "password", EncryptedCharField(max_length=255, default="mathesar"), False
        ),
        migrations.AddField("database", "port", models.IntegerField(default=0), False),
        migrations.AddField(
            "database", "username", EncryptedCharField(max_length=255, default="mathesar"), False
        ),
        migrations.AddField(
            "user", "display_language", models.CharField(blank=True, default="en", max_length=30)
        ),
    ]
