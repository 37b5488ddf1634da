"""The host writes to several applicants at once; each reads it on the application's own page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.models import Application, Message
from applications.services import acts
from applications.services.deciding import Official
from kopa.audit import journal
from kopa.base.db import one_at_a_time
from kopa.base.names import LANGUAGES
from offerings.models import Offering


@transaction.atomic
def write_to(
    *, offering: Offering, application_ids: Iterable[int], texts: Mapping[str, str], by: Official,
    key: uuid.UUID, now: dt.datetime | None = None,
) -> Message:  # fmt: skip
    """Each of the applicants of the course finds the message on her page, and a letter says that it is there.

    ``texts`` by language, one of them at least. The same ``key`` twice is one message.
    Raises ValidationError where nothing is said.
    """
    one_at_a_time(f"message {key}")
    before = Message.objects.filter(key=key).first()
    if before is not None:
        return before
    said = {f"text_{language}": texts.get(language, "").strip() for language in LANGUAGES}
    message = Message(
        key=key, offering=offering, by=by.person, by_name=by.person.name,
        sent_at=now or timezone.now(), **said,
    )  # fmt: skip
    message.full_clean()
    message.save(force_insert=True)
    rows = Application.objects.filter(offering=offering, pk__in=set(application_ids))
    to = list(rows.select_related("learner__person").order_by("pk"))
    message.applications.set(to)
    journal.record_many([
        acts.entry("message", one, from_state=one.status, to_state=one.status, **by.acting) for one in to
    ])  # fmt: skip
    for one in to:
        notices.written(one)
    return message
