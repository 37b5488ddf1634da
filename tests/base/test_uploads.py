"""Files that people bring (TESTPLAN I6, I7), with real files made here."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import translation
from PIL import Image, PngImagePlugin

from kopa import checks, environment
from kopa.base import uploads
from kopa.base.uploads import JPEG, PDF, PNG
from tests.together import Meeting, run_together

pytestmark = pytest.mark.unit
LATITUDE, ORIENTATION = 2, 0x0112
XMP = b"<x:xmpmeta>Pello</x:xmpmeta>"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    """Where the files of the test lie."""
    storages = dict(settings.STORAGES)
    storages["uploads"] = environment.uploads((tmp_path / "up loads#1").as_uri())
    settings.STORAGES = storages
    return tmp_path / "up loads#1"


def sent(content: bytes, name: str) -> SimpleUploadedFile:
    """With a name that Django's own cleaning has not seen."""
    file = SimpleUploadedFile("x", content)
    file._name = name
    return file


def examine(content: bytes, name: str) -> uploads.Examined:
    return uploads.examine(sent(content, name))


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more) -> bytes:
    made = Image.new(mode, size)
    if mode == "RGB":
        made.putdata([(x * 4 % 256, y * 6 % 256, 90) for y in range(size[1]) for x in range(size[0])])
    written = io.BytesIO()
    made.save(written, kind, **more)
    return written.getvalue()


def photo(**more) -> bytes:
    """As a phone writes it: turned, with the place, a comment and what programs note."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Telephone Works"
    exif.get_ifd(0x8825)[LATITUDE] = (66.0, 46.0, 30.0)
    return picture(exif=exif, comment=b"Pello, at home", xmp=XMP, quality=83, **more)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def pdf(*objects: bytes, trailer: bytes = b"", head: bytes = b"%PDF-1.7\n") -> bytes:
    """A whole one of one empty page, with further objects."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        *objects,
    ]
    written, places = head, []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + (
        b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, table)
    )


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("program.exe", b"MZ")
    return written.getvalue()


# What is taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "kind", "cleaned"),
    [
        (pdf(), "Todistus.PDF", PDF, "Todistus.pdf"),
        (pdf(head=b"%PDF-2.0\n%\xe2\xe3\xcf\xd3\n") + b"\r\n\0", "betyg.pdf", PDF, "betyg.pdf"),
        (picture(), "kuva.jpeg", JPEG, "kuva.jpg"),
        (picture("PNG"), "kuva.png", PNG, "kuva.png"),
        (picture("PNG"), "IMG 0001", PNG, "IMG 0001.png"),
    ],
)
def test_pdfs_and_pictures_are_taken_by_their_content(content, name, kind, cleaned):
    """TESTPLAN I6."""
    found = examine(content, name)

    assert (found.kind, found.name) == (kind, cleaned)
    assert found.size == len(found.content)
    assert len(found.digest) == 64
    if kind == PDF:
        assert found.content == content, "a signature in it stays good"


def test_a_table_of_pdf_1_5_is_found_too():
    content = pdf().replace(b"xref\n0 ", b"7 0 obj ", 1)

    assert examine(content, "a.pdf").kind == PDF


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize("name", ["a.pdf", "a.png", "a.jpg", "a.svg", "a.html", "a"])
@pytest.mark.parametrize(
    "content",
    [
        SVG, HTML, b"MZ program", b"GIF89a" + b"\0" * 40, picture("WEBP"), picture("GIF"), picture("TIFF"),
        archive(), b"text", b"\0", b"\xff\xd8", b"\x89PNG", HTML + picture(), b" " + picture("PNG"),
        b" " + pdf(), HTML + pdf(), picture("BMP"), picture("ICO"), picture("PDF")[5:],
    ],
)  # fmt: skip
def test_nothing_else_is_taken_whatever_it_is_called(content, name):
    """TESTPLAN I6: HTML, SVG, programs, archives, other pictures, and what begins as something else."""
    with pytest.raises(uploads.KindNotTaken):
        examine(content, name)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(), "a.html"), (pdf(), "a.pdf.exe"), (pdf(), "a.png"), (picture(), "a.pdf"), (picture(), "a.svg"),
        (picture("PNG"), "a.jpg"), (pdf(), "cod\u202efdp.exe"), (pdf(), "a.exe "), (pdf(), "a.exe."),
    ],
)  # fmt: skip
def test_a_name_that_says_something_else_is_refused(content, name):
    """TESTPLAN I6: double extension, a turned one, one that a disk would cut."""
    with pytest.raises(uploads.NameSaysOtherwise):
        examine(content, name)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\sami\\tod.pdf", "tod.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        ("a\r\nSet-Cookie: b\x00.pdf", "a Set-Cookie_ b.pdf"),
        ("Ta\u0308hti\u200b  \t o\u0308.pdf", "Tähti ö.pdf"),
        (f"{'å' * 300}.pdf", f"{'å' * 100}.pdf"),
        ("con<>:\"|?*.pdf", "con_______.pdf"),
        (".pdf", "pdf.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("a.exe.pdf", "a.exe.pdf"),
        ("Todistus 1.12.2026", "Todistus 1.12.2026.pdf"),
        ("Todistus A.Korhonen", "Todistus A.Korhonen.pdf"),
        ("\U0001f4c4.pdf", "\U0001f4c4.pdf"),
        ("\ud800a\ue000.pdf", "a.pdf"),
    ],
)
def test_names_are_cleaned(name, cleaned):
    """TESTPLAN I6: paths, direction overrides, control characters, 300 characters."""
    assert uploads.clean_name(name, PDF) == cleaned


