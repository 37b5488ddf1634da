"""Acts on pilot groups: each one transaction, each in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.errors import ChangedMeanwhile
from pilots.contacts import check_shared
from pilots.models import EDITED, PilotGroup
from pilots.rules import coordinating_roles


@transaction.atomic
def edit_group(*, group_id: int, version: int, given: Mapping[str, Any], by: User) -> PilotGroup:
    """The group with the texts, contact and links given; what ``given`` leaves out stays.

    Who may is asked before (``rules.may_edit_groups``). Raises ChangedMeanwhile when ``version`` is not the
    saved one, and ValidationError. Nothing but ``EDITED`` is written; an edit that changes nothing makes no
    version and no entry.
    """
    group = PilotGroup.objects.select_for_update().get(pk=group_id)
    if group.version != version:
        raise ChangedMeanwhile
    changes = {
        name: [getattr(group, name), given[name]]
        for name in EDITED
        if name in given and given[name] != getattr(group, name)
    }
    if not changes:
        return group
    for name, (_before, after) in changes.items():
        setattr(group, name, after)
    group.full_clean()
    if "contact_email" in changes:
        check_shared(group.contact_email)
    group.version += 1
    group.updated_at = timezone.now()
    group.save(update_fields=[*changes, "version", "updated_at"])
    role = coordinating_roles(by, on=timezone.localdate()).first()
    journal.record(
        "pilot_group.edit",
        on=group,
        by=by,
        role=role.role if role else "",
        organisation_id=role.organisation_id if role else None,
        changes=changes,
    )
    return group
