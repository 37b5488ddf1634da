"""Files that people bring: looked at before they are kept, kept where no address leads, handed out safely.

PDF, JPEG and PNG are taken, by what is in them, never by what they are called. Pictures are written anew:
what stood beside the picture (where it was taken, a preview, a second file at its end) is gone. PDFs stay as
they are, since a changed one would lose its signature; those with programs or other files in them are
refused as far as that can be seen without unpacking them. docs/adr/0028 says why.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import re
import secrets
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, JpegImagePlugin, UnidentifiedImageError

from kopa.base.db import one_at_a_time
from kopa.base.errors import RuleBroken

ALIAS: Final = "uploads"
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS: Final = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), PNG: (".png",)}
# For a form's field: phones turn their own kinds of pictures into one of these.
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
# The library's own table, the same on every machine.
KNOWN_ENDINGS: Final = mimetypes.MimeTypes()
LONGEST_STEM: Final = 100  # characters
POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
# What a picture cannot be shown rightly without.
KEPT_OF_PICTURES: Final = ("icc_profile", "transparency", "gamma")
PNG_EFFORT: Final = 3  # of 9: a page at 600 dpi takes one second instead of two and a half
ENDS_WELL: Final = re.compile(rb"startxref\s{1,8}(\d{1,10})\s{1,8}%%EOF\Z")
TABLE: Final = re.compile(rb"\s{0,8}(?:xref\b|\d{1,10}\s{1,8}\d{1,5}\s{1,8}obj\b)")
ACTIVE: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
PDF_TAIL: Final = 64  # bytes: startxref, an offset, the end


class UploadRefused(RuleBroken):
    """The file is not kept."""

    code = "upload_refused"


class EmptyFile(UploadRefused):
    code = "upload_empty"
    message = _("The file is empty.")


class FileTooLarge(UploadRefused):
    code = "upload_too_large"

    def __init__(self) -> None:
        most = settings.UPLOAD_MOST_BYTES // 1024**2
        super().__init__(_("The file is larger than %(most)s megabytes.") % {"most": most})


class KindNotTaken(UploadRefused):
    code = "upload_kind"
    message = _("Only PDF files and pictures (JPEG, PNG) can be sent.")


class NameSaysOtherwise(UploadRefused):
    """Whoever opens it by its name would open something else than what it is."""

    code = "upload_name"
    message = _("The name of the file does not fit what is in it. Save it anew as PDF, JPEG or PNG.")


class NotReadable(UploadRefused):
    code = "upload_unreadable"
    message = _("The file is damaged: it cannot be opened. Save it anew and try again.")


class TooManyPixels(UploadRefused):
    code = "upload_pixels"

    def __init__(self) -> None:
        most = settings.UPLOAD_MOST_PIXELS // 1_000_000
        sentence = _("The picture has more than %(most)s million pixels. Make it smaller.")
        super().__init__(sentence % {"most": most})


class LockedPdf(UploadRefused):
    code = "upload_locked"
    message = _("The PDF is protected with a password or against changes. Save it without protection.")


class ActivePdf(UploadRefused):
    code = "upload_active"
    message = _("The PDF holds programs or other files. Print it to a new PDF and send that.")


class QuotaFull(UploadRefused):
    code = "upload_quota"

    def __init__(self) -> None:
        said = {
            "files": settings.UPLOAD_QUOTA_FILES,
            "megabytes": settings.UPLOAD_QUOTA_BYTES // 1024**2,
        }
        sentence = _(
            "You may keep %(files)s files of %(megabytes)s megabytes together in KOPA. Remove one first."
        )
        super().__init__(sentence % said)


@dataclass(frozen=True, slots=True)
class Examined:
    """A file as it will be kept: a clean name, its kind by content, and the content."""

    name: str
    kind: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def examine(file: UploadedFile) -> Examined:
    """What was sent, looked at and cleaned. Raises UploadRefused.

    A picture is opened whole, which takes memory: at most UPLOAD_MOST_PIXELS of it.
    """
    if (file.size or 0) > settings.UPLOAD_MOST_BYTES:
        raise FileTooLarge
    file.seek(0)
    content = file.read(settings.UPLOAD_MOST_BYTES + 1)
    if len(content) > settings.UPLOAD_MOST_BYTES:
        raise FileTooLarge
    if not content:
        raise EmptyFile
    if content.startswith(b"%PDF-"):
        kind = PDF
        _refuse_bad_pdf(content)
    else:
        kind, content = _picture_anew(content)
    return Examined(name=clean_name(file.name or "", kind), kind=kind, content=content)


def _refuse_bad_pdf(content: bytes) -> None:
    """Begins and ends as one, so nothing else stands before or behind it; nobody needs a password."""
    end = content.rstrip(b"\0\t\n\r ")
    found = ENDS_WELL.search(end, max(0, len(end) - PDF_TAIL))
    if found is None or not TABLE.match(content, int(found[1])):
        raise NotReadable
    if b"/Encrypt" in content:
        raise LockedPdf
    if ACTIVE.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        raise ActivePdf


def _picture_anew(content: bytes) -> tuple[str, bytes]:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > settings.UPLOAD_MOST_PIXELS:
                raise TooManyPixels
            picture.load()
            return _written_anew(picture)
    except UnidentifiedImageError as unknown:
        raise KindNotTaken from unknown
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels from bomb
    except (OSError, SyntaxError, ValueError, struct.error) as broken:
        raise NotReadable from broken


def _written_anew(picture: Image.Image) -> tuple[str, bytes]:
    """The pixels and how to show them. A JPEG keeps its tables, so that it loses as good as nothing."""
    kept: dict[str | tuple[int, int], Any] = {
        name: picture.info[name] for name in KEPT_OF_PICTURES if name in picture.info
    }
    written = io.BytesIO()
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        picture.info = kept
        picture.save(written, "PNG", compress_level=PNG_EFFORT)
        return PNG, written.getvalue()
    turned = picture.getexif().get(ExifTags.Base.Orientation)
    tables, sampling = picture.quantization, JpegImagePlugin.get_sampling(picture)
    picture.info = kept
    exif = Image.Exif()
    if turned in range(2, 9):
        exif[ExifTags.Base.Orientation] = turned
    picture.save(
        written, "JPEG", qtables=tables, subsampling=sampling, exif=exif, icc_profile=kept.get("icc_profile")
    )
    return JPEG, written.getvalue()


def clean_name(name: str, kind: str) -> str:
    """What the owner called it, fit for any disk, with an ending that says what it is.

    Raises NameSaysOtherwise where the name ends as a known kind of file that it is not.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if char.isspace() else char for char in name if _is_shown(char) or char.isspace())
    plain = re.sub(r'[<>:"|?*]', "_", " ".join(shown.split())).strip(". ")
    path = PurePosixPath(plain)
    ending = path.suffix.lower()
    if ending in ENDINGS[kind]:
        plain = path.stem.rstrip(". ")
    elif KNOWN_ENDINGS.guess_type(f"a{ending}") != (None, None):
        raise NameSaysOtherwise
    return f"{plain[:LONGEST_STEM].strip('. ') or 'file'}{ENDINGS[kind][0]}"


