"""An invented spreadsheet of courses, one row in a hundred wrong in one of several ways; and the yardstick
that reads it as barely as can be: Python's csv, a check of each cell and rule, COPY of the rows.

The yardstick shares no code with KOPA's import.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import openpyxl
import orjson
from django.db import connection

HELSINKI: Final = ZoneInfo("Europe/Helsinki")
HEADINGS: Final = {
    "own_reference": "Oma tunniste", "status": "Tila", "title_fi": "Nimi suomeksi",
    "title_sv": "Nimi ruotsiksi", "description_fi": "Kuvaus suomeksi", "description_sv": "Kuvaus ruotsiksi",
    "form_id": "Koulutusmuoto", "field_id": "Koulutusala", "credits": "Laajuus",
    "credit_unit_id": "Laajuuden yksikkö", "languages": "Opetuskielet", "mode_id": "Toteutustapa",
    "places": "Opetuskunnat", "starts_on": "Alkaa", "ends_on": "Päättyy",
    "applications_open_at": "Haku alkaa", "applications_close_at": "Haku päättyy", "capacity": "Paikkoja",
    "min_group": "Pienin ryhmä", "apply_url": "Hakuosoite", "contact_email": "Yhteyshenkilön sähköposti",
    "price_basis": "Hinnan peruste",
}  # fmt: skip
TITLES: Final = (
    ("Hitsaaja", "Svetsare"), ("Lähihoitaja", "Närvårdare"), ("Kokki", "Kock"), ("Sähköasentaja", "Elmontör"),
    ("Matematiikan kurssi", "Kurs i matematik"), ("Digitaidot työelämässä", "Digitala färdigheter i arbetet"),
    ("Kirjanpito", "Bokföring"), ("Ruotsin keskustelu", "Samtal på svenska"), ("Metsuri", "Skogshuggare"),
)  # fmt: skip
TOPICS: Final = (
    ("aloittelijoille", "för nybörjare"), ("jatkokurssi", "fortsättning"), ("iltaopetus", "kvällskurs"),
    ("täydennys", "fortbildning"), ("verkossa", "på webben"), ("tiivis", "intensiv"),
)  # fmt: skip
ABOUT: Final = (
    "Opit työssä tarvittavat perustaidot: työturvallisuuden, välineet ja menetelmät. Opetus on arkisin.",
    "Du lär dig de grunder som behövs i arbetet: säkerhet, redskap och metoder. Undervisning på vardagar.",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the code lists, by what it is called there."""

    forms: Mapping[str, str]
    fields: Mapping[str, str]
    units: Mapping[str, str]
    languages: Mapping[str, str]
    modes: Mapping[str, str]
    municipalities: Mapping[str, int]


def read_words() -> Words:
    def names(table: str, key: str = "code") -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(f"select name_fi, {key} from {table} order by 2")  # noqa: S608 - names of ours
            return dict(cursor.fetchall())

    with connection.cursor() as cursor:
        cursor.execute(
            "select name_fi, id from municipalities_municipality"
            " where country = 'FI' and successor_id is null"
        )
        places = dict(cursor.fetchall())
    return Words(
        forms=names("codes_educationform"), fields=names("codes_fieldofeducation"),
        units=names("codes_creditunit"), languages=names("codes_teachinglanguage"),
        modes=names("codes_deliverymode"), municipalities=places,
    )  # fmt: skip


def rows(number: int, *, seed: int, words: Words, today: dt.date) -> Iterator[list[str]]:
    """Cells in the order of HEADINGS, one row in a hundred wrong."""
    chance = random.Random(seed)  # noqa: S311 - the same for everybody
    lists = [sorted(each) for each in (words.forms, words.fields, words.units, words.municipalities)]
    for n in range(number):
        row = _row(n, chance, lists, today)
        if n and chance.random() < 0.01:
            _spoil(row, n, chance.randrange(13))
        yield list(row.values())


