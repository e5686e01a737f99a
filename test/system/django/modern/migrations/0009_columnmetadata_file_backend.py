from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0008_downloadlink")]
    operations = [
        migrations.AddField("columnmetadata", "file_backend", models.CharField(blank=True, null=True)),
    ]
