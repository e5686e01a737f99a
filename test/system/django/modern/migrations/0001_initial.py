"""The base tables, of 0.2.0."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.utils.timezone
from django.db import migrations, models
from django.db.models import CASCADE, SET_NULL
from encrypted_fields.fields import EncryptedCharField


def table(name, *fields, constraints=()):
    """Returns the creation of a table with the columns that all of Mathesar's have."""
    own = [
        ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ]
    return migrations.CreateModel(
        name=name, fields=[*own, *fields], options={"constraints": [*constraints]}
    )


def of(name):
    """Returns a key to one of Mathesar's tables."""
    return models.ForeignKey(on_delete=CASCADE, to=f"mathesar.{name}")


def unique(name, *fields):
    return models.UniqueConstraint(fields=fields, name=name)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("is_superuser", models.BooleanField(default=False)),
                (
                    "username",
                    models.CharField(
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                    ),
                ),
                ("is_staff", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("full_name", models.CharField(blank=True, max_length=255, null=True)),
                ("short_name", models.CharField(blank=True, max_length=255, null=True)),
                ("password_change_needed", models.BooleanField(default=False)),
                ("display_language", models.CharField(blank=True, default="en", max_length=30)),
                ("groups", models.ManyToManyField(blank=True, to="auth.group")),
                ("user_permissions", models.ManyToManyField(blank=True, to="auth.permission")),
            ],
            managers=[("objects", django.contrib.auth.models.UserManager())],
        ),
        table(
            "Server",
            ("host", models.CharField(max_length=255)),
            ("port", models.IntegerField()),
            constraints=[unique("unique_server", "host", "port")],
        ),
        table(
            "Database",
            ("name", models.CharField(max_length=128)),
            ("server", of("server")),
            ("last_confirmed_sql_version", models.CharField(default="0.0.0")),
            constraints=[
                unique("unique_database", "name", "server"),
                unique("database_id_server_index", "id", "server"),
            ],
        ),
        table(
            "ConfiguredRole",
            ("name", models.CharField(max_length=255)),
            ("server", of("server")),
            ("password", EncryptedCharField(max_length=255)),
            constraints=[
                unique("unique_role", "name", "server"),
                unique("role_id_server_index", "id", "server"),
            ],
        ),
        table(
            "UserDatabaseRoleMap",
            ("user", of("user")),
            ("database", of("database")),
            ("configured_role", of("configuredrole")),
            ("server", of("server")),
            constraints=[unique("user_one_role_per_database", "user", "database")],
        ),
        table(
            "DataFile",
            ("file", models.FileField(upload_to="")),
            ("user", models.ForeignKey(blank=True, null=True, on_delete=CASCADE, to="mathesar.user")),
            ("created_from", models.CharField(max_length=128)),
            ("base_name", models.CharField(max_length=100)),
            ("header", models.BooleanField(default=True)),
        ),
        table(
            "ColumnMetaData",
            ("database", of("database")),
            ("table_oid", models.BigIntegerField()),
            ("attnum", models.SmallIntegerField()),
        ),
        table(
            "TableMetaData",
            ("database", of("database")),
            ("table_oid", models.BigIntegerField()),
            (
                "data_file",
                models.ForeignKey(blank=True, null=True, on_delete=SET_NULL, to="mathesar.datafile"),
            ),
        ),
        table(
            "Explorations",
            ("database", of("database")),
            ("name", models.CharField(max_length=128, unique=True)),
            ("base_table_oid", models.BigIntegerField()),
            ("schema_oid", models.BigIntegerField()),
            ("initial_columns", models.JSONField()),
        ),
        table("AnalyticsReport"),
    ]
