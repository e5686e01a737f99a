"""The tables of Mathesar 0.11.0. The migrations pass through those of the releases before it."""

import uuid

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.sessions.models import Session
from django.db import models
from encrypted_fields.fields import EncryptedCharField, EncryptedJSONField

from base import BaseUser, Timed


class User(BaseUser):
    username = models.CharField(max_length=63, unique=True, validators=[UnicodeUsernameValidator()])
    display_language = models.CharField(max_length=30, blank=True, default="en")


class Server(Timed):
    host = models.CharField(max_length=255)
    port = models.IntegerField(null=True, blank=True)
    sslmode = models.CharField(
        max_length=20,
        choices=[("disable", "Disable"), ("prefer", "Prefer"), ("require", "Require")],
        default="prefer",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "port"],
                condition=models.Q(port__isnull=False),
                name="unique_server_host_port_not_null",
            ),
            models.UniqueConstraint(
                fields=["host"], condition=models.Q(port__isnull=True), name="unique_server_null_port"
            ),
        ]


class Database(Timed):
    name = models.CharField(max_length=128)
    nickname = models.CharField(null=True, blank=True)
    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    last_confirmed_sql_version = models.CharField(default="0.0.0")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "server"], name="unique_database"),
            models.UniqueConstraint(fields=["id", "server"], name="database_id_server_index"),
        ]


class ConfiguredRole(Timed):
    name = models.CharField(max_length=255)
    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    password = EncryptedCharField(max_length=255, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "server"], name="unique_role"),
            models.UniqueConstraint(fields=["id", "server"], name="role_id_server_index"),
        ]


class UserDatabaseRoleMap(Timed):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    configured_role = models.ForeignKey(ConfiguredRole, on_delete=models.CASCADE)
    server = models.ForeignKey(Server, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "database"], name="user_one_role_per_database")
        ]


class DataFile(Timed):
    file = models.FileField()
    user = models.ForeignKey(User, blank=True, null=True, on_delete=models.CASCADE)
    created_from = models.CharField(max_length=128)
    base_name = models.CharField(max_length=100)
    header = models.BooleanField(default=True)


class ColumnMetaData(Timed):
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    table_oid = models.BigIntegerField()
    attnum = models.SmallIntegerField()
    display_width = models.IntegerField(blank=True, null=True)
    file_backend = models.CharField(blank=True, null=True)
    user_display_field = models.CharField(blank=True, null=True)


class TableMetaData(Timed):
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    table_oid = models.BigIntegerField()
    data_file = models.ForeignKey(DataFile, null=True, blank=True, on_delete=models.SET_NULL)
    mathesar_added_pkey_attnum = models.SmallIntegerField(blank=True, null=True)
    user_tracking_attnum = models.SmallIntegerField(blank=True, null=True)


class Explorations(Timed):
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    name = models.CharField(max_length=128, unique=True)
    base_table_oid = models.BigIntegerField()
    schema_oid = models.BigIntegerField()
    initial_columns = models.JSONField()


class AnalyticsReport(Timed):
    sso_connected_user_count = models.IntegerField(blank=True, null=True)


class Form(Timed):
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=128)
    version = models.IntegerField()
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    schema_oid = models.BigIntegerField()
    base_table_oid = models.BigIntegerField()
    associated_role = models.ForeignKey(ConfiguredRole, null=True, blank=True, on_delete=models.SET_NULL)


class FormField(Timed):
    key = models.CharField(max_length=128)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    index = models.IntegerField()
    parent_field = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)


class DownloadLink(Timed):
    sessions = models.ManyToManyField(Session)
    fsspec_kwargs = EncryptedJSONField()
