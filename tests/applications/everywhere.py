"""An application with all that can belong to one, and the search for what is left of it."""

from __future__ import annotations

import io

from django.db import connection
from psycopg.sql import SQL, Identifier

from applications import services
from applications.models import Application
from applications.models.reading import Where
from applications.services.reading import note
from kopa.accounts.models import User
from kopa.base import uploads
from tests.applications.given import apply, course, official, statement_given
from tests.factories import AttachmentFactory


def everything_of(person: User) -> Application:
    """An application with all that can belong to one, over today."""
    application = apply(course(form="basic"), person=person)
    statement_given(application)
    services.receive(application_id=application.pk, by=official(application.offering))
    by = official(application.offering)
    said = {"person": by.person, "role": by.role, "organisation_id": by.organisation_id}
    note([application], where=Where.PAGE, **said)
    kept = uploads.storage().save("ab/abc", io.BytesIO(b"%PDF"))
    AttachmentFactory(matter=application.key, added_by=person, stored=kept)
    services.withdraw(application_id=application.pk, by=person)
    return application


def found_everywhere(word: str) -> dict[str, int]:
    """In how many rows of which tables the word stands, in any column."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            query = SQL("select count(*) from {} t where t::text ilike %s").format(Identifier(table))
            cursor.execute(query, [f"%{word}%"])
            number = cursor.fetchone()[0]
            if number:
                found[table] = number
    return found
