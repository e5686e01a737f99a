from django.db import migrations

COMPOSITE_KEY = """
ALTER TABLE {table} ADD CONSTRAINT {name}
  FOREIGN KEY ({column}, server_id) REFERENCES {target} (id, server_id)
"""


def composite_key(table, name, column, target):
    """Returns a key that Django can't express: it is checked at once, unlike Django's own."""
    return migrations.RunSQL(
        COMPOSITE_KEY.format(table=table, name=name, column=column, target=target),
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0001_initial")]
    operations = [
        composite_key(
            "mathesar_userdatabaserolemap",
            "userdatabaserolemap_database_server_integrity",
            "database_id",
            "mathesar_database",
        ),
        composite_key(
            "mathesar_userdatabaserolemap",
            "userdatabaserolemap_role_server_integrity",
            "configured_role_id",
            "mathesar_configuredrole",
        ),
    ]
