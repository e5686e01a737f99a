"""Creates, reads and writes an internal database through Django, for the tests of mathesarctl.

Usage: exchange.py migrate [MIGRATION]                creates the tables, and a superuser `admin`
       exchange.py read | users | write | save | delete      input and output are JSON
"""

import json
import os
import sys

import django
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"


def applied_models():
    """Returns the models as the applied migrations leave them, by the lower-case name."""
    executor = MigrationExecutor(connection)
    applied = [key for key in executor.loader.applied_migrations if key in executor.loader.graph.nodes]
    apps = executor.loader.project_state(applied).apps
    return {model._meta.model_name: model for model in apps.get_app_config("mathesar").get_models()}


def has(model, field):
    return any(one.name == field for one in model._meta.get_fields())


def problems(models):
    """Returns what Django finds wrong with the stored rows."""
    found = []
    for name, model in models.items():
        for row in model.objects.order_by("pk"):
            try:
                row.full_clean()
            except ValidationError as error:
                found.append(f"{name} {row.pk}: {error.message_dict}")
    with transaction.atomic():
        connection.check_constraints()
    return found


def encryption(model, column):
    """Returns whether all values of a column are NULL or tokens, by their first characters."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table}")
        return all(value is None or value.startswith("gAAAAA") for (value,) in cursor.fetchall())


def read_legacy(models):
    databases = models["database"].objects.order_by("name")
    return {
        "isEncrypted": encryption(models["database"], "password")
        and encryption(models["database"], "username"),
        "databases": [
            {
                "name": row.name,
                "database": row.db_name,
                "host": row.host,
                "port": row.port,
                "user": row.username,
                "password": row.password,
                "deleted": row.deleted,
            }
            for row in databases
        ],
    }


def read_modern(models):
    def access(database):
        maps = models["userdatabaserolemap"].objects.filter(database=database).order_by("pk")
        return [{"user": row.user.username, "role": row.configured_role.name} for row in maps]

    def links():
        if "downloadlink" not in models or not models["downloadlink"].objects.exists():
            return {}
        stored = models["downloadlink"].objects.order_by("pk")
        return {"downloadLinks": [row.fsspec_kwargs for row in stored]}

    def roles(server):
        stored = models["configuredrole"].objects.filter(server=server).order_by("name")
        return {row.name: row.password for row in stored}

    return {
        "isEncrypted": encryption(models["configuredrole"], "password"),
        **links(),
        "servers": [
            {
                "host": server.host,
                "port": server.port,
                "sslmode": getattr(server, "sslmode", None),
                "roles": roles(server),
            }
            for server in models["server"].objects.order_by("pk")
        ],
        "databases": [
            {
                "host": row.server.host,
                "port": row.server.port,
                "database": row.name,
                "nickname": getattr(row, "nickname", None),
                "version": row.last_confirmed_sql_version,
                "access": access(row),
            }
            for row in models["database"].objects.order_by("pk")
        ],
    }


def write_legacy(models, wanted):
    database = models["database"].objects.create(
        name=wanted["name"],
        deleted=False,
        db_name=wanted["database"],
        host=wanted["host"],
        port=wanted["port"],
        username=wanted["user"],
        password=wanted["password"],
    )
    # As the application does when it looks into a database.
    schema = models["schema"].objects.create(oid=2200, database=database)
    table = models["table"].objects.create(oid=16400, schema=schema)
    models["column"].objects.create(attnum=1, table=table)
    models["constraint"].objects.create(oid=16401, table=table)
    preview = models["previewcolumnsettings"].objects.create(customized=False, template="{1}")
    models["tablesettings"].objects.create(preview_settings=preview, table=table)
    query = models["uiquery"].objects.create(name="q", base_table=table, initial_columns=[{"attnum": 1}])
    models["sharedquery"].objects.create(query=query)
    models["sharedtable"].objects.create(table=table)
    user = models["user"].objects.order_by("pk").first()
    models["databaserole"].objects.create(user=user, database=database, role="manager")
    models["schemarole"].objects.create(user=user, schema=schema, role="viewer")


def write_modern(models, wanted):
    sslmode = {"sslmode": wanted["sslmode"]} if has(models["server"], "sslmode") else {}
    nickname = {"nickname": wanted["nickname"]} if has(models["database"], "nickname") else {}
    server, _ = models["server"].objects.update_or_create(
        host=wanted["host"], port=wanted["port"], defaults=sslmode
    )
    database, _ = models["database"].objects.get_or_create(
        name=wanted["database"],
        server=server,
        **nickname,
        defaults={"last_confirmed_sql_version": wanted["version"]},
    )
    role, _ = models["configuredrole"].objects.get_or_create(
        name=wanted["user"], server=server, defaults={"password": wanted["password"]}
    )
    models["userdatabaserolemap"].objects.get_or_create(
        user=models["user"].objects.get(username=wanted["mathesarUser"]),
        database=database,
        configured_role=role,
        server=server,
    )
    table = {"database": database, "table_oid": 16400}
    models["columnmetadata"].objects.create(**table, attnum=1)
    models["tablemetadata"].objects.create(**table)
    models["explorations"].objects.create(
        name=f"e {database.pk}",
        database=database,
        base_table_oid=16400,
        schema_oid=2200,
        initial_columns=[{"attnum": 1}],
    )
    if "downloadlink" in models and "downloadLink" in wanted:
        models["downloadlink"].objects.create(fsspec_kwargs=wanted["downloadLink"])
    if "form" in models:
        form = models["form"].objects.create(
            name="f",
            version=1,
            database=database,
            server=server,
            schema_oid=2200,
            base_table_oid=16400,
            associated_role=role,
        )
        field = models["formfield"].objects.create(key="k", form=form, index=0)
        models["formfield"].objects.create(key="l", form=form, index=1, parent_field=field)


def migrate(names):
    # The migrations of admin require Mathesar's, so that they come after it.
    for app in [["mathesar", *names], ["admin"], ["sessions"]] if names else [[]]:
        call_command("migrate", *app, verbosity=0)
    User = applied_models()["user"]
    User.objects.create(username="admin", password="!", is_superuser=True, is_staff=True)


def main():
    django.setup()
    if sys.argv[1:2] == ["migrate"]:
        migrate(sys.argv[2:])
        return
    models = applied_models()
    is_legacy = "server" not in models
    [command] = sys.argv[1:]
    wanted = json.load(sys.stdin) if command in ("users", "write", "delete") else None
    if command == "users":
        for fields in wanted:
            models["user"].objects.create(password="!", **fields)
    elif command == "write":
        with transaction.atomic():
            for one in wanted:
                (write_legacy if is_legacy else write_modern)(models, one)
    elif command == "save":
        for model in models.values():
            for row in model.objects.all():
                row.save()
    elif command == "delete":
        key = "name" if is_legacy else "nickname" if has(models["database"], "nickname") else "name"
        models["database"].objects.get(**{key: wanted}).delete()
    elif command != "read":
        sys.exit(__doc__)
    rows = (read_legacy if is_legacy else read_modern)(models)
    print(json.dumps({"problems": problems(models), **rows}))


if __name__ == "__main__":
    main()
