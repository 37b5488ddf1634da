"""Acts on organisations and on who acts for them: each one transaction, each in the journal."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from kopa.accounts.models import User
from kopa.audit import journal
from municipalities.models import Municipality
from providers.models import Organisation, RoleAssignment, Site


@transaction.atomic
def assign_role(
    *,
    person: User,
    role: str,
    organisation: Organisation | None,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    on_behalf_of: RoleAssignment | None = None,
    by: User | None = None,
) -> RoleAssignment:
    """The person acts in the role from ``valid_from`` to ``valid_to``, both days included; no last day: until
    further notice.

    Raises ValidationError for an unknown role, a role without the organisation it needs, dates in the wrong
    order and an assignment that is already there.
    """
    assignment = RoleAssignment(
        person=person,
        role=role,
        organisation=organisation,
        valid_from=valid_from,
        valid_to=valid_to,
        on_behalf_of=on_behalf_of,
    )
    assignment.full_clean()
    assignment.save(force_insert=True)
    journal.record(
        "role.assign",
        on=assignment,
        by=by,
        role=role,
        organisation_id=organisation.pk if organisation else None,
    )
    return assignment


@transaction.atomic
def site_at_centre(organisation_id: int, municipality_id: int) -> Site:
    """A site in the municipality for teaching whose premises are not known: it stands at the centre.

    The municipality's own one, else one of the organisation, made when it is not there. Two acts at once make
    one: the organisation is locked.
    """
    place = Municipality.objects.get(pk=municipality_id)
    own = Site.objects.filter(
        organisation__municipality=place, municipality=place, institution=None, address=""
    )
    found = own.order_by("pk").first()
    if found is not None:
        return found
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    basis = Site.PointBasis.NONE if place.latitude is None else Site.PointBasis.MUNICIPALITY_CENTRE
    site, _made = Site.objects.get_or_create(
        organisation_id=organisation_id,
        institution=None,
        municipality=place,
        address="",
        defaults={
            "name_fi": place.name_fi,
            "name_sv": place.name_sv,
            "name_en": place.name_en,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "point_basis": basis,
        },
    )
    return site
