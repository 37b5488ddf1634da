"""Named sets of home municipalities' statements, and of the files beside applications."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q

from applications.days import home_day
from applications.states import GIVEN, WAITED_FOR, StatementState
from municipalities.models import Country
from providers.models import Role, RoleAssignment
from providers.rules import organisations_acted_for

if TYPE_CHECKING:
    from applications.models import Attachment, HomeStatement  # noqa: F401
    from kopa.accounts.models import User


def asked_of(user: User | AnonymousUser, *, on: dt.date, prefix: str = "", name: str = "municipality") -> Q:
    """Those of a municipality whose officer the user is, or of one that was merged into it (R-HOME-8).

    ``name``: of the column that says which municipality's.
    """
    offices = organisations_acted_for(user, Role.OFFICER, on=on).filter(municipality__isnull=False)
    theirs = offices.values("municipality")
    return Q(**{f"{prefix}{name}__in": theirs}) | Q(**{f"{prefix}{name}__successor__in": theirs})


def after_last_day(now: dt.datetime) -> Q:
    """Each by its own municipality's clock (R-TIME-1)."""
    by_country = (
        Q(municipality__country=country, due_on__lt=home_day(country, now)) for country in Country.values
    )
    return Q(*by_country, _connector=Q.OR)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def sent_along(self, matter: uuid.UUID) -> Self:
        """What the applicant has added to the draft, and so to the application."""
        return self.filter(matter=matter, statements__isnull=True)

    def unsent(self, matter: uuid.UUID) -> Self:
        """What has been added to a draft. What was sent along with an application is the application's."""
        sent: models.QuerySet[Any] = apps.get_model("applications.Application")._default_manager.all()
        return self.filter(~Exists(sent.filter(key=OuterRef("matter"))), matter=matter)


class HomeStatementQuerySet(models.QuerySet["HomeStatement"]):
    def awaited(self) -> Self:
        """Asked for and not given."""
        return self.filter(state__in=WAITED_FOR)

    def in_force(self) -> Self:
        """The one of each application that counts."""
        return self.exclude(state=StatementState.DROPPED)

    def given(self) -> Self:
        """In force, whether or not an appeal has been made."""
        return self.filter(state__in=GIVEN)

    def answered(self) -> Self:
        """Given, also what an appeal has set aside since."""
        return self.in_force().exclude(state__in=WAITED_FOR)

    def appealed(self) -> Self:
        """An appeal waits for its decision."""
        return self.filter(state=StatementState.APPEALED)

    def sent_back(self) -> Self:
        """What was given and is written anew, as it was."""
        return self.filter(state=StatementState.DROPPED, remitted_at__isnull=False)

    def overdue(self, *, now: dt.datetime) -> Self:
        """Awaited after the last day for it; that moves nothing (R-HOME-4)."""
        return self.awaited().filter(after_last_day(now))

    def waiting_for_applicant(self) -> Self:
        """The officer has asked the applicant for more, who has not answered."""
        return self.awaited().exclude(more_asked="").filter(more_given="")

    def visible_to(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """R-PRIV-4: those that the user's own municipality gives, in force; nobody handles her own matter."""
        return self._asked_of(user, on).in_force()

    def over_for(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those that the user's municipality was asked for, and that nobody waits for any more."""
        return self._asked_of(user, on).filter(state=StatementState.DROPPED)

    def _asked_of(self, user: User | AnonymousUser, on: dt.date) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self.filter(asked_of(user, on=on)).exclude(application__learner__person=user.pk)

    def first_due_first(self) -> Self:
        """What is overdue stands first by itself."""
        return self.order_by("due_on", "pk")

    def for_list(self) -> Self:
        """With what a list shows of each."""
        return self.select_related(
            "municipality", "drafted_by", "application__learner__person", "application__offering__provider"
        )

    def without_officer(self, *, on: dt.date) -> Self:
        """Nobody who may sign in acts as an officer of the municipality, or of the one it was merged into."""
        roles = RoleAssignment.objects.active(on=on).filter(role=Role.OFFICER, person__is_active=True)
        itself = roles.filter(organisation__municipality=OuterRef("municipality"))
        heir = roles.filter(organisation__municipality=OuterRef("municipality__successor"))
        return self.exclude(Exists(itself) | Exists(heir))

    def by_municipality(self) -> list[dict[str, Any]]:
        """Municipality's id, how many, and the first last day; nothing of persons. The oldest first."""
        rows = self.order_by().values("municipality").annotate(number=Count("pk"), oldest=Min("due_on"))
        return [dict(row) for row in rows.order_by("oldest", F("municipality"))]
