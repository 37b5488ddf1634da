"""The rules of the migration before this one, while people go on working."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("offerings", "0024_running_and_completed")]

    operations = [
        ValidateConstraint(model_name='offering', name='offering_status_is_known'),
        ValidateConstraint(model_name='offering', name='offering_has_a_publication_time_when_published'),
        ValidateConstraint(model_name='offering', name='offering_continuous_admission_is_by_registration'),
        ValidateConstraint(model_name='offering', name='offering_is_whole_when_published'),
        ValidateConstraint(model_name='offering', name='offering_in_the_joint_application_has_its_address'),
        ValidateConstraint(model_name='offering', name='offering_open_to_parties_names_their_agreement'),
    ]
