from django.apps import AppConfig


class Config(AppConfig):
    """The app whose tables are those of Mathesar's modern layout."""

    name = "modern"
    label = "mathesar"
