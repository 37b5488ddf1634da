"""``manage.py screenshots``: pictures of the pages of a running portal, for people who look at them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.stack import browser
from municipalities.models import Municipality
from offerings.models import Offering
from offerings.states import OfferingStatus
from providers.models import Role, RoleAssignment

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HEIGHTS: Final = {1280: 900, 390: 844}
LANGUAGES: Final = ("fi", "sv", "en")
SCHEMES: Final = ("light", "dark")
HOME: Final = "FI-854"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page to take; ``path`` is asked in the language of the picture."""

    name: str
    path: Callable[[], str]
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    picture: Picture
    file: Path
    language: str
    width: int
    scheme: str
    height: int | None = None  # of the picture; None: the whole page


class Command(BaseCommand):
    help = (
        "Take pictures of the pages of a running portal, on a desk and a phone, in each language and scheme."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default=settings.PUBLIC_URL, help="where the portal answers")
        parser.add_argument("--out", default="var/screenshots", help="folder for the pictures")
        parser.add_argument("--pages", nargs="+", metavar="NAME", help="only these pages")
        parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
        parser.add_argument("--widths", nargs="+", type=int, choices=HEIGHTS, default=tuple(HEIGHTS))
        parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
        parser.add_argument("--readme", action="store_true", help="only the two pictures of README.md")

    def handle(self, *args: Any, **options: Any) -> None:
        pictures = {picture.name: picture for picture in pictures_of_this_database()}
        unknown = set(options["pages"] or ()) - set(pictures)
        if unknown:
            raise CommandError(f"No such page: {', '.join(sorted(unknown))}. Pages: {', '.join(pictures)}.")
        if options["readme"]:
            shots = list(shots_of_the_readme())
        else:
            chosen = [pictures[name] for name in options["pages"] or pictures]
            shots = [
                Shot(picture, Path(options["out"]) / f"{picture.name}-{language}-{width}-{scheme}.png",
                     language, width, scheme)
                for picture, language, width, scheme in product(
                    chosen, options["languages"], options["widths"], options["schemes"]
                )
            ]  # fmt: skip
        self._take(shots, options["address"].rstrip("/"))

    def _take(self, shots: list[Shot], address: str) -> None:
        try:
            # A tool for development: not among the requirements of a running portal.
            from playwright.sync_api import sync_playwright  # noqa: PLC0415
        except ImportError as reason:
            raise CommandError("Playwright is missing: install requirements-dev.txt.") from reason
        found = browser.find()
        if found is None:
            raise CommandError("No Chromium: install it, or run `python3 manage.py test` once.")
        cookie = (
            session_of_a_demonstration_person() if any(shot.picture.signed_in for shot in shots) else None
        )
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=str(found.program), args=["--no-sandbox"])
            for number, shot in enumerate(shots, start=1):
                take(chromium, shot, address, cookie)
                self.stdout.write(f"{number}/{len(shots)} {shot.file}")
            chromium.close()


def pictures_of_this_database() -> Iterator[Picture]:
    """Every page that can be shown with what is loaded."""
    for name in ("home", "about", "accessibility", "privacy", "licences"):
        yield Picture(name, partial(reverse, f"portal:{name}"))
    yield Picture("search", lambda: f"{reverse('offerings:search')}?home={HOME}")
    yield Picture("search-empty", lambda: f"{reverse('offerings:search')}?home={HOME}&q=xyzzy&free=1")
    yield Picture("municipalities", lambda: reverse("municipalities:list"))
    yield Picture("providers", lambda: reverse("providers:list"))
    yield Picture("sign-in", lambda: reverse("accounts:sign_in"))
    yield Picture("api", lambda: "/api/v1/docs/")
    yield Picture("not-found", lambda: reverse("portal:home") + "nothing-here/")
    municipality = Municipality.objects.filter(key=HOME).first()
    if municipality:
        yield Picture("municipality", municipality.get_absolute_url)
    published = Offering.objects.filter(status=OfferingStatus.PUBLISHED)
    offering = published.filter(quotas__isnull=False).first() or published.first()
    if offering:
        number, provider = offering.pk, offering.provider
        yield Picture("offering", lambda: f"{reverse('offerings:detail', args=[number])}?home={HOME}")
        yield Picture("provider", provider.get_absolute_url)
    yield Picture("profile", lambda: reverse("accounts:profile"), signed_in=True)
    yield Picture("desk", lambda: reverse("offerings:desk"), signed_in=True)
    yield Picture("own-courses", lambda: reverse("offerings:own"), signed_in=True)
    yield Picture("publish", lambda: reverse("offerings:create"), signed_in=True)


def shots_of_the_readme() -> Iterator[Shot]:
    """A student of Pello looks for a place near home, and for welding on a phone."""
    folder = Path(settings.BASE_DIR) / "docs" / "pictures"
    near = Picture("near", lambda: f"{reverse('offerings:search')}?free=1&home={HOME}&within_km=110")
    welding = Picture("welding", lambda: f"{reverse('offerings:search')}?home={HOME}&q=hitsaus&sort=distance")
    yield Shot(near, folder / "search-desktop.png", "en", 1280, "light", height=1150)
    yield Shot(welding, folder / "search-phone.png", "fi", 390, "light", height=1500)


def take(chromium: Browser, shot: Shot, address: str, cookie: dict[str, str] | None) -> None:
    context = chromium.new_context(
        viewport={"width": shot.width, "height": shot.height or HEIGHTS[shot.width]},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    if cookie and shot.picture.signed_in:
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": address}])
    with override(shot.language):
        path = shot.picture.path()
    page = context.new_page()
    page.goto(address + path, wait_until="networkidle")
    shot.file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=shot.file, full_page=shot.height is None)
    context.close()


def session_of_a_demonstration_person() -> dict[str, str]:
    """A session of somebody invented who publishes courses; of no real person."""
    person = User.objects.filter(
        is_demonstration=True,
        pk__in=RoleAssignment.objects.filter(role=Role.PROVIDER_STAFF).values("person"),
    ).first()
    if person is None:
        raise CommandError("The desk needs a demonstration person: run manage.py load_demonstration.")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(60 * 60)
    session.create()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}
