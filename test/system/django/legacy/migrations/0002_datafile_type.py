from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0001_initial")]
    operations = []
