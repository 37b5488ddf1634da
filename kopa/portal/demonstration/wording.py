"""Sentences that offerings of the demonstration share. They are content, not interface: no gettext."""

from __future__ import annotations

from typing import Final

# (mode, host's country) → language → sentence after the course's own text.
HOW: Final = {
    ("blended", "FI"): {
        "fi": "Opetus on monimuoto-opetusta: lähipäiviä on {days}, muuten opiskelet verkossa ja työpaikalla.",
        "sv": "Undervisningen är flerformsundervisning: närdagarna är {days}, i övrigt studerar du på nätet"
        " och på en arbetsplats.",
        "en": "Blended teaching: {days} days on site, otherwise you study online and at work.",
    },
    ("blended", "SE"): {
        "fi": "Opetus on monimuoto-opetusta (halvdistans): tapaamispäiviä on {days}, muuten opiskelet"
        " verkossa.",
        "sv": "Utbildningen ges på halvdistans: du träffar gruppen {days} dagar och studerar på nätet"
        " däremellan.",
        "en": "Blended teaching (halvdistans): you meet the group on {days} days and study online in"
        " between.",
    },
    ("distance", "FI"): {
        "fi": "Kaikki opetus on verkossa, joten voit opiskella missä tahansa.",
        "sv": "All undervisning är på nätet, så du kan studera var som helst.",
        "en": "All teaching is online, so you can study anywhere.",
    },
    ("distance", "SE"): {
        "fi": "Opiskelet kokonaan etänä, joten asuinpaikalla ei ole väliä.",
        "sv": "Du läser helt på distans, så det spelar ingen roll var du bor.",
        "en": "You study entirely at a distance, so it does not matter where you live.",
    },
}
STEP_FREE: Final = {
    "fi": "Opetustilat ovat esteettömät. Apuvälineistä ja tulkkauksesta voit sopia ennen aloitusta.",
    "sv": "Undervisningslokalerna är framkomliga. Hjälpmedel och tolkning kommer du överens om före starten.",
    "en": "The teaching rooms are step-free. Aids and interpreting can be agreed before the start.",
}
# Who answers questions: an office, never a person.
OFFICES: Final = {
    ("FI", "fi"): "Opintotoimisto",
    ("FI", "sv"): "Studiebyrån",
    ("SE", "sv"): "Vuxenutbildningens expedition",
}
SCHOOL_OFFICE_SE: Final = "Gymnasieskolans expedition"
