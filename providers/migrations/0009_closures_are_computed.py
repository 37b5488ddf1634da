"""No source tells which institutions have closed; ``InstitutionQuerySet.perhaps_closed`` reads the signs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("providers", "0008_type_not_known")]

    operations = [migrations.RemoveField(model_name="institution", name="may_have_closed")]
