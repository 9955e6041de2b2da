"""Who says it: every source resolved to the fullest name the article gives, or "unknown".

A row of ``tables/speakers.txt`` is a short article and, for each of its utterances in order, a line
``> name`` or ``> name | role``; ``/`` divides what is allowed, ``-`` is no role at all.
"""

from __future__ import annotations

import unicodedata

import pytest

from stancekit.document import read_document
from stancekit.speakers import UNKNOWN, resolve_speakers
from stancekit.utterances import find_utterances
from tests.marked import params

Said = tuple[str, str | None]


def read_case(row: str) -> tuple[str, list[str]]:
    """The article and what is expected of each of its utterances."""
    lines = row.split("\n")
    text = "\n".join(line for line in lines if not line.startswith("> ")).strip()
    return text, [line.removeprefix("> ") for line in lines if line.startswith("> ")]


def found_speakers(text: str) -> list[Said]:
    """Name and role of the speaker of every utterance."""
    document = read_document(text)
    utterances = find_utterances(document)
    speakers, owners = resolve_speakers(document, utterances)
    return [(speakers[i].name, speakers[i].role) for i in owners]


def matches(expected: list[str], found: list[Said]) -> bool:
    """Whether every utterance has one of the names, and one of the roles, that are allowed for it."""
    if len(expected) != len(found):
        return False
    for wanted, (name, role) in zip(expected, found, strict=True):
        names, _, roles = (part.strip() for part in wanted.partition("|"))
        if name not in [one.strip() for one in names.split("/")]:
            return False
        if roles and (role or "-") not in [one.strip() for one in roles.split("/")]:
            return False
    return True


@pytest.mark.parametrize("row", params("speakers.txt"))
def test_speakers(row: str) -> None:
    text, expected = read_case(row)
    found = found_speakers(text)
    assert matches(expected, found), f"found {found}, expected {expected}"


@pytest.mark.parametrize("row", params("speakers.txt", with_failures=False))
def test_names_stand_in_the_article(row: str) -> None:
    """A12: never a name that the article does not hold; and speakers are counted in order."""
    text, _ = read_case(row)
    document = read_document(text)
    utterances = find_utterances(document)
    speakers, owners = resolve_speakers(document, utterances)
    assert len(owners) == len(utterances)
    assert [speaker.id for speaker in speakers] == list(range(len(speakers)))
    assert set(owners) == set(range(len(speakers)))
    assert list(dict.fromkeys(owners)) == list(range(len(speakers)))
    for speaker in speakers:
        assert speaker.name == UNKNOWN or " ".join(speaker.name.split()) in " ".join(text.split())
        assert list(speaker.mentions) == sorted(set(speaker.mentions))


def one_speaker(text: str, n: int) -> str:
    """The name all `n` utterances of `text` share."""
    found = found_speakers(text)
    names = {name for name, _ in found}
    assert len(found) == n
    assert len(names) == 1, found
    return names.pop()


def test_composed_and_decomposed_name_is_one_speaker() -> None:
    """A25."""
    name = "Andr\u00e9 B\u00e9chara"
    apart = unicodedata.normalize("NFD", "B\u00e9chara")
    text = f'"The road is mined," said {name}, a surveyor.\n\n"The maps are old," {apart} said.\n'
    assert one_speaker(text, 2) == name


@pytest.mark.parametrize(
    "again",
    ["Kas\u00adsab", "Kas\u200dsab", "Kas\u200csab", "\u2060Kassab", "Kassab\u00a0", "\u200eKassab\u200e"],
    ids=["soft hyphen", "joiner", "non-joiner", "word joiner", "no-break space", "marks of direction"],
)
def test_invisible_characters_in_a_name(again: str) -> None:
    """A26: names match, offsets point into the original."""
    text = f'"The road is mined," said Farid Kassab, a surveyor.\n\n"They are old," {again.strip()} said.\n'
    assert one_speaker(text, 2) == "Farid Kassab"


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f"], ids=["no-break", "thin", "narrow no-break"])
def test_odd_spaces_between_names_and_marks(space: str) -> None:
    """A26."""
    text = (
        f"«{space}The road is mined{space}», said Farid{space}Kassab, a surveyor.\n\n"
        f'"The maps are old,"{space}Kassab{space}said.\n'
    )
    assert one_speaker(text, 2) in ("Farid Kassab", f"Farid{space}Kassab")
    document = read_document(text)
    first, second = find_utterances(document)
    assert [text[slice(*s)] for s in first.content] == [f"«{space}The road is mined{space}»"]
    assert [text[slice(*s)] for s in second.content] == ['"The maps are old,"']
