"""The applicant's list: what waits for her first, then what goes on, what is unsent, and what is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from applications.models import (
    AdmissionDecision,
    Application,
    Draft,
    HomeStatement,
    Transfer,
    TransferState,
)
from applications.own_page import OwnPage
from applications.states import LIVE, StatementState
from kopa.accounts.models import User


@dataclass(frozen=True, slots=True)
class OwnList:
    """What ``templates/applications/own_list.html`` shows."""

    to_do: Sequence[OwnPage]
    live: Sequence[OwnPage]
    drafts: Sequence[Draft]
    over: Sequence[OwnPage]

    def __bool__(self) -> bool:
        return bool(self.to_do or self.live or self.drafts or self.over)


def own_list(person: User, *, now: dt.datetime) -> OwnList:
    """Four queries, however many there are."""
    pages = list(_pages(person, now))
    live = [page for page in pages if page.application.status in LIVE]
    to_do = [page for page in live if page.waits_for_me]
    return OwnList(
        to_do=sorted(to_do, key=lambda page: page.answer_until or now),
        live=[page for page in live if not page.waits_for_me],
        drafts=list(drafts_of(person).select_related("offering__provider")),
        over=[page for page in pages if page.application.status not in LIVE],
    )


def drafts_of(person: User) -> QuerySet[Draft]:
    """Those whose address is known to be the person's."""
    return Draft.objects.filter(email=person.email, confirmed_at__isnull=False)


def applies(person: User) -> bool:
    """Whether the person has an application or a draft; up to two queries."""
    return Application.objects.of(person).exists() or drafts_of(person).exists()


def _pages(person: User, now: dt.datetime) -> Iterable[OwnPage]:
    in_force = HomeStatement.objects.exclude(state=StatementState.DROPPED).select_related("municipality")
    rows = (
        Application.objects.of(person)
        .select_related("offering__provider", "home_municipality", "moved_to")
        .prefetch_related(
            Prefetch("statements", in_force, to_attr="in_force"),
            Prefetch("transfers", Transfer.objects.filter(state=TransferState.OPEN).select_related(
                "offering__provider"), to_attr="open_transfers"),
        )
        .annotate(is_admitted=Exists(AdmissionDecision.objects.filter(application=OuterRef("pk"))))
        .order_by("-submitted_at", "-pk")
    )
    for application in rows:
        yield OwnPage(application, now)
