from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0002_datafile_type")]
    operations = []
