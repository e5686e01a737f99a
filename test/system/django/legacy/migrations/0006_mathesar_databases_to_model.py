from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mathesar", "0005_release_0_1_4")]
    operations = []
