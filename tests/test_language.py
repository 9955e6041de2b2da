"""A28: a text in another language is flagged, whatever its script; English is not."""

from __future__ import annotations

import pytest

from stancekit.document import read_document

OTHERS = {
    "German": "Die Brücke über den Fluss ist seit Montag gesperrt, sagte der Bürgermeister. "
    "Niemand weiß, wann sie wieder "
    "geöffnet wird. Die Händler auf der anderen Seite warten auf ihre Waren, und die "
    "Kinder gehen nicht zur Schule. Eine "
    "Sprecherin des Ministeriums erklärte, man prüfe die Pfeiler noch.",
    "French": "Le pont sur le fleuve est fermé depuis lundi, a déclaré le maire. Personne ne "
    "sait quand il sera rouvert. Les "
    "commerçants de l'autre rive attendent leurs marchandises et les enfants ne vont "
    "plus en classe. Une porte-parole du "
    "ministère a précisé que les piles étaient encore à l'étude.",
    "Spanish": "El puente sobre el río está cerrado desde el lunes, dijo el alcalde. Nadie sabe "
    "cuándo volverá a abrirse. Los "
    "comerciantes de la otra orilla esperan sus mercancías y los niños no van a la "
    "escuela. Una portavoz del ministerio "
    "explicó que todavía se examinan los pilares.",
    "Russian": "Мост через реку закрыт с понедельника, сказал мэр. Никто не знает, когда его откроют снова.",
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_flagged(language: str) -> None:
    warnings = read_document(OTHERS[language]).warnings
    assert any(warning.startswith("unsupported-language") for warning in warnings)


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Aleppo Homs Hama Idlib Raqqa",
        "The bridge has been shut since Monday, the mayor said. Nobody knows when it will "
        "be open again. The traders on the "
        "other bank are waiting for their goods, and the children do not go to school any "
        "more, a spokeswoman added.",
    ],
)
def test_english_and_short_texts_are_not(text: str) -> None:
    assert read_document(text).warnings == ()
