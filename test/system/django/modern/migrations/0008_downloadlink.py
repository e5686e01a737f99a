from importlib import import_module

from django.db import migrations, models
from encrypted_fields.fields import EncryptedJSONField

first = import_module("modern.migrations.0001_initial")


class Migration(migrations.Migration):
    dependencies = [("sessions", "0001_initial"), ("mathesar", "0007_form_formfield")]
    operations = [
        first.table(
            "DownloadLink",
            ("sessions", models.ManyToManyField(to="sessions.session")),
            ("fsspec_kwargs", EncryptedJSONField()),
        )
    ]
