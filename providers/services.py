"""Acts on organisations and on who acts for them: each one transaction, each in the journal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base import business_ids
from kopa.base.db import refusing
from municipalities.models import Municipality
from providers.errors import BusinessIdTaken, LastAdministrator, NoBusinessId, ReasonMissing
from providers.models import Organisation, Role, RoleAssignment, Site
from providers.rules import VERIFYING
from providers.states import ORGANISATION


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
    changes: dict[str, list[Any]] | None = None,
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
        changes=changes,
    )
    return assignment


@transaction.atomic
def end_role(*, assignment: RoleAssignment, by: User | None, acting: str = "", reason: str = "") -> bool:
    """The person may act in the role no more, from the next request on; whether it was in force until now.

    One statement looks and writes, so a second end changes nothing. ``acting``: the role that ``by`` acts in.
    """
    in_force = Q(valid_to__isnull=True) | Q(valid_to__gte=timezone.localdate())
    rows = RoleAssignment.objects.filter(in_force, pk=assignment.pk, ended_at__isnull=True)
    if not rows.update(ended_at=timezone.now()):
        return False
    journal.record(
        "role.end",
        on=assignment,
        by=by,
        role=acting,
        organisation_id=assignment.organisation_id,
        reason=reason,
        changes={"role": [assignment.role, ""]},
    )
    return True


@transaction.atomic
def give_up(*, assignment: RoleAssignment, by: User) -> bool:
    """Who has the role wants it no more; whether it was in force until now.

    Raises LastAdministrator where nobody would be left to keep accounts, and Busy.
    """
    with refusing(RoleAssignment):
        if assignment.role == Role.ADMIN:
            # All of them are locked, so that two who go at once are looked at one after the other.
            in_force = RoleAssignment.objects.active(on=timezone.localdate()).filter(role=Role.ADMIN)
            held = in_force.filter(person__is_active=True).order_by("pk")
            if not [one for one in held.select_for_update(of=("self",)) if one.pk != assignment.pk]:
                raise LastAdministrator
        return end_role(assignment=assignment, by=by, acting=assignment.role)


@transaction.atomic
def verify(*, organisation_id: int, business_id: str, by: User) -> Organisation:
    """The organisation is known to be what it says, under this business id, and may publish courses.

    Raises TransitionNotAllowed unless it waits for verification or is suspended, NoBusinessId for an id that
    its country does not have, BusinessIdTaken for one of another organisation, and Busy.
    """
    with refusing(Organisation, organisation_business_id_is_unique=BusinessIdTaken()):
        organisation = _locked(organisation_id)
        found = business_ids.read(business_id, country=organisation.country)
        before = organisation.status
        organisation.status = ORGANISATION.target("verify", before)
        if not found:
            raise NoBusinessId
        changed = found != organisation.business_id
        changes = {"business_id": [organisation.business_id, found]} if changed else {}
        organisation.business_id = found
        _decided("verify", organisation, before=before, by=by, changes=changes)
    return organisation


@transaction.atomic
def suspend(*, organisation_id: int, reason: str, by: User) -> Organisation:
    """The organisation publishes nothing new until it is verified again; what is public stays.

    Raises ReasonMissing, TransitionNotAllowed unless it is verified, and Busy.
    """
    with refusing(Organisation):
        organisation = _locked(organisation_id)
        before = organisation.status
        organisation.status = ORGANISATION.target("suspend", before)
        if not reason.strip():
            raise ReasonMissing
        _decided("suspend", organisation, before=before, by=by, reason=reason.strip())
    return organisation


def _locked(organisation_id: int) -> Organisation:
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


def _decided(verb: str, organisation: Organisation, *, before: str, by: User, **facts: Any) -> None:
    organisation.updated_at = timezone.now()
    organisation.save(update_fields=["status", "business_id", "updated_at"])
    roles = RoleAssignment.objects.held_by(by, on=timezone.localdate()).filter(role__in=VERIFYING)
    role = roles.order_by("pk").first()
    journal.record(
        f"organisation.{verb}",
        on=organisation,
        by=by,
        role=role.role if role else "",
        organisation_id=organisation.pk,
        from_state=before,
        to_state=organisation.status,
        **facts,
    )


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
