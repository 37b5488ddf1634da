"""``manage.py compile_texts``.

The translations of ``locale/`` in the form that gettext reads. Needs no GNU gettext.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import reloader


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/django.po where it is newer than what was compiled."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        sources = sorted(
            source for folder in settings.LOCALE_PATHS for source in Path(folder).glob("*/LC_MESSAGES/*.po")
        )
        compiled = [source for source in sources if compile_if_newer(source)]
        if compiled:
            forget_what_was_read()
            languages = ", ".join(source.parent.parent.name for source in compiled)
            self.stdout.write(f"Translations compiled: {languages}")
        else:
            self.stdout.write("Translations are up to date.")


def forget_what_was_read() -> None:
    """This process goes on with the new texts: what it has said before were the old ones, or none."""
    active = translation.get_language()
    # What Django's own development server does about a new file.
    reloader.translation_file_changed(None, Path("django.mo"))
    if active:
        translation.activate(active)
    else:
        translation.deactivate_all()


def compile_if_newer(source: Path) -> bool:
    """Write the ``.mo`` beside ``source`` whole or not at all; texts marked fuzzy are left out."""
    target = source.with_suffix(".mo")
    changed = source.stat().st_mtime_ns
    if target.exists() and target.stat().st_mtime_ns == changed:
        return False
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    except PoFileError as reason:
        raise CommandError(f"{source} is not a valid translation file: {reason}") from reason
    new = target.with_suffix(".mo.new")
    with new.open("wb") as file:
        write_mo(file, catalogue)
    # The same time as the source: an older file that a checkout brings back is compiled again, too.
    os.utime(new, ns=(changed, changed))
    new.rename(target)
    return True
