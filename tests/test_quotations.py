"""Quotation marks: which pairs enclose words, and which signs are no quotation marks at all."""

from __future__ import annotations

import pytest

from stancekit.document import Document, read_document
from stancekit.quotations import PAIRS, quotation_spans
from stancekit.utterances import find_utterances
from tests.marked import rows_with

STYLES = [
    # opening and closing mark, as one style
    ("straight", '"', '"'),
    ("curly", "“", "”"),
    ("german", "„", "“"),
    ("german, closed as in English", "„", "”"),
    ("german, closed straight", "„", '"'),
    ("high reversed", "‟", "”"),
    ("guillemets", "«", "»"),
    ("guillemets inward", "»", "«"),
    ("single guillemets", "‹", "›"),
    ("single guillemets inward", "›", "‹"),
    ("corner brackets", "「", "」"),
    ("white corner brackets", "『", "』"),
    ("full width", "＂", "＂"),
    ("ticks", "``", "''"),
    ("ticks, closed straight", "``", '"'),
    ("two apostrophes", "''", "''"),
    ("single straight", "'", "'"),
    ("single curly", "‘", "’"),
    ("single german", "‚", "‘"),
    ("single german, closed as in English", "‚", "’"),
    ("tick", "`", "'"),
    ("curly, closed straight", "“", '"'),
    ("straight, closed curly", '"', "”"),
]
PLACES = [
    ("alone", "{}"),
    ("in front", "{} the mayor said."),
    ("behind", "The mayor said, {}"),
    ("behind a colon", "The mayor said: {}"),
    ("in brackets", "The mayor was brief ({})."),
    ("behind a dash", "The mayor was brief—{}—and left."),
    ("in the middle", "The mayor said {} and left the room."),
]


def found(text: str) -> list[str]:
    document = read_document(text)
    return [text[slice(*span)] for span in quotation_spans(document.tokens, document.quotations)]


def warned(document: Document) -> bool:
    return any(warning.startswith("unbalanced-quote") for warning in document.warnings)


def test_every_mark_of_the_table_is_tried() -> None:
    assert {opening for _, opening, _ in STYLES} == set(PAIRS)


@pytest.mark.parametrize(("name", "opening", "closing"), STYLES, ids=[style[0] for style in STYLES])
@pytest.mark.parametrize(("place", "frame"), PLACES, ids=[place[0] for place in PLACES])
def test_styles(name: str, opening: str, closing: str, place: str, frame: str) -> None:
    """A06: paired, the marks inside the span, in every place of a sentence."""
    quotation = f"{opening}We have buried eleven today,{closing}"
    text = frame.format(quotation)
    assert found(text) == [quotation]
    assert not warned(read_document(text))


@pytest.mark.parametrize(("name", "opening", "closing"), STYLES, ids=[style[0] for style in STYLES])
def test_two_in_one_paragraph(name: str, opening: str, closing: str) -> None:
    first, second = f"{opening}We have no bread,{closing}", f"{opening}and no water.{closing}"
    assert found(f"{first} the mayor said, {second}") == [first, second]


