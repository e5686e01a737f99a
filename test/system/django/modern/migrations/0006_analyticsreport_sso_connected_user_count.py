from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0005_make_server_port_nullable")]
    operations = [
        migrations.AddField(
            "analyticsreport", "sso_connected_user_count", models.IntegerField(blank=True, null=True)
        ),
    ]
