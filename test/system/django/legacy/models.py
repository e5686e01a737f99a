"""The tables of Mathesar 0.1.4 to 0.1.7."""

import uuid

from django.db import models
from encrypted_fields.fields import EncryptedCharField

from base import BaseUser, Timed

ROLES = [("manager", "Manager"), ("editor", "Editor"), ("viewer", "Viewer")]


class User(BaseUser):
    display_language = models.CharField(max_length=30, blank=True, default="en")


class Database(Timed):
    name = models.CharField(max_length=128, unique=True)
    deleted = models.BooleanField(blank=True, default=False)
    db_name = models.CharField(max_length=128)
    username = EncryptedCharField(max_length=255)
    password = EncryptedCharField(max_length=255)
    host = models.CharField(max_length=255)
    port = models.IntegerField()


class Schema(Timed):
    oid = models.PositiveIntegerField()
    database = models.ForeignKey(Database, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["oid", "database"], name="unique_schema")]


class Table(Timed):
    oid = models.PositiveIntegerField()
    schema = models.ForeignKey(Schema, on_delete=models.CASCADE)
    import_verified = models.BooleanField(blank=True, null=True)
    is_temp = models.BooleanField(blank=True, null=True)
    import_target = models.ForeignKey("Table", blank=True, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["oid", "schema"], name="unique_table")]


class Column(Timed):
    attnum = models.IntegerField()
    table = models.ForeignKey(Table, on_delete=models.CASCADE)
    display_options = models.JSONField(blank=True, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attnum", "table"], name="unique_column")]


class Constraint(Timed):
    oid = models.PositiveIntegerField()
    table = models.ForeignKey(Table, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["oid", "table"], name="unique_constraint")]


class PreviewColumnSettings(Timed):
    customized = models.BooleanField()
    template = models.CharField(max_length=255)


class TableSettings(Timed):
    preview_settings = models.OneToOneField(PreviewColumnSettings, on_delete=models.CASCADE)
    table = models.OneToOneField(Table, on_delete=models.CASCADE)
    column_order = models.JSONField(blank=True, null=True)


class UIQuery(Timed):
    name = models.CharField(max_length=128)
    description = models.TextField(null=True, blank=True)
    base_table = models.ForeignKey(Table, on_delete=models.CASCADE)
    initial_columns = models.JSONField()
    transformations = models.JSONField(null=True, blank=True)
    display_options = models.JSONField(null=True, blank=True)
    display_names = models.JSONField(null=True, blank=True)


class DataFile(Timed):
    file = models.FileField()
    user = models.ForeignKey(User, blank=True, null=True, on_delete=models.CASCADE)
    created_from = models.CharField(max_length=128)
    base_name = models.CharField(max_length=100)
    table_imported_to = models.ForeignKey(Table, blank=True, null=True, on_delete=models.SET_NULL)
    header = models.BooleanField(default=True)


class SharedTable(Timed):
    slug = models.UUIDField(default=uuid.uuid4, unique=True)
    enabled = models.BooleanField(default=True)
    table = models.ForeignKey(Table, on_delete=models.CASCADE)


class SharedQuery(Timed):
    slug = models.UUIDField(default=uuid.uuid4, unique=True)
    enabled = models.BooleanField(default=True)
    query = models.ForeignKey(UIQuery, on_delete=models.CASCADE)


class DatabaseRole(Timed):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    database = models.ForeignKey(Database, on_delete=models.CASCADE)
    role = models.CharField(max_length=10, choices=ROLES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "database"], name="unique_database_role")]


class SchemaRole(Timed):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    schema = models.ForeignKey(Schema, on_delete=models.CASCADE)
    role = models.CharField(max_length=10, choices=ROLES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "schema"], name="unique_schema_role")]