def _row(n: int, chance: random.Random, lists: Sequence[list[str]], today: dt.date) -> dict[str, str]:
    title, topic = chance.choice(TITLES), chance.choice(TOPICS)
    starts = today + dt.timedelta(days=60 + chance.randrange(200))
    closes = starts - dt.timedelta(days=20 + chance.randrange(20))
    cells = (
        f"X{n}", "julkaistu" if chance.random() < 0.8 else "luonnos",
        f"{title[0]}, {topic[0]} {n}", f"{title[1]}, {topic[1]} {n}", *ABOUT,
        chance.choice(lists[0]), chance.choice(lists[1]), str(chance.randint(1, 60)), chance.choice(lists[2]),
        chance.choice(["suomi", "ruotsi", "suomi; ruotsi"]),
        chance.choice(["Lähiopetus", "Monimuoto-opetus", "Etäopetus"]), chance.choice(lists[3]),
        starts.isoformat(), (starts + dt.timedelta(days=chance.randint(1, 200))).isoformat(),
        (closes - dt.timedelta(days=30)).isoformat(), closes.isoformat(), str(chance.randint(5, 40)),
        str(chance.randint(1, 5)), f"https://example.org/haku/{n}", f"opinto{n % 7}@example.org", "none",
    )  # fmt: skip
    return dict(zip(HEADINGS, cells, strict=True))


def _spoil(row: dict[str, str], n: int, kind: int) -> None:
    after_the_start = (dt.date.fromisoformat(row["starts_on"]) + dt.timedelta(days=5)).isoformat()
    row["status"] = "julkaistu"
    row |= (
        {"title_fi": "", "languages": "suomi"},
        {"form_id": "Amatillinen"},
        {"places": "Xyzzylä"},
        {"capacity": "paljon"},
        {"starts_on": "2027-13-45"},
        {"applications_close_at": after_the_start},
        {"capacity": "-3"},
        {"title_fi": "x" * 500},
        {"field_id": ""},
        {"contact_email": "opintotoimisto"},
        {"ends_on": "2026-01-01"},
        {"own_reference": f"X{n // 2}"},
        {"credit_unit_id": ""},
    )[kind]


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([list(HEADINGS.values()), *table])
    return written.getvalue().encode("utf-8-sig")