def _is_shown(char: str) -> bool:
    """Neither control nor format characters (which turn the direction of writing), nor what is none."""
    return not unicodedata.category(char).startswith("C")


def refuse_over_quota(files: QuerySet, *, owner: str, size: int, field: str = "size") -> None:
    """One more file of ``size`` bytes fits beside ``files``, the owner's so far, until the transaction ends.

    Two uploads of one owner are counted one after the other. Raises QuotaFull.
    """
    one_at_a_time(f"uploads of {owner}")
    held = files.aggregate(number=Count("pk"), size=Sum(field))
    if (
        held["number"] >= settings.UPLOAD_QUOTA_FILES
        or (held["size"] or 0) + size > settings.UPLOAD_QUOTA_BYTES
    ):
        raise QuotaFull


def storage() -> Storage:
    """Where they lie: a folder outside every served one, or an S3 bucket (UPLOADS_URL)."""
    return storages[ALIAS]


@contextmanager
def keeping(file: Examined) -> Iterator[str]:
    """The file is kept under the random key that the block gets; not if the block raises.

    Around the transaction that writes the row: ``with keeping(file) as key, transaction.atomic(): …``.
    """
    word = secrets.token_hex(20)
    key = storage().save(f"{word[:2]}/{word}", ContentFile(file.content))
    try:
        yield key
    except BaseException:
        storage().delete(key)
        raise


def remove(key: str) -> None:
    """The file is gone once the transaction that says so is committed."""
    transaction.on_commit(lambda: storage().delete(key))


def answer(key: str, *, name: str, kind: str) -> FileResponse:
    """The file to be saved, never shown within a page and kept by nobody on the way. Raises Http404.

    Who may have it is asked before.
    """
    try:
        opened = storage().open(key)
    except FileNotFoundError as gone:
        raise Http404 from gone
    known = kind if kind in ENDINGS else "application/octet-stream"
    response = FileResponse(opened, as_attachment=True, filename=name, content_type=known)
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
