"""Courses run and are completed; whatever a published one needs, those need as well. The rules are looked
through by the next migration, which lets people go on working.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("offerings", "0023_checks_of_applications_and_agreements")]

    operations = [
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_status_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_has_a_publication_time_when_published',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_continuous_admission_is_by_registration',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_is_whole_when_published',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_in_the_joint_application_has_its_address',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_open_to_parties_names_their_agreement',
        ),
        migrations.AlterField(
            model_name='offering',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('running', 'running'), ('completed', 'completed'), ('cancelled', 'cancelled')], default='draft', editable=False, max_length=12),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'published', 'running', 'completed', 'cancelled'])), name='offering_status_is_known'),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['completed', 'published', 'running']), _negated=True), ('published_at__isnull', False), _connector='OR'), name='offering_has_a_publication_time_when_published'),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['completed', 'published', 'running']), _negated=True), models.Q(models.Q(models.Q(('title_fi', ''), _negated=True), models.Q(('title_sv', ''), _negated=True), _connector='OR'), ('field__isnull', False), ('form__isnull', False), ('mode__isnull', False), ('applications_open_at__isnull', False), ('capacity__isnull', False), ('starts_on__isnull', False), models.Q(('price_basis', ''), _negated=True), models.Q(('contact_email', ''), _negated=True)), _connector='OR'), name='offering_is_whole_when_published', violation_error_code='incomplete', violation_error_message='Something that a published course needs is missing.'),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(('applications_close_at__isnull', False), models.Q(('status__in', ['completed', 'published', 'running']), _negated=True), ('selection_rule', 'registration_order'), _connector='OR'), name='offering_continuous_admission_is_by_registration', violation_error_code='continuous_needs_registration_order', violation_error_message='Continuous admission takes students in the order of registration.'),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['completed', 'published', 'running']), _negated=True), ('is_national_joint_application', False), models.Q(('apply_url', ''), _negated=True), _connector='OR'), name='offering_in_the_joint_application_has_its_address', violation_error_code='joint_application_without_address', violation_error_message='Give the address of the national joint application.'),
        ),
        AddConstraintNotValid(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['completed', 'published', 'running']), _negated=True), models.Q(('open_to', 'agreement_parties'), _negated=True), ('agreement__isnull', False), _connector='OR'), name='offering_open_to_parties_names_their_agreement', violation_error_code='agreement_missing', violation_error_message="Choose the agreement whose parties' residents may apply."),
        ),
    ]
