"""What the models of both layouts share."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Timed(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class BaseUser(AbstractUser):
    first_name = None
    last_name = None
    email = models.EmailField(blank=True)
    full_name = models.CharField(max_length=255, blank=True, null=True)
    short_name = models.CharField(max_length=255, blank=True, null=True)
    password_change_needed = models.BooleanField(default=False)

    class Meta:
        abstract = True