FOUND = [
    ("nothing", "The mayor said the town had no bread.", []),
    (
        "british",
        "'We have no bread', the mayor said, 'and no water'.",
        ["'We have no bread'", "'and no water'"],
    ),
    ("british curly", "‘We have no bread’, the mayor said.", ["‘We have no bread’"]),
    (
        "contractions inside single marks",
        "'We don't know, and they won't say it's over,' he said.",
        ["'We don't know, and they won't say it's over,'"],
    ),
    (
        "contractions inside single curly marks",
        "‘We don’t know, and they won’t say it’s over,’ he said.",
        ["‘We don’t know, and they won’t say it’s over,’"],
    ),
    (
        "plural possessive inside single marks",
        "'The rebels' trenches are empty,' he said.",
        ["'The rebels' trenches are empty,'"],
    ),
    (
        "plural possessive inside single curly marks",
        "‘The rebels’ trenches are empty,’ he said.",
        ["‘The rebels’ trenches are empty,’"],
    ),
    ("plural possessives outside", "The rebels' trenches and the soldiers' tents were empty.", []),
    ("plural possessives outside, curly", "The rebels’ trenches and the soldiers’ tents were empty.", []),
    ("name ending in s", "Abbas' house and Ghiath's shop burned.", []),
    ("decade", "The house was built in the '90s and sold in the '00s.", []),
    ("decade, curly", "The house was built in the ’90s and sold in the ’00s.", []),
    ("decade, curly the wrong way", "The house was built in the ‘90s and sold in the ‘00s.", []),
    ("decade inside", "'Nobody asked in the '90s,' he said.", ["'Nobody asked in the '90s,'"]),
    ("decade inside double", '"Nobody asked in the \'90s," he said.', ['"Nobody asked in the \'90s,"']),
    ("years", "The class of '04 met the class of '09.", []),
    ("rock 'n' roll", "A radio played rock 'n' roll all day.", []),
    ("rock ’n’ roll", "A radio played rock ’n’ roll all day.", []),
    ("rock 'n' roll inside", "'They played rock 'n' roll,' he said.", ["'They played rock 'n' roll,'"]),
    ("elisions", "'Twas cold, and 'tis colder now; get 'em in.", []),
    ("feet and inches", "The boy was 6'2\" tall and the door 5'11\" high.", []),
    ("feet and inches inside", '"He was 6\'2" tall," she said.', ['"He was 6\'2" tall,"']),
    ("primes", "The boy was 6′2″ tall.", []),
    ("minutes and seconds", "The camp lies at 36°12'30\" north.", []),
    (
        "inner single in double",
        "\"He said 'go home' and left,\" she said.",
        ["\"He said 'go home' and left,\""],
    ),
    (
        "inner double in single",
        "'He said \"go home\" and left,' she said.",
        ["'He said \"go home\" and left,'"],
    ),
    ("inner curly", "“He said ‘go home’ and left,” she said.", ["“He said ‘go home’ and left,”"]),
    ("inner closes with the outer", "“He said ‘go home.’”", ["“He said ‘go home.’”"]),
    (
        "inner opens with the outer",
        "“‘Go home’ was what he said,” she said.",
        ["“‘Go home’ was what he said,”"],
    ),
    (
        "three deep",
        "“My brother wrote: ‘The officer said “go home” and shut the door,’ and then nothing,” she said.",
        ["“My brother wrote: ‘The officer said “go home” and shut the door,’ and then nothing,”"],
    ),
    (
        "three deep, straight",
        '"My brother wrote: \'The officer said "go home" and shut the door,\' and then nothing," she said.',
        ['"My brother wrote: \'The officer said "go home" and shut the door,\' and then nothing,"'],
    ),
    (
        "three deep, guillemets",
        "«Il a dit “go ‹home› now” hier», she said.",
        ["«Il a dit “go ‹home› now” hier»"],
    ),
    ("stop outside", 'He called it "a farce".', ['"a farce"']),
    ("stop inside", 'He called it "a farce."', ['"a farce."']),
    ("semicolon behind", 'He called it "a farce"; she laughed.', ['"a farce"']),
    ("question", '"Who?" he asked. "You?"', ['"Who?"', '"You?"']),
    ("markdown", '**"We have no bread,"** the mayor said.', ['"We have no bread,"']),
    ("no-break spaces", "« We have no bread », said the mayor.", ["« We have no bread »"]),
    (
        "narrow no-break spaces",
        "«\u202fWe have no bread\u202f», said the mayor.",
        ["«\u202fWe have no bread\u202f»"],
    ),
    (
        "soft hyphen beside a mark",
        '"\u00adWe have no bread,\u00ad" he said.',
        ['"\u00adWe have no bread,\u00ad"'],
    ),
    ("joiner beside a mark", "“\u200dWe have no bread,\u200d” he said.", ["“\u200dWe have no bread,\u200d”"]),
    ("dash in front", '—"We have no bread," he said.', ['"We have no bread,"']),
    ("ellipsis", '"We have …" he began, "no bread..."', ['"We have …"', '"no bread..."']),
    ("title", 'He read "A Key and No Lock" twice.', ['"A Key and No Lock"']),
]