# Pictures ---------------------------------------------------------------------------------------------------


def test_a_photo_loses_where_it_was_taken_and_keeps_which_way_is_up():
    before = photo()
    assert opened(before).getexif().get_ifd(0x8825)[LATITUDE]

    after = examine(before, "IMG_1.JPG").content

    exif = opened(after).getexif()
    assert dict(exif) == {ORIENTATION: 6}
    for word in (b"Pello", b"Telephone", b"xmpmeta"):
        assert word in before
        assert word not in after
    assert opened(after).quantization == opened(before).quantization
    assert abs(len(after) - len(picture(quality=83))) < 100


def test_a_photo_looks_as_it_did():
    before = photo()
    one, two = (opened(content).tobytes() for content in (before, examine(before, "a.jpg").content))

    assert max(abs(was - now) for was, now in zip(one, two, strict=True)) <= 6


@pytest.mark.parametrize("tail", [archive(), HTML, pdf(), b"\0\0\0\x18ftypmp42 a little film"])
@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png")])
def test_what_hangs_behind_a_picture_is_gone(kind, ending, tail):
    """TESTPLAN I6: a picture that is something else too is a picture afterwards."""
    found = examine(picture(kind) + tail, f"a.{ending}")

    assert tail not in found.content
    assert not zipfile.is_zipfile(io.BytesIO(found.content))
    assert opened(found.content).size == (60, 40)