def as_xlsx(table: Sequence[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (list(HEADINGS.values()), *table):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
WEB: Final = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
NUMBERS: Final = {"credits": 9_999, "capacity": 32_767, "min_group": 32_767}
LENGTHS: Final = {"title_fi": 160, "title_sv": 160, "description_fi": 6000, "description_sv": 6000}
NEEDED: Final = (
    "title_fi", "title_sv", "description_fi", "description_sv", "form_id", "field_id", "languages", "mode_id",
    "places", "starts_on", "applications_open_at", "capacity", "contact_email", "price_basis",
)  # fmt: skip
TABLE: Final = """
create temp table bench_sheet_place on commit drop as
  select id from municipalities_municipality;
alter table bench_sheet_place add primary key (id);
create temp table bench_sheet (
  number int primary key, cells json,
  own_reference text not null unique, is_published boolean not null, title_fi text not null,
  title_sv text not null, description_fi text not null, description_sv text not null, form_id text,
  field_id text, credits numeric(6, 1), credit_unit_id text, languages text[] not null, mode_id text,
  place_id bigint references bench_sheet_place, starts_on date, ends_on date,
  applications_open_at timestamptz, applications_close_at timestamptz, capacity int, min_group int,
  apply_url text not null, contact_email text not null, price_basis text not null,
  check (capacity >= 1 and min_group >= 1 and min_group <= capacity), check (ends_on >= starts_on),
  check (applications_open_at < applications_close_at), check (credits is null or credit_unit_id is not null)
) on commit drop;
create index on bench_sheet (starts_on);
create temp table bench_sheet_wrong (number int primary key, cells json not null, wrong json not null)
  on commit drop;
"""
COPY: Final = (
    "copy bench_sheet (number, cells, own_reference, is_published, title_fi, title_sv, description_fi,"
    " description_sv, form_id, field_id, credits, credit_unit_id, languages, mode_id, place_id, starts_on,"
    " ends_on, applications_open_at, applications_close_at, capacity, min_group, apply_url, contact_email,"
    " price_basis) from stdin"
)
COPY_WRONG: Final = "copy bench_sheet_wrong (number, cells, wrong) from stdin"
Wrong = dict[int, list[str]]


class Yardstick:
    """Python check + COPY. ``keeps_cells``: of every row what stands in its cells, of a wrong one also what
    is wrong, as somebody needs who is to mend it; without, good rows alone, and nothing to mend.
    """

    def __init__(self, words: Words, *, keeps_cells: bool) -> None:
        self.words = words
        self.keeps_cells = keeps_cells
        self.seen: set[str] = set()
        self.lists: dict[str, Mapping[str, Any]] = {
            "form_id": words.forms, "field_id": words.fields, "credit_unit_id": words.units,
            "mode_id": words.modes, "places": words.municipalities,
        }  # fmt: skip

    def load(self, content: bytes) -> Wrong:
        """The good rows stand in the table. The columns that are wrong, by the row's number."""
        wrong: Wrong = {}
        to_mend = []
        by_heading = {heading: name for name, heading in HEADINGS.items()}
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
        names = [by_heading[heading] for heading in next(reader)]
        with connection.cursor() as cursor:
            cursor.execute(TABLE)
            with cursor.copy(COPY) as copying:
                for number, cells in enumerate(reader, start=2):
                    row = dict(zip(names, cells, strict=True))
                    said, values = self.check(row)
                    kept = orjson.dumps(cells).decode() if self.keeps_cells else None
                    if not said:
                        copying.write_row((number, kept, *values))
                        continue
                    wrong[number] = sorted(said)
                    to_mend.append((number, kept, orjson.dumps(wrong[number]).decode()))
            if self.keeps_cells:
                with cursor.copy(COPY_WRONG) as copying:
                    for one in to_mend:
                        copying.write_row(one)
        return wrong

    def check(self, row: dict[str, str]) -> tuple[set[str], tuple[Any, ...]]:
        wrong: set[str] = set()
        found: dict[str, Any] = {}
        if not row["own_reference"] or row["own_reference"] in self.seen:
            wrong.add("own_reference")
        self.seen.add(row["own_reference"])
        is_public = row["status"] == "julkaistu"
        wrong |= {name for name, most in LENGTHS.items() if len(row[name]) > most or "\0" in row[name]}
        self._lists(row, found, wrong)
        self._numbers(row, found, wrong)
        if row["contact_email"] and not MAIL.fullmatch(row["contact_email"]):
            wrong.add("contact_email")
        if row["apply_url"] and not WEB.fullmatch(row["apply_url"]):
            wrong.add("apply_url")
        self._days(row, found, wrong)
        if is_public:
            wrong |= {name for name in NEEDED if not row[name]}
        return wrong, (
            row["own_reference"], is_public, row["title_fi"], row["title_sv"], row["description_fi"],
            row["description_sv"], found["form_id"], found["field_id"], found["credits"],
            found["credit_unit_id"], found["languages"], found["mode_id"], found["places"],
            found["starts_on"], found["ends_on"], found["applications_open_at"],
            found["applications_close_at"], found["capacity"], found["min_group"], row["apply_url"],
            row["contact_email"], row["price_basis"],
        )  # fmt: skip

    def _lists(self, row: dict[str, str], found: dict[str, Any], wrong: set[str]) -> None:
        for name, known in self.lists.items():
            found[name] = known.get(row[name])
            if row[name] and found[name] is None:
                wrong.add(name)
        found["languages"] = [self.words.languages.get(one.strip()) for one in row["languages"].split(";")]
        if None in found["languages"]:
            wrong.add("languages")

    def _numbers(self, row: dict[str, str], found: dict[str, Any], wrong: set[str]) -> None:
        for name, most in NUMBERS.items():
            found[name] = int(row[name]) if row[name].isdecimal() else None
            if row[name] and (found[name] is None or found[name] > most):
                wrong.add(name)
        if found["credits"] is not None and found["credit_unit_id"] is None:
            wrong.add("credit_unit_id")
        if found["capacity"] and found["min_group"] and found["min_group"] > found["capacity"]:
            wrong.add("capacity")

    def _days(self, row: dict[str, str], found: dict[str, Any], wrong: set[str]) -> None:
        for name in ("starts_on", "ends_on", "applications_open_at", "applications_close_at"):
            try:
                found[name] = dt.date.fromisoformat(row[name]) if row[name] else None
            except ValueError:
                found[name] = None
                wrong.add(name)
        starts, ends = found["starts_on"], found["ends_on"]
        opens, closes = found["applications_open_at"], found["applications_close_at"]
        if starts and ends and ends < starts:
            wrong.add("ends_on")
        if starts and closes and closes >= starts:
            wrong.add("applications_close_at")
        if opens and closes and opens > closes:
            wrong.add("applications_close_at")
        if opens:
            found["applications_open_at"] = dt.datetime.combine(opens, dt.time(0), HELSINKI)
        if closes:
            found["applications_close_at"] = dt.datetime.combine(closes, dt.time(15), HELSINKI)
