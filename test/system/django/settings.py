"""Settings of a small Django project with the tables of Mathesar's internal database.

MATHESAR_GENERATION is `legacy` or `modern`. POSTGRES_* name the database, or SQLITE_FILE does.
"""

import os

SECRET_KEY = os.environ["SECRET_KEY"]
SALT_KEY = SECRET_KEY

GENERATION = os.environ["MATHESAR_GENERATION"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    f"{GENERATION}.apps.Config",
]

if "SQLITE_FILE" in os.environ:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SQLITE_FILE"]}}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["POSTGRES_DB"],
            "USER": os.environ["POSTGRES_USER"],
            "PASSWORD": os.environ["POSTGRES_PASSWORD"],
            "HOST": os.environ["POSTGRES_HOST"],
            "PORT": os.environ["POSTGRES_PORT"],
        }
    }

AUTH_USER_MODEL = "mathesar.User"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
TIME_ZONE = "UTC"
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E408", "admin.E409", "admin.E410"]
