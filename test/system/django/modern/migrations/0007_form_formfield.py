import uuid
from importlib import import_module

from django.db import migrations, models
from django.db.models import CASCADE, SET_NULL

first = import_module("modern.migrations.0001_initial")
second = import_module("modern.migrations.0002_custom_db_server_integrity_constraints")


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0006_analyticsreport_sso_connected_user_count")]
    operations = [
        first.table(
            "Form",
            ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
            ("name", models.CharField(max_length=128)),
            ("version", models.IntegerField()),
            ("database", first.of("database")),
            ("server", first.of("server")),
            ("schema_oid", models.BigIntegerField()),
            ("base_table_oid", models.BigIntegerField()),
            (
                "associated_role",
                models.ForeignKey(
                    blank=True, null=True, on_delete=SET_NULL, to="mathesar.configuredrole"
                ),
            ),
        ),
        first.table(
            "FormField",
            ("key", models.CharField(max_length=128)),
            (
                "form",
                models.ForeignKey(on_delete=CASCADE, related_name="fields", to="mathesar.form"),
            ),
            ("index", models.IntegerField()),
            (
                "parent_field",
                models.ForeignKey(blank=True, null=True, on_delete=CASCADE, to="mathesar.formfield"),
            ),
        ),
        second.composite_key(
            "mathesar_form", "form_database_server_integrity", "database_id", "mathesar_database"
        ),
        second.composite_key(
            "mathesar_form",
            "form_role_server_integrity",
            "associated_role_id",
            "mathesar_configuredrole",
        ),
    ]
