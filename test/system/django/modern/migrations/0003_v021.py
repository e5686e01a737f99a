from django.db import migrations, models
from encrypted_fields.fields import EncryptedCharField


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0002_custom_db_server_integrity_constraints")]
    operations = [
        migrations.AlterField(
            "configuredrole", "password", EncryptedCharField(blank=True, max_length=255, null=True)
        ),
        migrations.AddField("database", "nickname", models.CharField(blank=True, null=True)),
        migrations.AddField(
            "columnmetadata", "display_width", models.IntegerField(blank=True, null=True)
        ),
    ]