FAILING: dict[str, str] = {}


@pytest.mark.parametrize(("text", "expected"), rows_with(FOUND, FAILING))
def test_quotations(text: str, expected: list[str]) -> None:
    """A07, A08 and the rest: the outermost quotations, and no warning."""
    assert found(text) == expected
    assert not warned(read_document(text)) or not expected


PARAGRAPHS = [
    # each paragraph opens with a mark, the last one closes (A09)
    (
        "straight",
        ['He said: "One.', '"Two.', '"Three."'],
        ['"One.', '"Two.', '"Three."'],
        [False, True, True],
    ),
    ("curly", ["He said: “One.", "“Two.", "“Three.”"], ["“One.", "“Two.", "“Three.”"], [False, True, True]),
    ("single", ["He said: ‘One.", "‘Two.’"], ["‘One.", "‘Two.’"], [False, True]),
    ("guillemets", ["He said: «One.", "«Two.»"], ["«One.", "«Two.»"], [False, True]),
    (
        "split by its attribution first",
        ['"One," she said. "Two.', '"Three."'],
        ['"One,"', '"Two.', '"Three."'],
        [False, False, True],
    ),
    (
        "attribution in the last",
        ['"One.', '"Two," she said.'],
        ['"One.', '"Two,"'],
        [False, True],
    ),
    ("closed each time", ['"One."', '"Two."'], ['"One."', '"Two."'], [False, False]),
]


@pytest.mark.parametrize(("paragraphs", "expected", "continues"), rows_with(PARAGRAPHS, {}))
def test_over_paragraphs(paragraphs: list[str], expected: list[str], continues: list[bool]) -> None:
    text = "A long day in the north\n\n" + "\n\n".join(paragraphs) + "\n\nIt rained.\n"
    document = read_document(text)
    spans = quotation_spans(document.tokens, document.quotations)
    assert [text[slice(*span)] for span in spans] == expected
    assert [quotation.continues for quotation in document.quotations] == continues
    assert not warned(document)


UNBALANCED = [
    (
        "never closed",
        ['"We have no bread, the mayor said.', "It rained."],
        ['"We have no bread, the mayor said.'],
    ),
    (
        "never closed, curly",
        ["“We have no bread, the mayor said.", "It rained."],
        ["“We have no bread, the mayor said."],
    ),
    ("closing only", ["We have no bread,” the mayor said.", "It rained."], []),
    ("article starts with it", ["” We have no bread, the mayor said.", "It rained."], []),
    (
        "the rest is read as usual",
        ['He said: "We have no bread.', 'It rained. "Come in," she said.'],
        ['"We have no bread.', '"Come in,"'],
    ),
    (
        "closing only, the rest is read as usual",
        ["We have no bread,” the mayor said.", "“Come in,” she said."],
        ["“Come in,”"],
    ),
    (
        "opened twice",
        ["“We have no bread. “We have no water,” she said."],
        ["“We have no bread. ", "“We have no water,”"],
    ),
]


@pytest.mark.parametrize(("paragraphs", "expected"), rows_with(UNBALANCED, {}))
def test_unbalanced(paragraphs: list[str], expected: list[str]) -> None:
    """A04, A05: a quotation without end ends with its paragraph, and the article carries a warning."""
    text = "A long day in the north\n\n" + "\n\n".join(paragraphs) + "\n"
    assert [one.strip() for one in found(text)] == [one.strip() for one in expected]
    assert warned(read_document(text))


@pytest.mark.parametrize("mark", [*PAIRS, "”", "’", "」"])
@pytest.mark.parametrize("frame", ["{}", "He said {}.", "{} he said.", "He said: {}"])
def test_nothing_but_marks(mark: str, frame: str) -> None:
    """A03, in small: without words there is no utterance. test_linear_time.py has it in large."""
    text = frame.format(mark * 500)
    assert find_utterances(read_document(text)) == ()
    assert find_utterances(read_document(frame.format(mark + PAIRS.get(mark, mark)[0]))) == ()
