from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0004_tablemetadata_mathesar_added_pkey_attnum")]
    operations = [
        migrations.RemoveConstraint("server", "unique_server"),
        migrations.AlterField("server", "port", models.IntegerField(blank=True, null=True)),
        migrations.AddConstraint(
            "server",
            models.UniqueConstraint(
                condition=models.Q(("port__isnull", False)),
                fields=("host", "port"),
                name="unique_server_host_port_not_null",
            ),
        ),
        migrations.AddConstraint(
            "server",
            models.UniqueConstraint(
                condition=models.Q(("port__isnull", True)),
                fields=("host",),
                name="unique_server_null_port",
            ),
        ),
    ]
