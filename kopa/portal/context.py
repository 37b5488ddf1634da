"""What every page's template knows: the menu, the languages, whether invented data is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from applications import sessions
from corrections.rules import SEE_REPORTS, SEE_SOME_QUALITY
from kopa.base.names import LANGUAGES, reader_language
from kopa.portal.coordination import COORDINATES
from kopa.portal.demonstration import presence
from providers.models import Role, RoleAssignment
from providers.rules import PUBLISHING

LANGUAGE_NAMES: Final = {"fi": "Suomi", "sv": "Svenska", "en": "English"}

# Address, label, and the item's part of the site: pages whose view name begins so.
MENU: Final = (
    ("offerings:search", _("Study places"), ("offerings:search", "offerings:detail")),
    ("municipalities:list", _("Municipalities"), ("municipalities:",)),
    ("providers:list", _("Providers"), ("providers:",)),
    ("pilots:list", _("Areas and pilots"), ("pilots:",)),
    ("portal:about", _("About"), ("portal:about",)),
)
# For whoever has applied, or has begun to.
APPLICANTS: Final = (
    "applications:own",
    _("My applications"),
    ("applications:own", "applications:detail", "applications:receipt", "applications:decline",
     "applications:withdraw", "applications:answer", "applications:accept", "applications:revise",
     "applications:transfer", "applications:moved"),
)  # fmt: skip
# The page of those who publish courses; those who only look after data have a desk in ``CARE``.
PUBLISHERS_DESK: Final = "offerings:desk"
DESK_PARTS: Final = (
    "offerings:", "applications:host_", "applications:statement", "applications:numbers",
    "corrections:list", "corrections:detail",
    "corrections:quality", "portal:coordination", "portal:verification", "portal:letter_",
)  # fmt: skip
FOOTER: Final = (
    ("portal:register_search", _("Search the register")),
    ("portal:accessibility", _("Accessibility statement")),
    ("portal:privacy", _("Privacy")),
    ("portal:licences", _("Licences and sources")),
)
# For those who look after data: address, label, and the roles that see the page.
CARE: Final = (
    ("portal:coordination", _("Coordination"), COORDINATES),
    ("applications:statements_overview", _("Late statements"), (Role.COORDINATOR,)),
    ("corrections:list", _("Error reports"), SEE_REPORTS),
    ("corrections:quality", _("Data quality"), SEE_SOME_QUALITY),
    ("applications:numbers", _("Applications in numbers"), (Role.COORDINATOR, Role.ANALYST)),
)


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The page at hand in one language."""

    code: str
    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class MenuItem:
    url: str
    label: str | Promise
    current: str  # "page" on the very page, "true" elsewhere in its part of the site, "" outside

    @property
    def is_current(self) -> bool:
        return bool(self.current)


class Frame:
    """The frame around every page. What costs a query is looked up when the template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def languages(self) -> list[LanguageLink]:
        here, current = self._request.get_full_path(), reader_language()
        return [
            LanguageLink(code, LANGUAGE_NAMES[code], translate_url(here, code), code == current)
            for code in LANGUAGES
        ]

    @cached_property
    def menu(self) -> list[MenuItem]:
        return list(self._menu())

    @cached_property
    def footer(self) -> list[MenuItem]:
        pages: list[tuple[str, str | Promise]] = [(reverse(name), label) for name, label in FOOTER]
        # The one page without a language in its address.
        pages.append((f"{reverse('api_docs')}?lang={reader_language()}", _("Open API")))
        pages += self.care
        return [MenuItem(url, label, "") for url, label in pages]

    @cached_property
    def care(self) -> list[tuple[str, str | Promise]]:
        """Pages for those who look after data, as far as the reader may see them."""
        return [(reverse(name), label) for name, label in self._cares_for]

    @property
    def publishes(self) -> bool:
        """One of the reader's roles publishes courses."""
        return any(publishes for _role, publishes in self._roles)

    @property
    def gives_statements(self) -> bool:
        """One of the reader's roles is that of an officer, who states the home municipality's opinion."""
        return bool(self.statements_country)

    @property
    def statements_country(self) -> str:
        """Of the first such role, empty without one: in Swedish each country has its own word for them."""
        officers = (role for role in self._held if role.role == Role.OFFICER)
        return next((role.organisation.country for role in officers if role.organisation), "")

    @property
    def applies(self) -> bool:
        """The reader has an application, or has begun one."""
        user = getattr(self._request, "user", None)
        return user is not None and user.is_authenticated and sessions.is_noted(self._request)

    @cached_property
    def desk(self) -> str:
        """The view where the reader's work is; empty for who has none. It never answers 403 to them."""
        if self.publishes:
            return PUBLISHERS_DESK
        return next((name for name, _label in self._cares_for), "")

    @cached_property
    def desk_address(self) -> str:
        """Where a link to the desk leads. Who is not signed in signs in first and is then sent on."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return reverse("accounts:sign_in")
        return reverse(self.desk) if self.desk else ""

    @cached_property
    def shows_demonstration_data(self) -> bool:
        return presence.is_loaded()

    @property
    def shows_mailbox(self) -> bool:
        return bool(settings.EMBEDDED) and self.shows_demonstration_data

    def _menu(self) -> Iterator[MenuItem]:
        match = getattr(self._request, "resolver_match", None)
        here = match.view_name if match else ""
        found = False
        own = [APPLICANTS] if self.applies else []
        desk = [(self.desk, _("Desk"), DESK_PARTS)] if self.desk else []
        for name, label, parts in (*MENU, *own, *desk):
            inside = not found and here.startswith(parts)
            found = found or inside
            yield MenuItem(reverse(name), label, ("page" if here == name else "true") if inside else "")

    @property
    def _cares_for(self) -> list[tuple[str, str | Promise]]:
        roles = {role for role, _publishes in self._roles}
        return [(name, label) for name, label, seen_by in CARE if not roles.isdisjoint(seen_by)]

    @cached_property
    def roles(self) -> list[RoleAssignment]:
        """The reader's own roles of today, whichever is acted in; one query for who is signed in."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        own = RoleAssignment.objects.of(user, on=timezone.localdate()).select_related("organisation")
        return list(own.annotate(publishes=PUBLISHING))

    @property
    def may_switch(self) -> bool:
        """Whether there is a role to choose, or one chosen that is not there any more."""
        return len(self.roles) > 1 or bool(self.roles and self._chosen not in {None, self.roles[0].pk})

    @property
    def acts_in(self) -> RoleAssignment | None:
        """The one role that the reader acts in; None for all of them, and for one that has ended."""
        return next((role for role in self.roles if role.pk == self._chosen), None)

    @property
    def acts_in_none(self) -> bool:
        """The chosen role has ended: nothing more is allowed until another one is chosen."""
        return self._chosen is not None and self.acts_in is None

    @property
    def _chosen(self) -> int | None:
        chosen: int | None = getattr(getattr(self._request, "user", None), "acting_as", None)
        return chosen

    @cached_property
    def _roles(self) -> list[tuple[str, bool]]:
        """The roles that count on this page, as ``held_by`` has them, and whether each publishes."""
        return [(role.role, role.publishes) for role in self._held]  # type: ignore[attr-defined]

    @property
    def _held(self) -> list[RoleAssignment]:
        return self.roles if self._chosen is None else [role for role in [self.acts_in] if role]


def page(request: HttpRequest) -> dict[str, Any]:
    """``frame``: what the frame of every page shows."""
    return {"frame": Frame(request)}
