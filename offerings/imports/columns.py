"""The columns that a spreadsheet may have, and the headings by which they are recognised in fi, sv and en."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from kopa.base.names import LANGUAGES, reader_language


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is what the services call it; ``kind`` says how its cells are read (``cells``)."""

    name: str
    kind: str
    fi: str
    sv: str
    en: str
    also: tuple[str, ...] = ()

    def heading(self, language: str | None = None) -> str:
        wanted = language or reader_language()
        return {"fi": self.fi, "sv": self.sv}.get(wanted, self.en)


# Says which course a row speaks of where it has no identifier of its own; our files fill it in.
NUMBER: Final = "kopa_number"

COLUMNS: Final = (
    Column("own_reference", "text", "Oma tunniste", "Egen beteckning", "Own identifier", ("tunniste", "id")),
    Column("status", "status", "Tila", "Läge", "State", ("status",)),
    Column("title_fi", "text", "Nimi suomeksi", "Namn på finska", "Title in Finnish", ("nimi",)),
    Column("title_sv", "text", "Nimi ruotsiksi", "Namn på svenska", "Title in Swedish", ("namn",)),
    Column("title_en", "text", "Nimi englanniksi", "Namn på engelska", "Title in English", ("title",)),
    Column("description_fi", "text", "Kuvaus suomeksi", "Beskrivning på finska", "Description in Finnish"),
    Column(
        "description_sv", "text", "Kuvaus ruotsiksi", "Beskrivning på svenska", "Description in Swedish"
    ),
    Column(
        "description_en", "text", "Kuvaus englanniksi", "Beskrivning på engelska", "Description in English"
    ),
    Column("form_id", "code", "Koulutusmuoto", "Utbildningsform", "Form of education", ("skolform",)),
    Column("field_id", "code", "Koulutusala", "Utbildningsområde", "Field", ("ala", "område")),
    Column("level", "choice", "Taso", "Nivå", "Level"),
    Column("course_codes", "words", "Kurssikoodit", "Kurskoder", "Course codes"),
    Column("credits", "number", "Laajuus", "Omfattning", "Extent", ("credits",)),
    Column("credit_unit_id", "code", "Laajuuden yksikkö", "Omfattningens enhet", "Credit unit"),
    Column("languages", "codes", "Opetuskielet", "Undervisningsspråk", "Teaching languages", ("kieli",)),
    Column(
        "mode_id", "code", "Opiskelutapa", "Studiesätt", "Way of studying",
        ("toteutustapa", "opetusmuoto", "studieform"),
    ),
    Column("contact_days", "whole", "Lähipäiviä", "Närstudiedagar", "Days on site"),
    Column(
        "contact_share", "share", "Lähiopetuksen osuus %", "Andel närstudier %", "Share of contact teaching %"
    ),
    Column("study_form", "choice", "Opiskelutahti", "Studietakt", "Pace"),
    Column(
        "pace_percent", "whole", "Opiskelutahti % kokoaikaisesta", "Studietakt % av heltid",
        "Pace % of full time", ("tahti % kokopäiväisestä", "takt % av heltid"),
    ),
    Column("is_apprenticeship", "yes", "Oppisopimus", "Läroavtal", "Apprenticeship"),
    Column("places", "municipalities", "Opetuskunnat", "Undervisningskommuner", "Taught in", ("paikka",)),
    Column(
        "accessibility_note_fi", "text", "Esteettömyys suomeksi", "Tillgänglighet på finska",
        "Accessibility in Finnish",
    ),
    Column(
        "accessibility_note_sv", "text", "Esteettömyys ruotsiksi", "Tillgänglighet på svenska",
        "Accessibility in Swedish",
    ),
    Column(
        "accessibility_note_en", "text", "Esteettömyys englanniksi", "Tillgänglighet på engelska",
        "Accessibility in English",
    ),
    Column("co_hosts", "hosts", "Yhteistyössä", "I samarbete med", "Together with"),
    Column("starts_on", "day", "Alkaa", "Börjar", "Starts", ("alkupäivä", "startdatum")),
    Column("ends_on", "day", "Päättyy", "Slutar", "Ends", ("loppupäivä", "slutdatum")),
    Column("applications_open_at", "opening", "Haku alkaa", "Ansökan öppnar", "Applications open"),
    Column("applications_close_at", "closing", "Haku päättyy", "Ansökan stänger", "Applications close"),
    Column(
        "quota_release_at", "closing", "Varaukset vapautuvat", "Reserverade platser frigörs",
        "Reserved places are released",
    ),
    Column("start_decision_at", "closing", "Alkamisesta päätetään", "Beslut om start", "Start is decided"),
    Column("capacity", "whole", "Paikkoja", "Platser", "Places"),
    Column(
        "min_group", "whole", "Vähimmäisryhmäkoko", "Minsta gruppstorlek", "Smallest group",
        ("pienin ryhmä", "minsta grupp"),
    ),
    Column(
        "max_group", "whole", "Enimmäisryhmäkoko", "Största gruppstorlek", "Largest group",
        ("suurin ryhmä", "största grupp"),
    ),
    Column("quotas", "quotas", "Varatut paikat", "Reserverade platser", "Reserved places"),
    Column("open_to", "choice", "Kenelle avoin", "Öppen för", "Open to"),
    Column("open_to_regions", "regions", "Maakunnat ja läänit", "Landskap och län", "Regions"),
    Column(
        "open_to_municipalities", "municipalities", "Hakijoiden kotikunnat", "Sökandenas hemkommuner",
        "Home municipalities of applicants",
    ),
    Column("open_to_pilot_groups", "pilot_groups", "Pilottiryhmät", "Pilotgrupper", "Pilot groups"),
    Column("agreement_id", "agreement", "Sopimus", "Avtal", "Agreement"),
    Column("prior_education", "codes", "Pohjakoulutus", "Förkunskaper", "Prior education"),
    Column(
        "entry_requirements_fi", "text", "Pääsyvaatimukset suomeksi", "Behörighetskrav på finska",
        "Entry requirements in Finnish",
    ),
    Column(
        "entry_requirements_sv", "text", "Pääsyvaatimukset ruotsiksi", "Behörighetskrav på svenska",
        "Entry requirements in Swedish",
    ),
    Column(
        "entry_requirements_en", "text", "Pääsyvaatimukset englanniksi", "Behörighetskrav på engelska",
        "Entry requirements in English",
    ),
    Column("selection_rule", "choice", "Valintatapa", "Urvalssätt", "Selection"),
    Column(
        "precedence", "choice", "Varatut vai avoimet paikat ensin", "Reserverade eller öppna platser först",
        "Reserved or open places first",
    ),
    Column("takes_applications", "yes", "Haetaan KOPAssa", "Söks i KOPA", "Applied for in KOPA"),
    Column("apply_url", "web", "Hakuosoite", "Ansökningsadress", "Address for applying"),
    Column(
        "apply_contact", "text", "Miten haetaan, jos ei verkossa", "Ansökan på annat sätt än på webben",
        "How to apply, if not on the web",
    ),
    Column(
        "is_national_joint_application", "yes", "Yhteishaussa", "I gemensam ansökan", "In joint application",
    ),
    Column("contact_name", "text", "Yhteyshenkilö", "Kontaktperson", "Contact person"),
    Column("contact_email", "mail", "Yhteyshenkilön sähköposti", "Kontaktpersonens e-post", "Contact e-mail"),
    Column("contact_phone", "text", "Yhteyshenkilön puhelin", "Kontaktpersonens telefon", "Contact phone"),
    Column("learner_fee_cents", "money", "Opiskelijan maksu", "Studerandens avgift", "Fee for the student"),
    Column("price_basis", "choice", "Hinnan peruste", "Prisgrund", "Price basis"),
    Column(
        "price_cents", "money", "Hinta kotikunnalle", "Pris för hemkommunen",
        "Price for the home municipality",
    ),
    Column(
        "licence_reason", "text", "Järjestämisen peruste", "Grund för anordnandet",
        "Ground for giving this education",
    ),
    Column(NUMBER, "key", "KOPAn numero", "KOPA:s nummer", "KOPA's number"),
)  # fmt: skip
BY_NAME: Final = {column.name: column for column in COLUMNS}


def plain(heading: str) -> str:
    """As headings are compared: without case, accents' encoding, stars, and several spaces."""
    return re.sub(r"[\s_*:]+", " ", unicodedata.normalize("NFKC", heading)).strip().casefold()


@cache
def by_heading() -> dict[str, Column]:
    """Headings in every language, other words for them, and the names that the API uses."""
    found: dict[str, Column] = {}
    for column in COLUMNS:
        found |= {plain(column.heading(language)): column for language in LANGUAGES}
    for column in COLUMNS:
        for name in (*column.also, column.name, column.name.removesuffix("_id")):
            found.setdefault(plain(name), column)
    return found


def recognise(heading: str) -> Column | None:
    return by_heading().get(plain(heading))
