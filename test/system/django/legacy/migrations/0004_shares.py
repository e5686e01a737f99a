from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0003_datafile_max_level")]
    operations = []
