from django.apps import AppConfig


class Config(AppConfig):
    """The app whose tables are those of Mathesar's legacy layout."""

    name = "legacy"
    label = "mathesar"