def test_several_pictures_in_one_become_the_first():
    second = Image.new("RGB", (60, 40), "red")
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "blue").save(written, "MPO", save_all=True, append_images=[second])
    assert opened(written.getvalue()).format == "MPO"

    found = opened(examine(written.getvalue(), "a.jpg").content)

    assert (found.format, found.n_frames if hasattr(found, "n_frames") else 1) == ("JPEG", 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_keeps_its_pixels(mode):
    before = picture("PNG", mode=mode)
    after = examine(before, "a.png").content

    assert opened(after).mode == opened(before).mode
    assert opened(after).tobytes() == opened(before).tobytes()


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_printed_jpegs_are_taken(mode):
    assert opened(examine(picture(mode=mode), "a.jpg").content).mode == mode


def test_colours_and_transparency_stay_and_texts_go():
    made = Image.new("P", (4, 4))
    made.putpalette([10, 20, 30, 40, 50, 60])
    written = io.BytesIO()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Sami")
    made.save(written, "PNG", transparency=0, icc_profile=b"a profile", pnginfo=notes)

    after = examine(written.getvalue(), "a.png").content

    assert opened(after).info == {"transparency": 0, "icc_profile": b"a profile"}
    assert b"Sami" in written.getvalue()
    assert b"Sami" not in after
    assert opened(examine(picture(icc_profile=b"another"), "a.jpg").content).info["icc_profile"] == b"another"


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png")])
def test_a_cut_off_picture_is_refused(kind, ending):
    whole = picture(kind, size=(400, 400))
    with pytest.raises(uploads.NotReadable):
        examine(whole[: len(whole) // 2], f"a.{ending}")


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose head says that it is large."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = picture("PNG")
    return whole[:8] + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


@pytest.mark.parametrize(("width", "height"), [(7300, 7200), (10_000, 10_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_opened(width, height, english):
    """TESTPLAN I4, I6: some hundred bytes that would take gigabytes."""
    with pytest.raises(uploads.TooManyPixels) as refused:
        examine(claiming(width, height), "a.png")

    assert str(refused.value) == "The picture has more than 52 million pixels. Make it smaller."


# PDFs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n", pdf()[:-8], pdf()[:200], pdf() + HTML, pdf().replace(b"startxref\n", b"startxref\n9"),
        b"%PDF-1.7\nstartxref\n9999999999\n%%EOF", b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-" + HTML, pdf() + archive(),
    ],
)  # fmt: skip
def test_a_pdf_that_is_not_whole_or_has_something_behind_it_is_refused(content):
    """TESTPLAN I6: polyglots too."""
    with pytest.raises(uploads.NotReadable):
        examine(content, "a.pdf")


def test_a_locked_pdf_is_refused():
    with pytest.raises(uploads.LockedPdf):
        examine(pdf(trailer=b"/Encrypt 4 0 R"), "a.pdf")


@pytest.mark.parametrize(
    "inside",
    [
        b"<</S/JavaScript/JS(app.alert(1))>>", b"<</S /JavaScript /JS 5 0 R>>", b"<</S/Launch/F(cmd.exe)>>",
        b"<</Names<</EmbeddedFiles 5 0 R>>>>", b"<</Type/EmbeddedFile>>", b"<</Subtype/RichMedia>>",
        b"<</XFA[]>>",
    ],
)  # fmt: skip
def test_a_pdf_with_programs_or_files_in_it_is_refused(inside):
    with pytest.raises(uploads.ActivePdf):
        examine(pdf(inside), "a.pdf")


def test_a_pdf_within_the_comment_of_an_archive_is_refused():
    """TESTPLAN I6: it begins and ends as a PDF, and opens as an archive."""
    ends = pdf()
    hidden = archive()
    hidden = hidden[:-2] + len(ends).to_bytes(2, "little") + ends
    content = b"%PDF-1.7\n" + hidden
    offset = content.rindex(b"xref\n0 ")
    content = content[: content.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % offset
    content += b" " * (len(b"%PDF-1.7\n" + hidden) - len(content))

    assert zipfile.is_zipfile(io.BytesIO(content))
    with pytest.raises(uploads.ActivePdf):
        examine(content, "a.pdf")


def test_a_word_that_only_resembles_is_none():
    assert examine(pdf(b"(/JavaScripting /Launcher)"), "a.pdf").kind == PDF


# Size and quota ---------------------------------------------------------------------------------------------


def test_a_file_may_be_as_large_as_said_and_no_larger(settings, english):
    settings.UPLOAD_MOST_BYTES = 1024**2
    nearly = 1024**2 - 1000
    fits = pdf(b"(%s)" % (b"a" * (nearly + 1024**2 - len(pdf(b"(%s)" % (b"a" * nearly))))))

    assert len(fits) == 1024**2
    assert examine(fits, "a.pdf").size == 1024**2
    with pytest.raises(uploads.FileTooLarge) as refused:
        examine(b"a" * (1024**2 + 1), "a.pdf")
    assert str(refused.value) == "The file is larger than 1 megabytes."


def test_a_file_that_says_a_smaller_size_is_measured(settings):
    settings.UPLOAD_MOST_BYTES = 1000
    file = sent(b"a" * 1001, "a.pdf")
    file.size = 10

    with pytest.raises(uploads.FileTooLarge):
        uploads.examine(file)


def test_an_empty_file_is_refused_and_a_large_one_on_disk_is_read():
    with pytest.raises(uploads.EmptyFile):
        examine(b"", "a.pdf")
    with TemporaryUploadedFile("a.pdf", "text/html", len(pdf()), None) as file:
        file.write(pdf())
        file.read()
        assert uploads.examine(file).kind == PDF


def held(owner: str, size: int, number: int = 1) -> None:
    for one in range(number):
        AccessAttempt.objects.create(
            username=owner, ip_address="192.0.2.1", user_agent=f"{owner}{size}{one}{number}",
            failures_since_start=size,
        )  # fmt: skip


def ask_for(owner: str, size: int) -> None:
    """Any table with a number for the size will do."""
    rows = AccessAttempt.objects.filter(username=owner)
    uploads.refuse_over_quota(rows, owner=owner, size=size, field="failures_since_start")


@pytest.mark.django_db
def test_files_and_bytes_of_one_owner_are_limited_and_others_unaffected(settings, english):
    """TESTPLAN I7."""
    settings.UPLOAD_QUOTA_FILES, settings.UPLOAD_QUOTA_BYTES = 3, 5 * 1024**2
    ask_for("sami", 5 * 1024**2)
    held("sami", 1024**2, number=2)
    ask_for("sami", 3 * 1024**2)
    with pytest.raises(uploads.QuotaFull) as refused:
        ask_for("sami", 3 * 1024**2 + 1)
    assert str(refused.value) == (
        "You may keep 3 files of 5 megabytes together in KOPA. Remove one first."
    )
    held("sami", 1)
    with pytest.raises(uploads.QuotaFull):
        ask_for("sami", 1)
    ask_for("aino", 5 * 1024**2)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_do_not_pass_the_quota(settings):
    """TESTPLAN I7."""
    settings.UPLOAD_QUOTA_FILES = 1
    meeting = Meeting(2)

    outcomes = run_together(2, lambda which: one_more(meeting, which))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "QuotaFull"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_waiting_both_would_pass(settings, monkeypatch):
    settings.UPLOAD_QUOTA_FILES = 1
    monkeypatch.setattr(uploads, "one_at_a_time", lambda *_names: None)
    meeting = Meeting(2)
    meeting.patience = 10

    outcomes = run_together(2, lambda which: one_more(meeting, which))

    assert outcomes == [None, None]


def one_more(meeting: Meeting, which: int) -> None:
    with transaction.atomic():
        ask_for("sami", 1)
        with meeting.before_writing():
            held("sami", 1, number=which + 1)


# Keeping and handing out ------------------------------------------------------------------------------------


def kept(name: str) -> str:
    with uploads.keeping(examine(pdf(), name)) as key:
        return key


def kept_in_vain(folder: Path) -> None:
    with uploads.keeping(examine(pdf(), "a.pdf")):
        assert len(files_in(folder)) == 1
        raise ZeroDivisionError


def removed_in_vain(key: str) -> None:
    with transaction.atomic():
        uploads.remove(key)
        raise ZeroDivisionError


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_lies_under_a_random_name_that_only_the_account_may_read(folder):
    key, other = kept("Sami.pdf"), kept("a.pdf")

    assert key != other
    path = folder / key
    assert path.read_bytes() == pdf()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "Sami" not in str(path)


def test_a_file_whose_row_was_not_written_is_not_kept(folder):
    with pytest.raises(ZeroDivisionError):
        kept_in_vain(folder)

    assert files_in(folder) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_is_removed_once_that_is_committed(folder):
    key = kept("a.pdf")
    with pytest.raises(ZeroDivisionError):
        removed_in_vain(key)
    assert len(files_in(folder)) == 1
    with transaction.atomic():
        uploads.remove(key)
        assert len(files_in(folder)) == 1

    assert files_in(folder) == []


@pytest.mark.django_db
@pytest.mark.urls("tests.base.upload_urls")
@pytest.mark.parametrize(
    ("kind", "said"), [(PDF, PDF), (JPEG, JPEG), ("text/html", "application/octet-stream")]
)
def test_a_file_is_handed_out_to_be_saved_and_never_shown(kind, said):
    """TESTPLAN I6, W5: as it leaves, after all middleware."""
    key = kept("a.pdf")

    answer = Client().get(f"/download/{key}", {"name": 'Tähti "1".pdf', "kind": kind})

    assert b"".join(answer.streaming_content) == pdf()
    assert answer["Content-Type"] == said
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "T%C3%A4hti" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.urls("tests.base.upload_urls")
@pytest.mark.parametrize("key", ["aa/none", "../secret-key", "%2e%2e/secret-key"])
def test_what_is_not_there_is_not_found(key, folder):
    folder.mkdir()
    (folder.parent / "secret-key").write_text("secret")

    answer = Client().get(f"/download/{key}", {"name": "a", "kind": PDF})

    assert answer.status_code in {400, 404}
    assert b"secret" not in getattr(answer, "content", b"")


# Settings ---------------------------------------------------------------------------------------------------


def test_the_place_is_a_folder_or_a_bucket():
    folder = environment.uploads("file:///var/kopa%20files")
    bucket = environment.uploads("s3://kopa-files/a/b/?endpoint=https://s3.example&region=eu-north-1")

    assert folder["OPTIONS"]["location"] == "/var/kopa files"
    assert bucket == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "kopa-files", "location": "a/b", "endpoint_url": "https://s3.example",
            "region_name": "eu-north-1", "file_overwrite": False,
        },
    }  # fmt: skip
    for wrong in ("", "/var/files", "file://host/folder", "s3://", "https://s3.example/bucket"):
        with pytest.raises(ImproperlyConfigured):
            environment.uploads(wrong)


def test_a_bucket_without_its_package_and_a_served_folder_are_told(settings):
    def ids(url: str) -> list[str | None]:
        settings.STORAGES = dict(settings.STORAGES, uploads=environment.uploads(url))
        return [problem.id for problem in checks.uploads()]

    assert ids("s3://kopa-files") == ["kopa.E008"]
    assert ids((Path(settings.STATIC_ROOT) / "up").as_uri()) == ["kopa.E009"]
    assert ids(Path(settings.STATIC_ROOT).as_uri()) == ["kopa.E009"]
    assert ids("file:///var/kopa/uploads") == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_refusal_says_what_to_do_in_each_language(language):
    with translation.override(language):
        said = {
            str(kind())
            for kind in vars(uploads).values()
            if isinstance(kind, type) and issubclass(kind, uploads.UploadRefused)
        }

    assert len(said) == 10
    assert not [sentence for sentence in said if "%" in sentence]
