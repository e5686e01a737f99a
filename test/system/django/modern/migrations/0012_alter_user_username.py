from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0011_columnmetadata_user_type")]
    operations = [
        migrations.AlterField(
            "user",
            "username",
            models.CharField(max_length=63, unique=True, validators=[UnicodeUsernameValidator()]),
        ),
    ]
